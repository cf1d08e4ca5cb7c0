"""The simulated nexo terminal's side of the wire: HTTPS, protected messages, and what can go wrong with both."""

from __future__ import annotations

import contextlib
import http.server
import json
import secrets
import socket
import socketserver
import ssl
import threading
from decimal import Decimal
from typing import Any, Final

from drivers.payment.nexo_crypto import NONCE_BYTES, Protected, Refusal, derive, protect, unprotect
from drivers.payment.simulated_nexo_books import ENCODER
from drivers.payment.simulated_nexo_terminal import Dropped, NexoCardTerminal

# What can be wrong with an answer, whatever it is an answer to. `split` and `chunked` are odd, and right.
FAULTS: Final = (
    "silent",
    "slow",
    "garbage",
    "half",
    "wrong_key",
    "forged",
    "clear",
    "mixed_up",
    "error",
    "reject",
    "split",
    "chunked",
)
_HANDSHAKE_S: Final = 5.0
_LINGER_S: Final = 600.0
_POLL_S: Final = 0.05
_SLOW_S: Final = 0.3

Json = dict[str, Any]


class Wire:
    """Opens, answers and closes messages; thread-safe."""

    def __init__(self, terminal: NexoCardTerminal, passphrase: str, identifier: str, version: int) -> None:
        self._terminal = terminal
        self._key = derive(passphrase, identifier, version)
        self._other_key = derive(f"not {passphrase}", identifier, version)
        self._lock = threading.Lock()
        self._always: set[str] = set()
        self._once: list[tuple[str, str]] = []

    def always(self, fault: str, *, on: bool) -> None:
        """Have `fault` with every answer, or no more."""
        with self._lock:
            (self._always.add if on else self._always.discard)(fault)

    def once(self, fault: str, category: str) -> None:
        """Have `fault` with the next answer, or the next to a message of `category`."""
        with self._lock:
            self._once.append((fault, category))

    def heal(self) -> None:
        """Have no faults any more."""
        with self._lock:
            self._always.clear()
            self._once.clear()

    def state(self) -> Json:
        """The faults that are on."""
        with self._lock:
            return {"faults": sorted(self._always)}

    def answer(self, data: bytes) -> tuple[bytes, set[str]]:
        """The body of the answer to a request's body, and what is to be wrong with it; `Dropped` for none."""
        try:
            outer = json.loads(data)["SaleToPOIRequest"]
            head = outer["MessageHeader"]
            sealed = _sealed(outer)
        except (ValueError, KeyError, TypeError):
            return _envelope("SaleToPOIRequest", _rejection("Empty input")), set()
        plain = unprotect(sealed, self._key)
        if isinstance(plain, Refusal):
            return _envelope("SaleToPOIRequest", _rejection("Crypto error")), set()
        message = json.loads(plain, parse_float=Decimal)["SaleToPOIRequest"]
        faults = self._faults(head["MessageCategory"])
        if "reject" in faults:
            return _envelope("SaleToPOIRequest", _rejection("Not now")), faults
        body = self._terminal.hear(message)
        if body is None:
            return b"", faults
        return self._closed(head, body, faults), faults

    def _faults(self, category: str) -> set[str]:
        with self._lock:
            found = set(self._always)
            for fault, wanted in self._once:
                if wanted in ("", category):
                    found.add(fault)
                    self._once.remove((fault, wanted))
                    break
            return found

    def _closed(self, head: Json, body: Json, faults: set[str]) -> bytes:
        answered = {**head, "MessageType": "Response"}
        if "mixed_up" in faults:
            answered["ServiceID"] = "ANOTHER"
        if "EventNotification" in body:
            answered = {**answered, "MessageClass": "Event", "MessageCategory": "Event", "MessageType": "Notification"}
        message = {"MessageHeader": answered, **body}
        if "clear" in faults:
            return _envelope("SaleToPOIResponse", message)
        key = self._other_key if "wrong_key" in faults else self._key
        made = protect(_envelope("SaleToPOIResponse", message), key, secrets.token_bytes(NONCE_BYTES))
        shown = {**answered, "POIID": "P400Plus-000000000"} if "forged" in faults else answered
        trailer = {
            "AdyenCryptoVersion": made.crypto_version,
            "KeyIdentifier": made.key_identifier,
            "KeyVersion": made.key_version,
            "Nonce": made.nonce,
            "Hmac": made.hmac,
        }
        return _envelope(
            "SaleToPOIResponse", {"MessageHeader": shown, "NexoBlob": made.blob, "SecurityTrailer": trailer}
        )


class NexoServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens from when it is made until it is unplugged."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext, wire: Wire) -> None:
        super().__init__(address, _Conversation)
        self.context = context
        self.wire = wire
        self.gone = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL_S,), name="nexo terminal", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Stop listening and drop every connection."""
        self.gone.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            for line in self._open:
                # The bare socket: the TLS around it is in use on another thread.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(line, socket.SHUT_RDWR)

    def hold(self, line: socket.socket) -> None:
        """Remember a connection that is open."""
        with self._lock:
            self._open.add(line)

    def release(self, line: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.discard(line)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a driver that hangs up, or does not like our certificate, is what this is for."""


class _Conversation(http.server.BaseHTTPRequestHandler):
    server: NexoServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        plain = self.request
        self.server.hold(plain)
        plain.settimeout(_HANDSHAKE_S)
        try:
            # Of one that is gone already, `wrap_socket` raises as well, but leaves what it had begun to make open.
            plain.getpeername()
            self.request = self.server.context.wrap_socket(plain, server_side=True)
        finally:
            self.server.release(plain)
        self.server.hold(self.request)
        self.request.settimeout(_LINGER_S)
        super().setup()

    def finish(self) -> None:
        self.server.release(self.request)
        with contextlib.suppress(OSError):
            super().finish()
        with contextlib.suppress(OSError):
            self.request.close()

    def do_POST(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path != "/nexo":
            self.send_error(404)
            return
        try:
            answer, faults = self.server.wire.answer(body)
        except Dropped:
            return
        if "silent" in faults:
            # Until the driver hangs up, or the terminal is unplugged.
            self.rfile.read(1)
            return
        if "slow" in faults:
            self.server.gone.wait(_SLOW_S)
        self._send(self._framed(answer, faults), faults)

    def _framed(self, answer: bytes, faults: set[str]) -> bytes:
        if "garbage" in faults:
            return secrets.token_bytes(max(64, len(answer)))
        if "error" in faults:
            return b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        if "chunked" in faults:
            pieces = [answer[at : at + 100] for at in range(0, len(answer), 100)]
            coded = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
            return head + b"Transfer-Encoding: chunked\r\n\r\n" + coded + b"0\r\n\r\n"
        whole = head + b"Content-Length: %d\r\n\r\n" % len(answer) + answer
        return whole[: len(whole) // 2] if "half" in faults else whole

    def _send(self, framed: bytes, faults: set[str]) -> None:
        size = 1 if "split" in faults else max(1, len(framed))
        with contextlib.suppress(OSError):
            for at in range(0, len(framed), size):
                self.wfile.write(framed[at : at + size])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name the class it overrides gives it
        """Say nothing: what is asked of a terminal is nobody's business."""


def _sealed(outer: Json) -> Protected:
    trailer = outer["SecurityTrailer"]
    return Protected(
        blob=outer["NexoBlob"],
        nonce=trailer["Nonce"],
        hmac=trailer["Hmac"],
        key_identifier=trailer["KeyIdentifier"],
        key_version=trailer["KeyVersion"],
        crypto_version=trailer["AdyenCryptoVersion"],
    )


def _envelope(kind: str, message: Json) -> bytes:
    return ENCODER.encode({kind: message})


def _rejection(details: str) -> Json:
    head = {"MessageClass": "Event", "MessageCategory": "Event", "MessageType": "Notification", "POIID": "N/A"}
    event = {"EventToNotify": "Reject", "EventDetails": details.replace(" ", "+"), "RejectedMessage": ""}
    return {"MessageHeader": {**head, "SaleID": "N/A", "ProtocolVersion": "3.0"}, "EventNotification": event}
