"""What a ZVT terminal does besides charging, its own words on the screen and on paper, and that no card is in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from drivers.device import HealthLevel, Slip
from drivers.payment.interface import (
    Approved,
    CardTotal,
    DayEnded,
    DayNotEnded,
    Declined,
    DeclineReason,
    NotRefunded,
    PaymentProgress,
    PaymentRequest,
    ReceiptKind,
    Refunded,
    Unknown,
)
from drivers.payment.simulated import SimulatedZvtTerminal
from drivers.payment.simulated_answers import EXPIRY, TERMINAL_ID, TEST_CARD
from drivers.payment.zvt_texts import LANGUAGES, result_text, status_text
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
)

BACK = PaymentRequest("return-1", 500, "EUR")


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


def refund(lane: Lane, terminal: SimulatedZvtTerminal, action: str) -> object:
    outcome = lane.go(lambda driver: driver.refund(BACK))
    asked(terminal)
    terminal.control(action, {})
    return outcome.result(60)


def refunds(terminal: SimulatedZvtTerminal) -> object:
    return terminal.control("state", {})["refunds"]


def test_money_is_paid_out_once(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = refund(lane, terminal, "tap")
    assert isinstance(outcome, Refunded)
    assert (outcome.amount_minor, outcome.card.masked_pan) == (500, "•••• 1111")
    assert lane.do(lambda driver: driver.refund(BACK)) == outcome
    assert refunds(terminal) == [500]
    assert charges(terminal) == []
    assert received(terminal, "0631") == 1


def test_a_refund_is_refused_and_says_so(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert refund(lane, terminal, "decline") == NotRefunded("terminal", "return-1", DeclineReason.DECLINED, "05")
    wrong = lane.do(lambda driver: driver.refund(PaymentRequest("return-2", 500, "CHF")))
    assert wrong == NotRefunded("terminal", "return-2", DeclineReason.UNAVAILABLE, "6F")
    assert refunds(terminal) == []
    assert received(terminal, "0631") == 1


def test_a_refund_whose_answer_was_lost_is_unknown_and_never_tried_again(
    lane: Lane, terminal: SimulatedZvtTerminal
) -> None:
    assert isinstance(refund(lane, terminal, "lose_answer"), Unknown)
    lane.do(lambda driver: driver.open())
    assert isinstance(lane.do(lambda driver: driver.refund(BACK)), Unknown)
    assert refunds(terminal) == [500]
    assert received(terminal, "0631") == 1


def test_a_refund_in_doubt_is_not_taken_for_a_charge(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("charge", {"amount_minor": 500})
    lane.do(lambda driver: driver.open())
    charge = PaymentRequest("sale-3", 500, "EUR")
    assert isinstance(pay(lane, terminal, "drop_before_charge", charge), Unknown)
    lane.do(lambda driver: driver.open())
    assert isinstance(refund(lane, terminal, "lose_answer"), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(charge, 1)), Unknown)


def test_the_day_is_closed_with_its_totals(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    closed = lane.do(lambda driver: driver.end_of_day("day-1"))
    assert closed == DayEnded("terminal", "day-1", 2468, 1, 2, (CardTotal("Visa", 2, 2468),))
    assert lane.do(lambda driver: driver.end_of_day("day-2")) == DayEnded("terminal", "day-2")
    assert charges(terminal) == [(1234, "charged")] * 2


def test_a_day_that_was_not_closed_says_why(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("fail_next", {"code": 0x77})
    refused = lane.do(lambda driver: driver.end_of_day("day-1"))
    assert isinstance(refused, DayNotEnded)
    assert (refused.code, "end of day not possible" in refused.reason) == ("77", True)
    terminal.control("lose_answer", {})
    lost = lane.do(lambda driver: driver.end_of_day("day-2"))
    assert isinstance(lost, DayNotEnded)
    assert lost.reason.startswith("It is not known whether the day is closed.")


def test_diagnosis_initialisation_and_the_last_receipt(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    lane = lanes(receipts="terminal")
    diagnosis = lane.do(lambda driver: driver.diagnose("d1"))
    assert (diagnosis.passed, diagnosis.request, diagnosis.receipts[0].lines) == (True, "d1", ("Diagnose erfolgreich",))
    assert lane.do(lambda driver: driver.initialise("i1")).passed
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    again = lane.do(lambda driver: driver.last_receipt("r1"))
    assert again.passed
    assert again.receipts[0].lines[0] == "** Kundenbeleg **"
    terminal.control("fail_next", {"code": 0xA3})
    failed = lane.do(lambda driver: driver.diagnose("d2"))
    assert (failed.passed, failed.text) == (False, "The terminal says: no connection (code A3).")
    assert received(terminal, "0601") == 1


def test_a_silent_terminal_is_not_well(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    lane = lanes(answer_timeout_s=0.3)
    terminal.control("silent", {})
    found = lane.do(lambda driver: driver.diagnose("d1"))
    assert (found.passed, found.text) == (False, "The terminal did not answer in time.")
    assert lane.all(Slip) == [Slip.TIMEOUT]


def test_health_is_told_in_words(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert TERMINAL_ID in lane.do(lambda driver: driver.check_health(HealthLevel.INTERNAL)).text
    terminal.control("fail_next", {"code": 0xC2})
    found = lane.do(lambda driver: driver.check_health(HealthLevel.INTERACTIVE))
    assert (found.passed, "diagnosis required" in found.text, bool(found.remedy)) == (False, True, True)


@pytest.mark.parametrize("tlv", [False, True])
def test_receipts_worded_by_the_terminal_come_with_the_outcome_and_without_the_card(
    lanes: Lanes, terminal: SimulatedZvtTerminal, caplog: pytest.LogCaptureFixture, tlv: bool
) -> None:
    lane = lanes(receipts="terminal", tlv=tlv)
    with caplog.at_level(logging.DEBUG):
        outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    (receipt,) = outcome.receipts
    assert receipt.kind is (ReceiptKind.CUSTOMER if tlv else ReceiptKind.UNNAMED)
    assert receipt.lines == (
        "** Kundenbeleg **",
        f"Terminal {TERMINAL_ID}",
        "Karte ************1111",
        "EUR 12,34",
    )
    for secret in (TEST_CARD, TEST_CARD[:6], EXPIRY):
        assert secret not in caplog.text + repr(lane.heard) + repr(outcome)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("de", ["Bitte Karte einstecken oder vorhalten", "Antwort der Bank wird erwartet"]),
        ("en", ["Please insert or tap your card", "Waiting for the bank"]),
    ],
)
def test_the_screen_says_what_the_terminal_waits_for(
    lanes: Lanes, terminal: SimulatedZvtTerminal, language: str, texts: list[str]
) -> None:
    lane = lanes(language=language)
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    assert [progress.text for progress in lane.all(PaymentProgress)] == texts


def test_the_terminals_own_words_come_first(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("say", {"hex": "04ff1e0a01061a24180716426974746520 4b617274652065696e737465636b656e"})
    terminal.control("tap", {})
    assert isinstance(outcome.result(60), Approved)
    assert PaymentProgress("terminal", "sale-1", "insert_card", "Bitte Karte einstecken") in lane.heard


def test_every_status_has_words_in_every_language() -> None:
    codes = [code for code in range(256) if status_text(code, "en")]
    assert len(codes) > 80
    for language in LANGUAGES:
        assert [code for code in range(256) if status_text(code, language)] == codes
    assert status_text(0x4B, "en") == "Please remove your card"
    assert status_text(0x4C, "de") == "Karte nicht lesbar. Bitte Karte entnehmen"
    assert status_text(0x99, "de") == ""
    assert (result_text(0x6C), result_text(0x05)) == (
        "stopped, by time-out or by the abort key",
        "declined by the network",
    )


@pytest.mark.parametrize("action", ["fail_next", "fail_always"])
def test_a_terminal_that_is_told_to_fail_fails(lane: Lane, terminal: SimulatedZvtTerminal, action: str) -> None:
    terminal.control(action, {"code": 0x6D})
    assert pay(lane, terminal, "tap") == Declined("terminal", "sale-1", DeclineReason.DECLINED, "6D")
    second = pay(lane, terminal, "tap", OTHER)
    assert isinstance(second, Approved if action == "fail_next" else Declined)


def test_a_slow_terminal_is_waited_for(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("slow", {"ms": 30})
    assert isinstance(pay(lane, terminal, "tap"), Approved)


@pytest.mark.parametrize("fault", ["half", "garbage"])
def test_a_damaged_answer_is_unknown_and_found_by_asking(
    lanes: Lanes, terminal: SimulatedZvtTerminal, fault: str
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes(**HASTY)
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control(fault, {})
    terminal.control("tap", {})
    assert isinstance(outcome.result(60), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, 1)), Approved)
    assert received(terminal, "0601") == 1


def test_another_amount_than_asked_for_is_unknown(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = pay(lane, terminal, "wrong_amount")
    assert outcome == Unknown("terminal", "sale-1", "The terminal approved another amount than it was asked for.")


def test_the_lane_logs_off_only_where_it_is_told_to(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    for wanted in (False, True):
        lane = lanes(log_off_at_close=wanted)
        lane.do(lambda driver: driver.close())
    lanes()
    assert received(terminal, "0602") == 1
