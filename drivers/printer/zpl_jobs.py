"""From label job to outcome: journalled before the first byte, sent once, confirmed by ~HS, never sent again.

~HS tells how many formats wait in the buffer and how many labels of the batch are still to come. Asked behind a job on
the same line it is read after it, so "none, and none" says that all of it has come out; it has to say so twice, since
between the two numbers a label may be on its way. A printer that was silent meanwhile may have been switched off, which
looks the same: its job stays UNKNOWN.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import Conditions, DeviceError, Link, Sink
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.printer.journal import Journal
from drivers.printer.label_conditions import conditions
from drivers.printer.label_interface import LabelJob
from drivers.printer.link import SilentError
from drivers.printer.zpl_encode import encode
from drivers.printer.zpl_link import ZplLink, ZplWaits
from drivers.printer.zpl_status import HostStatus
from drivers.transport.waiting import Deadline

log = logging.getLogger(__name__)

LOOK = "Look whether the labels came out. If not, print them anew."
_SENT_BEFORE = (PrintState.CONFIRMED, PrintState.UNKNOWN, PrintState.SENDING, PrintState.SENT)
_SLICE = 1024
_TIMES_IDLE = 2


class UnprovenError(DeviceError):
    """The job was sent, the connection stands, and that it came out cannot be known."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What jobs work with. `patience_s(size)`: how long one of so many bytes may take; `stopping`: end now."""

    alias: str
    sink: Sink
    journal: Journal
    link: ZplLink
    waits: ZplWaits
    dpi: int
    patience_s: Callable[[int], float]
    stopping: Callable[[], bool]


