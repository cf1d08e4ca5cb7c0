"""A device is lost, comes back, is asked things, and is stopped: every call gets exactly one record."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from drivers.device import (
    AbsentError,
    Category,
    Condition,
    Conditions,
    DeviceChanged,
    DeviceError,
    Finding,
    HealthLevel,
    Lifecycle,
    Link,
    Severity,
    Sink,
    Slip,
)
from drivers.identity import Hint
from drivers.supervisor import Supervisor, Surroundings, Waits
from drivers.transport.interface import Transport
from drivers.transport.pseudo_port import PseudoPort
from drivers.transport.serial import Line
from drivers.transport.tap import Tap
from drivers.transport.waiting import wait_readable
from tests.drivers.witness import PATIENCE_S, Witness, open_files

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.001,), jitter=0)
SLOW = Waits(backoff_s=(3600.0,))
GONE = DeviceError("It is gone.", "Plug it in.")
ABSENT = AbsentError("It is not there.", "Plug it in.")
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

    def check_health(self, level: HealthLevel) -> Finding:
        return Finding(passed=True, text=f"checked {level}")


Make = Callable[..., Supervisor[Fake]]


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def make(witness: Witness) -> Iterator[Make]:
    made: list[Supervisor[Fake]] = []

    def start(
        *openings: Exception | None, waits: Waits = QUICK, surroundings: Surroundings | None = None
    ) -> Supervisor[Fake]:
        made.append(
            Supervisor(
                "scale", lambda sink: Fake(sink, list(openings)), witness, waits=waits, surroundings=surroundings
            )
        )
        made[-1].start()
        return made[-1]

    yield start
    for supervisor in made:
        supervisor.stop()


def fail(error: Exception) -> object:
    raise error


def emits(record: object) -> Callable[[Fake], object]:
    return lambda driver: driver.sink(record)


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


@pytest.mark.parametrize(
    ("error", "link"),
    [
        (GONE, Link.OFFLINE),
        (ABSENT, Link.OFF),
        (OSError(errno.EIO, "I/O error"), Link.OFFLINE),
        (OSError(errno.ENODEV, "No such device"), Link.OFF),
        (OSError(errno.ENOENT, "No such file"), Link.OFF),
        (OSError(errno.EACCES, "Permission denied"), Link.UNKNOWN),
    ],
)
def test_the_link_says_whether_it_is_there(make: Make, witness: Witness, error: Exception, link: Link) -> None:
    supervisor = make(error, waits=SLOW)
    witness.until(lambda _: supervisor.lifecycle in (LOST, FAILED))
    told = witness.of(DeviceChanged, 2)
    assert [record.link for record in told] == [Link.UNKNOWN, link]
    assert supervisor.link is link
    supervisor.stop()
    assert witness.of(DeviceChanged)[-1].link is Link.UNKNOWN


def test_a_device_that_says_itself_that_it_is_off_line_is_believed(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    for link in (Link.OFFLINE, Link.ONLINE):
        supervisor.submit(emits(Conditions((), link)), not_ready="no", lost="lost")
    witness.until(lambda _: len(witness.of(DeviceChanged)) == 4)
    told = [(record.lifecycle, record.link) for record in witness.of(DeviceChanged)]
    assert told[1:] == [(READY, Link.ONLINE), (READY, Link.OFFLINE), (READY, Link.ONLINE)]


def test_what_was_seen_before_a_loss_is_not_told_after_it(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    supervisor.submit(lambda driver: driver.sink(Conditions((PAPER_OUT,), Link.OFFLINE)), not_ready="no", lost="lost")
    supervisor.submit(lambda _: fail(GONE), not_ready="no", lost="lost")
    witness.until_lifecycle(OPENING, READY, LOST, READY)
    back = witness.of(DeviceChanged)[-1]
    assert (back.conditions, back.link) == ((), Link.ONLINE)


def test_busy_is_while_a_request_runs(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    begun, gate = threading.Event(), threading.Event()
    assert not supervisor.busy

    def work(_: Fake) -> object:
        begun.set()
        return gate.wait(PATIENCE_S)

    supervisor.submit(work, not_ready="no", lost="lost")
    assert begun.wait(PATIENCE_S)
    assert supervisor.busy
    gate.set()
    witness.of(bool)
    assert not supervisor.busy
    assert len(witness.of(DeviceChanged)) == 2


def test_a_plug_begins_with_the_short_waits_again(witness: Witness) -> None:
    asked: list[int] = []
    slow = threading.Event()

    class Counted(Waits):
        def before_try(self, failures: int, *, permanent: bool) -> float:  # noqa: ARG002 # as declared
            asked.append(failures)
            if len(asked) != 4:
                return 0.0
            slow.set()
            return 3600.0

    supervisor = Supervisor("scale", lambda sink: Fake(sink, [ABSENT] * 6), witness, waits=Counted())
    supervisor.start()
    witness.until_lifecycle(OPENING, LOST)
    assert slow.wait(PATIENCE_S)
    supervisor.hint(Hint(added=True))
    witness.until_lifecycle(OPENING, LOST, READY)
    supervisor.stop()
    assert asked == [1, 2, 3, 4, 1, 2]


def test_a_device_that_opens_and_fails_at_once_is_tried_ever_more_slowly(witness: Witness) -> None:
    now = [0.0]
    asked: list[int] = []
    slow = threading.Event()

    class Counted(Waits):
        def before_try(self, failures: int, *, permanent: bool) -> float:  # noqa: ARG002 # as declared
            asked.append(failures)
            if len(asked) < 6:
                return 0.0
            slow.set()
            return 3600.0

    class Flapping(Fake):
        def listen(self, wake_fd: int, emit: Sink) -> None:  # noqa: ARG002 # fails before it would wait
            # The fourth time it holds for long enough.
            now[0] += 60.0 if len(asked) == 3 else 0.1
            raise GONE

    supervisor = Supervisor(
        "scale", Flapping, witness, waits=Counted(), surroundings=Surroundings(clock=lambda: now[0])
    )
    supervisor.start()
    assert slow.wait(PATIENCE_S)
    supervisor.stop()
    assert asked == [1, 2, 3, 1, 2, 3]


def test_a_hint_ends_a_back_off_of_the_device_it_may_mean_only(make: Make, witness: Witness) -> None:
    scanner = Hint(added=True, vendor="0c2e", product="0b61")
    supervisor = make(GONE, waits=SLOW, surroundings=Surroundings(heeds=lambda hint: hint == scanner))
    witness.until_lifecycle(OPENING, LOST)
    with mock.patch.object(supervisor, "retry_now") as retried:
        supervisor.hint(Hint(added=True, vendor="dead", product="beef"))
        supervisor.hint(Hint(added=False, vendor="0c2e", product="0b61"))
    retried.assert_not_called()
    supervisor.hint(scanner)
    witness.until_lifecycle(OPENING, LOST, READY)


def test_a_plug_while_it_is_being_opened_is_not_forgotten(witness: Witness) -> None:
    plugged: list[Callable[[], None]] = []

    class JustMissed(Fake):
        def open(self) -> None:
            if plugged:
                plugged.pop()()
                raise GONE

    supervisor = Supervisor("scale", JustMissed, witness, waits=SLOW)
    plugged.append(lambda: supervisor.hint(Hint(added=True)))
    supervisor.start()
    witness.until_lifecycle(OPENING, LOST, READY)
    supervisor.stop()


def test_a_device_that_nothing_tells_of_a_pull_is_asked_to_look(witness: Witness) -> None:
    away = threading.Event()

    class Deaf(Fake):
        def listen(self, wake_fd: int, emit: Sink) -> None:
            if away.is_set():
                raise ABSENT
            super().listen(wake_fd, emit)

    supervisor = Supervisor("camera", Deaf, witness, waits=SLOW)
    supervisor.start()
    witness.until_lifecycle(OPENING, READY)
    away.set()
    supervisor.hint(Hint(added=False))
    witness.until_lifecycle(OPENING, READY, LOST)
    supervisor.stop()


def test_a_record_may_go_to_whoever_asked(make: Make, witness: Witness) -> None:
    supervisor = make()
    witness.until_lifecycle(OPENING, READY)
    mine = Witness()
    supervisor.submit(lambda _: "pulsed", not_ready="no", lost="lost", to=mine)
    supervisor.submit(lambda _: fail(GONE), not_ready="no", lost="lost", to=mine)
    mine.of(str, 2)
    supervisor.stop()
    supervisor.submit(lambda _: "pulsed", not_ready="not ready", lost="lost", to=mine)
    assert mine.records == ["pulsed", "lost", "not ready"]
    assert not [record for record in witness.records if isinstance(record, str)]


def test_what_is_counted(make: Make, witness: Witness) -> None:
    now = [100.0]
    supervisor = make(GONE, None, None, surroundings=Surroundings(clock=lambda: now[0]))
    witness.until_lifecycle(OPENING, LOST, READY)
    now[0] = 130.0
    for slip in (Slip.BAD_FRAME, Slip.BAD_FRAME, Slip.CHECKSUM, Slip.TIMEOUT):
        supervisor.submit(emits(slip), not_ready="no", lost="lost")
    supervisor.submit(lambda _: fail(GONE), not_ready="no", lost="lost")
    witness.until_lifecycle(OPENING, LOST, READY, LOST, READY)
    told = supervisor.statistics()
    assert (told.opens, told.losses, told.requests, told.failed_requests) == (2, 1, 5, 1)
    assert (told.bad_frames, told.checksum_errors, told.timeouts) == (2, 1, 1)
    assert told.last_good_s == 130.0
    assert not [record for record in witness.records if isinstance(record, Slip)]


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


def test_a_thousand_plug_cycles_leave_no_thread_and_no_file_behind(tmp_path: Path) -> None:
    """A real driver's way: a port that is a file descriptor and a thread, opened, read, pulled out, again and again."""
    link = tmp_path / "scale"
    port = PseudoPort(link, lambda _: None)
    became = {READY: threading.Semaphore(0), LOST: threading.Semaphore(0)}

    def sink(record: object) -> None:
        if isinstance(record, DeviceChanged) and record.lifecycle in became:
            became[record.lifecycle].release()

    class Reader(Fake):
        port: Transport | None = None

        def open(self) -> None:
            self.port = tap.serial(str(link), Line())

        def listen(self, wake_fd: int, emit: Sink) -> None:  # noqa: ARG002 # says nothing
            assert self.port is not None
            if self.port.fileno() in wait_readable(PATIENCE_S, wake_fd, self.port.fileno()):
                self.port.read(0)

        def close(self) -> None:
            if self.port is not None:
                self.port.close()

    tap = Tap()
    supervisor = Supervisor("scale", Reader, sink, waits=SLOW)
    before, threads = open_files(), threading.active_count()
    supervisor.start()
    assert became[LOST].acquire(timeout=PATIENCE_S)
    for _ in range(1000):
        port.plug()
        supervisor.hint(Hint(added=True))
        assert became[READY].acquire(timeout=PATIENCE_S)
        port.unplug()
        assert became[LOST].acquire(timeout=PATIENCE_S)
    told = supervisor.statistics()
    supervisor.stop()
    assert (told.opens, told.losses) == (1000, 1000)
    assert (open_files(), threading.active_count()) == (before, threads)
