"""The ways to a printer: over the network, USB or a serial line with flow control, each as a transport."""

from __future__ import annotations

import contextlib
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from drivers.device import DeviceError
from drivers.identity import UsbIdentity, find_usb
from drivers.transport import tcp
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial
from drivers.transport.usblp import open_usblp

Connect = Callable[[str, int, float], Transport]
OpenPort = Callable[[str, Line], Transport]
OpenUsb = Callable[[str], Transport]

Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
NodePath = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Baud = Literal[9600, 19200, 38400, 57600, 115200]
DataBits = Literal[7, 8]
Parity = Literal["none", "even", "odd"]
StopBits = Literal[1, 2]
Flow = Literal["hardware", "xon_xoff", "none"]

_NO_FLOW = "Set `flow` to another kind, here and in the printer."
_BITS_PER_BYTE = 11  # with start, parity and stop


@dataclass(frozen=True, slots=True)
class Way:
    """Where a printer is: on the network at `host`, on USB as `usb` says, or on the serial `port`."""

    host: str = ""
    tcp_port: int = 9100
    usb: UsbIdentity | None = None
    sysfs: str = "/sys"
    port: str = ""
    line: Line = Line(9600, 8, "none", 1)  # noqa: RUF009 # a line is frozen: one for all is safe
    flow: Flow = "hardware"

    def line_s(self, size: int) -> float:
        """Seconds that `size` bytes need on the line alone; only serial lines are slower than a printer prints."""
        return size * _BITS_PER_BYTE / self.line.baud if self.port else 0.0


@dataclass(frozen=True, slots=True)
class Doors:
    """What opens each kind of connection; the registry may hand in ones that count and record the bytes."""

    connect: Connect = tcp.connect
    open_port: OpenPort = open_serial
    open_usb: OpenUsb = open_usblp


def reach(way: Way, what: str, doors: Doors, deadline_s: float) -> Transport:
    """Open the connection; `what` is for messages. `DeviceError` (`AbsentError` where there is no such device)."""
    if way.host:
        return doors.connect(way.host, way.tcp_port, deadline_s)
    if way.usb is None:
        return FlowControlled(doors.open_port(way.port, way.line), way.flow)
    found = find_usb(way.usb, "usbmisc", what, pattern="lp*", sysfs=Path(way.sysfs))
    return doors.open_usb(str(found.node))


class FlowControlled:
    """A serial transport whose kernel side obeys the printer's "wait"; with `xon_xoff` it takes 0x11 and 0x13 out."""

    def __init__(self, port: Transport, flow: str) -> None:
        self._port = port
        try:
            _set_flow(port.fileno(), flow)
        except termios.error as error:
            port.close()
            raise DeviceError(
                "The serial port of the printer has no flow control.", _NO_FLOW, permanent=True
            ) from error

    def fileno(self) -> int:
        """Return the port's descriptor."""
        return self._port.fileno()

    def read(self, deadline_s: float) -> bytes:
        """See `Transport.read`."""
        return self._port.read(deadline_s)

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write_all`."""
        self._port.write_all(data, deadline_s)

    def close(self) -> None:
        """Give the port back at once: unflushed, one whose printer says "wait" would hold up its closing for 30 s."""
        with contextlib.suppress(OSError, termios.error, DeviceError):
            termios.tcflush(self._port.fileno(), termios.TCIOFLUSH)
        self._port.close()


def _set_flow(fd: int, flow: str) -> None:
    attributes = termios.tcgetattr(fd)
    attributes[0] &= ~(termios.IXON | termios.IXOFF | termios.IXANY)
    attributes[2] &= ~termios.CRTSCTS
    if flow == "xon_xoff":
        attributes[0] |= termios.IXON
    elif flow == "hardware":
        attributes[2] |= termios.CRTSCTS
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
