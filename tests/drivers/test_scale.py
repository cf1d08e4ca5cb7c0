"""The contract of a scale: the 8217 driver, supervised, against a simulated scale of another process."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.control import ControlHandle
from drivers.device import Conditions, DeviceChanged, DeviceError, Lifecycle, Slip
from drivers.inbox import Bell
from drivers.scale.interface import NoWeight, WeighProblem, Weight
from drivers.scale.mettler_8217 import Mettler8217, Mettler8217Settings
from drivers.scale.reading import Unit
from drivers.scale.simulated import SimulatedScale
from drivers.scale.wire import ScaleWaits
from drivers.supervisor import Supervisor, Waits
from tests.drivers.witness import PATIENCE_S, Witness, simulated

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.01,), jitter=0)
LONG_S = 60.0
# A machine that builds something else may be slow to answer; where silence itself is tested, a second is enough.
PATIENT = ScaleWaits(answer_s=4.0, check_s=0.2)
IMPATIENT = ScaleWaits(answer_s=0.5, check_s=0.2)

Bench = tuple[Path, ControlHandle]


@pytest.fixture(scope="module")
def simulation() -> Iterator[Bench]:
    with simulated("scale") as found:
        yield found


@pytest.fixture
def bench(simulation: Bench) -> Bench:
    _, control = simulation
    control.do("scale", "plug")
    for trouble in ("motion", "silent", "garbage"):
        control.do("scale", trouble, on=False)
    control.do("scale", "load", grams=0)
    return simulation


@contextlib.contextmanager
def supervised(
    port: Path, witness: Witness, unit: str = "kg", waits: ScaleWaits = PATIENT
) -> Iterator[Supervisor[Mettler8217]]:
    settings = Mettler8217Settings(driver="mettler_8217", port=str(port), unit=unit)  # type: ignore[arg-type] # msgspec would check it
    supervisor = Supervisor(
        "scale", lambda sink: Mettler8217("scale", settings, sink, waits=waits), witness, waits=QUICK
    )
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.interrupt(lambda driver: driver.cancel_weigh())
        supervisor.stop()


@contextlib.contextmanager
def ready(port: Path, waits: ScaleWaits = PATIENT) -> Iterator[tuple[Supervisor[Mettler8217], Witness]]:
    witness = Witness()
    with supervised(port, witness, waits=waits) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        yield supervisor, witness


def ask(supervisor: Supervisor[Mettler8217], request: str, timeout_s: float = LONG_S) -> None:
    supervisor.submit(
        lambda driver: driver.weigh(request, timeout_s),
        not_ready=NoWeight("scale", request, WeighProblem.NOT_READY, final=True),
        lost=NoWeight("scale", f"{request} lost", WeighProblem.NOT_READY, final=True),
    )


def progress(problem: WeighProblem, request: str = "r1") -> NoWeight:
    return NoWeight("scale", request, problem, final=False)


def test_a_load_is_weighed(bench: Bench) -> None:
    folder, control = bench
    with ready(folder / "scale") as (supervisor, witness):
        control.do("scale", "load", grams=1250)
        ask(supervisor, "r1")
        assert witness.of(Weight) == [Weight("scale", "r1", 1250)]
        control.do("scale", "load", grams=15)
        ask(supervisor, "r2")
        assert witness.of(Weight, 2)[1] == Weight("scale", "r2", 15)


def test_a_shopper_puts_something_on_the_scale(bench: Bench) -> None:
    folder, control = bench
    with ready(folder / "scale") as (supervisor, witness):
        ask(supervisor, "r1")
        witness.until(lambda records: progress(WeighProblem.EMPTY) in records)
        control.do("scale", "motion")
        witness.until(lambda records: progress(WeighProblem.IN_MOTION) in records)
        control.do("scale", "load", grams=734)
        assert not any(isinstance(record, Weight) for record in witness.records)
        control.do("scale", "motion", on=False)
        assert witness.of(Weight) == [Weight("scale", "r1", 734)]


@pytest.mark.parametrize(("grams", "problem"), [(20_000, WeighProblem.OVER_CAPACITY), (-50, WeighProblem.UNDER_ZERO)])
def test_too_much_and_less_than_nothing_are_said_and_never_a_weight(
    bench: Bench, grams: int, problem: WeighProblem
) -> None:
    folder, control = bench
    with ready(folder / "scale") as (supervisor, witness):
        control.do("scale", "load", grams=grams)
        ask(supervisor, "r1")
        witness.until(lambda records: progress(problem) in records)
        control.do("scale", "load", grams=500)
        assert witness.of(Weight) == [Weight("scale", "r1", 500)]


def test_a_weighing_ends_by_its_deadline_with_the_reason(bench: Bench) -> None:
    folder, _ = bench
    with ready(folder / "scale") as (supervisor, witness):
        ask(supervisor, "r1", timeout_s=0.5)
        witness.until(lambda records: NoWeight("scale", "r1", WeighProblem.EMPTY, final=True) in records)


def test_a_weighing_is_cancelled_from_another_thread(bench: Bench) -> None:
    folder, control = bench
    with ready(folder / "scale") as (supervisor, witness):
        ask(supervisor, "r1")
        witness.until(lambda records: progress(WeighProblem.EMPTY) in records)
        supervisor.interrupt(lambda driver: driver.cancel_weigh())
        witness.until(lambda records: NoWeight("scale", "r1", WeighProblem.EMPTY, final=True) in records)
        # A cancel that comes when nothing is weighed is for nobody.
        supervisor.interrupt(lambda driver: driver.cancel_weigh())
        control.do("scale", "load", grams=300)
        ask(supervisor, "r2")
        assert witness.of(Weight) == [Weight("scale", "r2", 300)]


def test_a_scale_pulled_out_in_the_middle_of_a_weighing_is_lost_and_comes_back(bench: Bench) -> None:
    folder, control = bench
    with ready(folder / "scale") as (supervisor, witness):
        ask(supervisor, "r1")
        witness.until(lambda records: progress(WeighProblem.EMPTY) in records)
        control.do("scale", "unplug")
        witness.until(lambda records: NoWeight("scale", "r1 lost", WeighProblem.NOT_READY, final=True) in records)
        witness.until_lifecycle(OPENING, READY, LOST)
        control.do("scale", "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        control.do("scale", "load", grams=42)
        ask(supervisor, "r2")
        assert witness.of(Weight) == [Weight("scale", "r2", 42)]


def test_an_idle_scale_that_is_pulled_out_is_missed(bench: Bench) -> None:
    folder, control = bench
    with ready(folder / "scale") as (_, witness):
        control.do("scale", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)


def test_a_scale_that_falls_silent_is_lost_idle_and_while_weighing(bench: Bench) -> None:
    folder, control = bench
    with ready(folder / "scale", IMPATIENT) as (supervisor, witness):
        control.do("scale", "silent")
        witness.until_lifecycle(OPENING, READY, LOST)
        assert "does not answer" in witness.of(DeviceChanged, 3)[2].conditions[0].message
        control.do("scale", "silent", on=False)
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        ask(supervisor, "r1")
        witness.until(lambda records: progress(WeighProblem.EMPTY) in records)
        control.do("scale", "silent")
        witness.until(lambda records: NoWeight("scale", "r1 lost", WeighProblem.NOT_READY, final=True) in records)


@pytest.mark.parametrize(("trouble", "message"), [("silent", "does not answer"), ("garbage", "no 8217 protocol")])
def test_a_scale_is_ready_only_once_it_has_answered(bench: Bench, trouble: str, message: str) -> None:
    folder, control = bench
    control.do("scale", trouble)
    witness = Witness()
    with supervised(folder / "scale", witness, waits=IMPATIENT):
        witness.until_lifecycle(OPENING, LOST)
        assert message in witness.of(DeviceChanged, 2)[1].conditions[0].message
        control.do("scale", trouble, on=False)
        witness.until_lifecycle(OPENING, LOST, READY)


def test_a_scale_in_motion_is_ready_too(bench: Bench) -> None:
    bench[1].do("scale", "motion")
    with ready(bench[0] / "scale"):
        pass


def test_a_scale_set_to_another_unit_is_failed_and_its_weight_never_taken(bench: Bench) -> None:
    witness = Witness()
    with supervised(bench[0] / "scale", witness, unit="lb"):
        witness.until_lifecycle(OPENING, FAILED)
        assert "does not answer in lb" in witness.of(DeviceChanged, 2)[1].conditions[0].message


def test_a_scale_below_zero_tells_it_while_idle(bench: Bench) -> None:
    folder, control = bench
    with ready(folder / "scale") as (_, witness):
        control.do("scale", "load", grams=-20)
        told = witness.of(DeviceChanged, 3)[2]
        assert (told.lifecycle, told.conditions[0].code) == (READY, "under_zero")
        control.do("scale", "load", grams=0)
        assert witness.of(DeviceChanged, 4)[3].conditions == ()


def test_a_simulated_scale_in_pounds_with_parity_bits(tmp_path: Path) -> None:
    scale = SimulatedScale("scale", tmp_path, unit=Unit.POUND, parity=True)
    scale.start()
    witness = Witness()
    with supervised(scale.port, witness, unit="lb") as supervisor:
        witness.until_lifecycle(OPENING, READY)
        scale.control("load", {"grams": 1134})
        ask(supervisor, "r1")
        assert witness.of(Weight) == [Weight("scale", "r1", 1134)]
    scale.stop()


class FakePort:
    """A port on which a test decides what comes when: `answers[n]` follows the n-th request, None is nothing."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.late: list[bytes] = []
        self.requested_at: list[float] = []
        self._inbox = b""
        self.line, self.far_end = socket.socketpair()

    def fileno(self) -> int:
        return self.line.fileno()

    def read(self, deadline_s: float) -> bytes:
        if deadline_s and self.late:
            return self.late.pop(0)
        data, self._inbox = self._inbox, b""
        return data

    def write_all(self, data: bytes, deadline_s: float) -> None:
        assert deadline_s > 0
        assert data == b"W"
        self.requested_at.append(time.monotonic())
        self._inbox = (self.answers.pop(0) if self.answers else b"\x0200.000\r") or b""

    def close(self) -> None:
        self.line.close()
        self.far_end.close()


