"""Headquarters' side of gift cards and credits: each request counts once, and no account goes below zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.domain.tender.kinds import Instrument
from kiosk.domain.tender.offline import SnapshotBalance, snapshot
from kiosk.domain.tender.status import Happened, Impossible, PaymentEvent, PaymentState, PaymentStatus, after
from kiosk.domain.tender.stored_value import (
    Denied,
    Done,
    Holding,
    Operation,
    Request,
    Why,
    activations,
    apply,
)
from tests.domain.tender.paying import by_card, due

TODAY = "2026-11-22"
CARD = Holding(instrument=Instrument.GIFT_CARD, currency="EUR", balance=1000)
ISSUE = Request(
    request="I", operation=Operation.ISSUE, instrument=Instrument.GIFT_CARD, account="a", value=1000, currency="EUR"
)


def ask(request: str, operation: Operation, value: int = 0, reverses: str = "") -> Request:
    return replace(ISSUE, request=request, operation=operation, value=value, reverses=reverses)


def told(holding: Holding | None, *requests: Request) -> tuple[Holding | None, list[object]]:
    """The account after all of them, and what was moved or why not."""
    said: list[object] = []
    for request in requests:
        holding, answer = apply(holding, request, TODAY, 5000)
        said.append(answer.value if isinstance(answer, Done) else answer.why)
    return holding, said


def test_a_card_is_issued_topped_up_redeemed_and_taken_back() -> None:
    holding, said = told(
        None,
        ask("B", Operation.BALANCE),
        ISSUE,
        ask("T", Operation.TOP_UP, 500),
        ask("R", Operation.REDEEM, 1800),
        ask("R2", Operation.REDEEM, 1),
        ask("V", Operation.REVERSE, reverses="R"),
        ask("V2", Operation.REVERSE, reverses="R"),
        ask("V3", Operation.REVERSE, reverses="V"),
        ask("B2", Operation.BALANCE),
        ask("E", Operation.EXPIRE),
    )
    assert said == [
        Why.UNKNOWN_ACCOUNT,
        1000,
        500,
        1500,
        Why.EMPTY,
        1500,
        Why.NOTHING_TO_REVERSE,
        Why.NOTHING_TO_REVERSE,
        0,
        1500,
    ]
    assert holding
    assert holding.balance == 0


def test_a_request_told_twice_counts_once() -> None:
    redeem = ask("R", Operation.REDEEM, 300)
    holding, said = told(None, ISSUE, ISSUE, redeem, redeem, replace(redeem, value=400))
    assert said == [1000, 1000, 300, 300, Why.SAME_REQUEST]
    assert holding
    assert holding.balance == 700


@pytest.mark.parametrize(
    ("holding", "request_", "why"),
    [
        (CARD, replace(ISSUE, request="I2"), Why.EXISTS),
        (None, replace(ISSUE, value=5001), Why.TOO_MUCH),
        (None, replace(ISSUE, value=0), Why.NO_VALUE),
        (CARD, ask("T", Operation.TOP_UP, 4001), Why.TOO_MUCH),
        (CARD, ask("T", Operation.TOP_UP), Why.NO_VALUE),
        (CARD, ask("R", Operation.REDEEM), Why.NO_VALUE),
        (CARD, replace(ask("R", Operation.REDEEM, 1), instrument=Instrument.VOUCHER), Why.UNKNOWN_ACCOUNT),
        (CARD, replace(ask("R", Operation.REDEEM, 1), currency="USD"), Why.CURRENCY),
        (CARD, replace(ask("R", Operation.REDEEM, 1001), whole=True), Why.TOO_MUCH),
        (replace(CARD, blocked=True), ask("R", Operation.REDEEM, 1), Why.BLOCKED),
        (replace(CARD, valid_until="2026-11-21"), ask("R", Operation.REDEEM, 1), Why.EXPIRED),
    ],
)
def test_what_is_not_possible_changes_nothing(holding: Holding | None, request_: Request, why: Why) -> None:
    after_it, answer = apply(holding, request_, TODAY, 5000)
    assert (after_it, answer) == (holding, Denied(request=request_.request, why=why))


def test_a_card_that_was_spent_cannot_be_taken_back() -> None:
    _, said = told(None, ISSUE, ask("R", Operation.REDEEM, 1), ask("V", Operation.REVERSE, reverses="I"))
    assert said[-1] is Why.TOO_MUCH


REQUESTS = st.lists(
    st.builds(
        ask,
        st.sampled_from("ABCDEFGH"),
        st.sampled_from(tuple(Operation)),
        st.integers(0, 3000),
        st.sampled_from("ABCDEFGH"),
    ),
    max_size=25,
)


@given(REQUESTS)
def test_a_balance_is_the_sum_of_what_was_moved_once_each(requests: list[Request]) -> None:
    holding: Holding | None = None
    first: dict[str, tuple[Request, int]] = {}
    for request in requests:
        before = holding.balance if holding else 0
        holding, answer = apply(holding, request, TODAY, 5000)
        change = (holding.balance if holding else 0) - before
        if isinstance(answer, Denied):
            assert change == 0
        elif request.request in first:
            assert (request, change, answer.value) == (first[request.request][0], 0, abs(first[request.request][1]))
        elif request.operation is not Operation.BALANCE:
            first[request.request] = (request, change)
            assert abs(change) == answer.value
        if holding:
            assert holding.balance == sum(change for _, change in first.values()) >= 0
    undone = [request.reverses for request, _ in first.values() if request.operation is Operation.REVERSE]
    assert len(undone) == len(set(undone))


def test_cards_sold_are_activated_only_once_they_are_paid() -> None:
    part = by_card(due(1000), 400)
    assert activations(part, (ISSUE,)) == ()
    assert activations(by_card(part), (ISSUE,)) == (ISSUE,)


def test_a_snapshot_tells_no_more_than_its_cap() -> None:
    balances = {
        "a": SnapshotBalance(instrument=Instrument.GIFT_CARD, value=9_000),
        "b": SnapshotBalance(instrument=Instrument.GIFT_CARD, value=20),
        "c": SnapshotBalance(instrument=Instrument.GIFT_CARD, value=500, blocked=True),
    }
    made = snapshot("2026-11-22T06:00:00Z", "EUR", 5_000, balances, {"S1/07/e": 12})
    assert {account: one.value for account, one in made.balances.items()} == {"a": 5_000, "b": 20, "c": 0}
    assert (made.balances["c"].blocked, made.booked) == (True, {"S1/07/e": 12})


def event(name: str, what: Happened, amount: int) -> PaymentEvent:
    return PaymentEvent(event=name, what=what, amount_minor=amount)


def test_the_life_of_a_payment() -> None:
    status = PaymentStatus(attempt="A-1")
    seen = [status.state]
    for name, what, amount in (
        ("1", Happened.AUTHORISED, 1000),
        ("2", Happened.CAPTURED, 900),
        ("3", Happened.REFUNDED, 300),
        ("3", Happened.REFUNDED, 300),
        ("4", Happened.CHARGED_BACK, 600),
        ("5", Happened.CHARGE_BACK_WON, 600),
        ("6", Happened.REFUNDED, 600),
    ):
        changed = after(status, event(name, what, amount))
        assert isinstance(changed, PaymentStatus)
        status = changed
        seen.append(status.state)
    assert seen == [
        PaymentState.NONE,
        PaymentState.AUTHORISED,
        PaymentState.CAPTURED,
        PaymentState.PARTLY_REFUNDED,
        PaymentState.PARTLY_REFUNDED,
        PaymentState.CHARGED_BACK,
        PaymentState.PARTLY_REFUNDED,
        PaymentState.REFUNDED,
    ]
    voided = after(PaymentStatus(attempt="A-2", authorised_minor=5), event("v", Happened.VOIDED, 5))
    assert isinstance(voided, PaymentStatus)
    assert voided.state is PaymentState.VOIDED


EVENTS = st.lists(
    st.builds(event, st.sampled_from("abcdefghijklmnopqrst"), st.sampled_from(tuple(Happened)), st.integers(-1, 6)),
    max_size=20,
)


@given(EVENTS)
def test_never_more_goes_back_than_was_captured(events: list[PaymentEvent]) -> None:
    status = PaymentStatus(attempt="A-1")
    for one in events:
        changed = after(status, one)
        if isinstance(changed, Impossible):
            assert changed.detail
            continue
        status = changed
        assert 0 <= status.refundable_minor <= status.captured_minor <= status.authorised_minor
        assert status.charged_back_minor >= 0
        assert not (status.voided and status.captured_minor)
