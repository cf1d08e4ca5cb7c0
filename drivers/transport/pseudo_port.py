"""A serial port made of a pseudo terminal: the far end of a simulated device, found under a link of a fixed name."""

from __future__ import annotations

import contextlib
import os
import pty
import termios
import threading
import tty
from collections.abc import Callable
from pathlib import Path

from drivers.device import DeviceError
from drivers.transport.waiting import Deadline, wait_readable, wait_writable

READ_SIZE = 4096
# Nobody reads: the buffer of the terminal is full. A real cable drops what nobody takes.
WRITE_DEADLINE_S = 1.0


class PseudoPort:
    """A port that can be plugged in and pulled out. `on_bytes` gets what the driver writes, on the port's own thread.

    Pulling it out hangs the driver's side up and removes the link; plugging it in again makes another terminal under
    the same link, as a USB converter comes back under another node. All methods are safe to call from any thread.
    """

    def __init__(self, link: Path, on_bytes: Callable[[bytes], None]) -> None:
        self._link = link
        self._on_bytes = on_bytes
        self._lock = threading.Lock()
        self._connection: _Connection | None = None

    @property
    def link(self) -> Path:
        """The path a driver opens."""
        return self._link

    @property
    def plugged(self) -> bool:
        """Whether the port is there."""
        return self._connection is not None

    def plug(self) -> None:
        """Make the port appear; does nothing where it is there."""
        with self._lock:
            if self._connection is None:
                self._connection = _Connection(self._link, self._on_bytes)

    def unplug(self) -> None:
        """Make the port go away, whatever is in it; does nothing where it is gone."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def write(self, data: bytes, deadline_s: float = WRITE_DEADLINE_S) -> None:
        """Send bytes to the driver; what nobody reads by the deadline is lost. `DeviceError` while unplugged."""
        with self._lock:
            if self._connection is None:
                raise DeviceError(f"{self._link.name} is unplugged.", "Plug it in first.")
            self._connection.write(data, deadline_s)


class _Connection:
    """One pseudo terminal, from plugging in to pulling out."""

    def __init__(self, link: Path, on_bytes: Callable[[bytes], None]) -> None:
        self._link = link
        self._on_bytes = on_bytes
        self._master, self._slave = pty.openpty()
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        # Held open here: else the master would be in error while no driver has the port open.
        tty.setraw(self._slave, termios.TCSANOW)
        os.set_blocking(self._master, False)
        self._link.parent.mkdir(parents=True, exist_ok=True)
        # In one step, so that a driver never finds half a link; one that a killed process left goes with it.
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(link)
        self._thread = threading.Thread(target=self._read, name=f"port {link.name}", daemon=True)
        self._thread.start()

    def write(self, data: bytes, deadline_s: float) -> None:
        deadline = Deadline(deadline_s)
        rest = memoryview(data)
        while rest and wait_writable(deadline.left_s, self._master):
            with contextlib.suppress(BlockingIOError):
                rest = rest[os.write(self._master, rest) :]

    def close(self) -> None:
        self._link.unlink(missing_ok=True)
        os.eventfd_write(self._stop, 1)
        # Pulled out by a control action that came in over the port itself, it must not wait for itself.
        if self._thread is not threading.current_thread():
            self._thread.join()
        os.close(self._slave)
        os.close(self._master)
        os.close(self._stop)

    def _read(self) -> None:
        while True:
            ready = wait_readable(60.0, self._master, self._stop)
            if self._stop in ready:
                return
            if self._master in ready:
                # A device that answers while it is being pulled out answers nobody.
                with contextlib.suppress(BlockingIOError, DeviceError):
                    self._on_bytes(os.read(self._master, READ_SIZE))
