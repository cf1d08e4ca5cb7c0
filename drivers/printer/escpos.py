"""The driver of an ESC/POS receipt printer on the network: every job is journalled, sent once, and confirmed."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from drivers.device import Category, Condition, Conditions, DeviceError, Sink
from drivers.printer.delivery import LOOK, Delivery, NotConfirmedError, proof_of
from drivers.printer.encode import AUTOMATIC_STATUS, encode
from drivers.printer.interface import PrintJob, PrintJobChanged, PrintState
from drivers.printer.journal import Journal
from drivers.printer.link import Connection, PrinterLink, Waits
from drivers.printer.profile import profile
from drivers.printer.status import conditions
from drivers.transport import tcp
from drivers.transport.waiting import Deadline, wait_readable

log = logging.getLogger(__name__)

# A job in one of these was sent, at least in part: it is never sent again.
_SENT_BEFORE = (PrintState.CONFIRMED, PrintState.UNKNOWN, PrintState.SENDING, PrintState.SENT)


class EscPosSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a receipt printer.

    `host`, `port`: where it listens. `profile`: its model (see `profile.py`). `columns`: only where it differs from the
    model's. `paper_wait_s`: how long a job waits for paper to be put in or the cover to be closed.
    """

    driver: str = "escpos"
    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 9100
    profile: Literal["epson_tm_t88", "epson_tm_t20", "epson_tm_m30", "generic_80mm", "generic_58mm"] = "epson_tm_t88"
    columns: Annotated[int, msgspec.Meta(ge=24, le=64)] | None = None
    paper_wait_s: Annotated[int, msgspec.Meta(ge=0, le=900)] = 120

    def __post_init__(self) -> None:
        """Refuse columns that do not fit on the paper."""
        profile(self.profile, self.columns)


class EscPosPrinter:
    """A receipt printer. `data_folder` holds its journal, `connect(host, port, deadline_s)` opens the connection."""

    def __init__(  # noqa: PLR0913 # the last three are for tests and have their values on a device
        self,
        alias: str,
        settings: EscPosSettings,
        sink: Sink,
        data_folder: Path,
        *,
        waits: Waits | None = None,
        connect: Callable[[str, int, float], Connection] = tcp.connect,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._data_folder = data_folder
        self._waits = waits or Waits()
        self._connect = connect
        self._clock_ms = clock_ms
        self._profile = profile(settings.profile, settings.columns)
        self._journal: Journal | None = None
        self._link: PrinterLink | None = None
        self._lost: DeviceError | None = None
        self._shown: tuple[Condition, ...] | None = None
        self._check = Deadline(0)
        self._interrupted = threading.Event()

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.RECEIPT_PRINTER

    def open(self) -> None:
        """Open journal and connection; returns once DLE EOT 1 to 4 are answered.

        Jobs that were under way when the power went are reported as UNKNOWN. Raises `DeviceError`.
        """
        self.close()
        self._interrupted.clear()
        self._journal = Journal(self._data_folder / f"{self._alias}-jobs.db", self._clock_ms)
        for job_id in self._journal.recovered:
            self._sink(self._changed(job_id, PrintState.UNKNOWN, "The lane restarted in the middle of a print.", LOOK))
        self._link = PrinterLink(
            self._connect(self._settings.host, self._settings.port, self._waits.connect_s), self._waits
        )
        self._link.send(AUTOMATIC_STATUS)
        self._link.ask_status()
        self._check = Deadline(self._waits.check_s)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Wait for the printer or `wake_fd`, report conditions that changed; see `drivers.device.Driver`."""
        link, _ = self._opened()
        if self._lost is not None:
            raise self._lost
        self._interrupted.clear()  # came too late for the job it was meant for
        self._show(emit)
        ready = wait_readable(self._check.left_s, wake_fd, link.fileno())
        if wake_fd in ready:
            return
        if ready:
            link.listen(0)
        elif self._check.passed:
            link.ask_status()
            self._check = Deadline(self._waits.check_s)
        self._show(emit)

    def close(self) -> None:
        """Close connection and journal. Never raises; may be called twice."""
        if self._link is not None:
            self._link.close()
        if self._journal is not None:
            self._journal.close()
        self._link, self._journal, self._lost, self._shown = None, None, None, None

    def interrupt(self) -> None:
        """Make a `print` that waits for paper give up within `step_s`; to be called from any thread when stopping."""
        self._interrupted.set()

    def print(self, job: PrintJob) -> PrintJobChanged:
        """Print and confirm; see `ReceiptPrinter.print`. The states on the way go to the sink."""
        link, journal = self._opened()
        try:
            known = journal.state(job.job_id)
            if known in _SENT_BEFORE:
                return self._not_again(job.job_id, known)
            data = encode(job, self._profile)
            journal.queue(job.job_id, hashlib.sha256(data).hexdigest())
        except DeviceError as error:
            return self._changed(job.job_id, PrintState.FAILED, error.message, error.remedy)
        self._sink(self._changed(job.job_id, PrintState.QUEUED))
        try:
            self._require_fit(link)
            journal.advance(job.job_id, PrintState.SENDING)
        except DeviceError as error:
            return self._settle(job.job_id, PrintState.FAILED, error.message, error.remedy)
        self._sink(self._changed(job.job_id, PrintState.SENDING))
        return self._deliver(link, journal, job.job_id, data)

    def _require_fit(self, link: PrinterLink) -> None:
        """Ask the printer now, not what it said last: `DeviceError` where it would not print, and nothing is sent."""
        if self._lost is not None:
            raise self._lost
        try:
            link.ask_status()
        except DeviceError as error:
            self._lost = error
            raise
        self._show(self._sink)
        if not link.status.can_print:
            worst = conditions(link.status)[0]
            raise DeviceError(worst.message, worst.remedy)

    def _deliver(self, link: PrinterLink, journal: Journal, job_id: str, data: bytes) -> PrintJobChanged:
        """From the first byte on, whatever goes wrong leaves the job UNKNOWN."""
        request, confirmed = proof_of(link, self._profile.proof, job_id)
        delivery = Delivery(
            link,
            self._waits,
            self._settings.paper_wait_s,
            show=lambda: self._show(self._sink),
            stopping=self._interrupted.is_set,
        )
        try:
            delivery.send(data + request)
            journal.advance(job_id, PrintState.SENT)
            self._sink(self._changed(job_id, PrintState.SENT))
            delivery.await_proof(confirmed)
        except NotConfirmedError as error:
            return self._settle(job_id, PrintState.UNKNOWN, error.message, error.remedy)
        except DeviceError as error:
            self._lost = error
            return self._settle(job_id, PrintState.UNKNOWN, f"{error.message} A receipt was being printed.", LOOK)
        return self._settle(job_id, PrintState.CONFIRMED)

    def _settle(self, job_id: str, state: PrintState, message: str = "", remedy: str = "") -> PrintJobChanged:
        """Write the last state. Where that fails the file says `sending`, which the next start reads as UNKNOWN."""
        _, journal = self._opened()
        try:
            journal.advance(job_id, state)
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

    def _show(self, emit: Sink) -> None:
        link, _ = self._opened()
        found = conditions(link.status)
        if found != self._shown:
            self._shown = found
            emit(Conditions(found))

    def _opened(self) -> tuple[PrinterLink, Journal]:
        if self._link is None or self._journal is None:
            raise DeviceError("The receipt printer is not connected.", "Wait until it is, then print again.")
        return self._link, self._journal

    def _changed(self, job_id: str, state: PrintState, message: str = "", remedy: str = "") -> PrintJobChanged:
        return PrintJobChanged(self._alias, job_id, state, message, remedy)
