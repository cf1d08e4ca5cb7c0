"""A ZVT terminal at a serial port: the driver, supervised, against a simulated terminal behind a pseudo terminal."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.device import AbsentError, DeviceError, Lifecycle, Slip
from drivers.payment.interface import Approved, Declined, DeclineReason, PaymentProgress, Unknown
from drivers.payment.simulated_answers import TEST_CARD
from drivers.payment.simulated_serial import SimulatedZvtSerialTerminal
from drivers.payment.zvt_block_line import BlockWaits
from drivers.payment.zvt_serial import ZvtSerialSettings, ZvtSerialTerminal
from drivers.supervisor import Supervisor, Waits
from tests.drivers.witness import Witness, open_files
from tests.drivers.zvt_bench import OTHER, SALE, Lane, Lanes, asked, charges, pay, received

OPENING, READY, LOST = Lifecycle.OPENING, Lifecycle.READY, Lifecycle.LOST
PATIENT = {"answer_timeout_s": 20.0, "card_timeout_s": 60.0, "health_interval_s": 300.0}
# A busy machine may be slow with a byte; where a block pauses for good the test has to wait this out.
WAITS = BlockWaits(between_bytes_s=0.5, answer_s=2.0)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[SimulatedZvtSerialTerminal]:
    simulated = SimulatedZvtSerialTerminal("terminal", tmp_path)
    simulated.start()
    yield simulated
    simulated.stop()


def unopened(port: Path, **settings: float) -> Lane:
    made = ZvtSerialSettings(driver="zvt_serial", port=str(port), **{**PATIENT, **settings})  # type: ignore[arg-type] # one table of several types
    return Lane(lambda sink: ZvtSerialTerminal("terminal", made, sink, waits=WAITS))


@pytest.fixture
def lanes(terminal: SimulatedZvtSerialTerminal) -> Iterator[Lanes]:
    made: list[Lane] = []

    def make(**settings: float) -> Lane:
        lane = unopened(terminal.port, **settings)
        made.append(lane)
        lane.do(lambda driver: driver.open())
        return lane

    yield make
    for lane in made:
        lane.close()


def test_a_card_is_charged_over_the_serial_line(lanes: Lanes, terminal: SimulatedZvtSerialTerminal) -> None:
    lane = lanes()
    outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    assert (outcome.amount_minor, outcome.card.masked_pan) == (1234, "•••• 1111")
    assert charges(terminal) == [(1234, "charged")]
    assert [progress.step for progress in lane.all(PaymentProgress)] == ["insert_card", "processing"]


@pytest.mark.parametrize("fault", ["lose_ack", "bad_checksum", "repeat"])
def test_a_fault_of_the_line_changes_nothing(lanes: Lanes, terminal: SimulatedZvtSerialTerminal, fault: str) -> None:
    lane = lanes()
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control(fault, {})
    terminal.control("tap", {})
    assert isinstance(outcome.result(60), Approved)
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    assert charges(terminal) == [(1234, "charged")] * 2
    assert received(terminal, "0601") == 2


def test_half_a_message_is_asked_for_again(lanes: Lanes, terminal: SimulatedZvtSerialTerminal) -> None:
    lane = lanes()
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("half", {})
    terminal.control("tap", {})
    assert isinstance(outcome.result(60), Approved)
    assert Slip.BAD_FRAME in lane.all(Slip)


def test_an_authorisation_that_was_never_heard_is_unknown_and_not_sent_again(
    lanes: Lanes, terminal: SimulatedZvtSerialTerminal
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes()
    terminal.control("lose_block", {})
    assert isinstance(lane.do(lambda driver: driver.authorise(SALE)), Unknown)
    assert received(terminal, "0601") == 0
    outcome = lane.do(lambda driver: driver.enquire(SALE, None))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    assert received(terminal, "0601") == 0
    assert charges(terminal) == [(1234, "charged")]


def test_a_question_that_was_never_heard_is_asked_again(lanes: Lanes, terminal: SimulatedZvtSerialTerminal) -> None:
    lane = lanes(health_interval_s=0.01)
    terminal.control("lose_block", {})
    wake = os.eventfd(0)
    lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)
    assert received(terminal, "0501") == 1
    assert lane.all(Slip) == [Slip.TIMEOUT]


def test_a_lost_answer_is_found_by_asking(lanes: Lanes, terminal: SimulatedZvtSerialTerminal) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes(answer_timeout_s=2.0, card_timeout_s=0.5)
    assert isinstance(pay(lane, terminal, "lose_answer"), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, 1)), Approved)
    assert received(terminal, "0601") == 1


def test_byte_by_byte_is_the_same_as_at_once(lanes: Lanes, terminal: SimulatedZvtSerialTerminal) -> None:
    terminal.control("split", {})
    assert isinstance(pay(lanes(), terminal, "tap"), Approved)


def test_a_port_that_is_not_there_is_absent(tmp_path: Path) -> None:
    lane = unopened(tmp_path / "nothing")
    with pytest.raises(AbsentError):
        lane.do(lambda driver: driver.open())
    lane.close()


def test_a_port_that_another_program_holds_is_no_use_trying(lanes: Lanes, terminal: SimulatedZvtSerialTerminal) -> None:
    lanes()
    second = unopened(terminal.port)
    with pytest.raises(DeviceError, match="Another program holds") as refused:
        second.do(lambda driver: driver.open())
    assert refused.value.permanent
    second.close()


@contextmanager
def supervised(port: Path, witness: Witness) -> Iterator[Supervisor[ZvtSerialTerminal]]:
    settings = ZvtSerialSettings(driver="zvt_serial", port=str(port), answer_timeout_s=20.0, card_timeout_s=60.0)
    make: Callable[[Callable[[object], None]], ZvtSerialTerminal] = lambda sink: ZvtSerialTerminal(  # noqa: E731 # typed, which a def would not shorten
        "terminal", settings, sink, waits=WAITS
    )
    supervisor = Supervisor("terminal", make, witness, waits=Waits(backoff_s=(0.01,), jitter=0))
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.interrupt(lambda driver: driver.abort())
        supervisor.stop()


def test_pulled_out_idle_and_in_the_middle_of_a_payment(
    terminal: SimulatedZvtSerialTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    witness = Witness()
    files, threads = open_files(), threading.active_count()
    with supervised(terminal.port, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        before = terminal.port.readlink()
        terminal.control("unplug", {})
        witness.until_lifecycle(OPENING, READY, LOST)
        terminal.control("plug", {})
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        assert terminal.port.is_symlink()
        supervisor.submit(lambda driver: driver.authorise(SALE), not_ready="not ready", lost="lost")
        asked(terminal)
        terminal.control("unplug", {})
        assert isinstance(witness.of(Unknown)[0], Unknown)
        terminal.control("tap", {})
        terminal.control("plug", {})
        witness.until_lifecycle(OPENING, READY, LOST, READY, LOST, READY)
        supervisor.submit(lambda driver: driver.enquire(SALE, 1), not_ready="not ready", lost="lost")
        assert witness.of(Approved)[0].card.receipt_number == 2
        assert before.parent == Path("/dev/pts")
    assert (open_files(), threading.active_count()) == (files, threads)
    assert TEST_CARD not in caplog.text + repr(witness.records)
