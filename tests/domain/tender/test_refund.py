"""Money goes back the way it came, never more than came that way; the rest is store credit that somebody looks into."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.outcome import Approved, Circumstances, Declined, InDoubt, Reason, Refused
from kiosk.domain.tender.records import CardFacts
from kiosk.domain.tender.refund import begin_refund, proceed, refunded
from kiosk.domain.tender.refund_records import Original, Refund, Refunding, RefundStep
from kiosk.domain.tender.rules import KindRules, TenderPolicy
from tests.domain.tender.paying import ALONE, KINDS, OFFLINE, POLICY, STAFFED

CARD = Original(kind=TenderKind.CARD, reference="A-1", paid_minor=1000)
GIFT = Original(kind=TenderKind.GIFT_CARD, reference="aa" * 32, paid_minor=500)
CASH = Original(kind=TenderKind.CASH, reference="", paid_minor=505)
VOUCHER = Original(kind=TenderKind.VOUCHER, reference="bb" * 32, paid_minor=300)
POINTS = Original(kind=TenderKind.POINTS, reference="M1", paid_minor=100, points=200)


def begun(
    amount: int, *originals: Original, policy: TenderPolicy = POLICY, around: Circumstances = STAFFED
) -> RefundStep:
    step = begin_refund(Refund(name="R-1", amount_minor=amount, currency="EUR", originals=originals), policy, around)
    assert isinstance(step, RefundStep), step
    return step


def finished(step: RefundStep) -> tuple[Refunding, list[str]]:
    """Everything asked for is given."""
    codes = [trouble.code for trouble in step.troubles]
    while step.ask:
        step = refunded(step.refunding, Approved(attempt=step.ask.attempt, amount_minor=step.ask.amount_minor))
        codes += [trouble.code for trouble in step.troubles]
    assert step.refunding.finished
    return step.refunding, codes


def ways(refunding: Refunding) -> list[tuple[TenderKind, int]]:
    return [(one.part.kind, one.amount_minor) for one in refunding.given]


def test_the_card_first_then_the_gift_card() -> None:
    refunding, codes = finished(begun(1200, GIFT, CARD))
    assert ways(refunding) == [(TenderKind.CARD, 1000), (TenderKind.GIFT_CARD, 200)]
    assert codes == []
    assert [one.part.attempt for one in refunding.given] == ["R-1-1", "R-1-2"]


def test_what_went_back_before_counts() -> None:
    before = replace(CARD, refunded_minor=800)
    refunding, _ = finished(begun(300, GIFT, before))
    assert ways(refunding) == [(TenderKind.CARD, 200), (TenderKind.GIFT_CARD, 100)]
    refused = begin_refund(
        Refund(name="R-1", amount_minor=701, currency="EUR", originals=(GIFT, before)), POLICY, STAFFED
    )
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.limit_minor) == (Reason.MORE_THAN_PAID, 700)


def test_a_card_that_is_gone_becomes_store_credit_and_an_exception() -> None:
    step = begun(1000, CARD)
    assert step.ask
    assert step.ask.original == CARD
    step = refunded(step.refunding, Declined(attempt=step.ask.attempt, reason="card closed"))
    assert [trouble.code for trouble in step.troubles] == ["refund.not_to_original"]
    assert step.troubles[0].owner == "finance"
    assert step.ask
    assert (step.ask.kind, step.ask.amount_minor, step.ask.original) == (TenderKind.STORE_CREDIT, 1000, None)
    assert step.ask.attempt == "R-1-2"


def test_a_refund_in_doubt_is_not_asked_for_again() -> None:
    step = begun(1000, CARD)
    assert step.ask
    doubt = refunded(step.refunding, InDoubt(attempt=step.ask.attempt))
    assert (doubt.ask, doubt.refunding.in_doubt, doubt.refunding.pending) == (None, True, step.ask)
    assert refunded(doubt.refunding, Approved(attempt="another", amount_minor=1000)).refunding == doubt.refunding
    facts = CardFacts(terminal_id="T1", receipt_number=9)
    done = refunded(doubt.refunding, Approved(attempt=step.ask.attempt, amount_minor=1000, card=facts)).refunding
    assert (done.finished, done.in_doubt, done.given[0].card) == (True, False, facts)


def test_a_refund_in_part_leaves_the_rest_as_credit() -> None:
    step = begun(1000, CARD)
    assert step.ask
    step = refunded(step.refunding, Approved(attempt=step.ask.attempt, amount_minor=400))
    assert step.ask
    assert (step.ask.kind, step.ask.amount_minor) == (TenderKind.STORE_CREDIT, 600)
    assert [trouble.code for trouble in step.troubles] == ["refund.not_to_original"]


def test_cash_that_goes_back_in_small_coins_settles_what_it_comes_to() -> None:
    step = begun(503, CASH)
    assert step.ask
    step = refunded(step.refunding, Approved(attempt=step.ask.attempt, amount_minor=504))
    assert (step.ask, step.troubles, step.refunding.rounding_minor) == (None, (), 1)
    assert step.refunding.finished


def test_a_terminal_that_gave_too_much_back_is_for_finance() -> None:
    step = begun(1000, CARD)
    assert step.ask
    step = refunded(step.refunding, Approved(attempt=step.ask.attempt, amount_minor=1100))
    assert [trouble.code for trouble in step.troubles] == ["refund.too_much"]
    assert step.refunding.finished


def test_cash_goes_back_in_coins_and_only_with_staff() -> None:
    refunding, codes = finished(begun(503, CASH))
    assert (ways(refunding), refunding.rounding_minor, codes) == ([(TenderKind.CASH, 505)], 2, [])
    alone, codes = finished(begun(503, CASH, around=ALONE))
    assert (ways(alone), codes) == ([(TenderKind.STORE_CREDIT, 503)], ["refund.not_to_original"])
    capped, codes = finished(begun(503, CASH, policy=replace(POLICY, refund_cash_max_minor=200)))
    assert ways(capped) == [(TenderKind.CASH, 200), (TenderKind.STORE_CREDIT, 303)]
    assert codes == ["refund.not_to_original"]


def test_less_than_a_coin_is_credit_without_an_exception() -> None:
    refunding, codes = finished(begun(2, CASH))
    assert (ways(refunding), codes) == ([(TenderKind.STORE_CREDIT, 2)], [])


def test_cash_is_never_rounded_up_to_more_than_was_paid() -> None:
    refunding, _ = finished(begun(503, replace(CASH, paid_minor=503)))
    assert ways(refunding) == [(TenderKind.CASH, 500)]
    assert refunding.rounding_minor == -3


def test_a_voucher_comes_back_as_credit_of_right() -> None:
    refunding, codes = finished(begun(300, VOUCHER))
    assert (ways(refunding), codes) == ([(TenderKind.STORE_CREDIT, 300)], [])


def test_points_come_back_as_points() -> None:
    refunding, codes = finished(begun(51, POINTS))
    assert (ways(refunding), codes) == ([(TenderKind.POINTS, 51)], [])
    assert refunding.given[0].part.points == 102
    coarse = replace(POINTS, points=50)
    refunding, codes = finished(begun(51, coarse))
    assert ways(refunding) == [(TenderKind.POINTS, 50), (TenderKind.STORE_CREDIT, 1)]
    assert refunding.given[0].part.points == 25


def test_offline_refunds_have_a_limit() -> None:
    policy = replace(POLICY, refund_offline_max_minor=700)
    refunding, codes = finished(begun(1500, CARD, GIFT, policy=policy, around=OFFLINE))
    assert ways(refunding) == [(TenderKind.CARD, 700), (TenderKind.STORE_CREDIT, 800)]
    assert codes == ["refund.not_to_original"]
    assert ways(finished(begun(1500, CARD, GIFT, policy=policy))[0])[1] == (TenderKind.GIFT_CARD, 500)


def test_a_kind_that_is_no_longer_taken_becomes_credit() -> None:
    policy = replace(POLICY, kinds={TenderKind.CASH: KindRules()})
    refunding, codes = finished(begun(1000, CARD, policy=policy))
    assert (ways(refunding), codes) == ([(TenderKind.STORE_CREDIT, 1000)], ["refund.not_to_original"])
    online = replace(POLICY, kinds={**KINDS, TenderKind.CARD: KindRules(online_only=True)})
    assert ways(finished(begun(1000, CARD, policy=online, around=OFFLINE))[0]) == [(TenderKind.STORE_CREDIT, 1000)]


def test_goods_without_a_receipt_are_credit_of_right() -> None:
    step = begin_refund(
        Refund(name="R-1", amount_minor=900, currency="EUR", beyond="store_credit", attempts=4), POLICY, STAFFED
    )
    assert isinstance(step, RefundStep)
    assert step.ask
    assert (step.ask.attempt, step.ask.amount_minor, step.troubles) == ("R-1-5", 900, ())


def test_a_credit_that_cannot_be_issued_waits_for_a_person() -> None:
    step = begun(300, VOUCHER)
    assert step.ask
    step = refunded(step.refunding, Declined(attempt=step.ask.attempt, reason="printer"))
    assert (step.ask, [trouble.owner for trouble in step.troubles]) == (None, ["attendant"])
    assert not step.refunding.finished
    again = proceed(step.refunding)
    assert again.ask
    assert again.ask.attempt == "R-1-2"
    assert proceed(again.refunding).ask == again.ask
    assert finished(again)[0].finished


KIND = st.sampled_from(tuple(TenderKind))
ORIGINALS = st.lists(
    st.builds(
        lambda kind, paid, back, points: Original(
            kind=kind, reference="x", paid_minor=paid, refunded_minor=back, points=points * (kind is TenderKind.POINTS)
        ),
        KIND,
        st.integers(0, 2_000),
        st.integers(0, 900),
        st.integers(1, 4_000),
    ),
    max_size=6,
)
ANSWERS = st.lists(
    st.tuples(st.sampled_from(("yes", "part", "nearly", "no", "more", "doubt")), st.integers(1, 99)), max_size=12
)


@pytest.mark.parametrize("beyond", ["refuse", "store_credit"])
@given(
    amount=st.integers(1, 5_000),
    originals=ORIGINALS,
    answers=ANSWERS,
    step_minor=st.sampled_from((1, 5, 10)),
    around=st.sampled_from((STAFFED, ALONE, OFFLINE)),
    cash_max=st.one_of(st.none(), st.integers(0, 500)),
    offline_max=st.one_of(st.none(), st.integers(0, 500)),
)
def test_nothing_goes_back_that_was_not_paid_and_everything_goes_back_that_is_due(
    *,
    beyond: str,
    amount: int,
    originals: list[Original],
    answers: list[tuple[str, int]],
    step_minor: int,
    around: Circumstances,
    cash_max: int | None,
    offline_max: int | None,
) -> None:
    policy = replace(
        POLICY, cash_step_minor=step_minor, refund_cash_max_minor=cash_max, refund_offline_max_minor=offline_max
    )
    refund = msgspec.convert({"name": "R", "amount_minor": amount, "currency": "EUR", "beyond": beyond}, type=Refund)
    step = begin_refund(replace(refund, originals=tuple(originals)), policy, around)
    if isinstance(step, Refused):
        assert beyond == "refuse"
        assert amount > sum(one.left_minor for one in originals)
        return
    asked: list[str] = []
    for word, percent in [*answers, *[("yes", 0)] * 20]:
        check(step, originals, policy, around)
        if step.ask and step.ask.attempt not in asked:
            asked.append(step.ask.attempt)
        pending = step.refunding.pending
        if pending is None:
            step = proceed(step.refunding)
            continue
        step = refunded(step.refunding, said(word, percent, pending.attempt, pending.amount_minor))
    check(step, originals, policy, around)
    assert step.refunding.finished
    assert len(asked) == len(set(asked))


def said(word: str, percent: int, attempt: str, amount: int) -> Approved | Declined | InDoubt:
    match word:
        case "no":
            return Declined(attempt=attempt, reason="no")
        case "doubt":
            return InDoubt(attempt=attempt)
    amounts = {"yes": amount, "part": amount * percent // 100, "more": amount + percent, "nearly": amount - 1}
    return Approved(attempt=attempt, amount_minor=amounts[word])


def check(step: RefundStep, originals: list[Original], policy: TenderPolicy, around: Circumstances) -> None:
    refunding = step.refunding
    assert refunding.given_minor + refunding.remaining_minor == refunding.total_minor + refunding.rounding_minor
    assert refunding.remaining_minor >= 0
    back = [one for one in refunding.given if one.part.original]
    assert sum(1 for _ in back) <= len(originals)
    for original in originals:
        same = [one for one in originals if one == original]
        given = sum(one.amount_minor for one in back if one.part.original == original)
        assert given <= original.left_minor * len(same)
    cash = sum(one.amount_minor for one in back if one.part.kind is TenderKind.CASH)
    if policy.refund_cash_max_minor is not None:
        assert cash <= policy.refund_cash_max_minor
    if not around.online and policy.refund_offline_max_minor is not None:
        assert sum(one.amount_minor for one in back) <= policy.refund_offline_max_minor
    if not around.attended:
        assert cash == 0
