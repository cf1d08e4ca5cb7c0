"""What the printer tests share: bench printers by the three ways in, and a driver with its sink wired to one."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from drivers.device import Conditions, DeviceError
from drivers.printer.escpos import EscPosPrinter
from drivers.printer.interface import Columns, PrintJob, PrintJobChanged, PrintState, QrCode, Rule, Text
from drivers.printer.link import Waits
from drivers.printer.settings import AnyPrinterSettings, EscPosSerialSettings, EscPosSettings, EscPosUsbSettings
from drivers.printer.simulated import BenchPrinter, SimulatedPrinter, SimulatedSerialPrinter, SimulatedUsbPrinter
from drivers.transport.waiting import Deadline

DEADLINE_S = 20.0
FINAL = (PrintState.CONFIRMED, PrintState.UNKNOWN, PrintState.FAILED)
# Short where a test must sit them out; everything else is awaited as an event.
WAITS = Waits(answer_s=10.0, check_s=0.05, busy_check_s=0.05, confirm_s=10.0, step_s=0.02, quiet_s=0.02)
BRIEF = replace(WAITS, confirm_s=1.5)  # for jobs that are given up
IMPATIENT = replace(BRIEF, answer_s=0.3)  # only towards a printer that will not answer
WAYS = ("tcp", "usb", "serial")


def bench_printer(way: str, folder: Path) -> BenchPrinter:
    """A bench printer with that plug, not started yet. The folder's path must be short: sockets stand in it."""
    if way == "tcp":
        return SimulatedPrinter("printer", folder=folder)
    return (SimulatedUsbPrinter if way == "usb" else SimulatedSerialPrinter)("printer", folder=folder)


def settings_for(where: dict[str, object]) -> AnyPrinterSettings:
    """Settings by what `devices.json` says of a bench printer."""
    if "host" in where:
        return msgspec.convert(where, EscPosSettings)
    port = str(where["port"])
    if port.endswith("-usb/sys"):
        return EscPosUsbSettings(vendor="04B8", product="0e28", serial="BENCH1", sysfs=port)
    return EscPosSerialSettings(port=port, flow="xon_xoff")


def settings_of(bench: BenchPrinter) -> AnyPrinterSettings:
    """Settings that find `bench`."""
    if isinstance(bench, SimulatedPrinter):
        return settings_for({"host": bench.address[0], "port": bench.address[1]})
    assert isinstance(bench, SimulatedUsbPrinter | SimulatedSerialPrinter)
    return settings_for({"port": str(bench.port)})


class Lane:
    """A driver with its sink, wired to a bench printer."""

    def __init__(self, folder: Path, settings: AnyPrinterSettings) -> None:
        self.folder = folder
        self.settings = settings
        self.records: queue.Queue[object] = queue.Queue()
        self.seen: list[object] = []
        self.printer = self.driver()

    def driver(self, waits: Waits = WAITS, **changes: Any) -> EscPosPrinter:
        settings = msgspec.structs.replace(self.settings, **changes)
        return EscPosPrinter("printer", settings, self.records.put, self.folder, waits=waits)

    def use(self, waits: Waits = WAITS, **changes: Any) -> EscPosPrinter:
        self.printer.close()
        self.printer = self.driver(waits, **changes)
        self.printer.open()
        return self.printer

    def hurry(self) -> None:
        """From now on wait for answers only as long as a test can sit out."""
        parts, jobs = self.printer._opened()
        parts.link._waits = jobs._waits = IMPATIENT

    def reopen(self, waits: Waits = WAITS, **changes: Any) -> EscPosPrinter:
        """Open again as a supervisor does: until the device is back from where it was pulled out."""

        def back() -> bool:
            with contextlib.suppress(DeviceError):
                self.use(waits, **changes)
                return True
            return False

        wait_until(back)
        return self.printer

    def listen_until(self, enough: Callable[[object], bool]) -> None:
        """Let the driver listen until it has emitted a record that is `enough`."""
        bell, ring = os.pipe()
        deadline = Deadline(DEADLINE_S)
        try:
            while not any(enough(record) for record in self.drain()):
                assert not deadline.passed, self.seen
                self.printer.listen(bell, self.records.put)
        finally:
            os.close(bell)
            os.close(ring)

    def listen_for(self, *codes: str) -> None:
        """Let the driver listen until it has reported exactly these conditions."""
        self.listen_until(lambda record: self._is(record, codes))

    def wait_for(self, *codes: str) -> Conditions:
        """Wait until the driver, busy on another thread, has reported exactly these conditions."""
        while not self._is(record := self.records.get(timeout=DEADLINE_S), codes):
            self.seen.append(record)
        assert isinstance(record, Conditions)
        return record

    def drain(self) -> list[object]:
        drained = []
        while not self.records.empty():
            drained.append(self.records.get())
        self.seen += drained
        return drained

    def states(self, job_id: str | None = None) -> list[PrintState]:
        self.drain()
        jobs = [record for record in self.seen if isinstance(record, PrintJobChanged)]
        return [job.state for job in jobs if job_id in (None, job.job_id)]

    def _is(self, record: object, codes: tuple[str, ...]) -> bool:
        return isinstance(record, Conditions) and tuple(c.code for c in record.conditions) == codes


def receipt(job_id: str = "sale-1", lines: int = 10) -> PrintJob:
    body = tuple(Columns(f"Käsekrainer {n}", "3,98 €") for n in range(lines))
    return PrintJob(job_id, (Text("KIOSK MARKET"), Rule(), *body, QrCode("https://example.com/r/0"), Text(job_id)))


def printed(bench: BenchPrinter) -> list[str]:
    found = bench.control("receipts", {})["receipts"]
    assert isinstance(found, list)
    return [entry["text"] for entry in found]


def wait_until(so: Callable[[], bool]) -> None:
    """Wait for something that another thread of the bench is about to do."""
    news = threading.Event()
    for _ in range(int(DEADLINE_S / 0.01)):
        if so():
            return
        news.wait(0.01)
    raise AssertionError("it never came to that")


@contextlib.contextmanager
def when(lane: Lane, code: str, act: Callable[[], object]) -> Iterator[None]:
    """While the driver works on this thread, a person: waits until it has reported `code`, then acts."""
    problems: queue.Queue[BaseException | None] = queue.Queue()

    def person() -> None:
        try:
            lane.wait_for(code)
            act()
        except BaseException as problem:  # noqa: BLE001 # handed to the test's thread, which raises it
            problems.put(problem)
        else:
            problems.put(None)

    threading.Thread(target=person, daemon=True).start()
    yield
    problem = problems.get(timeout=2 * DEADLINE_S)
    if problem is not None:
        raise problem
