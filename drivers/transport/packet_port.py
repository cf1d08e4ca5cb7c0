"""A node made of a Unix socket that keeps the borders of packets: the far end of a simulated HID or event device."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from drivers.device import DeviceError
from drivers.transport.waiting import wait_readable, wait_writable

# Beside the socket: what a real node answers to ioctls, and what is locked in place of it.
DESCRIPTOR = ".descriptor"
LOCK = ".lock"

# What a driver writes to a simulated HID device begins with one of these; a real node has a write and an ioctl.
OUTPUT, SET_FEATURE = b"\x00", b"\x01"

LONGEST_PACKET = 65536
# Nobody reads: what is in the socket is full. A real device drops what nobody takes.
WRITE_DEADLINE_S = 1.0


class PacketPort:
    """A node that can be plugged in and pulled out; one driver at a time. Methods are safe to call from any thread.

    `on_packet` gets what the driver writes, on the port's own thread. What is written to the driver while none is there
    is lost, as it is with a real device.
    """

    def __init__(self, path: Path, on_packet: Callable[[bytes], None], *, descriptor: bytes = b"") -> None:
        self._path = path
        self._on_packet = on_packet
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._server: _Server | None = None

    @property
    def path(self) -> Path:
        """The path a driver opens."""
        return self._path

    @property
    def plugged(self) -> bool:
        """Whether the node is there."""
        return self._server is not None

    def plug(self) -> None:
        """Make the node appear; does nothing where it is there."""
        with self._lock:
            if self._server is None:
                for suffix, content in ((DESCRIPTOR, self._descriptor), (LOCK, b"")):
                    self._path.with_name(self._path.name + suffix).write_bytes(content)
                self._server = _Server(self._path, self._on_packet)

    def unplug(self) -> None:
        """Make the node go away; does nothing where it is gone."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()
            for suffix in (DESCRIPTOR, LOCK):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def write(self, packet: bytes) -> None:
        """Send one packet to the driver. `DeviceError` while unplugged."""
        with self._lock:
            if self._server is None:
                raise DeviceError(f"{self._path.name} is unplugged.", "Plug it in first.")
            self._server.write(packet)


class _Server:
    """The socket, from plugging in to pulling out."""

    def __init__(self, path: Path, on_packet: Callable[[bytes], None]) -> None:
        self._path = path
        self._on_packet = on_packet
        self._closing = False
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._guard = threading.Lock()
        self._driver: socket.socket | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        # In one step, so that a driver never finds a socket that nobody listens at.
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        self._listener.bind(str(fresh))
        self._listener.listen(1)
        fresh.replace(path)
        self._thread = threading.Thread(target=self._serve, name=f"port {path.name}", daemon=True)
        self._thread.start()

    def write(self, packet: bytes) -> None:
        self._admit()
        driver = self._driver
        if driver is not None and wait_writable(WRITE_DEADLINE_S, driver.fileno()):
            with contextlib.suppress(OSError):
                driver.send(packet, socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._closing = True
        os.eventfd_write(self._bell, 1)
        if self._thread is not threading.current_thread():
            self._thread.join()
        if self._driver is not None:
            self._driver.close()
        self._listener.close()
        os.close(self._bell)

    def _admit(self) -> None:
        """Take in a driver that has connected, so that what is written right after it came is not lost."""
        with self._guard:
            if wait_readable(0, self._listener.fileno()):
                link, _ = self._listener.accept()
                link.setblocking(False)
                if self._driver is not None:
                    self._driver.close()
                self._driver = link
                # The port's thread waits for the driver that was there before.
                os.eventfd_write(self._bell, 1)

    def _serve(self) -> None:
        while not self._closing:
            driver = self._driver
            waited = [self._listener.fileno(), self._bell, *([driver.fileno()] if driver is not None else [])]
            ready = wait_readable(60.0, *(fd for fd in waited if fd >= 0))
            if self._bell in ready:
                os.eventfd_read(self._bell)
            elif self._listener.fileno() in ready:
                self._admit()
            elif driver is not None and driver.fileno() in ready:
                self._take(driver)

    def _take(self, driver: socket.socket) -> None:
        packet = b""
        with contextlib.suppress(ConnectionError):
            try:
                packet = driver.recv(LONGEST_PACKET)
            except BlockingIOError:
                return
        if packet:
            # A device that answers while it is being pulled out answers nobody.
            with contextlib.suppress(DeviceError):
                self._on_packet(packet)
            return
        with self._guard:
            if self._driver is driver:
                self._driver = None
        driver.close()
