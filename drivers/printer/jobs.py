"""From job to outcome: journalled before the first byte, sent once, confirmed at once or late, never sent again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from drivers.device import DeviceError
from drivers.printer.delivery import LOOK, Delivery, NotConfirmedError
from drivers.printer.interface import PrintJob, PrintJobChanged, PrintState
from drivers.printer.link import Waits
from drivers.printer.parts import Parts
from drivers.printer.profile import Proof

log = logging.getLogger(__name__)

# A job in one of these was sent, at least in part: it is never sent again.
_SENT_BEFORE = (PrintState.CONFIRMED, PrintState.UNKNOWN, PrintState.SENDING, PrintState.SENT)


class Jobs:
    """The jobs of one printer over one connection. `lost` is the error that ended the connection, if one did.

    `patience_s(size)`: how long a job of so many bytes may take. `stopping`: whether the lane ends now.
    """

    def __init__(self, parts: Parts, *, patience_s: Callable[[int], float], stopping: Callable[[], bool]) -> None:
        self._alias = parts.alias
        self._sink = parts.sink
        self._journal = parts.journal
        self._link = parts.link
        self._watch = parts.watch
        self._model = parts.model
        self._waits = parts.waits
        self._encode = parts.encode
        self._patience_s = patience_s
        self._stopping = stopping
        self.lost: DeviceError | None = None

    def print(self, job: PrintJob) -> PrintJobChanged:
        """See `ReceiptPrinter.print`. The states on the way go to the sink."""
        try:
            known = self._journal.state(job.job_id)
            if known in _SENT_BEFORE:
                return self._not_again(job.job_id, known)
            data = self._encode(job)
            self._journal.queue(job.job_id, hashlib.sha256(data).hexdigest())
        except DeviceError as error:
            return self._changed(job.job_id, PrintState.FAILED, error.message, error.remedy)
        self._sink(self._changed(job.job_id, PrintState.QUEUED))
        try:
            self._require_fit()
            self._journal.advance(job.job_id, PrintState.SENDING)
        except DeviceError as error:
            return self._settle(job.job_id, PrintState.FAILED, error.message, error.remedy)
        self._sink(self._changed(job.job_id, PrintState.SENDING))
        self._watch.busy = True
        try:
            return self._deliver(job.job_id, data)
        finally:
            self._watch.busy = False

    def await_late_proofs(self, since_ms: int) -> None:
        """Be ready for the printer's answers to jobs of before this connection that nobody knows the end of."""
        if self._model.proof is Proof.PROCESS_ID:
            for job_id in self._journal.unknown_since(since_ms):
                self._link.expect(job_id, Proof.PROCESS_ID)

    def take_late_proofs(self) -> None:
        """A job that was UNKNOWN and whose proof has come is CONFIRMED."""
        while self._link.proven:
            job_id = self._link.proven.pop()
            if self._journal.state(job_id) is PrintState.UNKNOWN:
                self._journal.advance(job_id, PrintState.CONFIRMED)
                log.info("printer.confirmed_late device=%s job=%s", self._alias, job_id)
                self._sink(self._changed(job_id, PrintState.CONFIRMED))

    def report_recovered(self) -> None:
        """Report what was under way when the power went."""
        for job_id in self._journal.recovered:
            self._sink(self._changed(job_id, PrintState.UNKNOWN, "The lane restarted in the middle of a print.", LOOK))

    def send_and_prove(self, name: str, data: bytes, delivery: Delivery, sent: Callable[[], None]) -> None:
        """Send `data` and its request, call `sent`, and wait for the proof; raises as `Delivery` does."""
        proof = self._model.proof
        delivery.send(data)
        request = self._link.request(name, proof)
        self._link.expect(name, proof)
        try:
            delivery.send(request)
        except NotConfirmedError:
            self._link.forget(name)
            raise
        sent()
        if proof is Proof.NONE:
            raise NotConfirmedError("This printer took the receipt and cannot say whether it has printed it.", LOOK)
        delivery.await_proof(lambda: name in self._link.proven)
        self._link.proven.discard(name)

    def delivery(self, patience_s: float, waits: Waits | None = None) -> Delivery:
        """A delivery that shows what it learns of the printer, and ends when the lane stops."""
        show = lambda: self._watch.show(self._sink)  # noqa: E731 # handed on as it is
        return Delivery(self._link, waits or self._waits, patience_s, show=show, stopping=self._stopping)

    def _require_fit(self) -> None:
        if self.lost is not None:
            raise self.lost
        try:
            self._watch.ask()
        except DeviceError as error:
            self.lost = error
            raise
        self._watch.require_fit(self._sink)

    def _deliver(self, job_id: str, data: bytes) -> PrintJobChanged:
        """From the first byte on, whatever goes wrong leaves the job UNKNOWN."""

        def sent() -> None:
            self._journal.advance(job_id, PrintState.SENT)
            self._sink(self._changed(job_id, PrintState.SENT))

        try:
            self.send_and_prove(job_id, data, self.delivery(self._patience_s(len(data))), sent)
        except NotConfirmedError as error:
            return self._settle(job_id, PrintState.UNKNOWN, error.message, error.remedy)
        except DeviceError as error:
            self.lost = error
            return self._settle(job_id, PrintState.UNKNOWN, f"{error.message} A receipt was being printed.", LOOK)
        return self._settle(job_id, PrintState.CONFIRMED)

    def _settle(self, job_id: str, state: PrintState, message: str = "", remedy: str = "") -> PrintJobChanged:
        """Write the last state. Where that fails the file says `sending`, which the next start reads as UNKNOWN."""
        try:
            self._journal.advance(job_id, state)
        except DeviceError as error:
            log.error("printer.journal_failed device=%s job=%s reason=%s", self._alias, job_id, error)  # noqa: TRY400 # its words say it all
        if state is not PrintState.CONFIRMED:
            log.warning("printer.job_%s device=%s job=%s reason=%s", state, self._alias, job_id, message)
        return self._changed(job_id, state, message, remedy)

    def _not_again(self, job_id: str, known: PrintState) -> PrintJobChanged:
        log.info("printer.not_again device=%s job=%s state=%s", self._alias, job_id, known)
        if known is PrintState.CONFIRMED:
            return self._changed(job_id, known)
        return self._changed(job_id, PrintState.UNKNOWN, "This receipt was sent before and never confirmed.", LOOK)

    def _changed(self, job_id: str, state: PrintState, message: str = "", remedy: str = "") -> PrintJobChanged:
        return PrintJobChanged(self._alias, job_id, state, message, remedy)
