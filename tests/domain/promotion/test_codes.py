"""Coupons: which codes count, in which order, online and offline, in a shopper's words."""

from __future__ import annotations

from kiosk.domain.basket import Coupon
from kiosk.domain.context import Customer, Scope
from kiosk.domain.promotion.offers import CouponRule
from kiosk.domain.promotion.reasons import Reason
from tests.domain.promotion.shop import NOON, amount, buy, context, line, outcome, percent, sell, skus, total

BASKET = [line(1, "a", 1000), line(2, "b", 500, 2)]


def test_a_code_given_twice_counts_as_what_was_looked_up() -> None:
    once = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",), uses_max=1))
    spent, unknown = Coupon(code="SAVE", uses=1), Coupon(code="SAVE", known=False)
    for coupons in ([spent, unknown], [unknown, spent]):
        applied = sell(BASKET, [once], coupons=coupons, offline_coupons="accept")
        assert total(applied) == 2000
        assert [each.reason for each in applied.coupons] == [Reason.COUPON_USED_UP, Reason.COUPON_GIVEN_TWICE]


def test_offline_a_code_for_everybody_is_taken_and_one_per_customer_is_not() -> None:
    unknown = [Coupon(code="SAVE", known=False)]
    many = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",)))
    assert (total(sell(BASKET, [many], coupons=unknown)), sell(BASKET, [many], coupons=unknown).coupons[0].used) == (
        1800,
        True,
    )
    each = percent("p", 100_000, coupon=CouponRule(codes=("SAVE",), per_customer_max=1))
    ann = context(customer=Customer(customer_id="ann"))
    refused = sell(BASKET, [each], where=ann, coupons=unknown)
    assert (total(refused), refused.coupons[0].reason) == (2000, Reason.COUPON_NOT_CHECKED)
    taken = sell(BASKET, [each], where=ann, coupons=unknown, offline_coupons="accept")
    assert (total(taken), taken.coupons[0].provisional) == (1800, True)


def test_a_code_must_begin_as_the_promotion_says() -> None:
    applied = sell(BASKET, [amount("p", 100, coupon=CouponRule(prefix="V"))], coupons=[Coupon(code="W1")])
    assert (total(applied), applied.coupons[0].reason) == (2000, Reason.COUPON_UNKNOWN)


def test_a_code_of_two_promotions_gives_the_reason_of_the_first() -> None:
    rule = CouponRule(codes=("SAVE",))
    over = amount("over", 100, priority=1, coupon=rule, scope=Scope(valid_until=NOON))
    cake = amount("cake", 100, coupon=rule, needs=(buy(1, skus("cake")),))
    (coupon,) = sell(BASKET, [cake, over], coupons=[Coupon(code="SAVE")]).coupons
    assert (coupon.used, coupon.promotion, coupon.reason) == (False, "over", Reason.OVER)


def test_a_promotion_whose_codes_are_all_refused_gives_the_reason_of_the_first() -> None:
    once = amount("p", 100, coupon=CouponRule(prefix="V", uses_max=1))
    applied = sell(BASKET, [once], coupons=[Coupon(code="V2", known=False), Coupon(code="V1", uses=1)])
    assert [each.reason for each in applied.coupons] == [Reason.COUPON_NOT_CHECKED, Reason.COUPON_USED_UP]
    assert outcome(applied, "p").reason == Reason.COUPON_USED_UP
