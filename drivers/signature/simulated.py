"""A signing service on the bench: signs with a real key that it keeps, and fails, hangs or changes on demand."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from datetime import UTC, datetime
from pathlib import Path

from drivers.device import DeviceError
from drivers.signature import key_file
from drivers.signature.es256 import SigningKey, make_pem, read_pem
from drivers.signature.service_codec import LONGEST_LINE, Answer, Noise, Question, line_of, question_from
from drivers.simulation import flag_field, number_field, unknown_action

_ACTIONS = ("fail", "hang", "garbage", "forge", "wait_for_question", "swap", "unplug", "plug", "state")
_QUESTION_S = 5
_POLL_S = 0.05


class SimulatedSignatureUnit:
    """Serves `address` on 127.0.0.1, the same through unplug and plug. Its key stays in `folder/name.pem`.

    Actions: `fail` (answers with an error), `hang` (answers once it is over), `garbage` (no JSON), `forge` (signs with
    another key), each `on`, true where left out; `wait_for_question` (`timeout_s`; while it hangs: a lane has asked),
    `swap` (another unit, with another certificate, from now on), `unplug`, `plug`, `state`.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.address = ("127.0.0.1", 0)
        self._path = folder / f"{name}.pem"
        self._key: SigningKey | None = None
        self._troubles = dict.fromkeys(("fail", "hang", "garbage", "forge"), False)
        self._signatures = 0
        self._waiting = 0
        self._changed = threading.Condition()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Make or find its key, and plug it in."""
        with self._changed:
            if self._path.exists():
                self._key = key_file.load(self._path)
            else:
                self._key = key_file.create(self._path, f"Simulated {self.name}", datetime.now(UTC))
        self._plug()

    def stop(self) -> None:
        """Pull it out; the key stays."""
        self._unplug()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See the class; `DeviceError` for any other action."""
        match action:
            case "fail" | "hang" | "garbage" | "forge":
                on = flag_field(fields, "on")
                with self._changed:
                    self._troubles[action] = on
                    self._changed.notify_all()
            case "wait_for_question":
                self._wait_for_question(number_field({"timeout_s": _QUESTION_S, **fields}, "timeout_s"))
            case "swap":
                with self._changed:
                    self._key = _other_key()
            case "unplug":
                self._unplug()
            case "plug":
                self._plug()
            case "state":
                pass
            case _:
                raise unknown_action("signature unit", action, _ACTIONS)
        return self._state()

    def answer(self, line: bytes, server: _Server) -> bytes:
        """What it says to a line of a lane; waits while it hangs, and says nothing once it is pulled out."""
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._troubles["hang"] or self._server is not server)
            self._waiting -= 1
            if self._server is not server:
                return b""
            question = question_from(line)
            if self._troubles["garbage"] or isinstance(question, Noise):
                return b"\xffERR\r\n"
            return line_of(self._answer(question))

    def _answer(self, question: Question) -> Answer:
        key = self._key
        if key is None or self._troubles["fail"]:
            return Answer(question.id, error="The card is out of order.")
        match question.do:
            case "identify":
                return Answer(question.id, certificate=key.certificate)
            case "sign":
                self._signatures += 1
                signer = _other_key() if self._troubles["forge"] else key
                return Answer(question.id, signature=signer.sign(question.data))
            case _:
                return Answer(question.id, error="It can identify itself and sign.")

    def _wait_for_question(self, timeout_s: int) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting > 0, timeout_s):
                raise DeviceError("No lane has asked for anything.", "Let it hang, start a sale, or wait longer.")

    def _state(self) -> dict[str, object]:
        with self._changed:
            return {
                **self._troubles,
                "plugged": self._server is not None,
                "serial": self._key.serial if self._key else "",
                "signatures": self._signatures,
                "waiting": self._waiting,
            }

    def _plug(self) -> None:
        with self._changed:
            if self._server is not None:
                return
            try:
                self._server = _Server(self.address, self)
            except OSError as error:
                raise DeviceError(
                    f"{self.address[0]}:{self.address[1]} is taken by another program.", "Start the simulation anew."
                ) from error
            self.address = (self.address[0], self._server.server_address[1])
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(_POLL_S,), name=f"simulated {self.name}", daemon=True
            )
            self._thread.start()

    def _unplug(self) -> None:
        with self._changed:
            server, self._server = self._server, None
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if server is None or thread is None:
            return
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    """Listens, with a thread for each lane."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = True

    def __init__(self, address: tuple[str, int], unit: SimulatedSignatureUnit) -> None:
        self.unit = unit
        self._lanes: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Conversation)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        # On the listener's thread: a lane that comes in the last moment is hung up on too.
        if isinstance(request, socket.socket):
            with self._lock:
                self._lanes.add(request)
        super().process_request(request, client_address)

    def left(self, lane: socket.socket) -> None:
        with self._lock:
            self._lanes.discard(lane)

    def hang_up(self) -> None:
        """End every connection; each thread then closes its own."""
        with self._lock:
            for lane in self._lanes:
                with contextlib.suppress(OSError):
                    lane.shutdown(socket.SHUT_RDWR)


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            while line := self.rfile.readline(LONGEST_LINE):
                self.wfile.write(self.server.unit.answer(line, self.server))
        except OSError:
            return
        finally:
            self.server.left(self.connection)


def _other_key() -> SigningKey:
    return read_pem(make_pem("Another unit", datetime.now(UTC)))
