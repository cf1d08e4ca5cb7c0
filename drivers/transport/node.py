"""What all nodes of /dev have in common: non-blocking reads and writes, why one cannot be opened, simulated twins."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from drivers.device import AbsentError, DeviceError
from drivers.transport.packet_port import LOCK
from drivers.transport.waiting import Deadline, wait_readable, wait_writable

DENIED = (errno.EACCES, errno.EPERM)
# EAGAIN is what flock(2) says where another program holds it.
HELD = (errno.EBUSY, errno.EAGAIN)


class NodeTransport(ABC):
    """An open non-blocking descriptor; see `drivers.transport.interface.Transport`. A kind of node says what is wrong.

    `lock` is a descriptor to close with it. With `ends_with_nothing` a read of no bytes says that the other side is
    gone, as it mostly does.
    """

    read_size: ClassVar[int] = 4096

    def __init__(self, fd: int, *, lock: int = -1, ends_with_nothing: bool = True) -> None:
        self._fd = fd
        self._lock = lock
        self._ends_with_nothing = ends_with_nothing

    def fileno(self) -> int:
        """Return the descriptor to wait on; `DeviceError` once closed."""
        if self._fd < 0:
            raise self._gone()
        return self._fd

    def read(self, deadline_s: float) -> bytes:
        """Return what has come in, `b""` after `deadline_s`; `DeviceError` when the device is gone."""
        fd = self.fileno()
        if not wait_readable(deadline_s, fd):
            return b""
        try:
            data = os.read(fd, self.read_size)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone() from error
        if not data and self._ends_with_nothing:
            raise self._gone()
        return data

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Hand over all of `data`; `DeviceError` when not taken by the deadline or the device is gone."""
        deadline = Deadline(deadline_s)
        rest = memoryview(data)
        while rest:
            rest = rest[self._write(rest, deadline) :]

    def close(self) -> None:
        """Give the node back; may be called twice."""
        for fd in (self._fd, self._lock):
            if fd >= 0:
                with contextlib.suppress(OSError):
                    os.close(fd)
        self._fd = self._lock = -1

    def _write(self, data: bytes | memoryview, deadline: Deadline) -> int:
        """Write once, as soon as the node takes anything; returns how many bytes it took."""
        while True:
            fd = self.fileno()
            if not wait_writable(deadline.left_s, fd):
                raise self._stuck()
            try:
                return os.write(fd, data)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._gone() from error

    @abstractmethod
    def _gone(self) -> DeviceError:
        """The error where the device is gone, or the transport closed."""

    @abstractmethod
    def _stuck(self) -> DeviceError:
        """The error where the device takes nothing by the deadline."""


def connect_twin(path: Path) -> tuple[int, int]:
    """Connect to the socket of a simulated device, for this program alone; see `packet_port`.

    Returns the descriptors of the connection and of its lock; raises `OSError`, as the node of a real one would.
    """
    with contextlib.ExitStack() as undo:
        link = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC))
        lock = os.open(path.with_name(path.name + LOCK), os.O_RDWR | os.O_CLOEXEC)
        undo.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        link.connect(str(path))
        undo.pop_all()
        return link.detach(), lock


def explain(error: OSError, what: str) -> DeviceError:
    """Say why a node of /dev could not be opened. `what` as in "HID device at /dev/hidraw0"."""
    if error.errno in DENIED:
        remedy = "Install the udev rules, or give the user of this program the right to the node."
        return DeviceError(f"No permission to open the {what}.", remedy, permanent=True)
    if error.errno in HELD:
        return DeviceError(f"Another program holds the {what}.", "End the other program.", permanent=True)
    if error.errno in {errno.ENOTTY, errno.EINVAL, errno.EISDIR, errno.EPROTOTYPE}:
        return DeviceError(f"There is no usable {what}.", "Correct the settings of the device.", permanent=True)
    return AbsentError(f"There is no {what}.", "Plug it in.")
