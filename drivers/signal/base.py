"""What every lane light's driver does around its own lamps: blink without drift, restore, off when closed, health."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from drivers.device import Category, DeviceError, Finding, HealthLevel, Sink
from drivers.signal.blinking import burning, colours, next_change_ms
from drivers.signal.interface import Colour, Lamps, LampsNotSet, LampsSet
from drivers.transport.waiting import wait_readable

# How often a light at rest is looked at.
_IDLE_S = 5.0
# How long each lamp burns in a check: five of them are done well within 10 s.
_SHOWN_S = 1.0


class BaseLight(ABC):
    """The frame of a lane light's driver; see `drivers.device.Driver` and `LaneLight`. A model switches the lamps."""

    def __init__(
        self,
        alias: str,
        sink: Sink,
        *,
        clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._alias = alias
        self._sink = sink
        self._clock_ms = clock_ms
        self._pause = pause
        self._lamps = Lamps()
        self._since_ms = 0
        self._burning: frozenset[Colour] | None = None
        self._lost: DeviceError | OSError | None = None

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.LANE_LIGHT

    @abstractmethod
    def wired(self) -> tuple[Colour, ...]:
        """The lamps there are."""

    @abstractmethod
    def connect(self) -> None:
        """Connect; raises `DeviceError`."""

    @abstractmethod
    def switch(self, on: frozenset[Colour]) -> None:
        """Make exactly these lamps burn. Raises `DeviceError` or `OSError` where the light is gone."""

    @abstractmethod
    def look(self) -> None:
        """Raise where the light is gone; called while nothing changes."""

    @abstractmethod
    def disconnect(self) -> None:
        """Switch all lamps off as far as that can be done, and give everything back; never raises."""

    def watched(self) -> tuple[int, ...]:
        """Descriptors by which a loss is noticed."""
        return ()

    def open(self) -> None:
        """Connect, and show again what was shown last."""
        self.close()
        self._lost = None
        self.connect()
        self._apply(force=True)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Blink; see `drivers.device.Driver`."""
        del emit
        if self._lost is not None:
            raise self._lost
        self.look()
        self._apply()
        left_ms = next_change_ms(self._lamps, self._since())
        wait_readable(_IDLE_S if left_ms is None else left_ms / 1000, wake_fd, *self.watched())

    def close(self) -> None:
        """All lamps off; may be called twice."""
        self._burning = None
        self.disconnect()

    def show(self, lamps: Lamps) -> LampsSet | LampsNotSet:
        """See `LaneLight`. Colours that are not on this pole are named; all others are set."""
        self._lamps, self._since_ms = lamps, self._clock_ms()
        try:
            self._apply(force=True)
        except DeviceError as error:
            self._lost = error
            return LampsNotSet(self._alias, error.message, error.remedy)
        except OSError as error:
            self._lost = error
            message = f"The lane light is gone ({error.strerror or type(error).__name__})."
            return LampsNotSet(self._alias, message, "Check its cable and its power.")
        missing = sorted(colours(lamps) - set(self.wired()))
        if missing:
            message = f"The lane light has no {' and no '.join(missing)} lamp."
            return LampsNotSet(self._alias, message, "Wire one, or name its line under the device in the settings.")
        return LampsSet(self._alias, lamps)

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: it is there. EXTERNAL, INTERACTIVE: each lamp in turn, then what it showed before."""
        if level is HealthLevel.INTERNAL:
            return Finding(passed=True, text="The lane light is there.")
        self.look()
        for colour in self.wired():
            self.switch(frozenset({colour}))
            self._pause(_SHOWN_S)
            self.look()
        self._apply(force=True)
        return Finding(passed=True, text=f"Each lamp was lit in turn: {', '.join(self.wired())}.")

    def _apply(self, *, force: bool = False) -> None:
        on = burning(self._lamps, self._since()) & set(self.wired())
        if force or on != self._burning:
            self.switch(on)
            self._burning = on

    def _since(self) -> int:
        return max(0, self._clock_ms() - self._since_ms)