@contextlib.contextmanager
def bare(port: FakePort, waits: ScaleWaits, sink: Callable[[object], None] = lambda _: None) -> Iterator[Mettler8217]:
    """Open a driver without a supervisor."""
    settings = Mettler8217Settings(driver="mettler_8217", port="/dev/x", unit="kg")
    driver = Mettler8217("scale", settings, sink, open_port=lambda *_: port, waits=waits)
    driver.open()
    try:
        yield driver
    finally:
        driver.close()


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


def test_requests_keep_the_distance_the_manual_asks_for() -> None:
    port = FakePort(b"\x02?A\r", b"\x02?A\r", b"\x02?A\r", b"\x0200.500\r")
    with bare(port, ScaleWaits()) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 500)
    gaps = [after - before for before, after in zip(port.requested_at, port.requested_at[1:], strict=False)]
    assert len(gaps) == 3
    assert min(gaps) >= 0.2


def test_an_answer_to_an_older_request_is_no_weight_of_this_one() -> None:
    """metasfresh#208: the scale answers the request of the idle check after the weighing has begun."""
    port = FakePort(b"\x0200.000\r", None, None, b"\x0200.500\r")
    with bare(port, ScaleWaits(spacing_s=0, answer_s=0.001)) as driver:
        with pytest.raises(DeviceError, match="does not answer"):
            driver._ask()
        port.late = [b"\x0209.999\r", b"\x0209.999\r"]
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 500)


