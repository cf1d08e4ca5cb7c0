"""What a shopper is asked to pay: promotions, coupons, prices that change, taxes on top."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from drivers.payment.interface import Approved, CardDetails
from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.effects import RequestPayment
from kiosk.checkout.state import Asking, Basket
from kiosk.config import Policy
from kiosk.domain.basket import Policies
from kiosk.domain.catalog import Rules
from kiosk.domain.context import Scope, Weekday
from kiosk.domain.item import Item
from kiosk.domain.promotion.offers import AmountOff, CouponRule, Goods, Need, PercentOff, PriceEntry, Promotion
from kiosk.domain.tax.rules import TaxRule
from tests.checkout.lane import BREAD_CODE, MILK, MILK_CODE, FlowLane, SmallCatalog, open_lane

COUPON = "9980000000013"
THREE_FOR_TWO = Promotion(
    id="milk-3-2",
    name="Milk: 3 for 2",
    needs=(Need(goods=Goods(skus=("milk",)), pieces=3, consumes=True),),
    rewards=(PercentOff(percent_ppm=1_000_000, goods=Goods(skus=("milk",)), pieces=1),),
)
WELCOME = Promotion(
    id="welcome",
    name="Welcome",
    level="order",
    needs=(Need(value_minor=500),),
    rewards=(AmountOff(amount_minor=100),),
    coupon=CouponRule(codes=(COUPON,)),
)


def lane_with(rules: Rules, **policy: object) -> FlowLane:
    lane = open_lane(SmallCatalog(rules=rules))
    lane.policy = msgspec.structs.replace(Policy(), **policy)
    return lane


def scan(lane: FlowLane, *codes: str) -> None:
    for code in codes:
        lane.feed(Scan("scanner", code))


def pay(lane: FlowLane) -> None:
    lane.feed(events.PayPressed())
    stage = lane.state.stage
    assert isinstance(stage, Asking)
    lane.feed(Approved("terminal", stage.attempt.attempt, stage.attempt.amount_minor, CardDetails("T", 1, 1)))


def test_three_for_two_comes_off_as_soon_as_the_third_is_scanned_and_goes_with_it() -> None:
    lane = lane_with(Rules(promotions=(THREE_FOR_TWO,)))
    scan(lane, MILK_CODE, MILK_CODE)
    transaction = lane.state.transaction
    assert transaction is not None
    assert (transaction.total_minor, transaction.saved_minor) == (298, 0)
    scan(lane, MILK_CODE)
    transaction = lane.state.transaction
    assert transaction is not None
    assert (transaction.total_minor, transaction.saved_minor) == (298, 149)
    lane.feed(events.QuantityChanged(1, -1))
    transaction = lane.state.transaction
    assert transaction is not None
    assert (transaction.total_minor, transaction.saved_minor) == (298, 0)


def test_the_sale_keeps_what_each_promotion_took_off() -> None:
    lane = lane_with(Rules(promotions=(THREE_FOR_TWO, WELCOME), policies=Policies(offline_coupons="accept")))
    scan(lane, MILK_CODE, MILK_CODE, MILK_CODE, BREAD_CODE, COUPON)
    pay(lane)
    (sale,) = lane.sales()
    assert sale.total_minor == 298 + 325 - 100 == sum(line.amount_minor for line in sale.lines)
    assert sale.coupons == (COUPON,)
    milk, bread = sale.lines
    assert [(one.promotion, one.order) for one in milk.discounts] == [("milk-3-2", False), ("welcome", True)]
    assert milk.discounts[0].amount_minor == 149
    assert milk.discounts[1].amount_minor + bread.discounts[0].amount_minor == 100


def test_a_coupon_waits_until_the_basket_is_what_it_asks_for() -> None:
    lane = lane_with(Rules(promotions=(WELCOME,), policies=Policies(offline_coupons="accept")))
    scan(lane, COUPON)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "coupon_waits"
    scan(lane, BREAD_CODE, MILK_CODE, MILK_CODE)
    transaction = lane.state.transaction
    assert transaction is not None
    assert transaction.total_minor == 325 + 298 - 100
    scan(lane, COUPON)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "coupon_twice"


FLASH = Rules(
    prices=(
        PriceEntry(
            id="happy-hour",
            sku="milk",
            price_minor=99,
            scope=Scope(weekdays=(Weekday.SATURDAY,), hours=(("10:00", "11:00"),)),
        ),
    )
)


def test_a_price_that_ends_while_the_basket_is_open_holds_for_it() -> None:
    lane = lane_with(FLASH, open_basket_prices="keep")
    scan(lane, MILK_CODE)
    lane.now = "2026-11-21T11:00:00.000Z"
    scan(lane, MILK_CODE)
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Asking)
    assert lane.state.stage.attempt.amount_minor == 198


def test_or_it_ends_at_the_second_and_the_shopper_sees_the_new_total_before_any_money_is_asked_for() -> None:
    lane = lane_with(FLASH, open_basket_prices="switch")
    scan(lane, MILK_CODE)
    lane.now = "2026-11-21T10:59:59.999Z"
    scan(lane, MILK_CODE)
    lane.now = "2026-11-21T11:00:00.000Z"
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Basket)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "prices_changed"
    assert not any(isinstance(effect, RequestPayment) for effect in lane.effects)
    lane.feed(events.PayPressed())
    stage = lane.state.stage
    assert isinstance(stage, Asking)
    assert stage.attempt.amount_minor == 2 * MILK.price_minor


def test_taxes_on_top_of_the_shelf_price_are_in_the_total_and_in_the_ledger() -> None:
    state = TaxRule(code="NY", rate_ppm=40_000, included=False)
    city = TaxRule(code="NYC", rate_ppm=48_750, included=False)
    lane = lane_with(Rules(tax_rules=(state, city)))
    scan(lane, BREAD_CODE)
    pay(lane)
    (sale,) = lane.sales()
    assert sale.total_minor == 325 + 13 + 16
    assert [(tax.tax_code, tax.base_minor, tax.tax_minor) for tax in sale.lines[0].taxes] == [
        ("NY", 325, 13),
        ("NYC", 325, 16),
    ]
    assert sum(tax.tax_minor for tax in sale.taxes) == 29


def test_a_good_that_no_promotion_may_touch_keeps_its_price() -> None:
    lane = lane_with(Rules(promotions=(Promotion(id="all", rewards=(PercentOff(percent_ppm=500_000),)),)))
    scan(lane, BREAD_CODE)
    transaction = lane.state.transaction
    assert transaction is not None
    assert transaction.total_minor == 325 - 163

    class Fixed(SmallCatalog):
        def by_sku(self, sku: str) -> Item | None:
            item = super().by_sku(sku)
            return replace(item, discountable=False) if item else None

    fixed = open_lane(Fixed(rules=Rules(promotions=(Promotion(id="all", rewards=(PercentOff(percent_ppm=500_000),)),))))
    scan(fixed, BREAD_CODE)
    transaction = fixed.state.transaction
    assert transaction is not None
    assert transaction.total_minor == 325
