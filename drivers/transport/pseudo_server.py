"""A TCP port of 127.0.0.1: the far end of a simulated network device, with one driver connected at a time."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable

from drivers.device import DeviceError
from drivers.transport.waiting import wait_readable

READ_SIZE = 4096
WRITE_DEADLINE_S = 1.0


class PseudoServer:
    """A port that can be plugged in and pulled out; it keeps its number. All methods are safe from any thread.

    `on_bytes` gets what the driver writes and `on_connect` is called when one connects, both on the port's own thread.
    A driver that connects while another is there takes its place, as with most printers' single connection after a
    till was restarted.
    """

    def __init__(self, name: str, on_bytes: Callable[[bytes], None], on_connect: Callable[[], None]) -> None:
        self._name = name
        self._on_bytes = on_bytes
        self._on_connect = on_connect
        self._lock = threading.Lock()
        self._port = 0
        self._listening: _Listening | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; the port is known from the first `plug` on."""
        return ("127.0.0.1", self._port)

    @property
    def plugged(self) -> bool:
        """Whether it listens."""
        return self._listening is not None

    def plug(self) -> None:
        """Listen; does nothing where it does."""
        with self._lock:
            if self._listening is None:
                self._listening = _Listening(self._name, self.address, self._on_bytes, self._on_connect)
                self._port = self._listening.port

    def unplug(self) -> None:
        """Hang up and listen no more; does nothing where it does not."""
        with self._lock:
            listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()

    def write(self, data: bytes) -> None:
        """Send bytes to the driver; lost where none is connected. `DeviceError` while unplugged."""
        with self._lock:
            if self._listening is None:
                raise DeviceError(f"{self._name} is unplugged.", "Plug it in first.")
            self._listening.write(data)


class _Listening:
    """One listening socket, from plugging in to pulling out."""

    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        on_bytes: Callable[[bytes], None],
        on_connect: Callable[[], None],
    ) -> None:
        self._on_bytes = on_bytes
        self._on_connect = on_connect
        self._server = socket.create_server(address)
        self.port: int = self._server.getsockname()[1]
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._peer: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, name=f"port {name}", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        peer = self._peer
        if peer is not None:
            with contextlib.suppress(OSError):
                peer.sendall(data)

    def close(self) -> None:
        os.eventfd_write(self._stop, 1)
        # Pulled out by what came in over the port itself, it must not wait for itself.
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._hang_up()
        self._server.close()
        os.close(self._stop)

    def _serve(self) -> None:
        while True:
            peer = self._peer
            watched = (self._stop, self._server.fileno(), *(() if peer is None else (peer.fileno(),)))
            ready = wait_readable(60.0, *watched)
            if self._stop in ready:
                return
            if self._server.fileno() in ready:
                self._accept()
            elif ready and peer is not None:
                self._receive(peer)

    def _accept(self) -> None:
        self._hang_up()
        with contextlib.suppress(OSError):
            peer, _ = self._server.accept()
            peer.settimeout(WRITE_DEADLINE_S)
            self._peer = peer
            self._on_connect()

    def _receive(self, peer: socket.socket) -> None:
        data = b""
        with contextlib.suppress(OSError):
            data = peer.recv(READ_SIZE)
        if data:
            with contextlib.suppress(DeviceError):
                self._on_bytes(data)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()
