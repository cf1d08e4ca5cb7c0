"""Payments whose end the lane did not hear: they are asked about, and never made again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.payment.interface import Approved, Declined, DeclineReason, Unknown
from drivers.payment.simulated import SimulatedZvtTerminal
from drivers.payment.simulated_answers import TERMINAL_ID, nack
from tests.drivers.zvt_bench import (
    HASTY,
    OTHER,
    SALE,
    Lane,
    Lanes,
    asked,
    charges,
    lanes_at,
    pay,
    received,
    simulated_terminal,
    unopened,
    until,
)


@pytest.fixture
def terminal() -> Iterator[SimulatedZvtTerminal]:
    with simulated_terminal() as simulated:
        yield simulated


@pytest.fixture
def lanes(terminal: SimulatedZvtTerminal) -> Iterator[Lanes]:
    with lanes_at(terminal) as make:
        yield make


@pytest.fixture
def lane(lanes: Lanes) -> Lane:
    return lanes()


def test_a_lost_answer_is_unknown_and_found_by_asking(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    before = lane.last_receipt_number
    assert isinstance(pay(lane, terminal, "lose_answer"), Unknown)
    outcome = lane.do(lambda driver: driver.enquire(SALE, before))
    assert isinstance(outcome, Approved)
    assert (outcome.card.receipt_number, outcome.card.terminal_id) == (2, TERMINAL_ID)
    assert lane.last_receipt_number == 2
    assert terminal.control("state", {})["authorisations"] == 2


def test_a_charge_that_never_was_is_found_by_asking(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    before = lane.last_receipt_number
    assert isinstance(pay(lane, terminal, "drop_before_charge"), Unknown)
    outcome = lane.do(lambda driver: driver.enquire(SALE, before))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    assert charges(terminal) == [(1234, "charged")]


def test_the_first_charge_ever_is_found_while_the_process_lives(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "lose_answer"), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Approved)


def test_without_a_number_from_before_a_charge_is_not_taken_for_ours(
    lanes: Lanes, terminal: SimulatedZvtTerminal
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    assert isinstance(lanes().do(lambda driver: driver.enquire(SALE, None)), Unknown)


def test_an_older_charge_of_the_same_amount_is_not_taken_for_ours(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes()
    assert lane.last_receipt_number == 1
    assert isinstance(pay(lane, terminal, "drop_before_charge"), Unknown)
    outcome = lane.do(lambda driver: driver.enquire(SALE, 1))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)


def test_a_busy_terminal_is_not_believed_to_have_charged_nothing(
    lanes: Lanes, terminal: SimulatedZvtTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes()
    monkeypatch.setattr(terminal._terminal, "_status_enquiry", lambda _: terminal._line.reply(nack(0x9C)))
    assert lane.do(lambda driver: driver.enquire(SALE, 1)) == Unknown(
        "terminal", "sale-1", "The terminal is still busy."
    )


def test_a_terminal_that_falls_silent_is_unknown_by_its_deadline(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes(**HASTY)
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("silent", {})
    assert isinstance(outcome.result(60), Unknown)
    terminal.control("tap", {})
    terminal.control("silent", {"on": False})
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, 1)), Approved)
    assert received(terminal, "0601") == 1


def test_a_terminal_silent_from_the_start_is_unknown(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    hasty = unopened(terminal.address, **HASTY)
    hasty.do(lambda driver: driver.open())
    terminal.control("silent", {})
    assert hasty.do(lambda driver: driver.authorise(SALE)) == Unknown(
        "terminal", "sale-1", "The terminal did not answer in time."
    )
    terminal.control("silent", {"on": False})
    before = lane.last_receipt_number
    outcome = hasty.do(lambda driver: driver.enquire(SALE, before))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    assert received(terminal, "0601") == 1
    hasty.close()


def test_garbage_in_the_middle_of_a_payment_is_unknown(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    until(lambda: received(terminal, "8000") == 3)
    terminal.control("say", {"hex": "deadbeef"})
    assert isinstance(outcome.result(60), Unknown)
    assert not lane.driver._session.connected


def test_a_lane_that_comes_back_aborts_the_payment_it_left_behind(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    first = lanes()
    outcome = first.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    second = lanes()
    assert isinstance(outcome.result(60), Unknown)
    assert not terminal.control("state", {})["waiting"]
    settled = second.do(lambda driver: driver.enquire(SALE, 1))
    assert settled == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)


def test_a_card_tapped_after_the_lane_went_away_is_found(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    first = lanes()
    outcome = first.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("unplug", {})
    assert isinstance(outcome.result(60), Unknown)
    terminal.control("tap", {})
    terminal.control("plug", {})
    assert isinstance(lanes().do(lambda driver: driver.enquire(SALE, 1)), Approved)
