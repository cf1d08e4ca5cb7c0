"""Bringing the bytes of one job to the printer, and waiting for its proof that it has worked through them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable

from drivers.device import DeviceError
from drivers.printer.encode import ASK_STATUS_IN_STREAM, ask_process_id
from drivers.printer.link import PrinterLink, SilentError, Waits
from drivers.printer.profile import Proof
from drivers.printer.status import conditions
from drivers.transport.waiting import Deadline

LOOK = "Look whether the receipt came out. If not, have a copy printed: it will be marked as a copy."
_SLICE = 1024  # small enough that an error is noticed early, large enough for a line of picture


class NotConfirmedError(DeviceError):
    """The job was sent, the connection stands, and the proof did not come in time."""


class Delivery:
    """One job on its way. `paper_wait_s`: how long a person has to put in paper or close the cover in the middle of it.

    `show` is called whenever the printer may have changed, `stopping` says whether to give up now.
    """

    def __init__(
        self,
        link: PrinterLink,
        waits: Waits,
        paper_wait_s: float,
        *,
        show: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._link = link
        self._waits = waits
        self._patience = Deadline(paper_wait_s + waits.confirm_s)
        self._show = show
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        """Send in slices, listening between them: a printer without paper stops taking data and says why.

        Raises `NotConfirmedError` where it does not take them in time, `DeviceError` where the connection is lost.
        """
        for start in range(0, len(data), _SLICE):
            while not self._link.has_room():
                self._listen(0)
                if self._patience.passed or self._stopping():
                    raise self._given_up()
            self._link.send(data[start : start + _SLICE])
            self._listen(0)

    def await_proof(self, confirmed: Callable[[], bool]) -> None:
        """Wait `confirm_s` while the printer is well, and longer while a person has to tend it.

        Raises `NotConfirmedError` where the proof does not come, `DeviceError` where the connection is lost.
        """
        proof, check = Deadline(self._waits.confirm_s), Deadline(self._waits.busy_check_s)
        while not confirmed():
            if not self._link.status.can_print:
                proof = Deadline(self._waits.confirm_s)
            if proof.passed or self._patience.passed or self._stopping():
                raise self._given_up()
            self._listen(min(proof.left_s, self._patience.left_s, check.left_s, self._waits.step_s))
            if check.passed and not confirmed():
                # A printer that is silent now may still confirm: only the proof's own deadline counts.
                with contextlib.suppress(SilentError):
                    self._link.ask_status()
                check = Deadline(self._waits.busy_check_s)
                self._show()

    def _listen(self, timeout_s: float) -> None:
        self._link.listen(timeout_s)
        self._show()

    def _given_up(self) -> NotConfirmedError:
        if self._stopping():
            return NotConfirmedError("The lane stopped before the printer had confirmed the receipt.", LOOK)
        found = conditions(self._link.status)
        if self._link.status.can_print or not found:
            return NotConfirmedError("The printer took the receipt and did not confirm it.", LOOK)
        return NotConfirmedError(f"{found[0].message} A receipt was being printed.", f"{found[0].remedy} {LOOK}")


def proof_of(link: PrinterLink, kind: Proof, job_id: str) -> tuple[bytes, Callable[[], bool]]:
    """The request that ends the job's bytes, and how to see that it was answered."""
    if kind is Proof.STATUS:
        link.expect_in_stream()
        return ASK_STATUS_IN_STREAM, link.confirmed_in_stream
    # Four printable characters, so that a late answer to another job is never taken for this one's.
    process_id = bytes(0x30 + byte % 64 for byte in hashlib.sha256(job_id.encode()).digest()[:4])
    return ask_process_id(process_id), lambda: link.confirmed(process_id)
