"""The driver of a two-line display on a serial line, or behind a printer that passes on what is for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, ClassVar, Literal, Protocol

import msgspec

from drivers.carrier import Carrier
from drivers.device import Category, Conditions, DeviceError, Finding, HealthLevel, Link, Sink
from drivers.display import commands
from drivers.display.cells import CodePage
from drivers.display.commands import ModelName, Panel
from drivers.display.interface import NotShown, Shown
from drivers.outfit import Outfit
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial
from drivers.transport.waiting import wait_readable

# Two lines with all commands are 60 bytes: 63 ms at 9600 baud.
_WRITE_S = 2.0
# A printer in the middle of a receipt; what a shopper is to read later than that is stale.
_PRINTER_S = 3.0
_IDLE_S = 60.0
_PRINTER_IDLE_S = 1.0

Columns = Literal[16, 20]
Brightness = Annotated[int, msgspec.Meta(ge=1, le=4)]


class LineDisplaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a line display: exactly one of `port` (its serial port) and `printer` (the alias of a printer).

    `behind_printer`: the display stands before a printer on the same serial line, and takes only what is said to be for
    it; always so with `printer`. `code_page`: of a CD5220 any other than cp437, cp852 and cp866 is set by its switches.
    """

    driver: str
    port: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    printer: Annotated[str, msgspec.Meta(max_length=64)] = ""
    baud: Literal[2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    columns: Columns = 20
    code_page: CodePage = "cp437"
    brightness: Brightness = 4
    behind_printer: bool = False

    def __post_init__(self) -> None:
        """Refuse none and both of the ways to it."""
        if bool(self.port) == bool(self.printer):
            raise ValueError("one of port and printer is needed, and not both")


class PassOn(Protocol):
    """What a printer's driver offers a display that hangs on it. Called on the printer's thread."""

    def pass_on(self, data: bytes) -> None:
        """Send `data` between two jobs, as it is; `DeviceError` where it was not sent."""
        ...


class LineDisplayDriver:
    """Driver of a line display; see `drivers.device.Driver` and `LineDisplay`. A subclass says which model it is.

    Such displays do not answer: READY means that its line is open. What it showed last comes back after a reopen.
    """

    model: ClassVar[ModelName]

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: LineDisplaySettings,
        sink: Sink,
        outfit: Outfit | None = None,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._outfit = outfit
        self._open_port = open_port
        self._pause = pause
        behind = settings.behind_printer or bool(settings.printer)
        self._panel = Panel(self.model, settings.columns, settings.code_page, settings.brightness, behind)
        self._port: Transport | None = None
        self._printer: Carrier | None = None
        self._lost: DeviceError | OSError | None = None
        self._lines = ("", "")

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.LINE_DISPLAY

    @property
    def columns(self) -> int:
        """See `LineDisplay`."""
        return self._settings.columns

    def open(self) -> None:
        """Open its line, set the display up, and show again what it showed last. It answers nothing.

        Raises `DeviceError`: as `open_serial` does, and where the printer it hangs on is away or passes nothing on.
        """
        self.close()
        self._lost = None
        if self._settings.printer:
            self._printer = self._find_printer()
        else:
            line = Line(self._settings.baud, self._settings.data_bits, self._settings.parity)
            self._port = self._open_port(self._settings.port, line)
        self._send(commands.start(self._panel) + commands.show(self._panel, *self._lines))
        # It may be dark or missing at the end of an open line: nothing is known of it.
        self._sink(Conditions((), Link.UNKNOWN))

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Notice that its line is gone; see `drivers.device.Driver`."""
        del emit
        if self._lost is not None:
            raise self._lost
        if self._printer is not None:
            if not self._printer.ready:
                raise self._printer.away()
            wait_readable(_PRINTER_IDLE_S, wake_fd)
            return
        port = self._opened()
        # What a display sends (a DM-D its settings, a scanner on the same line) is passed over.
        port.read(0)
        wait_readable(_IDLE_S, wake_fd, port.fileno())

    def close(self) -> None:
        """Give the line back, with nothing left on the display. Never raises; may be called twice."""
        port, self._port, self._printer = self._port, None, None
        if port is not None:
            self._leave_empty(port)
            port.close()

    def show(self, request: str, upper: str, lower: str) -> Shown | NotShown:
        """See `LineDisplay`."""
        self._lines = (upper, lower)
        return self._handed(request, commands.show(self._panel, upper, lower))

    def clear(self, request: str) -> Shown | NotShown:
        """See `LineDisplay`."""
        self._lines = ("", "")
        return self._handed(request, commands.clear(self._panel))

    def set_brightness(self, request: str, level: int) -> Shown | NotShown:
        """Set the brightness, 1 to 4, until the next open; the lines stay."""
        data = commands.brightness(self._panel, level) + commands.show(self._panel, *self._lines)
        return self._handed(request, data)

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: its line is open. EXTERNAL, INTERACTIVE: all letters for 2 or 5 s, then what it showed before."""
        if self._printer is None:
            self._opened().fileno()
        if level is HealthLevel.INTERNAL:
            return Finding(passed=True, text="Its line is open; such a display answers nothing.")
        text = "".join(chr(code) for code in range(ord("A"), ord("A") + self.columns))
        self._send(commands.show(self._panel, text, f"{self._alias} 0123456789"))
        self._pause(5.0 if level is HealthLevel.INTERACTIVE else 2.0)
        self._send(commands.show(self._panel, *self._lines))
        return Finding(passed=True, text="A test text was handed to it; whether it was seen, only a person can say.")

    def _handed(self, request: str, data: bytes) -> Shown | NotShown:
        try:
            self._send(data)
        except DeviceError as error:
            self._lost = error if self._printer is None else None
            return NotShown(self._alias, request, error.message, error.remedy)
        except OSError as error:
            self._lost = error
            message = f"The line display is gone ({error.strerror or type(error).__name__})."
            return NotShown(self._alias, request, message, "Check its cable.")
        return Shown(self._alias, request)

    def _send(self, data: bytes) -> None:
        printer = self._printer
        if printer is not None:
            printer.ask(lambda port: _pass_on(port, data), _PRINTER_S)
        else:
            self._opened().write_all(data, _WRITE_S)

    def _find_printer(self) -> Carrier:
        if self._outfit is None:
            raise DeviceError("This display was made without its printer.", "Report this.", permanent=True)
        printer = Carrier(self._outfit.device(self._settings.printer), "printer")
        if not printer.can("pass_on"):
            message = f"The printer {printer.name} passes nothing on to a display."
            raise DeviceError(message, "Connect the display to a serial port of this machine.", permanent=True)
        if not printer.ready:
            raise printer.away()
        return printer

    def _leave_empty(self, port: Transport) -> None:
        try:
            port.write_all(commands.clear(self._panel), 0.1)
        except (DeviceError, OSError):
            return

    def _opened(self) -> Transport:
        if self._port is None:
            raise DeviceError("The line display is not connected.", "Check its cable.")
        return self._port


def _pass_on(printer: PassOn, data: bytes) -> None:
    printer.pass_on(data)
