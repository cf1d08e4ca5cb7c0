"""A cash drawer on the connector of a receipt printer: asks the printer for the pulse and for the sensor's level."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Literal, Protocol

import msgspec

from drivers.carrier import Carrier
from drivers.device import Condition, Conditions, DeviceError, Finding, HealthLevel, Link, Severity, Sink
from drivers.drawer.base import BaseDrawer, DrawerWaits, PulseMs
from drivers.drawer.sensor import Wiring
from drivers.outfit import Outfit

_PINS = {2: 0, 5: 1}


class PrinterPort(Protocol):
    """What a printer's driver offers a drawer. Called on the printer's thread."""

    def pulse(self, pin: int, on_ms: int, off_ms: int) -> None:
        """Send one pulse to connector pin 2 (`pin` 0) or 5 (`pin` 1); `DeviceError` where it was not sent."""
        ...

    def drawer_level(self) -> bool | None:
        """What the sensor pin (pin 3) last was; None where the printer does not say."""
        ...


class PrinterDrawerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a drawer on a printer. `printer` is the alias of that printer.

    `pin` of the connector: 2 for the first drawer, 5 for a second one on the same connector. `on_ms`, `off_ms`: how
    long the solenoid has current, and rests after it. `sensor`: see `sensor.Sensor`.
    """

    driver: str
    printer: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    pin: Literal[2, 5] = 2
    on_ms: PulseMs = 100
    off_ms: PulseMs = 200
    sensor: Wiring = "learn"

    def __post_init__(self) -> None:
        """Refuse a pause that is shorter than the pulse: the solenoid would burn."""
        if self.off_ms < self.on_ms:
            raise ValueError("off_ms must not be less than on_ms")


class PrinterDrawer(BaseDrawer):
    """Driver of a drawer on a printer; see `BaseDrawer`.

    It stays READY while its printer is away, says so as a condition with the link OFFLINE, and works again the moment
    the printer does: a wait of its own for the next try would only make it later.
    """

    def __init__(  # noqa: PLR0913 # all after the outfit have their values on a device
        self,
        alias: str,
        settings: PrinterDrawerSettings,
        sink: Sink,
        outfit: Outfit,
        *,
        waits: DrawerWaits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(alias, sink, settings.sensor, waits=waits, clock=clock)
        self._settings = settings
        self._outfit = outfit
        self._printer: Carrier | None = None
        self._last: bool | None = None
        self._shown: Conditions | None = None

    def connect(self) -> None:
        """Find the printer; a permanent `DeviceError` where there is none of that alias, or it has no connector."""
        printer = Carrier(self._outfit.device(self._settings.printer), "receipt printer")
        if not (printer.can("pulse") and printer.can("drawer_level")):
            message = f"The printer {printer.name} opens no drawers."
            raise DeviceError(message, "Name a receipt printer that has a drawer connector.", permanent=True)
        self._printer, self._shown = printer, None
        self._show(self._sink)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """See `BaseDrawer.listen`."""
        self._show(emit)
        super().listen(wake_fd, emit)

    def pulse(self) -> None:
        """See `BaseDrawer.pulse`."""
        settings = self._settings
        self._opened().ask(
            lambda printer: self._send(printer, _PINS[settings.pin], settings.on_ms, settings.off_ms),
            self._waits.kick_s,
        )

    def level(self) -> bool | None:
        """See `BaseDrawer.level`. While the printer prints, what it was before: the job is not held up by questions."""
        printer = self._opened()
        if not printer.ready or self._settings.sensor == "none":
            self._last = None
        elif not printer.busy or self._last is None:
            try:
                self._last = printer.ask(self._look, self._waits.ask_s)
            except (DeviceError, OSError):
                self._last = self._last if printer.ready else None
        return self._last

    def disconnect(self) -> None:
        """See `BaseDrawer.disconnect`."""
        self._printer = None

    def link(self) -> Link:
        """OFFLINE while its printer is away."""
        return Link.ONLINE if self._opened().ready else Link.OFFLINE

    def check_health(self, level: HealthLevel) -> Finding:
        """See `BaseDrawer.check_health`; does not pass while the printer is away."""
        printer = self._opened()
        if not printer.ready:
            away = printer.away()
            return Finding(passed=False, text=away.message, remedy=away.remedy)
        try:
            return super().check_health(level)
        except DeviceError as error:
            return Finding(passed=False, text=error.message, remedy=error.remedy)

    def _gone(self, error: DeviceError | OSError) -> None:
        """The printer is supervised by itself; this drawer stays as it is."""

    @staticmethod
    def _send(printer: PrinterPort, pin: int, on_ms: int, off_ms: int) -> None:
        printer.pulse(pin, on_ms, off_ms)

    @staticmethod
    def _look(printer: PrinterPort) -> bool | None:
        return printer.drawer_level()

    def _show(self, emit: Sink) -> None:
        printer = self._opened()
        found: tuple[Condition, ...] = ()
        if not printer.ready:
            away = printer.away()
            remedy = f"{away.remedy} Open the drawer with its key meanwhile."
            found = (Condition("printer_away", Severity.FAULT, away.message, remedy),)
        now = Conditions(found, Link.OFFLINE if found else Link.ONLINE)
        if now != self._shown:
            self._shown = now
            emit(now)

    def _opened(self) -> Carrier:
        if self._printer is None:
            raise DeviceError("The drawer is not open.", "Wait until it is.")
        return self._printer
