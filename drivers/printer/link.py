"""The conversation with a printer over an open connection: asking, listening, and what it says of itself."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import DeviceError, Slip
from drivers.printer.commands import Splitter
from drivers.printer.encode import ASK_STATUS_IN_STREAM, ask_process_id
from drivers.printer.profile import Proof
from drivers.printer.status import (
    AutomaticStatus,
    Demultiplexer,
    InStream,
    Noise,
    PrinterStatus,
    ProcessId,
    RealTime,
    Reply,
    after_automatic,
    after_real_time,
)
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_writable

_DLE_EOT = b"\x10\x04"
_QUESTIONS = (1, 2, 3, 4)  # printer, cause of offline, error, paper


@dataclass(frozen=True, slots=True)
class Waits:
    """Every wait of this driver, in seconds, and why it is as long as it is."""

    connect_s: float = 3.0  # a printer in the same store answers in milliseconds; its Wi-Fi may take a second
    answer_s: float = 1.0  # DLE EOT is answered at once, even by a printer that is busy or out of paper
    check_s: float = 5.0  # how old the status of an idle printer may get; changes come by themselves
    busy_check_s: float = 2.0  # the same while a job is under way, for printers that push no status
    confirm_s: float = 15.0  # a long receipt takes 5 s to print
    step_s: float = 0.25  # how long to wait for the connection to take data before looking at replies again
    slice_s: float = 2.0  # a slice goes into a buffer that was seen to have room; 1 kB at 9600 baud takes 1.1 s
    quiet_s: float = 0.05  # how long it must be quiet before the first question: answers to another program pass
    health_s: float = 8.0  # a test slip comes out in two


class SilentError(DeviceError):
    """The connection stands and the printer does not answer on it."""


class PrinterLink:
    """One open connection. `status` is the printer's latest word; `count` is told of noise and silence."""

    def __init__(self, connection: Transport, waits: Waits, count: Callable[[Slip], None] = lambda _: None) -> None:
        self._connection = connection
        self._waits = waits
        self._count = count
        self._replies = Demultiplexer()
        self._answers: list[int] = []
        self._asked = 0  # DLE EOT that were not answered yet
        self._in_stream: list[str] = []  # jobs whose GS r was not answered yet, in their order
        self._in_stream_owed = 0
        self._named: dict[bytes, str] = {}
        self._heard_at: float | None = None
        self.proven: set[str] = set()
        self.status = PrinterStatus()

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._connection.fileno()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def quiet_for_s(self) -> float | None:
        """Seconds since the printer last said something; None where it never did."""
        return None if self._heard_at is None else time.monotonic() - self._heard_at

    def hush(self) -> None:
        """Let pass what the printer had to say to whoever was connected before."""
        deadline = Deadline(self._waits.answer_s)
        while not deadline.passed and self._connection.read(self._waits.quiet_s):
            pass

    def ask_status(self) -> None:
        """Ask DLE EOT 1 to 4, one at a time since answers do not name their question.

        Raises `SilentError` where they are not all answered within `answer_s`, `DeviceError` where the line is cut.
        """
        deadline = Deadline(self._waits.answer_s)
        for n in _QUESTIONS:
            value = self._ask(n, deadline)
            self.status = after_real_time(self.status, n, value)

    def listen(self, timeout_s: float) -> None:
        """Take in what the printer says within `timeout_s`; returns after the first that came."""
        for reply in self._replies.feed(self._connection.read(timeout_s)):
            self._take(reply)

    def send(self, data: bytes) -> None:
        """Send a slice that the connection has room for."""
        self._connection.write_all(data, self._waits.slice_s)

    def has_room(self) -> bool:
        """Whether the connection takes data, waiting `step_s` at most."""
        return wait_writable(self._waits.step_s, self.fileno())

    def splitter(self) -> Splitter:
        """A new one for the commands of this printer."""
        return Splitter()

    def request(self, job_id: str, proof: Proof) -> bytes:
        """What to end a job with, so that the printer says when it has come to it."""
        return request_for(job_id, proof)

    def expect(self, job_id: str, proof: Proof) -> None:
        """Note that the bytes of `request` go out next: their answer makes the job one of `proven`."""
        if proof is Proof.STATUS:
            self._in_stream.append(job_id)
            self._in_stream_owed += 1
        elif proof is Proof.PROCESS_ID:
            self._named[process_id(job_id)] = job_id

    def forget(self, job_id: str) -> None:
        """The request for this job did not go out after all."""
        self._named.pop(process_id(job_id), None)
        if job_id in self._in_stream:
            self._in_stream.remove(job_id)
            self._in_stream_owed -= 1

    def give_up_in_stream(self) -> None:
        """Forget every `GS r` that was not answered: the printer is well, so it has lost them with its buffer."""
        self._in_stream.clear()
        self._in_stream_owed = 0

    def _take(self, reply: Reply) -> None:
        self._heard_at = time.monotonic()
        match reply:
            case AutomaticStatus(data):
                self.status = after_automatic(self.status, data)
            case RealTime(value) if self._asked:  # else it is to a question that was given up
                self._answers.append(value)
            case InStream():
                self._answered_in_stream()
            case ProcessId(name) if name in self._named:
                self.proven.add(self._named.pop(name))
            case Noise():
                self._count(Slip.BAD_FRAME)
            case _:
                pass

    def _answered_in_stream(self) -> None:
        """Only when every `GS r` is answered are the jobs proven: one answer of two might be to either."""
        self._in_stream_owed = max(0, self._in_stream_owed - 1)
        if self._in_stream_owed == 0:
            self.proven.update(self._in_stream)
            self._in_stream.clear()

    def _ask(self, n: int, deadline: Deadline) -> int:
        """Answers come in the order of the questions: the last of those still owed is the one to this question."""
        self._connection.write_all(_DLE_EOT + bytes((n,)), self._waits.answer_s)
        self._asked += 1
        while len(self._answers) < self._asked:
            if deadline.passed:
                self._count(Slip.TIMEOUT)
                if self._answers:  # it talks again, and what is missing was lost: begin anew with the next question
                    self._settle()
                raise SilentError(
                    "The receipt printer does not answer.",
                    "Switch it off and on, and see that no other program prints on it.",
                )
            self.listen(deadline.left_s)
        value = self._answers[-1]
        self._settle()
        return value

    def _settle(self) -> None:
        self._asked = 0
        self._answers.clear()


def request_for(job_id: str, proof: Proof) -> bytes:
    """The request that follows a job's bytes, which the printer answers when it has come to it."""
    match proof:
        case Proof.STATUS:
            return ASK_STATUS_IN_STREAM
        case Proof.PROCESS_ID:
            return ask_process_id(process_id(job_id))
        case Proof.NONE:
            return b""


def process_id(job_id: str) -> bytes:
    """Four printable characters, so that a late answer to another job is never taken for this one's."""
    return bytes(0x30 + byte % 64 for byte in hashlib.sha256(job_id.encode()).digest()[:4])
