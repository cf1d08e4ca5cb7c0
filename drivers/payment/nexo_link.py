"""One question to a nexo terminal, on one connection: connect, send once, wait for its answer and for a cancel."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.device import DeviceError, Sink, Slip
from drivers.inbox import Bell
from drivers.payment import nexo_codec as codec
from drivers.payment import nexo_messages as nexo
from drivers.payment.nexo_crypto import NONCE_BYTES, NexoKey
from drivers.payment.nexo_http import AnswerReader, HttpAnswer, HttpBroken, post
from drivers.payment.nexo_settings import NexoSettings, common_names
from drivers.payment.nexo_tls import Trust
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

# Adyen: terminals take requests at https://<address>:8443/nexo.
PATH: Final = "/nexo"
Connect = Callable[[str, int, Trust, float], Transport]


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer that can be believed, after the terminal may have got the question. `wrong_key`: not for us."""

    reason: str
    wrong_key: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """The terminal took the message and has nothing to say to it (as with an abort)."""


Reply = nexo.Message | Taken | Lost

SILENT: Final = Lost("The terminal did not answer in time.")


class Cancel:
    """A wish to stop waiting, from any thread; heard by who waits for `fd`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bell: Bell | None = None
        self.wanted = False

    @property
    def fd(self) -> int:
        """The descriptor that is readable while a cancel is wanted and not yet heard; -1 while closed."""
        return -1 if self._bell is None else self._bell.fd

    def open(self) -> None:
        """Take wishes from now on."""
        with self._lock:
            self._bell = self._bell or Bell()

    def want(self) -> None:
        """Wish to stop."""
        with self._lock:
            if self._bell is not None and not self.wanted:
                self.wanted = True
                self._bell.ring()

    def hear(self) -> None:
        """Take note: `fd` is quiet again, `wanted` stays."""
        with self._lock:
            if self._bell is not None:
                self._bell.hear()

    def forget(self) -> None:
        """Forget a wish that came too late."""
        with self._lock:
            self.wanted = False
            if self._bell is not None:
                self._bell.hear()

    def close(self) -> None:
        """Give the descriptor back."""
        with self._lock:
            bell, self._bell = self._bell, None
            self.wanted = False
        if bell is not None:
            bell.close()


class Question:
    """A connection for one question. Made by `NexoLink.connect`, which has sent nothing yet."""

    def __init__(self, line: Transport, request: nexo.Message, wire: bytes, key: NexoKey, sink: Sink) -> None:
        self._line = line
        self._asked = request.message_header
        self._wire = wire
        self._key = key
        self._sink = sink
        self._reader = AnswerReader()

    def send(self, limit_s: float) -> Lost | None:
        """Send it; whatever goes wrong from here on, the terminal may have got it."""
        try:
            self._line.write_all(self._wire, limit_s)
        except (DeviceError, OSError):
            return Lost("The connection was lost while the request was sent.")
        return None

    def wait(self, deadline: Deadline, wake_fd: int = -1) -> Reply | None:
        """Wait for the answer; `SILENT` at the deadline, None as soon as `wake_fd` is readable."""
        while True:
            try:
                data = self._line.read(0)
                result = self._reader.feed(data)
            except (DeviceError, OSError):
                return self._read(self._reader.ended())
            if result is not None:
                return self._read(result)
            if data:
                continue
            ready = wait_readable(deadline.left_s, self._line.fileno(), *([wake_fd] if wake_fd >= 0 else []))
            if wake_fd in ready:
                return None
            if not ready:
                self._sink(Slip.TIMEOUT)
                return SILENT

    def close(self) -> None:
        """Give the connection back."""
        self._line.close()

    def _read(self, result: HttpAnswer | HttpBroken) -> Reply:
        if isinstance(result, HttpBroken):
            self._sink(Slip.BAD_FRAME)
            return Lost(result.reason)
        if not result.body.strip():
            return Taken() if 200 <= result.status < 300 else Lost(f"The terminal answered HTTP {result.status}.")
        found = codec.decode_answer(result.body, self._key, self._asked)
        if isinstance(found, codec.Unreadable):
            self._sink(Slip.CHECKSUM if found.checksum else Slip.BAD_FRAME)
            return Lost(found.reason, wrong_key=found.checksum)
        return found


class NexoLink:
    """Asks one terminal. Used on one thread."""

    def __init__(self, settings: NexoSettings, sink: Sink, connect: Connect) -> None:
        self._settings = settings
        self._sink = sink
        self._connect = connect
        self._trust = Trust(Path(settings.ca_file), common_names(settings))
        self._key: NexoKey | None = None
        self.ends = codec.Ends(settings.sale_id, settings.poi_id)

    def use(self, key: NexoKey) -> None:
        """Protect all messages with this key from now on."""
        self._key = key

    def connect(self, body: nexo.Body, category: str, service: str) -> Question:
        """Connect for a question without sending it. `DeviceError` where that fails: the terminal has got nothing."""
        if self._key is None:
            raise DeviceError("The payment terminal is not open.", "Wait until it is ready.")
        request = codec.message(codec.header(self.ends, category, service), body)
        sealed = codec.encode_protected(request, self._key, secrets.token_bytes(NONCE_BYTES))
        wire = post(PATH, f"{self._settings.host}:{self._settings.port}", sealed)
        settings = self._settings
        line = self._connect(settings.host, settings.port, self._trust, settings.connect_timeout_s)
        return Question(line, request, wire, self._key, self._sink)

    def ask(self, body: nexo.Body, category: str, *, service: str = "", wake_fd: int = -1) -> Reply | None:
        """Ask what nobody at the terminal has to answer, and return what it says; None if woken.

        `DeviceError` as above. Without `service` the message gets an id that was never used, and is not asked about.
        """
        deadline = Deadline(self._settings.answer_timeout_s)
        with contextlib.closing(self.connect(body, category, service or codec.service_id(secrets.token_hex(16)))) as it:
            return it.send(deadline.left_s) or it.wait(deadline, wake_fd)
