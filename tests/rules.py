"""A set of rules with one of each kind, for tests of how rules travel."""

from __future__ import annotations

from kiosk.domain.basket import Policies
from kiosk.domain.catalog import Rules
from kiosk.domain.context import Scope, Weekday
from kiosk.domain.money import Rounding
from kiosk.domain.promotion.offers import CouponRule, Goods, Need, PercentOff, PriceEntry, Promotion, SetPrice
from kiosk.domain.tax.rules import TaxRule

RULES = Rules(
    promotions=(
        Promotion(
            id="coupon",
            level="order",
            rewards=(PercentOff(percent_ppm=50_000),),
            coupon=CouponRule(codes=("9980000000013",), uses_max=1),
        ),
        Promotion(
            id="mix",
            needs=(Need(goods=Goods(departments=("Dairy",)), pieces=3, consumes=True),),
            rewards=(SetPrice(price_minor=400),),
        ),
    ),
    prices=(PriceEntry(id="flash", sku="1001", price_minor=99, scope=Scope(weekdays=(Weekday.SATURDAY,))),),
    tax_rules=(TaxRule(code="S", rate_ppm=230_000, tax_codes=("S",)), TaxRule(code="Z", tax_codes=("Z",))),
    policies=Policies(rounding=Rounding.HALF_EVEN),
)
