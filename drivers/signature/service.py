"""A signature unit behind a signing service on the store's network: one card or module that several lanes share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from drivers.device import Category, DeviceError, Finding, HealthLevel, Sink
from drivers.inbox import Bell
from drivers.signature.es256 import serial_of
from drivers.signature.interface import SIGNATURE_BYTES, SignatureFailed, Signed, SigningRequest, UnitIdentified
from drivers.signature.service_codec import Answer, LineFramer, Noise, Question, answer_from, line_of
from drivers.transport import tcp
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable


@dataclass(frozen=True, slots=True)
class ServiceWaits:
    """`connect_s` and `answer_s` as it opens; `check_s`: how often an idle service is asked whether it is there."""

    connect_s: float = 3.0
    answer_s: float = 3.0
    check_s: float = 5.0


class SigningServiceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a signing service."""

    driver: str
    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]


class SigningService:
    """Driver of a signing service; see `drivers.device.Driver` and `SignatureUnit`.

    READY means that it has shown its certificate. A question that is not answered in time, or with an error, ends the
    connection: an answer that comes late has no one left to mistake it for a newer one.
    """

    def __init__(
        self,
        alias: str,
        settings: SigningServiceSettings,
        sink: Sink,
        *,
        waits: ServiceWaits | None = None,
        connect: Callable[[str, int, float], Transport] = tcp.connect,
    ) -> None:
        self._alias = alias
        self._where = f"{settings.host}:{settings.port}"
        self._settings = settings
        self._sink = sink
        self._waits = waits or ServiceWaits()
        self._connect = connect
        self._line: Transport | None = None
        self._framer = LineFramer()
        self._hush: Bell | None = None
        self._hush_lock = threading.Lock()
        self._questions = 0
        self._certificate = b""
        self._serial = ""
        self._broken: DeviceError | None = None
        self._check = Deadline(0)

    @property
    def category(self) -> Category:
        """A signature unit."""
        return Category.SIGNATURE_UNIT

    def open(self) -> None:
        """Connect and ask for the certificate; `DeviceError` where it is not shown."""
        self._broken = None
        self._framer = LineFramer()
        with self._hush_lock:
            self._hush = Bell()
        self._line = self._connect(self._settings.host, self._settings.port, self._waits.connect_s)
        certificate = self._identify()
        try:
            self._serial = serial_of(certificate)
        except ValueError as error:
            raise self._wrong("shows no certificate") from error
        self._certificate = certificate
        self._sink(UnitIdentified(self._alias, self._serial, certificate))

    def sign(self, request: SigningRequest, timeout_s: float) -> Signed | SignatureFailed:
        """See `SignatureUnit.sign`."""
        try:
            signature = self._ask("sign", request.data, timeout_s).signature
            if len(signature) != SIGNATURE_BYTES:
                raise self._wrong("answers what is no signature")
        except (DeviceError, OSError) as error:
            self._broken = error if isinstance(error, DeviceError) else self._wrong("was lost")
            return SignatureFailed(self._alias, request.reference, self._broken.message, self._broken.remedy)
        return Signed(self._alias, request.reference, signature, self._certificate, self._serial)

    def give_up(self) -> None:
        """End a running `sign`. From any thread."""
        with self._hush_lock:
            if self._hush is not None:
                self._hush.ring()

    def listen(self, wake_fd: int, emit: Sink) -> None:  # noqa: ARG002 - a service says nothing by itself
        """Ask the idle service now and then, so that one that is gone is missed; see `Driver.listen`."""
        if self._broken is not None:
            raise self._broken
        if self._hush is not None:
            # One that came after its signature must not end the next one.
            self._hush.hear()
        line = self._opened()
        ready = wait_readable(self._check.left_s, wake_fd, line.fileno())
        if wake_fd in ready:
            return
        if ready and line.read(0):
            raise self._wrong("speaks without being asked")
        if self._check.passed and self._identify() != self._certificate:
            raise self._wrong("has another certificate now")

    def close(self) -> None:
        """Give the connection back."""
        line, self._line = self._line, None
        if line is not None:
            line.close()
        with self._hush_lock:
            hush, self._hush = self._hush, None
            if hush is not None:
                hush.close()

    def check_health(self, level: HealthLevel) -> Finding:
        """Beyond INTERNAL, ask for the certificate, which signs nothing; `DeviceError` where it is not the same."""
        if self._broken is not None:
            raise self._broken
        self._opened()
        if level is HealthLevel.INTERNAL:
            return Finding(passed=True, text=f"Connected; it answered for certificate {self._serial}.")
        if self._identify() != self._certificate:
            raise self._wrong("has another certificate now")
        return Finding(passed=True, text=f"It shows certificate {self._serial}.")

    def _identify(self) -> bytes:
        return self._ask("identify", b"", self._waits.answer_s).certificate

    def _ask(self, what: str, data: bytes, timeout_s: float) -> Answer:
        """Ask and return the answer to this very question; `DeviceError` where none comes in time."""
        deadline = Deadline(timeout_s)
        line = self._opened()
        self._questions += 1
        self._check = Deadline(self._waits.check_s)
        line.write_all(line_of(Question(self._questions, what, data)), deadline.left_s)
        while not deadline.passed:
            for answer in map(answer_from, self._framer.feed(self._heard(line, deadline))):
                if isinstance(answer, Noise) or answer.id != self._questions:
                    raise self._wrong("answers what was not asked")
                if answer.error:
                    # Its own words may be anything; they are for its own log.
                    raise self._wrong("cannot sign", "See the service's own log, and its card or module.")
                return answer
        raise self._wrong("does not answer", "Check that it runs, and its card or module.")

    def _heard(self, line: Transport, deadline: Deadline) -> bytes:
        hush = self._hush
        fds = (line.fileno(),) if hush is None else (line.fileno(), hush.fd)
        ready = wait_readable(deadline.left_s, *fds)
        if hush is not None and hush.fd in ready:
            raise self._wrong("was not waited for any longer", "Nothing: it is asked again.")
        return line.read(0) if ready else b""

    def _opened(self) -> Transport:
        if self._line is None:
            raise DeviceError(f"The signing service {self._alias} is not open.", "Open it first.")
        return self._line

    def _wrong(self, what: str, remedy: str = "Check its address in the settings, and its software.") -> DeviceError:
        return DeviceError(f"The signing service {self._alias} at {self._where} {what}.", remedy)
