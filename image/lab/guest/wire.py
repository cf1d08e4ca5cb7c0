"""The cable inside a virtual device: what its simulation says goes to the gadget's file and back, and can be cut."""

from __future__ import annotations

import os
import threading

from drivers.transport.waiting import wait_readable, wait_writable

# More than the printer function keeps in one request: a request that was read in part only and then pulled out is
# freed twice by the 6.1 kernel.
_READ_SIZE = 16384
_WRITE_S = 5.0
_PAUSE_S = 0.05
ALL = 1 << 62


class Wire:
    """Passes bytes between `near`, the gadget's file, and `far`, the simulation's; both stay the caller's.

    `to_host` and `from_host` are how many more bytes it passes on in that direction, what is beyond is lost: 0 makes a
    device mute or deaf, and a few bytes cut a frame in the middle.
    """

    def __init__(self, near: int, far: int) -> None:
        self.to_host = ALL
        self.from_host = ALL
        self._near = near
        self._far = far
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._threads = [
            threading.Thread(target=self._towards_host, name="to host", daemon=True),
            threading.Thread(target=self._from_host, name="from host", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End it; nothing uses the two files any more when this returns."""
        os.eventfd_write(self._stop, 1)
        for thread in self._threads:
            thread.join()
        os.close(self._stop)

    def _towards_host(self) -> None:
        while data := self._next(self._far):
            data = data[: self.to_host]
            self._write(self._near, data)
            self.to_host -= len(data)

    def _from_host(self) -> None:
        while data := self._next(self._near):
            data = data[: self.from_host]
            self._write(self._far, data)
            self.from_host -= len(data)

    def _next(self, fd: int) -> bytes:
        """What comes next; nothing once the wire is closed."""
        while self._stop not in wait_readable(60.0, self._stop, fd):
            try:
                data = os.read(fd, _READ_SIZE)
            except OSError:
                data = b""
            if data:
                return data
            # Hung up or not plugged in yet: the kernel says so until someone is at the other end.
            if wait_readable(_PAUSE_S, self._stop):
                break
        return b""

    def _write(self, fd: int, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest and wait_writable(_WRITE_S, fd):
                rest = rest[os.write(fd, rest) :]
        except OSError:
            """Nobody is at the other end any more."""
