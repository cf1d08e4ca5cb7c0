"""The control lines of a serial port: RTS and DTR, by which a drawer is opened, CTS, DSR and DCD, which may tell.

Source: ioctl_tty(2).
"""

from __future__ import annotations

import fcntl
import struct
import termios
from collections.abc import Callable
from typing import Literal, Protocol

from drivers.device import DeviceError

OutLine = Literal["rts", "dtr"]
InLine = Literal["cts", "dsr", "dcd"]

_OUT = {"rts": termios.TIOCM_RTS, "dtr": termios.TIOCM_DTR}
_IN = {"cts": termios.TIOCM_CTS, "dsr": termios.TIOCM_DSR, "dcd": termios.TIOCM_CD}


class ModemLines(Protocol):
    """The control lines of an open port."""

    def set(self, line: OutLine, *, high: bool) -> None:
        """Raise or drop a line. `OSError` where the port is gone."""
        ...

    def get(self, line: InLine) -> bool:
        """Whether a line is high. `OSError` where the port is gone."""
        ...


LinesOf = Callable[[int], ModemLines]


class PortLines:
    """The control lines of the port behind a descriptor; see `ModemLines`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        try:
            self._state()
        except OSError as error:
            message = "This serial port has no control lines."
            remedy = 'Use an adapter that has them, or set pulse = "bytes" and sensor_line = "none".'
            raise DeviceError(message, remedy, permanent=True) from error

    def set(self, line: OutLine, *, high: bool) -> None:
        """See `ModemLines`."""
        fcntl.ioctl(self._fd, termios.TIOCMBIS if high else termios.TIOCMBIC, struct.pack("i", _OUT[line]))

    def get(self, line: InLine) -> bool:
        """See `ModemLines`."""
        return bool(self._state() & _IN[line])

    def _state(self) -> int:
        answer: tuple[int] = struct.unpack("i", fcntl.ioctl(self._fd, termios.TIOCMGET, b"\0" * 4))
        return answer[0]
