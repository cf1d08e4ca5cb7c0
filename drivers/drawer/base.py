"""What every drawer's driver does around its own pulse: one outcome a request, never two pulses, sensor and health."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from drivers.device import (
    Category,
    Condition,
    Conditions,
    DeviceError,
    Finding,
    HealthLevel,
    Link,
    Severity,
    Sink,
)
from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerPosition, DrawerStuck
from drivers.drawer.sensor import Sensor, Wiring
from drivers.transport.waiting import Deadline, wait_readable

PulseMs = Annotated[int, msgspec.Meta(ge=10, le=510)]

# More than a lane asks for in a week of no-sales; what is older is never asked again.
_REMEMBERED = 1024
_BY_HAND = "See whether it is open; open it with its key, and kick it again by a new request."


@dataclass(frozen=True, slots=True)
class DrawerWaits:
    """Every wait of a drawer, in seconds, and why it is as long as it is."""

    look_s: float = 1.0  # how late an alarm for a drawer that was forced open may come
    moving_s: float = 0.1  # after a kick, so that it is known by which level it opened
    moving_for_s: float = 3.0  # how long after a kick
    ask_s: float = 0.5  # for a look at the sensor by way of a device in between
    kick_s: float = 5.0  # a cashier who waits longer takes the key; a pulse after that would surprise
    person_s: float = 45.0  # for a person to close it in a check


class BaseDrawer(ABC):
    """The frame of a drawer's driver; see `drivers.device.Driver` and `CashDrawer`. A model gives pulse and level."""

    def __init__(
        self,
        alias: str,
        sink: Sink,
        wiring: Wiring,
        *,
        waits: DrawerWaits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alias = alias
        self._sink = sink
        self._sensor = Sensor(wiring)
        self._waits = waits or DrawerWaits()
        self._clock = clock
        self._known: OrderedDict[str, DrawerKicked | DrawerStuck] = OrderedDict()
        self._moving = Deadline(0)
        self._lost: DeviceError | OSError | None = None

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.CASH_DRAWER

    @abstractmethod
    def connect(self) -> None:
        """Connect; raises `DeviceError`."""

    @abstractmethod
    def pulse(self) -> None:
        """Send one pulse. Raises `DeviceError` or `OSError` where it was not sent, or where that cannot be known."""

    @abstractmethod
    def level(self) -> bool | None:
        """The sensor pin now, None where it cannot be read. Raises where the device is gone."""

    @abstractmethod
    def disconnect(self) -> None:
        """Give everything back; never raises."""

    def watched(self) -> tuple[int, ...]:
        """Descriptors by which a loss is noticed."""
        return ()

    def open(self) -> None:
        """Connect. A drawer answers nothing: it is READY once what it hangs on is there."""
        self.close()
        self._lost = None
        self.connect()
        self._see(self._sink)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Look at the sensor, then wait for the next look; see `drivers.device.Driver`."""
        if self._lost is not None:
            raise self._lost
        self._see(emit)
        wait_readable(self._waits.look_s if self._moving.passed else self._waits.moving_s, wake_fd, *self.watched())

    def close(self) -> None:
        """Give everything back; may be called twice."""
        self.disconnect()

    def kick(self, request: str) -> DrawerKicked | DrawerStuck:
        """See `CashDrawer.kick`. The same request again is told what became of it the first time."""
        known = self._known.get(request)
        if known is not None:
            return known
        # Before the pulse: whatever breaks off now, it is never sent again for this request.
        self._remember(request, DrawerStuck(self._alias, request, "It cannot be known whether it opened.", _BY_HAND))
        outcome = self._kick(request)
        self._remember(request, outcome)
        return outcome

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: what is known. EXTERNAL: look at the sensor, without a kick. INTERACTIVE: kick, wait for a hand."""
        if level is HealthLevel.INTERNAL:
            return self._finding()
        self._see(self._sink)
        if level is HealthLevel.EXTERNAL:
            return self._finding()
        return self._interactive()

    def _kick(self, request: str) -> DrawerKicked | DrawerStuck:
        try:
            # What it stands at now, so that what the kick changes is seen.
            self._see(self._sink)
            self._sensor.kicked(self._clock())
            self.pulse()
        except DeviceError as error:
            self._gone(error)
            return DrawerStuck(self._alias, request, error.message, error.remedy)
        except OSError as error:
            self._gone(error)
            message = f"What the drawer hangs on is gone ({error.strerror or type(error).__name__})."
            return DrawerStuck(self._alias, request, message, _BY_HAND)
        self._moving = Deadline(self._waits.moving_for_s)
        return DrawerKicked(self._alias, request)

    def _gone(self, error: DeviceError | OSError) -> None:
        """A pulse was not sent: the next `listen` says so to the supervisor. A model may know better."""
        self._lost = error

    def _see(self, emit: Sink) -> None:
        position = self._sensor.see(self.level(), self._clock())
        if position is not None:
            emit(DrawerChanged(self._alias, position))

    def _finding(self) -> Finding:
        return Finding(passed=True, text=f"What the drawer hangs on is there; {self._sensor.in_words}.")

    def _interactive(self) -> Finding:
        # A kick of its own, under no request of the lane.
        self._sensor.kicked(self._clock())
        self.pulse()
        self._moving = Deadline(self._waits.moving_for_s)
        self._sink(Conditions((_CLOSE_IT,), self.link()))
        try:
            closed = self._wait_until_closed()
        finally:
            self._sink(Conditions((), self.link()))
        if closed:
            return Finding(passed=True, text=f"It was kicked, opened and was closed; {self._sensor.in_words}.")
        if self._sensor.position is DrawerPosition.OPEN:
            return Finding(passed=False, text="It was kicked and stayed open.", remedy="Close it and check again.")
        return Finding(
            passed=False,
            text=f"It was kicked, and did not tell that it opened and closed; {self._sensor.in_words}.",
            remedy='See whether it opened; if it did, check the sensor\'s wire or set sensor = "none".',
        )

    def _wait_until_closed(self) -> bool:
        deadline, opened = Deadline(self._waits.person_s), False
        while not deadline.passed:
            self._see(self._sink)
            if self._sensor.position is DrawerPosition.OPEN:
                opened = True
            elif opened and self._sensor.position is DrawerPosition.CLOSED:
                return True
            wait_readable(min(self._waits.moving_s, deadline.left_s), *self.watched())
        return False

    def link(self) -> Link:
        """What is known of the way to it."""
        return Link.ONLINE

    def _remember(self, request: str, outcome: DrawerKicked | DrawerStuck) -> None:
        self._known[request] = outcome
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


_CLOSE_IT = Condition("close_the_drawer", Severity.WARNING, "The drawer is being checked.", "Close the drawer now.")
