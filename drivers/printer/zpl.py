"""The driver of a label printer that speaks ZPL II, on the network, on USB or on a serial line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from drivers.device import Category, DeviceError, Finding, HealthLevel, Severity, Sink
from drivers.printer.interface import PrintJobChanged
from drivers.printer.journal import Journal
from drivers.printer.label_conditions import conditions
from drivers.printer.label_interface import LabelJob, ShelfLabel
from drivers.printer.ways import Doors, reach
from drivers.printer.zpl_encode import encode
from drivers.printer.zpl_jobs import Desk, UnprovenError, ZplJobs
from drivers.printer.zpl_link import ZplLink, ZplWaits
from drivers.printer.zpl_settings import AnyZplSettings, ZplSerialSettings, ZplSettings, ZplUsbSettings
from drivers.transport.waiting import Deadline, wait_readable

__all__ = ["ZplPrinter", "ZplSerialSettings", "ZplSettings", "ZplUsbSettings"]

_DAY_MS = 24 * 3600 * 1000
_TEST = LabelJob("test-label", ShelfLabel("Checklane", "0123456789", "äöüß €"), width_mm=40, height_mm=25)


class ZplPrinter:
    """A label printer; see `drivers.device.Driver` and `LabelPrinter`.

    `data_folder` holds its journal; `doors` open its connection.
    """

    def __init__(  # noqa: PLR0913 # all after the folder have their values on a device
        self,
        alias: str,
        settings: AnyZplSettings,
        sink: Sink,
        data_folder: Path,
        *,
        waits: ZplWaits | None = None,
        doors: Doors | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._data_folder = data_folder
        self._waits = waits or ZplWaits()
        self._doors = doors or Doors()
        self._clock_ms = clock_ms
        self._journal: Journal | None = None
        self._link: ZplLink | None = None
        self._jobs: ZplJobs | None = None
        self._dpi = 0
        self._check = Deadline(0)
        self._interrupted = threading.Event()

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.LABEL_PRINTER

    def open(self) -> None:
        """Open journal and connection; returns once ~HI and ~HS are answered.

        Jobs that were under way when the power went are reported as UNKNOWN. Raises `DeviceError`; permanently where
        the printer does not say how fine it prints, and the settings do not either.
        """
        self.close()
        self._interrupted.clear()
        journal = self._journal = Journal(self._data_folder / f"{self._alias}-jobs.db", self._clock_ms)
        connection = reach(self._settings.way, "label printer", self._doors, self._waits.connect_s)
        link = self._link = ZplLink(connection, self._waits, self._sink)
        identity = link.ask_identity()
        self._dpi = self._settings.dpi or identity.dpi
        if not self._dpi:
            remedy = "Set `dpi` in the settings of the label printer: it stands on its type plate."
            raise DeviceError(
                f"The label printer {identity.model} does not say its resolution.", remedy, permanent=True
            )
        link.ask_status()
        desk = Desk(
            self._alias,
            self._sink,
            journal,
            link,
            self._waits,
            self._dpi,
            patience_s=lambda size: self._settings.media_wait_s + self._settings.way.line_s(size),
            stopping=self._interrupted.is_set,
        )
        self._jobs = ZplJobs(desk)
        self._jobs.report_recovered()
        journal.prune(self._settings.keep_days * _DAY_MS)
        self._check = Deadline(self._waits.check_s)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Wait for `wake_fd`, ask now and then, report conditions that changed; see `drivers.device.Driver`."""
        link, jobs = self._opened()
        if jobs.lost is not None:
            raise jobs.lost
        self._interrupted.clear()  # came too late for the job it was meant for
        jobs.show(emit)
        ready = wait_readable(self._check.left_s, wake_fd, link.fileno())
        if wake_fd in ready:
            return
        if ready:
            link.listen(0)
        elif self._check.passed:
            link.ask_status()
            self._check = Deadline(self._waits.check_s)
        jobs.show(emit)

    def close(self) -> None:
        """Close connection and journal. Never raises; may be called twice."""
        if self._link is not None:
            self._link.close()
        if self._journal is not None:
            self._journal.close()
        self._link, self._journal, self._jobs = None, None, None

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: what it last said. EXTERNAL: ask it. INTERACTIVE: print a test label, and wait until it is out."""
        link, jobs = self._opened()
        if level is not HealthLevel.INTERNAL:
            link.ask_status()
        found = self._so_far(link)
        if level is not HealthLevel.INTERACTIVE or not found.passed:
            return found
        try:
            jobs.send_and_prove(encode(_TEST, self._dpi), lambda: None, patience_s=0)
        except UnprovenError as error:
            return Finding(passed=False, text=error.message, remedy=error.remedy)
        return Finding(passed=True, text="A test label was printed.")

    def interrupt(self) -> None:
        """Make a `print_label` that waits for labels give up soon; to be called from any thread when stopping."""
        self._interrupted.set()

    def print_label(self, job: LabelJob) -> PrintJobChanged:
        """Print and confirm; see `LabelPrinter.print_label`. The states on the way go to the sink."""
        return self._opened()[1].print_label(job)

    def _so_far(self, link: ZplLink) -> Finding:
        found = conditions(link.status)
        heard = f"The label printer {link.model} answered {link.quiet_for_s or 0:.0f} s ago."
        faults = [one for one in found if one.severity is Severity.FAULT]
        if faults:
            return Finding(passed=False, text=f"{faults[0].message} {heard}", remedy=faults[0].remedy)
        return Finding(passed=True, text=" ".join((heard, *(one.message for one in found))))

    def _opened(self) -> tuple[ZplLink, ZplJobs]:
        if self._link is None or self._jobs is None:
            raise DeviceError("The label printer is not connected.", "Wait until it is, then print again.")
        return self._link, self._jobs
