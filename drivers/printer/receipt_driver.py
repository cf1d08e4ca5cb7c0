"""What every driver of a receipt printer does, whatever the printer speaks: its life from `open` to `close`."""

from __future__ import annotations

import abc
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from drivers.device import Category, DeviceError, Finding, HealthLevel, Sink
from drivers.printer import health, pulse
from drivers.printer.interface import PrintJob, PrintJobChanged
from drivers.printer.jobs import Jobs
from drivers.printer.journal import Journal
from drivers.printer.link import PrinterLink, Waits
from drivers.printer.parts import Parts
from drivers.printer.profile import PrinterProfile
from drivers.printer.ways import Doors, Way, reach
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

_DAY_MS = 24 * 3600 * 1000


class ReceiptSettings(Protocol):
    """The settings that all receipt printers have."""

    @property
    def paper_wait_s(self) -> int:
        """How long a job waits for paper."""
        ...

    @property
    def keep_days(self) -> int:
        """How long the journal remembers."""
        ...

    @property
    def way(self) -> Way:
        """Where the printer is."""
        ...


class ReceiptDriver(abc.ABC):
    """A receipt printer; see `drivers.device.Driver`, `ReceiptPrinter` and `DrawerPort`.

    `data_folder` holds its journal; `doors` open its connection.
    """

    def __init__(  # noqa: PLR0913 # all after the folder have their values on a device
        self,
        alias: str,
        settings: ReceiptSettings,
        model: PrinterProfile,
        sink: Sink,
        data_folder: Path,
        *,
        waits: Waits | None = None,
        doors: Doors | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._model = model
        self._sink = sink
        self._data_folder = data_folder
        self._waits = waits or Waits()
        self._doors = doors or Doors()
        self._clock_ms = clock_ms
        self._journal: Journal | None = None
        self._link: PrinterLink | None = None
        self._parts: Parts | None = None
        self._jobs: Jobs | None = None
        self._check = Deadline(0)
        self._interrupted = threading.Event()

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.RECEIPT_PRINTER

    def open(self) -> None:
        """Open journal and connection; returns once the printer has said how it is.

        A model that cannot be asked is open once it is connected. Jobs that were under way when the power went are
        reported as UNKNOWN. Raises `DeviceError`.
        """
        self.close()
        self._interrupted.clear()
        journal = self._journal = Journal(self._data_folder / f"{self._alias}-jobs.db", self._clock_ms)
        connection = reach(self._settings.way, "receipt printer", self._doors, self._waits.connect_s)
        link = self._link = self._make_link(connection)
        parts = self._parts = self._make_parts(journal, link)
        jobs = self._jobs = Jobs(parts, patience_s=self._patience_s, stopping=self._interrupted.is_set)
        jobs.report_recovered()
        jobs.await_late_proofs(self._clock_ms() - _DAY_MS)
        journal.prune(self._settings.keep_days * _DAY_MS)
        link.hush()
        self._switch_on(link)
        parts.watch.ask()
        self._check = Deadline(self._waits.check_s)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Wait for the printer or `wake_fd`, report conditions that changed; see `drivers.device.Driver`."""
        parts, jobs = self._opened()
        link, watch = parts.link, parts.watch
        if jobs.lost is not None:
            raise jobs.lost
        self._interrupted.clear()  # came too late for the job it was meant for
        watch.show(emit)
        jobs.take_late_proofs()
        ready = wait_readable(self._check.left_s, wake_fd, link.fileno())
        if wake_fd in ready:
            return
        if ready:
            link.listen(0)
        elif self._check.passed:
            watch.ask()
            self._check = Deadline(self._waits.check_s)
        watch.show(emit)
        jobs.take_late_proofs()

    def close(self) -> None:
        """Close connection and journal. Never raises; may be called twice."""
        if self._link is not None:
            self._link.close()
        if self._journal is not None:
            self._journal.close()
        self._link, self._journal, self._parts, self._jobs = None, None, None, None

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: what it last said. EXTERNAL and INTERACTIVE: ask it, and print a test slip that it confirms."""
        return health.check(level, *self._opened())

    def interrupt(self) -> None:
        """Make a `print` that waits for paper give up within `step_s`; to be called from any thread when stopping."""
        self._interrupted.set()

    def print(self, job: PrintJob) -> PrintJobChanged:
        """Print and confirm; see `ReceiptPrinter.print`. The states on the way go to the sink."""
        return self._opened()[1].print(job)

    def drawer_level(self) -> bool | None:
        """See `DrawerPort.drawer_level`."""
        return None if self._parts is None else self._parts.watch.drawer_level

    @abc.abstractmethod
    def pulse(self, pin: int, on_ms: int, off_ms: int) -> None:
        """See `DrawerPort.pulse`."""

    @abc.abstractmethod
    def _make_link(self, connection: Transport) -> PrinterLink:
        """The conversation in what this printer speaks."""

    @abc.abstractmethod
    def _make_parts(self, journal: Journal, link: PrinterLink) -> Parts:
        """What this printer consists of."""

    @abc.abstractmethod
    def _switch_on(self, link: PrinterLink) -> None:
        """Have the printer tell its status by itself from now on, where it can."""

    def _ready_for_pulse(self, *, real_time: bool) -> Parts:
        """Ask the printer; `DeviceError` where a pulse sent now would not come."""
        parts, jobs = self._opened()
        try:
            if jobs.lost is not None:
                raise jobs.lost
            parts.watch.ask()
            parts.watch.require_drawer(real_time=real_time)
        except DeviceError as error:
            raise pulse.not_opened(error) from error
        return parts

    def _patience_s(self, size: int) -> float:
        return self._settings.paper_wait_s + self._settings.way.line_s(size)

    def _opened(self) -> tuple[Parts, Jobs]:
        if self._parts is None or self._jobs is None:
            raise DeviceError("The receipt printer is not connected.", "Wait until it is, then print again.")
        return self._parts, self._jobs
