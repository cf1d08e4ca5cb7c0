"""A USB printer by the kernel's usblp driver (/dev/usb/lpN): bytes both ways with deadlines, port status, device id."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.device import AbsentError, DeviceError
from drivers.transport.node import DENIED, NodeTransport

# linux/lp.h and drivers/usb/class/usblp.c: LPGETSTATUS, and _IOC(_IOC_READ, 'P', 1, length).
LPGETSTATUS = 0x060B
_DEVICE_ID_BYTES = 1024
LPIOC_GET_DEVICE_ID = (2 << 30) | (_DEVICE_ID_BYTES << 16) | (ord("P") << 8) | 1
_NOT_ERROR, _SELECTED, _PAPER_EMPTY = 0x08, 0x10, 0x20  # USB Printing Class 1.1, GET_PORT_STATUS

_CONNECT_S = 2.0  # of the bench printer's socket, which answers at once
_CHECK = "Check its cable and its power."

Ioctl = Callable[[int, int, bytearray], object]


@dataclass(frozen=True, slots=True)
class PortStatus:
    """What the port says of the printer (GET_PORT_STATUS). Many printers always answer "all is well"."""

    paper_empty: bool
    selected: bool
    error: bool


def open_usblp(path: str) -> UsblpTransport:
    """Open the node at `path` for this program alone (usblp itself lets in only one).

    Where `path` is a socket, it is a bench printer's, and is connected to. Raises `AbsentError` where there is none,
    and a permanent `DeviceError` without permission or where another program (CUPS) holds it.
    """
    try:
        mode = Path(path).stat().st_mode
        fd = _connect(path) if stat.S_ISSOCK(mode) else os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _explain(path, error) from error
    return UsblpTransport(fd, path, ends_with_nothing=stat.S_ISSOCK(mode))


class UsblpTransport(NodeTransport):
    """An open printer node; see `drivers.transport.interface.Transport`. Made by `open_usblp`.

    usblp hands an empty packet of the printer over as a read of nothing, which is no end; only a bench printer's
    socket (`ends_with_nothing`) ends that way. A pulled plug shows as ENODEV or EIO. The node takes a piece as soon as
    the piece before it has reached the printer, which stops taking them when its buffer is full; what it has not taken
    when the node is closed is dropped.
    """

    read_size = 8192

    def __init__(self, fd: int, path: str, *, ends_with_nothing: bool = False, ioctl: Ioctl = fcntl.ioctl) -> None:
        super().__init__(fd, ends_with_nothing=ends_with_nothing)
        self._path = path
        self._ioctl = ioctl

    def port_status(self) -> PortStatus | None:
        """Ask for the port status, in 5 s at most (usblp's own limit); None where the printer does not say."""
        answer = bytearray(4)
        try:
            self._ioctl(self.fileno(), LPGETSTATUS, answer)
        except OSError:
            return None
        bits = answer[0]
        return PortStatus(bool(bits & _PAPER_EMPTY), bool(bits & _SELECTED), not bits & _NOT_ERROR)

    def device_id(self) -> dict[str, str]:
        """The IEEE 1284 device id, {"MFG": "EPSON", "MDL": "TM-T20II", ...}; empty where the printer has none."""
        answer = bytearray(_DEVICE_ID_BYTES)
        try:
            self._ioctl(self.fileno(), LPIOC_GET_DEVICE_ID, answer)
        except OSError:
            return {}
        # The first two bytes are the length, themselves included, high byte first.
        text = bytes(answer[2 : int.from_bytes(answer[:2], "big")]).decode("ascii", "replace")
        pairs = (pair.split(":", 1) for pair in text.split(";") if ":" in pair)
        return {key.strip(): value.strip() for key, value in pairs}

    def _gone(self) -> DeviceError:
        return DeviceError(f"The connection to the printer at {self._path} was lost.", _CHECK)

    def _stuck(self) -> DeviceError:
        return DeviceError(f"The printer at {self._path} takes no more data.", _CHECK)


def _connect(path: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_CONNECT_S)
        link.connect(path)
        link.setblocking(False)
        return link.detach()


def _explain(path: str, error: OSError) -> DeviceError:
    if error.errno in DENIED:
        remedy = "Let the user of this program into the group lp, or install the udev rules."
        return DeviceError(f"No permission to open the printer {path}.", remedy, permanent=True)
    if error.errno == errno.EBUSY:
        remedy = "End the other program that prints on it (CUPS?): it cannot be shared."
        return DeviceError(f"Another program holds the printer {path}.", remedy, permanent=True)
    return AbsentError(f"There is no printer at {path}.", "Plug it in and switch it on.")
