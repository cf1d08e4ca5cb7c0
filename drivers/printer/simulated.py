"""The bench receipt printer: listens on TCP like a real one, prints into files, and fails when told to."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import queue
import selectors
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from drivers.device import DeviceError
from drivers.printer.mechanism import Mechanism, Receipt
from drivers.printer.paper import text_of
from drivers.printer.picture import draw
from drivers.simulation import flag_field, number_field, unknown_action

log = logging.getLogger(__name__)

_CONTROL_S = 10.0  # a person or a test waits this long for the bench device; rendering a receipt takes 0.2 s
_STOP_S = 2.0
_DOTS, _COLUMNS = 512, 42
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: the peer sees a reset, as from a pulled plug

Fields = dict[str, object]


class SimulatedPrinter:
    """An ESC/POS printer on `host` and `port` (0: any free one), known after `start` by its `address`.

    Each cut saves what was printed to `folder` as `<n>.bin` (as received), `<n>.txt` and `<n>.png`.
    """

    def __init__(self, name: str, host: str = "127.0.0.1", port: int = 0, *, folder: Path) -> None:
        self.name = name
        self.address = (host, port)
        self._folder = folder
        self._mechanism = Mechanism()
        self._receipts: list[Fields] = []
        self._silent = False
        self._drop_after: int | None = None
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []
        self._calls: queue.SimpleQueue[tuple[Callable[[], Fields], concurrent.futures.Future[Fields]]] = (
            queue.SimpleQueue()
        )
        self._thread: threading.Thread | None = None
        self._stopping = False

    def start(self) -> None:
        """Listen. `address` holds the port when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._stopping = False
        try:
            self._plug({})
        except DeviceError:
            self._close()
            raise
        self._thread = threading.Thread(target=self._serve, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close everything; may be called twice."""
        if self._thread is None:
            return
        self._stopping = True
        self._wake_in.send(b"\0")
        self._thread.join(_STOP_S)
        self._thread = None
        self._unplug({})
        self._close()

    def _close(self) -> None:
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def control(self, action: str, fields: Fields) -> Fields:
        """Do something to the printer, on its own thread; see README for the actions. Raises `DeviceError`."""
        doer = self._actions().get(action)
        if doer is None:
            raise unknown_action("receipt printer", action, sorted(self._actions()))
        if self._thread is None:
            raise DeviceError("The bench printer is not running.", "Start it first.")
        future: concurrent.futures.Future[Fields] = concurrent.futures.Future()
        self._calls.put((lambda: doer(fields), future))
        self._wake_in.send(b"\0")
        try:
            return future.result(_CONTROL_S)
        except TimeoutError as error:
            raise DeviceError("The bench printer does not respond.", "Stop it and start it again.") from error

    def _actions(self) -> dict[str, Callable[[Fields], Fields]]:
        return {
            "paper_out": lambda _: self._sense(paper=False),
            "paper_in": lambda _: self._sense(paper=True, near_end=False),
            "paper_low": lambda _: self._sense(near_end=True),
            "paper_out_after": self._paper_out_after,
            "cover_open": lambda _: self._sense(cover_open=True),
            "cover_close": lambda _: self._sense(cover_open=False),
            "cutter_jam": lambda _: self._sense(cutter_error=True),
            "cutter_clear": lambda _: self._sense(cutter_error=False),
            "unplug": self._unplug,
            "plug": self._plug,
            "silent": self._set_silent,
            "drop_after": self._set_drop_after,
            "receipts": lambda _: {"receipts": list(self._receipts)},
            "state": lambda _: self._state(),
        }

    def _sense(self, **sensors: bool) -> Fields:
        for sensor, value in sensors.items():
            setattr(self._mechanism.sensors, sensor, value)
        self._mechanism.run()
        return self._state()

    def _paper_out_after(self, fields: Fields) -> Fields:
        self._mechanism.lines_left = _count(fields, "lines")
        return self._state()

    def _set_silent(self, fields: Fields) -> Fields:
        self._silent = flag_field(fields, "on")
        return self._state()

    def _set_drop_after(self, fields: Fields) -> Fields:
        self._drop_after = _count(fields, "bytes")
        return self._state()

    def _state(self) -> Fields:
        sensors = self._mechanism.sensors
        return {
            "plugged": self._listener is not None,
            "connections": len(self._connections),
            "paper": sensors.paper,
            "paper_low": sensors.near_end,
            "cover_open": sensors.cover_open,
            "cutter_error": sensors.cutter_error,
            "silent": self._silent,
            "commands_waiting": self._mechanism.waiting,
            "lines_hanging": self._mechanism.lines_hanging,
            "receipts": len(self._receipts),
        }

    def _plug(self, _: Fields) -> Fields:
        if self._listener is None:
            try:
                listener = socket.create_server(self.address)
            except OSError as error:
                raise DeviceError(
                    f"The bench printer cannot listen at {self.address[0]}:{self.address[1]} ({error.strerror}).",
                    "See which program has that port, or give the bench printer another.",
                ) from error
            listener.setblocking(False)
            self.address = listener.getsockname()[:2]
            self._selector.register(listener, selectors.EVENT_READ)
            self._listener = listener
        return self._state()

    def _unplug(self, _: Fields) -> Fields:
        for connection in tuple(self._connections):
            self._drop(connection)
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None
        self._mechanism.power_cycle()
        return self._state()

    def _serve(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                if key.fileobj is self._wake_out:
                    with contextlib.suppress(BlockingIOError):
                        self._wake_out.recv(4096)
                elif key.fileobj is self._listener:
                    self._accept(self._listener)
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._connections:
                    self._receive(key.fileobj)
            self._say()
            self._save()
            self._obey()

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:  # gone again
            return
        connection.setblocking(False)
        self._connections.append(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _receive(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data and self._drop_after is not None:
            data, self._drop_after = data[: self._drop_after], self._drop_after - len(data)
        self._mechanism.feed(data)
        if not data or (self._drop_after is not None and self._drop_after <= 0):
            self._drop_after = None
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        self._connections.remove(connection)
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        connection.close()

    def _say(self) -> None:
        """Replies go to every connection, as with printers that take more than one. A silent printer loses them."""
        data = self._mechanism.replies()
        if not data or self._silent:
            return
        for connection in tuple(self._connections):
            try:
                connection.send(data)
            except OSError:
                self._drop(connection)

    def _save(self) -> None:
        for receipt in self._mechanism.receipts():
            number = len(self._receipts) + 1
            self._receipts.append(_saved(receipt, self._folder, number))
            log.info("simulated_printer.receipt device=%s number=%d", self.name, number)

    def _obey(self) -> None:
        while not self._calls.empty():
            call, future = self._calls.get()
            try:
                result = call()
            except DeviceError as error:
                future.set_exception(error)
            else:
                self._say()
                self._save()
                future.set_result(result)


def _saved(receipt: Receipt, folder: Path, number: int) -> Fields:
    text = text_of(receipt.marks, _COLUMNS)
    paths = {kind: folder / f"{number}.{kind}" for kind in ("bin", "txt", "png")}
    paths["bin"].write_bytes(receipt.raw)
    paths["txt"].write_text(text, encoding="utf-8")
    draw(receipt.marks, _DOTS).save(paths["png"])
    return {"n": number, "text": text, "files": {kind: str(path) for kind, path in paths.items()}}


def _count(fields: Fields, name: str) -> int:
    value = number_field(fields, name)
    if value < 1:
        raise DeviceError(f"`{name}` must be 1 or more.", f'Say how many: "{name}": 10.')
    return value
