"""Adapter: a Sylius cart and its promotions as a pricing document. It translates; the engine counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kiosk.domain.basket import BasketLine, Coupon, DiscountPer, Policies, Usage
from kiosk.domain.context import EVERYWHERE, Scope
from kiosk.domain.money import PPM, Spreading
from kiosk.domain.pricing.document import Document
from kiosk.domain.promotion.offers import AmountOff, Caps, CouponRule, Goods, Need, PercentOff, Promotion, Reward
from kiosk.domain.tax.rules import TaxPer, TaxPolicy, TaxRule
from tests.domain.promotion.shop import NOON, context

NOT_SHIPPING = Goods(except_tags=("shipping",))


def cents(text: str) -> int:
    """Minor units of a decimal string."""
    return int(Decimal(text) * 100)


def document(case: Mapping[str, Any], cart: Mapping[str, int], coupons: list[str], shipping: str | None) -> Document:
    """The document of a cart, product by product in the order of adding."""
    per = {"order_item_units": TaxPer.UNIT, "decimal": TaxPer.DOCUMENT}.get(case["tax_strategy"], TaxPer.LINE)
    return Document(
        context=context(currency="USD", region=case["default_tax_zone"] or ""),
        lines=tuple(_lines(case, cart, shipping)),
        coupons=tuple(Coupon(code=code) for code in coupons),
        promotions=tuple(_promotion(number, each) for number, each in enumerate(case["promotions"])),
        usage=tuple(
            Usage(promotion=_id(number, each), uses=each.get("used", 0))
            for number, each in enumerate(case["promotions"])
        ),
        taxes=tuple(_tax(each) for each in case["tax_rates"]),
        policies=Policies(
            discount_per=DiscountPer.ORDER,
            spreading=Spreading.FIRST,
            conflict="priority",
            tax=TaxPolicy(per=per),
        ),
    )


def _lines(case: Mapping[str, Any], cart: Mapping[str, int], shipping: str | None) -> list[BasketLine]:
    products = {each["name"]: each for each in case["products"]}
    lines = [
        BasketLine(
            line=number,
            sku=name,
            quantity=quantity,
            unit_price_minor=cents(products[name]["price"]),
            tags=tuple(products[name]["taxons"]),
            tax_code=products[name]["tax_category"] or "",
        )
        for number, (name, quantity) in enumerate(cart.items(), start=1)
    ]
    fees = {each["name"]: cents(each["fee"]) for each in case["shipping_methods"]}
    if shipping and lines:
        lines.append(BasketLine(line=len(lines) + 1, sku=shipping, unit_price_minor=fees[shipping], tags=("shipping",)))
    return lines


def _id(number: int, promotion: Mapping[str, Any]) -> str:
    return f"{number:03d} {promotion['name']}"


def _promotion(number: int, promotion: Mapping[str, Any]) -> Promotion:
    coupon = promotion.get("coupon")
    return Promotion(
        id=_id(number, promotion),
        name=promotion["name"],
        level="order" if any(action["target"] == "order" for action in promotion["actions"]) else "line",
        priority=promotion["priority"] or 0,
        exclusive=promotion["exclusive"],
        scope=_scope(promotion),
        needs=tuple(_need(rule) for rule in promotion["rules"]),
        rewards=tuple(_reward(action) for action in promotion["actions"]),
        coupon=CouponRule(codes=(coupon,)) if coupon else None,
        caps=Caps(budget_uses=promotion.get("usage_limit")),
    )


def _scope(promotion: Mapping[str, Any]) -> Scope:
    if promotion.get("starts") == "tomorrow":
        return Scope(valid_from=NOON + timedelta(days=1))
    if promotion.get("ends") == "yesterday":
        return Scope(valid_until=NOON - timedelta(days=1))
    return Scope(channels=("another",)) if promotion.get("disabled_in_channel") else EVERYWHERE


def _need(rule: Mapping[str, Any]) -> Need:
    match rule["type"]:
        case "cart_quantity_at_least":
            return Need(goods=NOT_SHIPPING, pieces=rule["value"])
        case "items_total_at_least":
            return Need(goods=NOT_SHIPPING, value_minor=cents(rule["value"]))
        case "contains_product":
            return Need(goods=Goods(skus=(rule["product"],)), pieces=1)
        case "has_taxon_any":
            return Need(goods=Goods(tags=tuple(rule["taxons"])), pieces=1)
        case other:
            raise NotImplementedError(other)


def _reward(action: Mapping[str, Any]) -> Reward:
    goods = NOT_SHIPPING
    if action["target"] == "each_unit":
        goods = Goods(skus=tuple(action.get("products_any", ())), tags=tuple(action.get("taxons_any", ())))
    elif action["target"] == "shipping":
        goods = Goods(tags=("shipping",))
    if action["type"] == "percent":
        return PercentOff(goods=goods, percent_ppm=int(Decimal(action["value"]) * PPM / 100))
    each = action["target"] == "each_unit"
    return AmountOff(goods=goods, amount_minor=cents(action["value"]), per="piece" if each else "together")


def _tax(rate: Mapping[str, Any]) -> TaxRule:
    return TaxRule(
        code=rate["name"],
        rate_ppm=int(Decimal(rate["percent"]) * PPM / 100),
        included=rate["included_in_price"],
        tax_codes=(rate["category"],),
        scope=Scope(regions=(rate["zone"],)),
    )
