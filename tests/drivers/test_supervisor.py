"""A device is lost, comes back, is asked things, and is stopped: every call gets exactly one record."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from drivers.device import Category, Condition, Conditions, DeviceChanged, DeviceError, Lifecycle, Severity, Sink
from drivers.supervisor import Supervisor, Waits
from drivers.transport.waiting import wait_readable
from tests.drivers.witness import PATIENCE_S, Witness, open_files

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.001,), jitter=0)
SLOW = Waits(backoff_s=(3600.0,))
GONE = DeviceError("It is gone.", "Plug it in.")
PAPER_OUT = Condition("paper_out", Severity.FAULT, "No paper.", "Put a roll in.")


class Fake:
    """A driver that does what a test says: opens with the next of `openings`, listens until woken or broken."""

    category = Category.SCALE

    def __init__(self, sink: Sink, openings: list[Exception | None] | None = None) -> None:
        self.sink = sink
        self.openings = openings or []
        self.broken: Exception | None = None
        self.cancelled = threading.Event()
        self.listens = 0
        self.is_open = False

    def open(self) -> None:
        problem = self.openings.pop(0) if self.openings else None
        if problem:
            raise problem
        self.is_open = True

    def listen(self, wake_fd: int, emit: Sink) -> None:
        self.sink = emit
        self.listens += 1
        self.cancelled.clear()
        broken, self.broken = self.broken, None
        if broken:
            raise broken
        wait_readable(PATIENCE_S, wake_fd)

    def close(self) -> None:
        self.is_open = False


Make = Callable[..., Supervisor[Fake]]


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def make(witness: Witness) -> Iterator[Make]:
    made: list[Supervisor[Fake]] = []

    def start(*openings: Exception | None, waits: Waits = QUICK) -> Supervisor[Fake]:
        made.append(Supervisor("scale", lambda sink: Fake(sink, list(openings)), witness, waits=waits))
        made[-1].start()
        return made[-1]

    yield start
    for supervisor in made:
        supervisor.stop()


def fail(error: Exception) -> object:
    raise error


def test_a_device_that_answers_becomes_ready_and_is_closed_at_the_end(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    assert supervisor.driver.is_open
    supervisor.stop()
    assert witness.lifecycles() == [OPENING, READY, CLOSED]
    assert not supervisor.driver.is_open


def test_a_device_that_comes_back_is_ready_again_and_both_are_logged_once(
    make: Make, witness: Witness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    make(GONE, GONE, GONE, GONE, GONE)
    witness.until_lifecycle(OPENING, LOST, READY)
    events = [record.getMessage().split()[0] for record in caplog.records]
    assert events == ["device.lost", "device.ready"]
    lost = [record for record in witness.of(DeviceChanged) if record.lifecycle is LOST]
    assert len(lost) == 1
    assert lost[0].conditions == (Condition("device_lost", Severity.FAULT, GONE.message, GONE.remedy),)


@pytest.mark.parametrize(
    ("error", "lifecycle"),
    [
        (DeviceError("No permission.", "Ask.", permanent=True), FAILED),
        (OSError(errno.EACCES, "Permission denied"), FAILED),
        (OSError(errno.EBUSY, "Busy"), FAILED),
        (OSError(errno.ENODEV, "No such device"), LOST),
        (ValueError("4006381333931"), LOST),
    ],
)
def test_what_no_retry_mends_is_failed_and_all_else_is_lost(
    make: Make, witness: Witness, error: Exception, lifecycle: Lifecycle
) -> None:
    make(error, waits=SLOW)
    witness.until_lifecycle(OPENING, lifecycle)
    told = witness.of(DeviceChanged, 2)[-1]
    assert told.conditions[0].remedy


def test_a_broken_driver_is_logged_without_what_it_had_in_hand(
    make: Make, witness: Witness, caplog: pytest.LogCaptureFixture
) -> None:
    make(ValueError("4006381333931"))
    witness.until_lifecycle(OPENING, LOST, READY)
    assert "device.crashed" in caplog.text
    assert "ValueError" in caplog.text
    assert "4006381333931" not in caplog.text


def test_a_permanent_error_waits_at_the_slow_end() -> None:
    waits = Waits(jitter=0)
    assert [waits.before_try(failures, permanent=False) for failures in range(1, 8)] == [0.5, 1, 2, 5, 10, 30, 30]
    assert waits.before_try(1, permanent=True) == 30
    assert 0.4 <= Waits().before_try(1, permanent=False) <= 0.6


def test_retry_now_ends_a_back_off(make: Make, witness: Witness) -> None:
    supervisor = make(GONE, waits=SLOW)
    witness.until_lifecycle(OPENING, LOST)
    supervisor.retry_now()
    witness.until_lifecycle(OPENING, LOST, READY)


def test_a_call_is_answered_by_what_it_returns(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    for number in range(50):
        supervisor.submit(lambda _, number=number: number, not_ready="not ready", lost="lost")  # type: ignore[misc] # mypy cannot infer a lambda with a default
    assert witness.of(int, 50) == list(range(50))
    assert "lost" not in witness.records


def test_the_driver_listens_between_any_two_calls(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    gate = threading.Event()
    supervisor.submit(lambda driver: gate.wait(PATIENCE_S) and driver.listens, not_ready=-1, lost=-1)
    supervisor.submit(lambda driver: driver.listens, not_ready=-1, lost=-1)
    gate.set()
    first, second = witness.of(int, 2)
    assert second > first > 0


@pytest.mark.parametrize("error", [GONE, OSError(errno.EIO, "I/O error"), ValueError("surprise")])
def test_a_call_that_raises_is_lost_and_the_device_is_opened_again(
    make: Make, witness: Witness, error: Exception
) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    supervisor.submit(lambda _: fail(error), not_ready="not ready", lost="lost")
    witness.until_lifecycle(OPENING, READY, LOST, READY)
    assert witness.records.count("lost") == 1
    assert "not ready" not in witness.records


def test_what_waited_behind_a_call_that_raised_is_not_ready(make: Make, witness: Witness) -> None:
    supervisor = make(waits=SLOW)
    witness.until_lifecycle(OPENING, READY)
    gate = threading.Event()
    supervisor.submit(lambda _: gate.wait(PATIENCE_S) and fail(GONE), not_ready="not ready", lost="lost")
    supervisor.submit(lambda _: "done", not_ready="second not ready", lost="second lost")
    gate.set()
    witness.until(lambda records: "second not ready" in records)
    assert [record for record in witness.records if isinstance(record, str)] == ["lost", "second not ready"]


def test_nothing_is_asked_of_a_device_that_is_not_ready(make: Make, witness: Witness) -> None:
    unstarted = Supervisor("scale", Fake, witness)
    unstarted.submit(lambda _: fail(AssertionError()), not_ready="before start", lost="lost")
    unstarted.stop()
    supervisor = make(GONE, waits=SLOW)
    witness.until_lifecycle(OPENING, LOST)
    supervisor.submit(lambda _: fail(AssertionError()), not_ready="while lost", lost="lost")
    supervisor.stop()
    supervisor.submit(lambda _: fail(AssertionError()), not_ready="after stop", lost="lost")
    said = [record for record in witness.records if isinstance(record, str)]
    assert said == ["before start", "while lost", "after stop"]


def test_a_call_that_waits_when_the_lane_stops_is_answered_too(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    begun, gate = threading.Event(), threading.Event()

    def wait(_: Fake) -> object:
        begun.set()
        return gate.wait(PATIENCE_S) and "first"

    supervisor.submit(wait, not_ready="first not ready", lost="first lost")
    supervisor.submit(lambda _: "second", not_ready="second not ready", lost="second lost")
    assert begun.wait(PATIENCE_S)
    supervisor.request_stop()
    gate.set()
    supervisor.stop()
    assert [record for record in witness.records if isinstance(record, str)] == ["first", "second not ready"]


def test_interrupt_ends_what_runs_and_refuses_what_waits(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    begun = threading.Event()

    def weigh(driver: Fake) -> object:
        begun.set()
        return "cancelled" if driver.cancelled.wait(PATIENCE_S) else "waited in vain"

    supervisor.submit(weigh, not_ready="first not ready", lost="first lost")
    supervisor.submit(weigh, not_ready="second not ready", lost="second lost")
    assert begun.wait(PATIENCE_S)
    supervisor.interrupt(lambda driver: driver.cancelled.set())
    witness.until(lambda records: "cancelled" in records)
    said = [record for record in witness.records if isinstance(record, str)]
    assert sorted(said) == ["cancelled", "second not ready"]


def test_a_late_interrupt_does_not_hit_the_next_call(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    supervisor.interrupt(lambda driver: driver.cancelled.set())
    supervisor.submit(lambda driver: driver.cancelled.is_set(), not_ready="not ready", lost="lost")
    assert witness.of(bool) == [False]


def test_conditions_of_a_driver_come_with_its_lifecycle(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    for conditions in ((PAPER_OUT,), (PAPER_OUT,), ()):
        supervisor.submit(lambda driver, told=conditions: driver.sink(Conditions(told)), not_ready="no", lost="lost")  # type: ignore[misc] # mypy cannot infer a lambda with a default
    supervisor.submit(lambda _: "done", not_ready="no", lost="lost")
    witness.until(lambda records: "done" in records)
    told = [(record.lifecycle, record.conditions) for record in witness.of(DeviceChanged)]
    assert told == [(OPENING, ()), (READY, ()), (READY, (PAPER_OUT,)), (READY, ())]


def test_conditions_found_while_opening_are_told_with_ready(witness: Witness) -> None:
    class OutOfPaper(Fake):
        def open(self) -> None:
            self.sink(Conditions((PAPER_OUT,)))

    supervisor = Supervisor("printer", OutOfPaper, witness)
    supervisor.start()
    witness.until_lifecycle(OPENING, READY)
    supervisor.stop()
    assert [record.conditions for record in witness.of(DeviceChanged)] == [(), (PAPER_OUT,), ()]


@pytest.mark.parametrize("openings", [[], [GONE]], ids=["ready", "in a back-off"])
def test_stop_ends_the_thread_and_gives_every_file_back(witness: Witness, openings: list[Exception | None]) -> None:
    before = open_files()
    supervisor = Supervisor("scale", lambda sink: Fake(sink, openings), witness, waits=SLOW)
    supervisor.start()
    witness.until(lambda _: witness.lifecycles()[-1:] in ([READY], [LOST]))
    supervisor.stop()
    assert witness.lifecycles()[-1] is CLOSED
    assert open_files() == before
    assert not any(thread.name == "device scale" for thread in threading.enumerate())


def test_a_hundred_losses_leave_no_thread_and_no_file_behind(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    before, threads = open_files(), threading.active_count()
    for number in range(100):
        supervisor.submit(lambda _: fail(GONE), not_ready="not ready", lost="lost")
        witness.until(lambda _, number=number: witness.lifecycles().count(READY) == number + 2)  # type: ignore[misc] # mypy cannot infer a lambda with a default
    assert (open_files(), threading.active_count()) == (before, threads)
    assert witness.records.count("lost") == 100
