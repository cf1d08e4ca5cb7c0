"""The conversation with a Star printer: asking for its status, and counting the ETB that prove a job.

An ETB at the end of a job is worked off when all before it is printed; the printer then counts it (modulo 32) and sends
its status. The count is believed only as far as it goes on from the last one seen, by no more than is owed: a printer
that was switched off begins anew at 0, and another program's ETB count, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.device import Slip
from drivers.printer.link import PrinterLink, SilentError, Waits
from drivers.printer.profile import Proof
from drivers.printer.star_commands import Splitter
from drivers.printer.star_encode import ASK_STATUS, ETB
from drivers.printer.star_status import Asb, Framer
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

_COUNT = 32


class StarLink(PrinterLink):
    """One open connection; see `PrinterLink`. `proven` are the jobs whose ETB was counted."""

    def __init__(self, connection: Transport, waits: Waits, count: Callable[[Slip], None] = lambda _: None) -> None:
        super().__init__(connection, waits, count)
        self._framer = Framer()
        self._statuses = 0
        self._count_seen: int | None = None
        self._owed = 0  # ETB that were not counted yet
        self._waiting: dict[str, int] = {}  # jobs they belong to, with how many each, in their order

    def ask_status(self) -> None:
        """Ask `ESC ACK SOH`, which is answered at once; raises `SilentError` where it is not within `answer_s`."""
        deadline = Deadline(self._waits.answer_s)
        while wait_readable(0, self.fileno()):  # what it said before it was asked is no answer
            self.listen(0)
        before = self._statuses
        self._connection.write_all(ASK_STATUS, self._waits.answer_s)
        while self._statuses == before:
            if deadline.passed:
                self._count(Slip.TIMEOUT)
                raise SilentError(
                    "The receipt printer does not answer.",
                    "Switch it off and on, and see that no other program prints on it.",
                )
            self.listen(deadline.left_s)

    def listen(self, timeout_s: float) -> None:
        """Take in what the printer says within `timeout_s`; returns after the first that came."""
        for reply in self._framer.feed(self._connection.read(timeout_s)):
            self._heard_at = time.monotonic()
            if isinstance(reply, Asb):
                self._statuses += 1
                self.status = reply.status
                self._take_count(reply)
            else:
                self._count(Slip.BAD_FRAME)

    def splitter(self) -> Splitter:
        """A new one for the commands of this printer."""
        return Splitter()

    def request(self, job_id: str, proof: Proof) -> bytes:  # noqa: ARG002 # every job ends alike
        """The ETB to end a job with: two where one would give the count that a printer begins with, 0."""
        if proof is Proof.NONE:
            return b""
        seen = self._count_seen or 0
        return ETB * (2 if (seen + self._owed + 1) % _COUNT == 0 else 1)

    def expect(self, job_id: str, proof: Proof) -> None:
        """Note that `request` goes out next."""
        marks = len(self.request(job_id, proof))
        if marks:
            self._waiting[job_id] = marks
            self._owed += marks

    def forget(self, job_id: str) -> None:
        """The request for this job did not go out after all."""
        self._owed -= self._waiting.pop(job_id, 0)

    def give_up_in_stream(self) -> None:
        """Forget every ETB that was not counted: the printer is well, so it has lost them with its buffer."""
        self._waiting.clear()
        self._owed = 0

    def _take_count(self, asb: Asb) -> None:
        """Only when every ETB is counted are the jobs proven: one of two might belong to either."""
        count = asb.etb_count
        if count is None:  # a model that says only "one was worked off"
            by = int(asb.etb_executed)
        else:
            by = 0 if self._count_seen is None else (count - self._count_seen) % _COUNT
            self._count_seen = count
        if by > self._owed:
            self.give_up_in_stream()
        elif by:
            self._owed -= by
            if self._owed == 0:
                self.proven.update(self._waiting)
                self._waiting.clear()
