"""Adapter: a django-oscar offer and basket as lines and a promotion. It translates; the engine counts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kiosk.domain.basket import BasketLine, DiscountPer, Policies
from kiosk.domain.money import PPM, Rounding, Spreading
from kiosk.domain.promotion.offers import AmountOff, Goods, Need, PercentOff, Promotion, Reward, SetPrice

# Oscar rounds down, percentages line by line, and the last line takes the rest of an amount.
POLICIES = Policies(rounding=Rounding.DOWN, discount_per=DiscountPer.LINE, spreading=Spreading.LAST_TAKES_REST)


def cents(text: str) -> int:
    """Minor units of a decimal string."""
    return int(Decimal(text) * 100)


def lines(case: Mapping[str, Any]) -> list[BasketLine]:
    """The basket."""
    return [
        BasketLine(
            line=number,
            sku=str(each["product"]),
            quantity=each["quantity"],
            unit_price_minor=cents(each["unit_price"]),
            discountable=each["discountable"],
        )
        for number, each in enumerate(case["basket_before"], start=1)
    ]


def promotion(case: Mapping[str, Any]) -> Promotion:
    """The offer: once, or again where the case starts from a basket to which it has been applied before.

    Oscar gives a multi-buy once per line, whatever its quantity (`MultibuyDiscountBenefit.apply`), hence never again.
    """
    again = case["items_with_discount_before"] > 0 and case["benefit"]["type"] != "MultibuyDiscountBenefit"
    return Promotion(id="offer", needs=(_need(case["condition"]),), rewards=(_reward(case["benefit"]),), repeats=again)


def _goods(chosen: Mapping[str, Any]) -> Goods:
    return Goods(
        skus=tuple(map(str, chosen["included_products"])),
        departments=tuple(map(str, chosen["included_categories"])),
        except_skus=tuple(map(str, chosen["excluded_products"])),
    )


def _need(condition: Mapping[str, Any]) -> Need:
    goods = _goods(condition["range"])
    match condition["type"]:
        case "CountCondition":
            return Need(goods=goods, pieces=int(condition["value"]), consumes=True)
        case "ValueCondition":
            return Need(goods=goods, value_minor=cents(condition["value"]), consumes=True)
        case "CoverageCondition":
            return Need(goods=goods, distinct=int(condition["value"]), consumes=True)
        case other:
            raise NotImplementedError(other)


def _reward(benefit: Mapping[str, Any]) -> Reward:
    goods, pieces = _goods(benefit["range"]), benefit["max_affected_items"]
    match benefit["type"]:
        case "MultibuyDiscountBenefit":
            return PercentOff(goods=goods, pieces=1, percent_ppm=PPM)
        case "PercentageDiscountBenefit":
            return PercentOff(goods=goods, pieces=pieces, percent_ppm=int(Decimal(benefit["value"]) * PPM / 100))
        case "AbsoluteDiscountBenefit":
            return AmountOff(goods=goods, pieces=pieces, amount_minor=cents(benefit["value"]))
        case "FixedUnitDiscountBenefit":
            return AmountOff(goods=goods, pieces=pieces, amount_minor=cents(benefit["value"]), per="piece")
        case "FixedPriceBenefit":
            return SetPrice(price_minor=cents(benefit["value"]))
        case other:
            raise NotImplementedError(other)
