"""A health check ends in exactly one report, whatever the device does meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import msgspec
import pytest

from drivers.device import (
    AbsentError,
    Category,
    Condition,
    Conditions,
    DeviceError,
    Finding,
    HealthLevel,
    Lifecycle,
    Link,
    Severity,
    Sink,
)
from drivers.health import HealthReport
from drivers.statistics import Traffic
from drivers.supervisor import Supervisor, Surroundings, Waits
from drivers.transport.waiting import wait_readable
from tests.drivers.witness import PATIENCE_S, Witness

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
INTERNAL, EXTERNAL, INTERACTIVE = HealthLevel
SLOW = Waits(backoff_s=(3600.0,))
PAPER_OUT = Condition("paper_out", Severity.FAULT, "No paper.", "Put a roll in.")
PAPER_LOW = Condition("paper_low", Severity.WARNING, "Little paper.", "Have a roll ready.")


class Patient:
    """A driver that is checked as a test says, and keeps count of it."""

    category = Category.RECEIPT_PRINTER

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.absent = False
        self.checked: list[HealthLevel] = []
        self.finds: Callable[[], Finding] = lambda: Finding(passed=True, text="It printed a line.")

    def open(self) -> None:
        if self.absent:
            raise AbsentError("It is not there.", "Plug it in.")

    def listen(self, wake_fd: int, emit: Sink) -> None:
        self.sink = emit
        wait_readable(PATIENCE_S, wake_fd)

    def close(self) -> None:
        pass

    def check_health(self, level: HealthLevel) -> Finding:
        self.checked.append(level)
        return self.finds()


class Bench:
    """A supervised patient, and a clock that a test turns."""

    def __init__(self, *, absent: bool = False) -> None:
        self.now = 1000.0
        self.traffic = Traffic()
        self.witness = Witness()
        around = Surroundings(clock=lambda: self.now, traffic=lambda: self.traffic)
        self.supervisor = Supervisor("printer", Patient, self.witness, waits=SLOW, surroundings=around)
        self.supervisor.driver.absent = absent
        self.supervisor.start()
        self.witness.until_lifecycle(OPENING, LOST if absent else READY)

    def report(self) -> HealthReport:
        return self.witness.of(HealthReport)[0]

    def reports(self) -> int:
        return sum(isinstance(record, HealthReport) for record in self.witness.records)

    def settle(self) -> None:
        """Return when the device's thread has done all that was asked before."""
        self.supervisor.submit(lambda _: "settled", not_ready="settled", lost="settled")
        self.witness.until(lambda records: "settled" in records)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.supervisor.stop()


def fail(error: Exception) -> Finding:
    raise error


@pytest.mark.parametrize("level", [EXTERNAL, INTERACTIVE])
def test_what_the_driver_finds_is_reported_with_all_that_is_known(bench: Bench, level: HealthLevel) -> None:
    bench.supervisor.submit(lambda driver: driver.sink(Conditions((PAPER_LOW,))), not_ready=1, lost=1)
    bench.settle()
    bench.now, bench.traffic = 1060.0, Traffic(12, 34, 1055.0)
    bench.supervisor.check_health(level)
    report = bench.report()
    assert (report.device, report.category, report.level) == ("printer", Category.RECEIPT_PRINTER, level)
    assert (report.passed, report.text) == (True, "It printed a line.")
    assert (report.lifecycle, report.link, report.at_s) == (READY, Link.ONLINE, 1060.0)
    assert [(lasting.condition, lasting.since_s) for lasting in report.conditions] == [(PAPER_LOW, 1000.0)]
    assert (report.statistics.bytes_in, report.statistics.bytes_out, report.statistics.last_good_s) == (12, 34, 1055.0)
    assert bench.supervisor.driver.checked == [level]


def test_an_internal_check_reports_at_once_without_the_device(bench: Bench) -> None:
    gate, begun = threading.Event(), threading.Event()

    def busy(_: Patient) -> object:
        begun.set()
        return gate.wait(PATIENCE_S)

    bench.supervisor.submit(busy, not_ready="no", lost="lost")
    assert begun.wait(PATIENCE_S)
    bench.now = 1007.0
    bench.supervisor.check_health(INTERNAL)
    assert bench.reports() == 1
    assert (bench.report().passed, bench.report().text) == (True, "ready, last sign of it 7 s ago")
    gate.set()
    bench.settle()
    assert bench.supervisor.driver.checked == []


