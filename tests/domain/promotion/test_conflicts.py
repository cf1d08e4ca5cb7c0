"""Promotions among each other, coupons, budgets and moments, in a shopper's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.basket import Coupon, Policies, Usage
from kiosk.domain.context import Customer, Scope, Weekday
from kiosk.domain.promotion.engine import Offers
from kiosk.domain.promotion.lowering import may_lower_total
from kiosk.domain.promotion.offers import (
    Caps,
    CouponRule,
    FixedPrice,
    PercentOff,
    PriceEntry,
    Promotion,
    SetPrice,
    Step,
)
from kiosk.domain.promotion.reasons import Reason, sentence
from tests.domain.promotion.shop import (
    FREE,
    NOON,
    amount,
    buy,
    context,
    dues,
    line,
    outcome,
    percent,
    sell,
    skus,
    total,
)

VIENNA = ZoneInfo("Europe/Vienna")
BASKET = [line(1, "a", 1000), line(2, "b", 500, 2)]


def test_the_higher_priority_comes_first_and_the_order_last() -> None:
    assert total(sell(BASKET, [percent("p", 100_000, priority=1), amount("a", 500)])) == 1300
    assert total(sell(BASKET, [percent("p", 100_000), amount("a", 500, priority=1)])) == 1350
    assert total(sell(BASKET, [percent("p", 100_000), amount("a", 500, priority=1, level="order")])) == 1300


def test_percentages_see_what_is_left_or_the_list_price() -> None:
    both = [percent("p", 100_000), percent("q", 100_000)]
    assert total(sell(BASKET, both)) == 1620
    assert total(sell(BASKET, both, percent_of="list")) == 1600


def test_an_exclusive_promotion_drives_out_all_others() -> None:
    applied = sell(BASKET, [percent("big", 500_000), percent("alone", 100_000, exclusive=True)])
    assert total(applied) == 1800
    assert (outcome(applied, "big").reason, outcome(applied, "big").by) == (Reason.DRIVEN_OUT_BY_EXCLUSIVE, "alone")


def test_of_two_exclusive_ones_the_best_or_the_first_that_gives_anything() -> None:
    offers = [percent("x", 100_000, exclusive=True, priority=5), percent("y", 200_000, exclusive=True)]
    assert total(sell(BASKET, offers)) == 1600
    assert total(sell(BASKET, offers, conflict="priority")) == 1800
    nothing = percent("none", FREE, exclusive=True, priority=9, needs=(buy(1, skus("z")),))
    applied = sell(BASKET, [*offers, nothing], conflict="priority")
    assert total(applied) == 1800
    assert outcome(applied, "none").reason == Reason.NEEDS_PIECES


def test_of_a_group_the_best_for_the_customer_or_the_first() -> None:
    offers = [percent("x", 100_000, group="g", priority=5), amount("y", 300, group="g"), amount("z", 50)]
    best = sell(BASKET, offers)
    assert total(best) == 1650
    assert (outcome(best, "x").reason, outcome(best, "x").by) == (Reason.BEATEN_IN_GROUP, "y")
    first = sell(BASKET, offers, conflict="priority")
    assert total(first) == 1750
    assert (outcome(first, "y").reason, outcome(first, "y").by) == (Reason.BEATEN_IN_GROUP, "x")


def test_the_best_is_judged_by_the_whole_basket_not_by_what_each_gives_alone() -> None:
    alone = percent("alone", 300_000, group="g", stacks=False, priority=9)
    stacks = percent("stacks", 200_000, group="g", priority=8)
    applied = sell(BASKET, [alone, stacks, percent("more", 200_000)])
    assert outcome(applied, "stacks").applied
    assert total(applied) == 1280


def test_more_groups_than_can_be_tried_out_are_decided_one_after_the_other() -> None:
    offers = [amount(f"{group}{n}", 10 + n, group=f"g{group}") for group in range(6) for n in range(3)]
    applied = sell(BASKET, offers)
    assert [each.promotion for each in applied.promotions if each.applied] == [f"{group}2" for group in range(6)]
    assert total(applied) == 2000 - 6 * 12


def test_what_does_not_stack_touches_only_what_nothing_has_reduced_and_is_not_reduced_again() -> None:
    some = Promotion(id="some", priority=2, rewards=(PercentOff(goods=skus("a"), percent_ppm=100_000),))
    single = percent("single", 500_000, stacks=False, priority=1)
    applied = sell(BASKET, [some, single, amount("after", 100)])
    assert dues(applied) == [800, 500]
    voucher = amount("all", 5000, level="order")
    assert dues(sell(BASKET, [single, voucher])) == [500, 500]
    assert outcome(sell(BASKET, [single, voucher]), "all").reason == Reason.NOTHING_LEFT


def test_two_promotions_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="two promotions have the id 'p'"):
        Offers.prepared([percent("p", 1), percent("p", 2)], [])


def test_a_promotion_with_a_coupon_needs_its_code() -> None:
    coupon = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",)))
    without = sell(BASKET, [coupon])
    assert (total(without), outcome(without, "p").reason) == (2000, Reason.COUPON_MISSING)
    given = sell(BASKET, [coupon], coupons=[Coupon(code="SAVE"), Coupon(code="SAVE"), Coupon(code="HUH")])
    assert total(given) == 1800
    assert [(each.used, each.reason) for each in given.coupons] == [
        (True, ""),
        (False, Reason.COUPON_GIVEN_TWICE),
        (False, Reason.COUPON_UNKNOWN),
    ]


def test_a_coupon_is_used_up_once_or_after_so_many() -> None:
    for uses_max in (1, 3):
        once = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",), uses_max=uses_max))
        assert total(sell(BASKET, [once], coupons=[Coupon(code="SAVE", uses=uses_max - 1)])) == 1800
        spent = sell(BASKET, [once], coupons=[Coupon(code="SAVE", uses=uses_max)])
        assert (total(spent), spent.coupons[0].reason) == (2000, Reason.COUPON_USED_UP)
        assert outcome(spent, "p").reason == Reason.COUPON_USED_UP


def test_a_coupon_per_customer_wants_to_know_the_customer() -> None:
    twice = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",), per_customer_max=2))
    ann = context(customer=Customer(customer_id="ann"))
    assert total(sell(BASKET, [twice], where=ann, coupons=[Coupon(code="SAVE", uses=9, uses_by_customer=1)])) == 1800
    spent = sell(BASKET, [twice], where=ann, coupons=[Coupon(code="SAVE", uses_by_customer=2)])
    assert spent.coupons[0].reason == Reason.COUPON_PER_CUSTOMER
    assert sell(BASKET, [twice], coupons=[Coupon(code="SAVE")]).coupons[0].reason == Reason.CUSTOMER_UNKNOWN


def test_offline_a_limited_coupon_is_refused_or_taken_for_the_time_being() -> None:
    once = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",), uses_max=1))
    unknown = [Coupon(code="SAVE", known=False)]
    refused = sell(BASKET, [once], coupons=unknown)
    assert (total(refused), refused.coupons[0].reason) == (2000, Reason.COUPON_NOT_CHECKED)
    taken = sell(BASKET, [once], coupons=unknown, offline_coupons="accept")
    assert (total(taken), taken.coupons[0].used, taken.coupons[0].provisional) == (1800, True, True)
    many = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",)))
    assert not sell(BASKET, [many], coupons=unknown).coupons[0].provisional


def test_one_code_of_a_promotion_per_basket_unless_it_says_more() -> None:
    codes = [Coupon(code=code) for code in ("V2", "V1", "V3")]
    single = amount("p", 100, coupon=CouponRule(prefix="V"))
    applied = sell(BASKET, [single], coupons=codes)
    assert total(applied) == 1900
    assert [each.reason for each in applied.coupons] == [Reason.COUPON_ONE_TOO_MANY, "", Reason.COUPON_ONE_TOO_MANY]
    double = amount("p", 100, coupon=CouponRule(prefix="V", per_basket=2))
    applied = sell(BASKET, [double], coupons=codes)
    assert (total(applied), outcome(applied, "p").applications) == (1800, 2)
    assert [each.used for each in applied.coupons] == [True, True, False]


def test_a_second_code_that_gives_nothing_more_is_not_used() -> None:
    free = amount("p", 1500, coupon=CouponRule(prefix="V", per_basket=3))
    applied = sell([line(1, "a", 1000)], [free], coupons=[Coupon(code="V1"), Coupon(code="V2")])
    assert [(each.used, each.reason) for each in applied.coupons] == [(True, ""), (False, Reason.NOTHING_LEFT)]


def test_a_coupon_of_a_promotion_that_is_over_says_so() -> None:
    over = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",)), scope=Scope(valid_until=NOON))
    applied = sell(BASKET, [over], coupons=[Coupon(code="SAVE")])
    assert (applied.coupons[0].reason, applied.promotions[0].reason) == (Reason.OVER, Reason.OVER)


def test_a_budget_refuses_what_goes_beyond_it_or_cuts_it() -> None:
    refuse = percent("p", 500_000, caps=Caps(budget_minor=1500))
    usage = [Usage(promotion="p", spent_minor=600)]
    assert total(sell(BASKET, [refuse])) == 1000
    spent = sell(BASKET, [refuse], usage=usage)
    assert (total(spent), outcome(spent, "p").reason) == (2000, Reason.BUDGET_SPENT)
    cut = percent("p", 500_000, caps=Caps(budget_minor=1500, budget_policy="cut"))
    applied = sell(BASKET, [cut], usage=usage)
    assert (total(applied), outcome(applied, "p").reason) == (1100, Reason.BUDGET_CUT)
    gone = sell(BASKET, [cut], usage=[Usage(promotion="p", spent_minor=1500)])
    assert outcome(gone, "p").reason == Reason.BUDGET_SPENT


def test_a_budget_of_uses_counts_baskets() -> None:
    limited = percent("p", 500_000, caps=Caps(budget_uses=2))
    assert total(sell(BASKET, [limited], usage=[Usage(promotion="p", uses=1)])) == 1000
    assert total(sell(BASKET, [limited], usage=[Usage(promotion="p", uses=2)])) == 2000


def test_a_refused_promotion_leaves_the_pieces_to_others() -> None:
    refused = Promotion(
        id="x", needs=(buy(2),), rewards=(SetPrice(price_minor=0),), priority=1, caps=Caps(budget_minor=1)
    )
    other = Promotion(id="y", needs=(buy(2),), rewards=(PercentOff(percent_ppm=FREE, of="consumed", pieces=1),))
    assert dues(sell([line(1, "b", 500, 2)], [refused, other])) == [500]


def test_members_staff_and_gold_customers_have_their_prices() -> None:
    prices = [
        PriceEntry(id="staff", sku="a", price_minor=700, priority=1, scope=Scope(groups=("staff",))),
        PriceEntry(id="gold", sku="a", price_minor=800, scope=Scope(tiers=("gold",))),
        PriceEntry(id="ten", sku="a", price_minor=900, pieces=10),
    ]

    def price(quantity: int = 1, **customer: object) -> tuple[str, int]:
        where = context(customer=Customer(**customer))  # type: ignore[arg-type] # fields by name
        (sold,) = sell([line(1, "a", 1000, quantity)], [], prices, where=where).lines
        return sold.price_id, sold.unit_price_minor

    assert price() == ("", 1000)
    assert price(10) == ("ten", 900)
    assert price(10, tier="gold") == ("gold", 800)
    assert price(tier="gold", groups=("staff",)) == ("staff", 700)


def test_of_price_entries_the_priority_then_the_lower_price_then_the_id() -> None:
    prices = [
        PriceEntry(id="c", sku="a", price_minor=500),
        PriceEntry(id="b", sku="a", price_minor=400),
        PriceEntry(id="a", sku="a", price_minor=400),
        PriceEntry(id="dear", sku="a", price_minor=1200, priority=1),
    ]
    assert sell([line(1, "a", 1000)], [], prices[:3]).lines[0].price_id == "a"
    assert sell([line(1, "a", 1000)], [], prices).lines[0].unit_price_minor == 1200


@pytest.mark.parametrize(
    "begins",
    [
        datetime(2026, 3, 29, 3, 0, tzinfo=VIENNA),  # the hour that is left out begins
        datetime(2026, 10, 25, 2, 30, tzinfo=VIENNA, fold=1),  # the second half past two of that night
        datetime(2026, 11, 22, 18, 0, tzinfo=VIENNA),
    ],
)
def test_a_flash_price_and_a_promotion_switch_at_the_second(begins: datetime) -> None:
    ends = begins.astimezone(UTC) + timedelta(hours=1)
    scope = Scope(valid_from=begins, valid_until=ends)
    offers = Offers.prepared(
        [percent("p", 100_000, scope=scope)], [PriceEntry(id="flash", sku="a", price_minor=500, scope=scope)]
    )
    second = timedelta(seconds=1)
    found = []
    for at in (begins.astimezone(UTC) - second, begins, ends - second, ends):
        applied = offers.apply([line(1, "a", 1000)], context(at=at), (), (), Policies())
        found.append((applied.lines[0].price_id, total(applied), applied.promotions[0].reason))
    assert found == [("", 1000, "not_yet"), ("flash", 450, ""), ("flash", 450, ""), ("", 1000, "over")]


def test_a_time_without_an_offset_is_the_stores_wall_clock_across_the_change_of_clocks() -> None:
    scope = Scope(valid_from=datetime(2026, 3, 29, 2, 30))  # noqa: DTZ001 - local on purpose, and an hour that is not
    offers = [percent("p", 100_000, scope=scope)]
    switch = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02:00 becomes 03:00
    before, after = (sell(BASKET, offers, where=context(at=at)) for at in (switch - timedelta(seconds=1), switch))
    assert (total(before), total(after)) == (2000, 1800)


def test_happy_hour_on_fridays_past_midnight() -> None:
    happy = percent("p", 500_000, scope=Scope(weekdays=(Weekday.FRIDAY,), hours=(("22:00", "02:00"),)))
    moments = {
        datetime(2026, 11, 27, 21, 59, 59, tzinfo=VIENNA): Reason.HOUR,
        datetime(2026, 11, 27, 22, 0, tzinfo=VIENNA): "",
        datetime(2026, 11, 28, 1, 59, 59, tzinfo=VIENNA): "",
        datetime(2026, 11, 28, 2, 0, tzinfo=VIENNA): Reason.HOUR,
        datetime(2026, 11, 28, 22, 0, tzinfo=VIENNA): Reason.WEEKDAY,
    }
    assert {at: outcome(sell(BASKET, [happy], where=context(at=at)), "p").reason for at in moments} == moments


def test_each_promotion_says_why_it_does_not_apply_in_a_fixed_order() -> None:
    offers = [
        percent("store", 1, scope=Scope(stores=("8",))),
        percent("channel", 1, scope=Scope(channels=("web",))),
        percent("group", 1, scope=Scope(groups=("staff",))),
        Promotion(id="goods", rewards=(PercentOff(goods=skus("z"), percent_ppm=1),)),
        percent("zero", 0, level="order"),
    ]
    applied = sell(BASKET, offers)
    assert [(each.promotion, each.reason) for each in applied.promotions] == [
        ("channel", Reason.CHANNEL),
        ("goods", Reason.NO_GOODS),
        ("group", Reason.CUSTOMER_GROUP),
        ("store", Reason.STORE),
        ("zero", Reason.GIVES_NOTHING),
    ]
    assert all(each.detail for each in applied.promotions)


def test_every_reason_has_a_sentence() -> None:
    assert all(sentence(reason).endswith(".") for reason in Reason)


def test_what_may_lower_a_total_says_so() -> None:
    assert may_lower_total(percent("p", 1, needs=(buy(1),)))
    assert may_lower_total(Promotion(id="p", steps=(Step(from_pieces=2, reward=FixedPrice(price_minor=1)),)))
    assert may_lower_total(Promotion(id="p", rewards=(PercentOff(percent_ppm=1, pieces=1),)))
    assert may_lower_total(Promotion(id="p", rewards=(SetPrice(price_minor=1),)))
    assert may_lower_total(percent("p", 1, caps=Caps(budget_minor=1)))
    assert may_lower_total(PriceEntry(id="p", sku="a", price_minor=1, pieces=2))
    assert not may_lower_total(PriceEntry(id="p", sku="a", price_minor=1))
    assert not may_lower_total(percent("p", 1, group="g", exclusive=True, stacks=False, caps=Caps(discount_minor=1)))


def test_an_empty_basket_costs_nothing() -> None:
    applied = sell([], [percent("p", 1)])
    assert (applied.lines, applied.promotions[0].reason) == ((), Reason.NO_GOODS)
