"""The ZVT driver against the simulated terminal over real TCP: every way a payment can end, and that money is safe."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from drivers.payment.interface import (
    Approved,
    Declined,
    DeclineReason,
    NotReversed,
    PaymentProgress,
    PaymentRequest,
    Reversed,
    Unknown,
)
from drivers.payment.simulated import SimulatedZvtTerminal
from drivers.payment.simulated_answers import EXPIRY, TEST_CARD
from tests.drivers.zvt_bench import (
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


def test_a_card_is_charged_once(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    assert (outcome.reference, outcome.amount_minor, outcome.card.receipt_number) == ("sale-1", 1234, 1)
    assert outcome.card.masked_pan == "•••• 1111"
    assert outcome.card.card_name == "VISA TEST"
    assert outcome.card.authorisation_code == "715691"
    assert charges(terminal) == [(1234, "charged")]
    assert terminal.control("state", {})["authorisations"] == 1
    assert [progress.step for progress in lane.all(PaymentProgress)] == ["insert_card", "processing"]
    assert lane.last_receipt_number == 1


@pytest.mark.parametrize("switch", ["duplicate", "split"])
def test_an_odd_terminal_charges_once_all_the_same(lane: Lane, terminal: SimulatedZvtTerminal, switch: str) -> None:
    terminal.control(switch, {"on": True})
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    assert charges(terminal) == [(1234, "charged")] * 2


@pytest.mark.parametrize(
    ("action", "reason", "code"),
    [("decline", DeclineReason.DECLINED, "05"), ("cancel", DeclineReason.CANCELLED, "6C")],
)
def test_a_clear_no_charges_nothing(
    lane: Lane, terminal: SimulatedZvtTerminal, action: str, reason: DeclineReason, code: str
) -> None:
    assert pay(lane, terminal, action) == Declined("terminal", "sale-1", reason, code)
    assert charges(terminal) == []
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_we_abort_from_another_thread(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    lane.driver.abort()
    assert outcome.result(60) == Declined("terminal", "sale-1", DeclineReason.CANCELLED, "6C")
    assert charges(terminal) == []
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_an_abort_with_nothing_running_aborts_nothing_later(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    lane.driver.abort()
    assert isinstance(pay(lane, terminal, "tap"), Approved)


def test_an_abort_that_comes_too_late_does_not_undo_the_charge(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("answer_late", {})
    lane.driver.abort()
    until(lambda: received(terminal, "06B0") == 1)
    terminal.control("answer", {})
    assert isinstance(outcome.result(60), Approved)
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_a_shopper_who_never_comes_times_out(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    lane = lanes(card_timeout_s=0.1)
    outcome = lane.do(lambda driver: driver.authorise(SALE))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.TIMED_OUT, "6C")
    assert not terminal.control("state", {})["waiting"]


def test_a_charge_is_taken_back(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    number = outcome.card.receipt_number
    assert lane.do(lambda driver: driver.reverse(SALE, number)) == Reversed("terminal", "sale-1")
    assert charges(terminal) == [(1234, "reversed")]
    assert lane.last_receipt_number == 2
    assert lane.do(lambda driver: driver.reverse(SALE, number)) == Reversed("terminal", "sale-1")
    assert charges(terminal) == [(1234, "reversed")]
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)


def test_a_reversal_is_refused_or_of_unknown_end_and_says_which(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    refused = lane.do(lambda driver: driver.reverse(SALE, 99))
    assert isinstance(refused, NotReversed)
    assert "B5" in refused.reason
    assert isinstance(lane.do(lambda driver: driver.reverse(SALE, 0)), NotReversed)
    terminal.control("lose_answer", {})
    lost = lane.do(lambda driver: driver.reverse(SALE, 1))
    assert isinstance(lost, NotReversed)
    assert "not known" in lost.reason
    unplugged = lane.do(lambda driver: driver.reverse(SALE, 1))
    assert isinstance(unplugged, NotReversed)
    assert "was not asked" in unplugged.reason


def test_nothing_is_sent_for_a_wrong_currency_or_amount(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    for request in (
        PaymentRequest("a", 100, "CHF"),
        PaymentRequest("b", 0, "EUR"),
        PaymentRequest("c", 10**12, "EUR"),
    ):
        outcome = lane.do(lambda driver, request=request: driver.authorise(request))  # type: ignore[misc] # bound now
        assert isinstance(outcome, Declined)
        assert outcome.reason is DeclineReason.UNAVAILABLE
    assert received(terminal, "0601") == 0


def test_no_card_data_in_any_log_or_record(
    lane: Lane, terminal: SimulatedZvtTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert isinstance(pay(lane, terminal, "tap"), Approved)
        assert isinstance(pay(lane, terminal, "lose_answer", OTHER), Unknown)
        assert isinstance(lane.do(lambda driver: driver.enquire(OTHER, 1)), Approved)
    told = caplog.text + repr(lane.heard)
    assert "payment.concluded" in told
    for secret in (TEST_CARD, TEST_CARD[:6], TEST_CARD[-8:], EXPIRY, "000000"):
        assert secret not in told


@pytest.mark.parametrize(("mode", "kind"), [("approve", Approved), ("decline", Declined)])
def test_a_terminal_on_its_own(lane: Lane, terminal: SimulatedZvtTerminal, mode: str, kind: type[object]) -> None:
    terminal.control("auto", {"mode": mode})
    assert isinstance(lane.do(lambda driver: driver.authorise(SALE)), kind)
