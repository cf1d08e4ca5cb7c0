"""A cash drawer on a serial trigger of its own: opened by a byte, or by a pulse on RTS or DTR."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from drivers.device import DeviceError, Sink
from drivers.drawer.base import BaseDrawer, DrawerWaits, PulseMs
from drivers.drawer.modem_lines import InLine, LinesOf, ModemLines, OutLine, PortLines
from drivers.drawer.sensor import Wiring
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial

_WRITE_S = 2.0


class SerialDrawerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a drawer on a serial port.

    `pulse`: "bytes" sends `trigger` (hexadecimal; most triggers open at any byte, BEL is usual), "rts" and "dtr" change
    that line for `pulse_ms`. `active`: the state of the line that opens. The kernel raises both lines while it opens
    the port, so a drawer that opens when a line goes up ("high") opens at each start of the lane, too; wire it to
    "low". `sensor_line`: where the drawer tells that it is open.
    """

    driver: str
    port: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    pulse: Literal["bytes", "rts", "dtr"] = "bytes"
    trigger: Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{2}){1,16}$")] = "07"
    pulse_ms: PulseMs = 200
    active: Literal["low", "high"] = "low"
    sensor_line: Literal["none", "cts", "dsr", "dcd"] = "none"
    sensor: Wiring = "learn"


class SerialDrawer(BaseDrawer):
    """Driver of a drawer on a serial port; see `BaseDrawer`. `lines_of(fd)` gives the control lines of a port."""

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: SerialDrawerSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        lines_of: LinesOf = PortLines,
        waits: DrawerWaits | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        wiring: Wiring = "none" if settings.sensor_line == "none" else settings.sensor
        super().__init__(alias, sink, wiring, waits=waits, clock=clock)
        self._settings = settings
        self._open_port = open_port
        self._lines_of = lines_of
        self._pause = pause
        self._port: Transport | None = None
        self._lines: ModemLines | None = None

    def connect(self) -> None:
        """Open the port, and bring the line that opens the drawer to rest."""
        settings = self._settings
        port = self._port = self._open_port(settings.port, Line(baud=settings.baud))
        out, into = self._out(), self._in()
        if out is not None or into is not None:
            self._lines = self._lines_of(port.fileno())
        if out is not None and self._lines is not None:
            self._lines.set(out, high=settings.active == "low")

    def watched(self) -> tuple[int, ...]:
        """See `BaseDrawer.watched`."""
        return () if self._port is None else (self._port.fileno(),)

    def pulse(self) -> None:
        """See `BaseDrawer.pulse`."""
        out, lines = self._out(), self._lines
        if out is None or lines is None:
            self._opened().write_all(bytes.fromhex(self._settings.trigger), _WRITE_S)
            return
        active = self._settings.active == "high"
        lines.set(out, high=active)
        try:
            self._pause(self._settings.pulse_ms / 1000)
        finally:
            lines.set(out, high=not active)

    def level(self) -> bool | None:
        """See `BaseDrawer.level`. What a trigger sends is passed over; a port that is gone is noticed by it."""
        self._opened().read(0)
        into, lines = self._in(), self._lines
        return None if into is None or lines is None else lines.get(into)

    def disconnect(self) -> None:
        """See `BaseDrawer.disconnect`."""
        port, self._port, self._lines = self._port, None, None
        if port is not None:
            port.close()

    def _out(self) -> OutLine | None:
        return None if self._settings.pulse == "bytes" else self._settings.pulse

    def _in(self) -> InLine | None:
        return None if self._settings.sensor_line == "none" else self._settings.sensor_line

    def _opened(self) -> Transport:
        if self._port is None:
            raise DeviceError("The drawer's port is not open.", "Wait until it is.")
        return self._port


def redact(data: bytes) -> str:
    """Return what may be shown of what went over the line: all of it."""
    return data.hex(" ")


def describe(frame: bytes) -> dict[str, object]:
    """Return what a frame to the drawer is, for a technician."""
    return {"pulse": bool(frame), "bytes": frame.hex(" ")}