def test_one_damaged_answer_is_asked_for_again() -> None:
    port = FakePort(b"\x0200.\x0000\r", b"\x02?A\r", b"\x02\x0000.250\r", b"\x0200.250N\r")
    records: list[object] = []
    with bare(port, ScaleWaits(spacing_s=0), records.append) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 250)
    assert records == [Slip.BAD_FRAME, Conditions(()), Slip.BAD_FRAME]


def test_cancelling_ends_a_weighing_of_a_bare_driver() -> None:
    told = Witness()
    with bare(FakePort(), ScaleWaits(spacing_s=0), told) as driver:
        weighing = threading.Thread(target=lambda: told(driver.weigh("r1", LONG_S)))
        weighing.start()
        told.until(lambda records: progress(WeighProblem.EMPTY) in records)
        driver.cancel_weigh()
        weighing.join(PATIENCE_S)
    assert told.records[-1] == NoWeight("scale", "r1", WeighProblem.EMPTY, final=True)


def test_a_cancel_that_comes_after_the_weighing_is_forgotten_before_the_next(bell: Bell) -> None:
    with bare(FakePort(b"\x0200.000\r", b"\x0200.500\r"), ScaleWaits(spacing_s=0)) as driver:
        driver.cancel_weigh()
        bell.ring()
        driver.listen(bell.fd, lambda _: None)
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 500)


def test_a_closed_driver_says_so_and_closes_twice() -> None:
    with bare(FakePort(), ScaleWaits()) as driver:
        driver.close()
        with pytest.raises(DeviceError, match="not open"):
            driver.weigh("r1", LONG_S)
