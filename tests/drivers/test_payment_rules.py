"""What a dialogue means for money: each line of the rules, and that no dialogue is taken for more than it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.payment import zvt_rules as rules
from drivers.payment.interface import (
    Approved,
    Declined,
    DeclineReason,
    NotReversed,
    PaymentRequest,
    Reversed,
    Unknown,
)
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_records import (
    Abort,
    Ack,
    Completion,
    IntermediateStatus,
    Nack,
    Other,
    Record,
    StatusInformation,
)

REQUEST = PaymentRequest("sale-1", 1234, "EUR")
GOOD = StatusInformation(result_code=0, amount_minor=1234, receipt_number=7, trace_number=70, terminal_id="52001234")


def said(*records: Record, broken: str = "") -> Dialogue:
    dialogue = Dialogue()
    for record in records:
        dialogue.take(record)
    dialogue.broken = dialogue.broken or broken
    return dialogue


def charged(*records: Record, broken: str = "") -> Approved | Declined | Unknown:
    return rules.charged(said(*records, broken=broken), REQUEST, "terminal", "")


def test_result_and_completion_together_are_an_approval() -> None:
    outcome = charged(Ack(), IntermediateStatus(0x0A), GOOD, Completion())
    assert isinstance(outcome, Approved)
    assert (outcome.amount_minor, outcome.card.receipt_number, outcome.card.terminal_id) == (1234, 7, "52001234")


def test_a_result_said_twice_is_one_approval() -> None:
    assert isinstance(charged(Ack(), GOOD, GOOD, Completion()), Approved)
    assert isinstance(charged(Ack(), GOOD, Completion(), GOOD, Completion()), Approved)


@pytest.mark.parametrize(
    ("records", "reason", "code"),
    [
        ((Nack(0x9C),), DeclineReason.UNAVAILABLE, "9C"),
        ((Ack(), Abort(0x6C)), DeclineReason.CANCELLED, "6C"),
        ((Ack(), StatusInformation(result_code=0x05), Abort(0x05)), DeclineReason.DECLINED, "05"),
        ((Ack(), StatusInformation(result_code=0x6C), Completion()), DeclineReason.CANCELLED, "6C"),
        ((Ack(), Abort(0xA1)), DeclineReason.TIMED_OUT, "A1"),
        ((Ack(), Abort(0x6B)), DeclineReason.UNAVAILABLE, "6B"),
        ((Ack(), Abort(None)), DeclineReason.DECLINED, ""),
    ],
)
def test_a_clear_no_is_declined(records: tuple[Record, ...], reason: DeclineReason, code: str) -> None:
    assert charged(*records) == Declined("terminal", "sale-1", reason, code)


def test_when_we_lost_patience_and_the_terminal_agreed_it_timed_out() -> None:
    dialogue = said(Ack(), Abort(0x6C))
    dialogue.timed_out = True
    assert rules.charged(dialogue, REQUEST, "terminal", "") == Declined(
        "terminal", "sale-1", DeclineReason.TIMED_OUT, "6C"
    )


@pytest.mark.parametrize(
    "records",
    [
        (),
        (Ack(),),
        (Ack(), IntermediateStatus(0x0A)),
        (Ack(), GOOD),
        (Ack(), GOOD, Abort(0x6C)),
        (Ack(), Completion()),
        (Ack(), StatusInformation(), Completion()),
        (Ack(), StatusInformation(result_code=5), GOOD, Completion()),
        (Ack(), GOOD, StatusInformation(result_code=5), Abort(5)),
        (Ack(), StatusInformation(result_code=0, amount_minor=1), Completion()),
        (Ack(), Nack(0x9C)),
        (Ack(), Abort(0x00)),
        (Ack(), StatusInformation(result_code=5)),
        (GOOD, Completion()),
        (Abort(0x6C),),
        (Completion(), Ack(), GOOD),
        (Nack(0x9C), Ack(), GOOD),
        (Nack(0x9C), Ack()),
        (Ack(), Abort(0x6C), GOOD),
        (Ack(), Abort(0x6C), GOOD, Completion()),
        (Ack(), GOOD, Completion(), Abort(0x6C)),
    ],
)
def test_anything_short_of_that_is_unknown(records: tuple[Record, ...]) -> None:
    assert isinstance(charged(*records), Unknown)


def test_a_lost_connection_is_unknown_and_says_so() -> None:
    assert charged(Ack(), GOOD, broken="It was lost.") == Unknown("terminal", "sale-1", "It was lost.")


RECORDS = st.one_of(
    st.just(Ack()),
    st.just(Completion()),
    st.just(GOOD),
    st.builds(Nack, st.integers(0, 255)),
    st.builds(Abort, st.none() | st.integers(0, 255)),
    st.builds(
        StatusInformation,
        st.none() | st.sampled_from([0, 5, 0x6C, 0xB4]),
        st.none() | st.sampled_from([1234, 5]),
        st.none() | st.integers(0, 9999),
    ),
    st.builds(IntermediateStatus, st.integers(0, 255)),
    st.just(Other(0x06D1)),
)


@given(st.lists(RECORDS, max_size=8))
def test_no_dialogue_whatever_is_approved_without_result_and_completion(records: list[Record]) -> None:
    dialogue = said(*records)
    outcome = rules.charged(dialogue, REQUEST, "terminal", "")
    approvals = [record for record in records if isinstance(record, StatusInformation) and record.result_code == 0]
    if isinstance(outcome, Approved):
        assert approvals
        assert isinstance(dialogue.ended, Completion)
        assert outcome.amount_minor == REQUEST.amount_minor
    if isinstance(outcome, Declined):
        assert not [status for status in dialogue.statuses if status.result_code == 0]
        assert dialogue.refused is None or not dialogue.begun


@given(st.lists(RECORDS, max_size=8))
def test_no_dialogue_whatever_is_reversed_without_the_terminals_word(records: list[Record]) -> None:
    outcome = rules.taken_back(said(*records), REQUEST, "terminal")
    if isinstance(outcome, Reversed):
        codes = {record.result_code for record in records if isinstance(record, StatusInformation)}
        codes |= {record.code for record in records if isinstance(record, Nack | Abort)}
        assert codes & {0, rules.ALREADY_REVERSED}


def settled(last: rules.LastTransaction, before: int | None) -> object:
    outcome = rules.settle(last, REQUEST, before, "terminal")
    return outcome.reason if isinstance(outcome, Declined) else type(outcome)


@pytest.mark.parametrize(
    ("last", "before", "outcome"),
    [
        (GOOD, 6, Approved),
        (GOOD, 0, Approved),
        (GOOD, 9999, Approved),
        (GOOD, 7, DeclineReason.NOT_CHARGED),
        (rules.NoTransaction(), 0, DeclineReason.NOT_CHARGED),
        (rules.NoTransaction(), None, DeclineReason.NOT_CHARGED),
        (rules.NoTransaction(), 7, Unknown),
        (rules.NotKnown("busy"), 6, Unknown),
        (GOOD, None, Unknown),
        (GOOD, 8, Unknown),
        (StatusInformation(0, 1235, 7), 6, Unknown),
        (StatusInformation(0, None, 7), 6, Unknown),
        (StatusInformation(0, 1234, None), 6, Unknown),
        (StatusInformation(5, 1234, 7), 6, Unknown),
        (StatusInformation(None, 1234, 7), 6, Unknown),
        (StatusInformation(0, 1234, 7, 70, original_trace=69), 6, Unknown),
    ],
)
def test_what_the_last_transaction_says_of_a_payment_in_doubt(
    last: rules.LastTransaction, before: int | None, outcome: object
) -> None:
    assert settled(last, before) == outcome


def test_no_transaction_is_believed_only_of_a_terminal_that_took_the_question_on() -> None:
    assert rules.last_transaction(said(Ack(), Abort(0x83))) == rules.NoTransaction()
    assert isinstance(rules.last_transaction(said(Nack(0x83))), rules.NotKnown)
    assert isinstance(rules.last_transaction(said(Ack(), Abort(0x9C))), rules.NotKnown)
    assert isinstance(rules.last_transaction(said(Ack(), Completion())), rules.NotKnown)
    assert isinstance(rules.last_transaction(said(Ack(), GOOD)), rules.NotKnown)
    assert rules.last_transaction(said(Ack(), GOOD, Completion())) == GOOD


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ((Ack(), GOOD, Completion()), ""),
        ((Ack(), Abort(0xB4)), ""),
        ((Ack(), StatusInformation(result_code=0xB4), Abort(0xB4)), ""),
        ((Ack(), Abort(0xB5)), "refused the reversal (code B5)"),
        ((Nack(0x83),), "refused the reversal (code 83)"),
        ((Ack(), StatusInformation(0, 99), Completion()), "another amount"),
        ((Ack(), GOOD), "not known"),
        ((Ack(), GOOD, Abort(0x6C)), "not known"),
        ((Ack(), Completion()), "not known"),
        ((), "not known"),
    ],
)
def test_a_reversal_counts_only_by_the_terminals_word(records: tuple[Record, ...], expected: str) -> None:
    outcome = rules.taken_back(said(*records), REQUEST, "terminal")
    if expected:
        assert isinstance(outcome, NotReversed)
        assert expected in outcome.reason
    else:
        assert outcome == Reversed("terminal", "sale-1")


def test_what_the_shopper_is_shown() -> None:
    shown = [rules.step_of(code) for code in (0x0A, 0x01, 0x4E, 0x0B, 0x04, 0xE0, 0x0E, 0x99)]
    assert shown == [
        "insert_card",
        "enter_pin",
        "remove_card",
        "remove_card",
        "processing",
        "follow_terminal",
        "wait",
        "wait",
    ]
