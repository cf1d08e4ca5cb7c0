"""The plugs of a bench printer: a network port, a USB node with its entry in a sysfs tree, a serial port."""

from __future__ import annotations

import concurrent.futures
import contextlib
import queue
import selectors
import shutil
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from drivers.device import DeviceError
from drivers.transport.pseudo_port import PseudoPort

T = TypeVar("T")
Received = Callable[[bytes], None]

_WAIT_S = 10.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: the peer sees a reset, as from a pulled plug


class Plug(Protocol):
    """One way into a bench printer. All methods may be called from any thread; what comes in goes to `received`."""

    @property
    def plugged(self) -> bool:
        """Whether a driver could find it."""
        ...

    @property
    def connections(self) -> int:
        """How many drivers are connected, as far as that can be seen."""
        ...

    def plug(self) -> None:
        """Make it appear; `DeviceError` where its place is taken."""
        ...

    def unplug(self) -> None:
        """Pull it out."""
        ...

    def drop(self) -> None:
        """Pull it out and put it back at once."""
        ...

    def send(self, data: bytes) -> None:
        """Send to whoever is connected; lost where nobody is."""
        ...

    def close(self) -> None:
        """Pull it out for good; may be called twice."""
        ...


class SocketPlug:
    """A listening socket on a thread of its own; `listen` makes it, and is called again after each unplugging."""

    def __init__(self, name: str, listen: Callable[[], socket.socket], received: Received, *, guests: int = 8) -> None:
        self._listen = listen
        self._received = received
        self._guests = guests
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name=f"plug {name}", daemon=True)
        self._thread.start()

    @property
    def plugged(self) -> bool:
        """See `Plug`."""
        return self._listener is not None

    @property
    def connections(self) -> int:
        """See `Plug`."""
        return len(self._open)

    def plug(self) -> None:
        """See `Plug`."""
        self._do(self._plug)

    def unplug(self) -> None:
        """See `Plug`."""
        self._do(self._unplug)

    def drop(self) -> None:
        """Reset every connection; the port stays."""
        self._do(self._drop_all)

    def send(self, data: bytes) -> None:
        """To every connection, as with printers that take more than one."""
        # Always by the queue, also on the plug's own thread: else it would overtake what others put there.
        self._calls.put(lambda: self._send(data))
        with contextlib.suppress(OSError):  # closed meanwhile
            self._wake_in.send(b"\0")

    def close(self) -> None:
        """See `Plug`."""
        if self._stopping:
            return
        self.unplug()
        self._stopping = True
        self._wake_in.send(b"\0")
        self._thread.join(_WAIT_S)
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def _do(self, call: Callable[[], T]) -> T:
        """Run `call` on the plug's thread, which alone touches its sockets."""
        if threading.current_thread() is self._thread:
            return call()
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                future.set_result(call())
            except (DeviceError, OSError) as error:
                future.set_exception(error)

        self._calls.put(run)
        self._wake_in.send(b"\0")
        return future.result(_WAIT_S)

    def _serve(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                if key.fileobj is self._wake_out:
                    with contextlib.suppress(BlockingIOError):
                        self._wake_out.recv(4096)
                elif self._listener is not None and key.fileobj is self._listener:
                    self._accept(self._listener)
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._open:
                    self._receive(key.fileobj)
            while not self._calls.empty():
                self._calls.get()()

    def _plug(self) -> None:
        if self._listener is None:
            listener = self._listen()
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ)
            self._listener = listener

    def _unplug(self) -> None:
        self._drop_all()
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:  # gone again
            return
        if len(self._open) >= self._guests:
            connection.close()
            return
        connection.setblocking(False)
        self._open.append(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _receive(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._received(data)
        else:
            self._drop(connection)

    def _send(self, data: bytes) -> None:
        for connection in tuple(self._open):
            try:
                connection.send(data)
            except OSError:
                self._drop(connection)

    def _drop_all(self) -> None:
        for connection in tuple(self._open):
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        self._open.remove(connection)
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        connection.close()


class UsbPlug(SocketPlug):
    """A printer node (a socket) and its entry in a sysfs tree of its own; each time it comes back as another `lpN`.

    Node and entry are made and taken away on the plug's thread only, as its sockets are: no two may do so at a time.
    """

    def __init__(self, folder: Path, serial: str, received: Received, *, ids: tuple[str, str]) -> None:
        self.sysfs = folder / "sys"
        self._folder = folder
        self._serial = serial
        self._ids = ids
        self._number = -1
        super().__init__(folder.name, self._appear, received, guests=1)

    @property
    def node(self) -> Path:
        """Where the node is now, or was last."""
        return self._folder / f"lp{self._number}"

    def drop(self) -> None:
        """See `Plug`."""
        self._do(self._replug)

    def _replug(self) -> None:
        self._unplug()
        self._plug()

    def _unplug(self) -> None:
        shutil.rmtree(self.sysfs, ignore_errors=True)
        super()._unplug()
        self.node.unlink(missing_ok=True)

    def _appear(self) -> socket.socket:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        self.node.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.node))
        listener.listen()
        self._announce()
        return listener

    def _announce(self) -> None:
        """The files that the kernel shows for a printer at port 1-1, with the node's full path for its name."""
        device = self.sysfs / "devices" / "usb1" / "1-1"
        interface = device / "1-1:1.0"
        entry = self.sysfs / "class" / "usbmisc" / self.node.name
        for folder in (interface, entry):
            folder.mkdir(parents=True)
        for name, text in (*zip(("idVendor", "idProduct"), self._ids, strict=True), ("serial", self._serial)):
            (device / name).write_text(f"{text}\n", encoding="ascii")
        (interface / "bInterfaceNumber").write_text("00\n", encoding="ascii")
        (entry / "uevent").write_text(f"DEVNAME={self.node}\n", encoding="utf-8")
        (entry / "device").symlink_to(interface)


class SerialPlug:
    """A pseudo terminal behind a link of a fixed name."""

    def __init__(self, link: Path, received: Received) -> None:
        self._port = PseudoPort(link, self._take)
        self._received = received
        self._dropping = threading.Event()

    @property
    def plugged(self) -> bool:
        """See `Plug`."""
        return self._port.plugged

    @property
    def connections(self) -> int:
        """A terminal does not tell who has it open."""
        return 0

    def plug(self) -> None:
        """See `Plug`."""
        self._port.plug()

    def unplug(self) -> None:
        """See `Plug`."""
        self._port.unplug()

    def drop(self) -> None:
        """See `Plug`."""
        if not self._dropping.is_set():
            self._dropping.set()
            # Never on the port's own thread, which must have ended before another port may get its descriptors.
            threading.Thread(target=self._replug, name="replug", daemon=True).start()

    def send(self, data: bytes) -> None:
        """See `Plug`."""
        with contextlib.suppress(DeviceError):  # pulled out meanwhile
            self._port.write(data)

    def close(self) -> None:
        """See `Plug`."""
        self._port.unplug()

    def _replug(self) -> None:
        self._port.unplug()
        self._dropping.clear()
        self._port.plug()

    def _take(self, data: bytes) -> None:
        if not self._dropping.is_set():  # what comes over a pulled cable
            self._received(data)