def test_a_fault_fails_the_internal_check_with_its_remedy_and_a_warning_does_not(bench: Bench) -> None:
    for conditions in ((PAPER_LOW,), (PAPER_LOW, PAPER_OUT)):
        bench.supervisor.submit(
            lambda driver, told=conditions: driver.sink(Conditions(told)),  # type: ignore[misc] # mypy cannot infer a lambda with a default
            not_ready=1,
            lost=1,
        )
        bench.settle()
        bench.witness.records.remove("settled")
        bench.supervisor.check_health(INTERNAL)
    first, second = bench.witness.of(HealthReport, 2)
    assert first.passed
    assert (second.passed, second.remedy) == (False, PAPER_OUT.remedy)
    assert PAPER_OUT.message in second.text


@pytest.mark.parametrize("level", list(HealthLevel))
def test_a_device_that_is_away_is_reported_so_with_its_remedy(level: HealthLevel) -> None:
    bench = Bench(absent=True)
    bench.supervisor.check_health(level)
    assert bench.reports() == 1
    report = bench.report()
    assert (report.passed, report.lifecycle, report.link) == (False, LOST, Link.OFF)
    assert "no sign of it. It is not there." in report.text
    assert report.remedy == "Plug it in."
    bench.supervisor.stop()
    bench.supervisor.check_health(level)
    assert bench.reports() == 2
    assert bench.supervisor.driver.checked == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DeviceError("It fell silent.", "Switch it on."), "It fell silent."),
        (OSError(5, "I/O error"), "The device was lost while it was checked."),
        (ValueError("4006381333931"), "The device was lost while it was checked."),
    ],
)
def test_a_device_that_is_lost_while_it_is_checked(bench: Bench, error: Exception, said: str) -> None:
    bench.supervisor.driver.finds = lambda: fail(error)
    bench.supervisor.check_health(EXTERNAL)
    bench.witness.until_lifecycle(OPENING, READY, LOST)
    assert bench.reports() == 1
    assert (bench.report().passed, bench.report().text) == (False, said)
    assert bench.report().remedy


def test_a_check_that_does_not_get_its_turn_is_reported_late_and_never_made(bench: Bench) -> None:
    gate = threading.Event()
    bench.supervisor.submit(lambda _: gate.wait(PATIENCE_S), not_ready="no", lost="lost")
    bench.supervisor.check_health(INTERACTIVE, deadline_s=0.01)
    assert "did not come to the check in time" in bench.report().text
    gate.set()
    bench.settle()
    assert bench.supervisor.driver.checked == []
    assert bench.reports() == 1


def test_a_check_that_takes_too_long_is_reported_late_and_not_twice(bench: Bench) -> None:
    gate = threading.Event()

    def slow() -> Finding:
        gate.wait(PATIENCE_S)
        return Finding(passed=True, text="too late")

    bench.supervisor.driver.finds = slow
    bench.supervisor.check_health(EXTERNAL, deadline_s=0.01)
    assert not bench.report().passed
    gate.set()
    bench.settle()
    assert bench.reports() == 1


def test_a_check_that_waits_when_the_lane_stops_is_reported_and_leaves_no_thread(bench: Bench) -> None:
    threads = threading.active_count()
    gate = threading.Event()
    bench.supervisor.submit(lambda _: gate.wait(PATIENCE_S), not_ready="no", lost="lost")
    bench.supervisor.check_health(EXTERNAL)
    bench.supervisor.request_stop()
    gate.set()
    bench.supervisor.stop()
    assert bench.reports() == 1
    assert threading.active_count() == threads - 1


def test_a_condition_keeps_the_time_since_when_it_is_so(bench: Bench) -> None:
    for now, conditions in ((1010.0, (PAPER_LOW,)), (1020.0, (PAPER_LOW, PAPER_OUT)), (1030.0, (PAPER_OUT,))):
        bench.now = now
        bench.supervisor.submit(
            lambda driver, told=conditions: driver.sink(Conditions(told)),  # type: ignore[misc] # mypy cannot infer a lambda with a default
            not_ready=1,
            lost=1,
        )
        bench.settle()
        bench.witness.records.remove("settled")
    bench.supervisor.check_health(INTERNAL)
    assert [(lasting.condition.code, lasting.since_s) for lasting in bench.report().conditions] == [
        ("paper_out", 1020.0)
    ]


def test_a_report_is_written_as_json(bench: Bench) -> None:
    bench.supervisor.check_health(INTERNAL)
    assert b'"level":"internal"' in msgspec.json.encode(bench.report())