class ZplJobs:
    """The jobs of one printer over one connection. `lost` is the error that ended the connection, if one did."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: Conditions | None = None
        self.lost: DeviceError | None = None

    def print_label(self, job: LabelJob) -> PrintJobChanged:
        """See `LabelPrinter.print_label`. The states on the way go to the sink."""
        desk = self._desk
        try:
            known = desk.journal.state(job.job_id)
            if known in _SENT_BEFORE:
                return self._not_again(job.job_id, known)
            data = encode(job, desk.dpi)
            desk.journal.queue(job.job_id, hashlib.sha256(data).hexdigest())
        except DeviceError as error:
            return self._changed(job.job_id, PrintState.FAILED, error)
        desk.sink(self._changed(job.job_id, PrintState.QUEUED))
        try:
            self._require_fit()
            desk.journal.advance(job.job_id, PrintState.SENDING)
        except DeviceError as error:
            return self._settle(job.job_id, PrintState.FAILED, error)
        desk.sink(self._changed(job.job_id, PrintState.SENDING))
        return self._deliver(job.job_id, data)

    def report_recovered(self) -> None:
        """Report what was under way when the power went."""
        for job_id in self._desk.journal.recovered:
            error = UnprovenError("The lane restarted while labels were printed.", LOOK)
            self._desk.sink(self._changed(job_id, PrintState.UNKNOWN, error))

    def send_and_prove(self, data: bytes, sent: Callable[[], None], *, patience_s: float) -> None:
        """Send `data`, call `sent`, and wait until it has come out; `UnprovenError` where that cannot be known."""
        patience = Deadline(patience_s + self._desk.waits.confirm_s)
        self._send(data, patience)
        sent()
        self._await_idle(patience)

    def show(self, emit: Sink) -> None:
        """Tell what is so at the printer, where that has changed."""
        status = self._desk.link.status
        now = Conditions(conditions(status), Link.ONLINE if status.can_print else Link.OFFLINE)
        if now != self._shown:
            self._shown = now
            emit(now)

    def _require_fit(self) -> None:
        """Ask; `DeviceError` where it would not print, or is still printing for somebody else."""
        if self.lost is not None:
            raise self.lost
        try:
            status = self._at_rest()
        except DeviceError as error:
            self.lost = error
            raise
        if not status.can_print:
            worst = conditions(status)[0]
            raise DeviceError(worst.message, worst.remedy)
        if not status.idle:
            raise DeviceError("The label printer is still at other labels.", "Wait until they are out.")

    def _at_rest(self) -> HostStatus:
        """Its status, once it is at rest, cannot print, or `idle_s` have passed."""
        deadline = Deadline(self._desk.waits.idle_s)
        status = self._ask()
        while not (status.idle or deadline.passed or self._desk.stopping()) and status.can_print:
            self._desk.link.listen(self._desk.waits.step_s)
            status = self._ask()
        return status

    def _ask(self) -> HostStatus:
        status = self._desk.link.ask_status()
        self.show(self._desk.sink)
        return status

    def _send(self, data: bytes, patience: Deadline) -> None:
        """In slices. What is cut off in the middle ends the connection: anything after it would become its rest."""
        link = self._desk.link
        for start in range(0, len(data), _SLICE):
            while not link.has_room():
                if patience.passed or self._desk.stopping():
                    raise DeviceError("The label printer takes no more data.", LOOK)
            link.send(data[start : start + _SLICE])

    def _await_idle(self, patience: Deadline) -> None:
        desk, times, last = self._desk, 0, -1
        progress = Deadline(desk.waits.confirm_s)
        while times < _TIMES_IDLE:
            try:
                status = self._ask()
            except SilentError as error:
                raise UnprovenError(
                    "The label printer fell silent while it printed.", f"{error.remedy} {LOOK}"
                ) from error
            left = status.formats + status.remaining
            times = times + 1 if status.idle and status.can_print else 0
            if left != last or not status.can_print:
                last, progress = left, Deadline(desk.waits.confirm_s)
            if times < _TIMES_IDLE and (progress.passed or patience.passed or desk.stopping()):
                raise self._given_up(status)
            desk.link.listen(min(desk.waits.busy_check_s, patience.left_s) if times < _TIMES_IDLE else 0)

    def _given_up(self, status: HostStatus) -> UnprovenError:
        if self._desk.stopping():
            return UnprovenError("The lane stopped before all labels had come out.", LOOK)
        found = conditions(status)
        if status.can_print or not found:
            return UnprovenError("The label printer took the labels and does not come to an end with them.", LOOK)
        return UnprovenError(f"{found[0].message} Labels were being printed.", f"{found[0].remedy} {LOOK}")

    def _deliver(self, job_id: str, data: bytes) -> PrintJobChanged:
        """From the first byte on, whatever goes wrong leaves the job UNKNOWN."""

        def sent() -> None:
            self._desk.journal.advance(job_id, PrintState.SENT)
            self._desk.sink(self._changed(job_id, PrintState.SENT))

        try:
            self.send_and_prove(data, sent, patience_s=self._desk.patience_s(len(data)))
        except UnprovenError as error:
            return self._settle(job_id, PrintState.UNKNOWN, error)
        except DeviceError as error:
            self.lost = error
            told = DeviceError(f"{error.message} Labels were being printed.", LOOK)
            return self._settle(job_id, PrintState.UNKNOWN, told)
        return self._settle(job_id, PrintState.CONFIRMED)

    def _settle(self, job_id: str, state: PrintState, error: DeviceError | None = None) -> PrintJobChanged:
        """Write the last state. Where that fails the file says `sending`, which the next start reads as UNKNOWN."""
        alias = self._desk.alias
        try:
            self._desk.journal.advance(job_id, state)
        except DeviceError as problem:
            log.error("printer.journal_failed device=%s job=%s reason=%s", alias, job_id, problem)  # noqa: TRY400 # its words say it all
        if error is not None:
            log.warning("printer.job_%s device=%s job=%s reason=%s", state, alias, job_id, error.message)
        return self._changed(job_id, state, error)

    def _not_again(self, job_id: str, known: PrintState) -> PrintJobChanged:
        log.info("printer.not_again device=%s job=%s state=%s", self._desk.alias, job_id, known)
        if known is PrintState.CONFIRMED:
            return self._changed(job_id, known)
        error = UnprovenError("These labels were sent before and never confirmed.", LOOK)
        return self._changed(job_id, PrintState.UNKNOWN, error)

    def _changed(self, job_id: str, state: PrintState, error: DeviceError | None = None) -> PrintJobChanged:
        told = ("", "") if error is None else (error.message, error.remedy)
        return PrintJobChanged(self._desk.alias, job_id, state, *told)
