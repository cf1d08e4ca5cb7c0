"""A shopper pays: any split, partial approvals, voids, doubt, and nothing charged twice."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.domain.tender.eligible import PayableLine, eligible
from kiosk.domain.tender.kinds import Instrument, TenderKind
from kiosk.domain.tender.offers import CardOffer, CashOffer, MealVoucherOffer, PointsOffer, WalletOffer
from kiosk.domain.tender.outcome import (
    Approved,
    Declined,
    GiveBack,
    InDoubt,
    NotReversed,
    Reason,
    Reverse,
    Reversed,
    Trouble,
)
from kiosk.domain.tender.points import earned, redeemable
from kiosk.domain.tender.records import CardFacts, CardTender, CashTender, StoredValueTender
from kiosk.domain.tender.rules import EligibleGoods, KindRules, Over, PointsRules, TenderPolicy
from kiosk.domain.tender.settlement import Due, answer, begin, void
from kiosk.domain.tender.state import Settlement
from tests.domain.tender.paying import (
    ALONE,
    KINDS,
    OFFLINE,
    POLICY,
    STAFFED,
    accepted,
    by_card,
    due,
    gift,
    in_cash,
    paid,
    refused,
    single,
    voided,
)


def test_a_card_pays_everything() -> None:
    taken = accepted(due(1299), CardOffer())
    assert taken.ask
    assert (taken.ask.attempt, taken.ask.amount_minor) == ("S1-07-000042-1", 1299)
    assert not taken.settlement.finished
    facts = CardFacts(terminal_id="T1", receipt_number=7, masked_pan="1234")
    done = answer(taken.settlement, Approved(attempt=taken.ask.attempt, amount_minor=1299, card=facts)).settlement
    assert done.finished
    (applied,) = done.tenders
    assert applied.tender == CardTender(
        amount_minor=1299, attempt="S1-07-000042-1", terminal_id="T1", receipt_number=7, masked_pan="1234"
    )


def test_nothing_is_due_where_nothing_is_to_pay() -> None:
    assert due(0).finished
    assert refused(due(0), CardOffer()) is Reason.NOTHING_DUE
    with pytest.raises(ValueError, match="refund"):
        due(-1)


def test_gift_card_then_card_then_cash_with_change() -> None:
    settlement = in_cash(by_card(paid(due(2000), gift(550)), 1000), 500)
    assert [one.tender.amount_minor for one in settlement.tenders] == [550, 1000, 450]
    assert (settlement.change_minor, settlement.rounding_minor, settlement.finished) == (50, 0, True)


@pytest.mark.parametrize(
    ("total", "given", "amount", "change", "rounding"),
    [(1002, 2000, 1000, 1000, -2), (1003, 2000, 1005, 995, 2), (1003, 1005, 1005, 0, 2), (2, 0, 0, 0, -2)],
)
def test_only_cash_that_settles_the_rest_is_rounded(
    total: int, given: int, amount: int, change: int, rounding: int
) -> None:
    settlement = in_cash(due(total), given)
    assert (settlement.applied_minor, settlement.change_minor) == (amount, change)
    assert (settlement.rounding_minor, settlement.due_minor, settlement.finished) == (rounding, total + rounding, True)
    assert by_card(due(total)).rounding_minor == 0


def test_cash_beside_a_card_rounds_what_the_card_left() -> None:
    settlement = in_cash(by_card(due(1003), 500), 1000)  # 503 are left: 505 in coins
    assert (settlement.rounding_minor, settlement.change_minor) == (2, 495)
    part = in_cash(due(1003), 500)
    assert (part.rounding_minor, part.remaining_minor) == (0, 503)
    assert by_card(part).finished


def test_cash_in_two_pieces_is_rounded_as_one() -> None:
    settlement = in_cash(by_card(due(1003), 501), 500)  # 502 were left: 500 in coins
    assert (settlement.finished, settlement.rounding_minor) == (True, -2)
    without_card = answer(voided(settlement, 1).settlement, Reversed(attempt="S1-07-000042-1")).settlement
    assert (without_card.remaining_minor, without_card.cash_due_minor) == (501, 505)
    settlement = in_cash(without_card, 505)
    assert (settlement.finished, settlement.rounding_minor, settlement.applied_minor) == (True, 2, 1005)
    odd = by_card(in_cash(due(1003), 1001), 1)  # coins below the smallest one were given
    assert (odd.remaining_minor, odd.cash_due_minor) == (1, 0)
    assert in_cash(odd, 0).finished


def test_small_coins_that_come_to_the_exact_sum_or_a_little_more_settle_it() -> None:
    assert [(one.finished, one.rounding_minor) for one in (in_cash(due(1003), 1003), in_cash(due(1003), 1004))] == [
        (True, 0),
        (True, 1),
    ]


def test_foreign_cash_gives_change_in_our_own_money() -> None:
    settlement = paid(due(1003), CashOffer(foreign_currency="USD", foreign_minor=2000))
    (applied,) = settlement.tenders
    assert applied.tender == CashTender(
        amount_minor=1005,
        given_minor=1840,
        change_minor=835,
        foreign_currency="USD",
        foreign_minor=2000,
        rate_ppm=920_000,
        rounding_minor=2,
    )
    yen = paid(due(1003), CashOffer(foreign_currency="JPY", foreign_minor=1000))
    assert (yen.applied_minor, yen.remaining_minor) == (610, 393)
    assert refused(due(1), CashOffer(foreign_currency="CHF", foreign_minor=100)) is Reason.CURRENCY
    assert refused(due(100), CashOffer(given_minor=0)) is Reason.EMPTY


def test_cash_needs_staff_and_comes_last_where_the_policy_says_so() -> None:
    assert refused(due(100), CashOffer(given_minor=100), ALONE) is Reason.ATTENDED_ONLY
    strict = replace(POLICY, cash_last=True)
    part = in_cash(due(1000, strict), 300)
    assert refused(part, CardOffer()) is Reason.CASH_LAST
    assert in_cash(part, 700).finished
    assert by_card(voided(part, 1).settlement).finished
    assert in_cash(by_card(due(1000, strict), 300), 700).finished


def test_no_change_policy_and_a_limit_on_cash() -> None:
    exact = replace(POLICY, kinds={**KINDS, TenderKind.CASH: KindRules(over=Over.REFUSE)})
    assert refused(due(1000, exact), CashOffer(given_minor=1100)) is Reason.OVER_TENDER
    limited = replace(POLICY, kinds={**KINDS, TenderKind.CASH: KindRules(maximum_minor=800, over=Over.CHANGE)})
    assert refused(due(1000, limited), CashOffer(given_minor=1000)) is Reason.TOO_MUCH
    assert in_cash(due(1000, limited), 800).remaining_minor == 200


@pytest.mark.parametrize("held_out", [CardOffer(amount_minor=1001), gift(5000, amount=1001)])
def test_neither_card_nor_gift_card_gives_money_out(held_out: CardOffer) -> None:
    assert refused(due(1000), held_out) is Reason.OVER_TENDER


def test_a_gift_card_pays_what_it_holds_and_headquarters_may_know_of_less() -> None:
    assert paid(due(1000), gift(300)).remaining_minor == 700
    assert refused(due(1000), gift(0)) is Reason.EMPTY
    assert refused(due(1000), gift(300, amount=400)) is Reason.TOO_MUCH
    unknown = paid(due(1000), gift(None), 120)
    assert unknown.remaining_minor == 880
    assert isinstance(unknown.tenders[0].tender, StoredValueTender)
    assert unknown.tenders[0].tender.partial
    assert refused(unknown, gift(500)) is Reason.USED_ALREADY
    dollars = replace(gift(500), currency="USD")
    assert refused(due(1000), dollars) is Reason.CURRENCY


def test_a_voucher_worth_more_than_the_basket_loses_the_rest_or_becomes_credit_or_is_refused() -> None:
    lost = paid(due(700), single(Instrument.VOUCHER, 1000)).tenders[0].tender
    assert isinstance(lost, StoredValueTender)
    assert (lost.amount_minor, lost.forfeited_minor, lost.credit_minor, lost.value_minor) == (700, 300, 0, 1000)
    kept = paid(due(700), single(Instrument.STORE_CREDIT, 1000)).tenders[0].tender
    assert isinstance(kept, StoredValueTender)
    assert (kept.amount_minor, kept.forfeited_minor, kept.credit_minor) == (700, 0, 300)
    strict = replace(POLICY, kinds={**KINDS, TenderKind.VOUCHER: KindRules(single_use=True)})
    assert refused(due(700, strict), single(Instrument.VOUCHER, 1000)) is Reason.OVER_TENDER
    assert paid(due(1700, strict), single(Instrument.VOUCHER, 1000)).remaining_minor == 700


def test_store_credit_expires_at_the_end_of_its_last_day() -> None:
    assert refused(due(700), single(Instrument.STORE_CREDIT, 500, until="2026-11-21")) is Reason.EXPIRED
    assert paid(due(700), single(Instrument.STORE_CREDIT, 500, until="2026-11-22")).remaining_minor == 200
    half = replace(single(Instrument.STORE_CREDIT, 500), amount_minor=200)
    assert refused(due(700), half) is Reason.TOO_LITTLE
    unknown = replace(half, balance_minor=None, amount_minor=None)
    assert refused(due(700), unknown) is Reason.UNKNOWN_ACCOUNT


def test_meal_vouchers_pay_for_food_only() -> None:
    meal = MealVoucherOffer(issuer="edenred", account="cc" * 32)
    settlement = paid(due(3000, meal_voucher=1800), meal)
    assert settlement.remaining_minor == 1200
    assert refused(settlement, meal) is Reason.NOT_ELIGIBLE
    assert refused(due(3000), meal) is Reason.NOT_ELIGIBLE
    assert refused(due(3000, meal_voucher=1800), replace(meal, amount_minor=1801)) is Reason.OVER_TENDER
    assert by_card(due(3000, meal_voucher=1800), 2500).remaining_minor == 500


def test_what_counts_as_food() -> None:
    lines = (
        PayableLine(line=1, amount_minor=500, tags=("food",)),
        PayableLine(line=2, amount_minor=25, linked_to=1),
        PayableLine(line=3, amount_minor=900, tags=("food", "alcohol")),
        PayableLine(line=4, amount_minor=300, department="bakery"),
        PayableLine(line=5, amount_minor=-100, tags=("food",)),
    )
    goods = EligibleGoods(tags=("food",), departments=("bakery",), except_tags=("alcohol",))
    policy = TenderPolicy(eligible={TenderKind.MEAL_VOUCHER: goods})
    assert eligible(lines, policy) == {TenderKind.MEAL_VOUCHER: 725}
    bare = TenderPolicy(eligible={TenderKind.MEAL_VOUCHER: replace(goods, linked=False)})
    assert eligible(lines, bare) == {TenderKind.MEAL_VOUCHER: 700}
    assert eligible(lines[-1:], policy) == {TenderKind.MEAL_VOUCHER: 0}


def test_a_restricted_kind_pays_nothing_where_nobody_said_how_much_it_may() -> None:
    policy = replace(POLICY, eligible={TenderKind.GIFT_CARD: EligibleGoods(tags=("goods",))})
    assert refused(due(1000, policy), gift(500)) is Reason.NOT_ELIGIBLE
    assert paid(due(1000, policy, gift_card=400), gift(500)).remaining_minor == 600


def test_points_go_in_whole_steps() -> None:
    settlement = paid(due(1010), PointsOffer(member="M1", balance=10_000))
    assert settlement.remaining_minor == 10
    assert [one.tender.amount_minor for one in settlement.tenders] == [1000]
    assert refused(due(1010), PointsOffer(member="M1", balance=99)) is Reason.TOO_LITTLE
    assert refused(due(1010), PointsOffer(member="M1", balance=500, points=120)) is Reason.TOO_LITTLE
    assert refused(due(1010), PointsOffer(member="M1", balance=500, points=550)) is Reason.TOO_MUCH
    assert refused(due(40), PointsOffer(member="M1", balance=500)) is Reason.TOO_LITTLE


def test_points_that_come_in_less_than_a_step_are_given_back() -> None:
    taken = accepted(due(1000), PointsOffer(member="M1", balance=500))
    assert taken.ask
    step = answer(taken.settlement, Approved(attempt=taken.ask.attempt, amount_minor=30))
    assert step.effects == (Reverse(attempt=taken.ask.attempt, kind=TenderKind.POINTS, amount_minor=30),)
    assert step.settlement.applied_minor == 0


def test_earning_and_redeeming_points() -> None:
    rules = PointsRules(step_points=50, step_minor=25, minimum_points=100, earn_points=3, earn_per_minor=100)
    assert [earned(amount, rules) for amount in (99, 100, 1250, -100)] == [0, 3, 36, -3]
    assert redeemable(510, 10_000, rules) == (500, 250)
    assert redeemable(510, 60, rules) == (100, 50)
    assert redeemable(99, 60, rules) == (0, 0)
    assert redeemable(510, -5, rules) == (0, 0)


def test_limits_of_a_kind() -> None:
    kinds = {**KINDS, TenderKind.CARD: KindRules(minimum_minor=500, maximum_minor=2000, count_max=1)}
    policy = replace(POLICY, kinds=kinds, tenders_max=2)
    assert refused(due(400, policy), CardOffer()) is Reason.TOO_LITTLE
    part = by_card(due(2500, policy))
    assert part.remaining_minor == 500
    assert refused(part, CardOffer()) is Reason.TOO_MANY
    assert refused(in_cash(part, 100), gift(100)) is Reason.TOO_MANY
    assert refused(due(100, TenderPolicy()), gift(100)) is Reason.NOT_TAKEN
    assert refused(due(1900), WalletOffer(provider="p", pay_later=True)) is Reason.TOO_LITTLE
    assert refused(due(2900), WalletOffer(provider="p"), OFFLINE) is Reason.ONLINE_ONLY
    twice = replace(policy, kinds={**kinds, TenderKind.CARD: KindRules(maximum_minor=2000)})
    assert refused(by_card(due(2500, twice)), CardOffer()) is Reason.TOO_MUCH


def test_a_partial_approval_is_kept() -> None:
    part = paid(due(1000), CardOffer(), 600)
    assert (part.remaining_minor, part.finished) == (400, False)
    assert isinstance(part.tenders[0].tender, CardTender)
    assert part.tenders[0].tender.partial
    assert in_cash(part, 400).finished


def test_a_partial_approval_is_taken_back_where_the_policy_says_so() -> None:
    taken = accepted(due(1000, replace(POLICY, partial="reverse")), CardOffer())
    assert taken.ask
    step = answer(taken.settlement, Approved(attempt=taken.ask.attempt, amount_minor=600))
    assert step.effects == (Reverse(attempt=taken.ask.attempt, kind=TenderKind.CARD, amount_minor=600),)
    assert refused(step.settlement, CardOffer()) is Reason.BUSY
    assert answer(step.settlement, Reversed(attempt=taken.ask.attempt)).settlement.remaining_minor == 1000
    stands = answer(step.settlement, NotReversed(attempt=taken.ask.attempt, reason="offline")).settlement
    assert (stands.remaining_minor, stands.pending) == (400, None)


def test_while_an_attempt_is_open_nothing_else_is_asked() -> None:
    taken = accepted(due(1000), CardOffer())
    assert taken.ask
    doubt = answer(taken.settlement, InDoubt(attempt=taken.ask.attempt)).settlement
    assert doubt.in_doubt
    for settlement in (taken.settlement, doubt):
        assert refused(settlement, CardOffer()) is Reason.BUSY
        assert refused(settlement, CashOffer(given_minor=1000)) is Reason.BUSY
    again = answer(doubt, Declined(attempt=taken.ask.attempt, reason="not_charged")).settlement
    assert (again.in_doubt, again.pending) == (False, None)
    second = accepted(again, CardOffer())
    assert second.ask
    assert second.ask.attempt == "S1-07-000042-2"


def test_an_approval_after_a_decline_is_given_back_once() -> None:
    taken = accepted(due(1000), CardOffer())
    assert taken.ask
    attempt = taken.ask.attempt
    settlement = answer(taken.settlement, Declined(attempt=attempt, reason="timed_out")).settlement
    late = answer(settlement, Approved(attempt=attempt, amount_minor=1000))
    assert late.effects == (Reverse(attempt=attempt, kind=None, amount_minor=1000),)
    assert late.settlement.remaining_minor == 1000
    assert answer(late.settlement, Approved(attempt=attempt, amount_minor=1000)).effects == ()
    gone = answer(late.settlement, Reversed(attempt=attempt)).settlement
    assert gone.strays == ()
    assert answer(gone, Approved(attempt=attempt, amount_minor=1000)).effects == ()
    (trouble,) = answer(late.settlement, NotReversed(attempt=attempt, reason="terminal gone")).effects
    assert isinstance(trouble, Trouble)
    assert (trouble.code, trouble.owner) == ("tender.not_reversed", "finance")


def test_an_answer_heard_twice_changes_nothing() -> None:
    settlement = by_card(due(1000), 400)
    again = answer(settlement, Approved(attempt="S1-07-000042-1", amount_minor=400))
    assert (again.settlement, again.effects) == (settlement, ())
    for said in (
        Declined(attempt="S1-07-000042-1", reason="x"),
        InDoubt(attempt="other"),
        Reversed(attempt="S1-07-000042-1"),
        NotReversed(attempt="S1-07-000042-1", reason="x"),
    ):
        assert answer(settlement, said).settlement == settlement


def test_a_charge_of_more_than_was_asked_is_given_back_whole() -> None:
    taken = accepted(due(1000), CardOffer(amount_minor=400))
    assert taken.ask
    step = answer(taken.settlement, Approved(attempt=taken.ask.attempt, amount_minor=401))
    assert step.effects == (Reverse(attempt=taken.ask.attempt, kind=TenderKind.CARD, amount_minor=401),)
    assert (step.settlement.remaining_minor, step.settlement.pending) == (1000, None)


def test_an_approval_of_nothing_is_no_tender() -> None:
    settlement = paid(due(1000), CardOffer(), 0)
    assert (settlement.tenders, settlement.pending) == ((), None)


def test_voids() -> None:
    settlement = in_cash(by_card(paid(due(2003), gift(500)), 500), 2000)
    assert settlement.finished
    cash_back = voided(settlement, 3)
    assert cash_back.effects == (GiveBack(amount_minor=1005),)
    assert (cash_back.settlement.remaining_minor, cash_back.settlement.rounding_minor) == (1003, 0)
    card_back = voided(settlement, 2)
    assert card_back.effects == (Reverse(attempt="S1-07-000042-2", kind=TenderKind.CARD, amount_minor=500),)
    assert not card_back.settlement.finished
    assert card_back.settlement.applied_minor == settlement.applied_minor
    done = answer(card_back.settlement, Reversed(attempt="S1-07-000042-2")).settlement
    assert (done.remaining_minor, len(done.tenders)) == (500, 2)
    assert by_card(done).tenders[-1].number == 4


def test_a_void_of_what_is_not_there_or_while_a_payment_runs_is_refused() -> None:
    part = by_card(due(1000), 400)
    busy = accepted(part, CardOffer()).settlement
    assert getattr(void(part, 9), "reason", None) is Reason.NOT_YOURS
    assert getattr(void(busy, 1), "reason", None) is Reason.BUSY


def test_a_settlement_survives_a_power_cut() -> None:
    doubt = accepted(by_card(paid(due(2003, meal_voucher=10), gift(500)), 500), WalletOffer(provider="p")).settlement
    read = msgspec.json.decode(msgspec.json.encode(doubt), type=Settlement)
    assert read == doubt
    assert refused(read, CardOffer(), STAFFED) is Reason.BUSY


@pytest.mark.parametrize(
    "kinds",
    [
        '{"card": {"over": "change"}}',
        '{"cash": {"over": "forfeit"}}',
        '{"gift_card": {"over": "store_credit"}}',
        '{"card": {"single_use": true}}',
        '{"card": {"minimum": 5}}',
        '{"cheque": {}}',
    ],
)
def test_a_policy_that_would_give_money_away_or_says_what_nobody_knows_is_not_read(kinds: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"kinds": {kinds}}}', type=TenderPolicy)


def test_attempts_go_on_counting_after_a_settlement_was_given_up() -> None:
    first = by_card(due(1000), 400)
    later = begin(first.name, Due(600, "EUR"), POLICY, attempts=first.attempts)
    taken = accepted(later, CardOffer())
    assert taken.ask
    assert taken.ask.attempt == "S1-07-000042-2"
