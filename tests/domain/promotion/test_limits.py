"""Caps, budgets, how often an offer is applied and which pieces it uses up, in a shopper's words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kiosk.domain.basket import Coupon, Usage
from kiosk.domain.promotion.offers import (
    AmountOff,
    Caps,
    CouponRule,
    PercentOff,
    Promotion,
    SetPrice,
)
from kiosk.domain.promotion.picking import Picker
from kiosk.domain.promotion.reasons import Reason
from tests.domain.promotion.shop import FREE, amount, buy, dues, line, outcome, percent, sell, skus, total

BASKET = [line(1, "a", 1000), line(2, "b", 500, 2)]
THREE_FOR_TWO = Promotion(id="3for2", needs=(buy(3),), rewards=(PercentOff(percent_ppm=FREE, of="consumed", pieces=1),))
FIFTY_OFF_ONE = Promotion(
    id="fifty", needs=(buy(1),), rewards=(AmountOff(amount_minor=50, of="consumed"),), repeats=False
)


def test_five_euros_off_but_never_more_than_three() -> None:
    applied = sell(BASKET, [amount("p", 500, caps=Caps(discount_minor=300))])
    assert (total(applied), outcome(applied, "p").reason) == (1700, Reason.CAPPED)


def test_what_just_reaches_the_cap_is_not_called_cut() -> None:
    cap = Caps(discount_minor=300)
    for offer in (amount("p", 300, caps=cap), percent("p", 150_000, caps=cap)):
        applied = sell(BASKET, [offer])
        assert (total(applied), outcome(applied, "p").reason) == (1700, "")


def test_the_cap_is_for_all_applications_together() -> None:
    each = AmountOff(amount_minor=200, of="consumed")
    offer = Promotion(id="p", needs=(buy(1),), rewards=(each,), caps=Caps(discount_minor=300))
    applied = sell([line(1, "a", 500, 4)], [offer])
    assert (total(applied), outcome(applied, "p").applications) == (1700, 2)
    assert outcome(applied, "p").reason == Reason.CAPPED


def test_the_cap_is_for_all_rewards_together() -> None:
    both = (AmountOff(amount_minor=200), PercentOff(percent_ppm=500_000))
    applied = sell(BASKET, [Promotion(id="p", rewards=both, caps=Caps(discount_minor=300))])
    assert (total(applied), outcome(applied, "p").discount_minor) == (1700, 300)


def test_a_budget_that_cuts_does_not_lift_the_cap_of_a_basket() -> None:
    caps = Caps(discount_minor=100, budget_minor=1500, budget_policy="cut")
    applied = sell(BASKET, [percent("p", 500_000, caps=caps)])
    assert (total(applied), outcome(applied, "p").reason) == (1900, Reason.CAPPED)


@pytest.mark.parametrize("policy", ["cut", "refuse"])
def test_a_budget_that_was_overdrawn_gives_nothing_and_takes_nothing_back(policy: str) -> None:
    overdrawn = [Usage(promotion="p", spent_minor=2000)]
    for rewards in ((PercentOff(percent_ppm=500_000),), (AmountOff(amount_minor=100),)):
        offer = Promotion(id="p", rewards=rewards, caps=Caps(budget_minor=1500, budget_policy=policy))  # type: ignore[arg-type] # a literal by name
        applied = sell(BASKET, [offer], usage=overdrawn)
        assert (total(applied), outcome(applied, "p").reason) == (2000, Reason.BUDGET_SPENT)


def test_each_campaign_has_its_own_budget() -> None:
    offers = [amount("p", 100, caps=Caps(budget_minor=100)), amount("q", 100, caps=Caps(budget_minor=100))]
    for spent, left in (("p", "q"), ("q", "p")):
        applied = sell(BASKET, offers, usage=[Usage(promotion=spent, spent_minor=1)])
        assert [outcome(applied, each).applied for each in (spent, left)] == [False, True]


def test_a_refused_promotion_does_not_free_what_another_has_used_up() -> None:
    refused = Promotion(id="refused", priority=-1, rewards=(PercentOff(percent_ppm=FREE),), caps=Caps(budget_minor=1))
    late = Promotion(id="late", priority=-2, needs=(buy(2),), rewards=(PercentOff(percent_ppm=FREE, of="consumed"),))
    applied = sell([line(1, "beer", 200, 3)], [THREE_FOR_TWO, refused, late])
    assert total(applied) == 400
    assert outcome(applied, "late").reason == Reason.PIECES_TAKEN


def test_three_for_two_once_a_basket() -> None:
    once = Promotion(id="p", needs=THREE_FOR_TWO.needs, rewards=THREE_FOR_TWO.rewards, repeats=False)
    assert total(sell([line(1, "beer", 200, 6)], [once])) == 1000


def test_sets_of_three_without_a_need_come_together_as_often_as_they_can() -> None:
    sets = Promotion(id="sets", rewards=(SetPrice(price_minor=500, pieces=3, goods=skus("jam")),))
    applied = sell([line(1, "jam", 200, 7), line(2, "tea", 900)], [sets])
    assert (dues(applied), outcome(applied, "sets").applications) == ([1200, 900], 2)


def test_several_codes_stay_within_the_applications_of_a_basket() -> None:
    rule = CouponRule(prefix="V", per_basket=3)
    offer = amount("p", 100, coupon=rule, caps=Caps(applications=2))
    applied = sell(BASKET, [offer], coupons=[Coupon(code=code) for code in ("V1", "V2", "V3")])
    assert (total(applied), outcome(applied, "p").applications) == (1800, 2)
    assert [(each.used, each.reason) for each in applied.coupons][2] == (False, Reason.NOTHING_LEFT)


def test_six_alike_are_two_sets_to_the_cent() -> None:
    three_for_ten = Promotion(id="3for10", needs=(buy(3),), rewards=(SetPrice(price_minor=1000),))
    applied = sell([line(1, "a", 399, 6)], [three_for_ten])
    assert (total(applied), outcome(applied, "3for10").discount_minor) == (2000, 6 * 399 - 2000)


def test_each_roll_takes_a_euro_off_another_cola() -> None:
    meal = Promotion(
        id="meal", needs=(buy(1, skus("roll")),), rewards=(AmountOff(goods=skus("cola"), amount_minor=100, pieces=1),)
    )
    applied = sell([line(1, "roll", 300, 3), line(2, "cola", 150, 4)], [meal])
    assert (dues(applied), outcome(applied, "meal").discount_minor) == ([900, 300], 300)


def test_an_application_that_gives_nothing_frees_its_own_pieces_only() -> None:
    for_two = percent("percent", 100_000, needs=(buy(2, skus("beer")),), priority=1)
    applied = sell([line(1, "beer", 200, 7)], [for_two, THREE_FOR_TWO])
    assert outcome(applied, "percent").applications == 1
    assert outcome(applied, "3for2").applications == 1


def test_alike_pieces_are_picked_together_not_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    picks = Picker.picks
    asked: list[int] = []

    def counted(picker: Picker, rewards: Sequence[tuple[int, object]]) -> object:
        asked.append(len(rewards))
        return picks(picker, rewards)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(Picker, "picks", counted)
    applied = sell([line(1, "screw", 3, 100_000)], [THREE_FOR_TWO])
    assert outcome(applied, "3for2").applications == 33_333
    assert 0 < len(asked) <= 2


def test_what_costs_most_by_now_is_used_up_first_and_of_equals_what_cost_most_before() -> None:
    basket = [line(1, "a", 200), line(2, "b", 300)]
    to_equal = amount("to 200", 100, priority=1, rewards=(AmountOff(goods=skus("b"), amount_minor=100),))
    assert dues(sell(basket, [to_equal, FIFTY_OFF_ONE])) == [200, 150]
    below = amount("to 150", 150, priority=1, rewards=(AmountOff(goods=skus("b"), amount_minor=150),))
    assert dues(sell(basket, [below, FIFTY_OFF_ONE])) == [150, 150]


def test_the_cheapest_is_what_costs_least_by_now_and_of_equals_what_cost_least_before() -> None:
    basket = [line(1, "a", 200), line(2, "b", 300)]
    cheapest = Promotion(id="cheapest", rewards=(PercentOff(percent_ppm=FREE, pieces=1),))
    below = amount("to 150", 150, priority=1, rewards=(AmountOff(goods=skus("b"), amount_minor=150),))
    assert dues(sell(basket, [below, cheapest])) == [200, 0]
    to_equal = amount("to 200", 100, priority=1, rewards=(AmountOff(goods=skus("b"), amount_minor=100),))
    assert dues(sell(basket, [to_equal, cheapest])) == [0, 200]


def test_what_a_single_offer_has_reduced_stays_so_when_some_of_it_pays_for_something_else() -> None:
    half = PercentOff(goods=skus("a"), percent_ppm=500_000)
    single = Promotion(id="single", priority=3, stacks=False, rewards=(half,))
    gift = Promotion(
        id="gift",
        priority=2,
        needs=(buy(1, skus("a")),),
        rewards=(PercentOff(goods=skus("b"), percent_ppm=100_000),),
        repeats=False,
    )
    after = Promotion(id="after", rewards=(PercentOff(goods=skus("a"), percent_ppm=100_000),))
    applied = sell([line(1, "a", 1000, 2), line(2, "b", 500)], [single, gift, after])
    assert dues(applied) == [1000, 450]
    assert outcome(applied, "after").reason == Reason.NOTHING_LEFT


def test_what_a_single_offer_has_reduced_does_not_help_to_a_free_piece() -> None:
    single = Promotion(
        id="single", priority=1, stacks=False, rewards=(PercentOff(goods=skus("wine"), percent_ppm=500_000),)
    )
    applied = sell([line(1, "wine", 900), line(2, "beer", 200, 2)], [single, THREE_FOR_TWO])
    assert dues(applied) == [450, 400]
    assert outcome(applied, "3for2").reason == Reason.PIECES_TAKEN
