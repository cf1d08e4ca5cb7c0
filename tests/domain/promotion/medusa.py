"""Adapter: a Medusa context and its promotions as lines and promotions. It translates; the engine counts.

Medusa does not round: money is in millionths of its unit here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from kiosk.domain.basket import BasketLine, Usage
from kiosk.domain.context import Scope
from kiosk.domain.money import PPM
from kiosk.domain.promotion.offers import (
    AmountOff,
    Caps,
    CouponRule,
    Goods,
    Need,
    PercentOff,
    Promotion,
    Reward,
)

MILLIONTHS = 1_000_000
SHIPPING = "shipping"


def amount(value: float) -> int:
    """Millionths of an amount."""
    return round(Fraction(value) * MILLIONTHS)


def lines(context: Mapping[str, Any]) -> list[BasketLine]:
    """Items, and shipping methods as lines with a tag. The sku is the product's, so that like goods are alike."""
    found: list[tuple[str, int, Fraction, str, tuple[str, ...]]] = []
    for item in context.get("items", ()):
        category = item.get("product_category", {}).get("id", "")
        each = Fraction(item["subtotal"]) / item["quantity"]
        found.append((item["product"]["id"], item["quantity"], each, category, ()))
    found += [
        (method["id"], 1, Fraction(method["subtotal"]), method["shipping_option"]["id"], (SHIPPING,))
        for method in context.get("shipping_methods", ())
    ]
    return [
        BasketLine(
            line=number,
            sku=sku,
            quantity=quantity,
            unit_price_minor=int(each * MILLIONTHS),
            department=department,
            tags=tags,
        )
        for number, (sku, quantity, each, department, tags) in enumerate(found, start=1)
    ]


def goods_of(context: Mapping[str, Any]) -> dict[str, str]:
    """The sku of each item and shipping method."""
    skus = {item["id"]: item["product"]["id"] for item in context.get("items", ())}
    return skus | {method["id"]: method["id"] for method in context.get("shipping_methods", ())}


def promotions(case: Mapping[str, Any]) -> list[Promotion]:
    """The promotions of a case in their order; without a code only those that are automatic, and where that is on."""
    campaigns = {each["id"]: each for each in case["campaigns_fixture"]}
    manual = case.get("options", {}).get("prevent_auto_promotions", False)
    basket = lines(case["context"])
    return [
        _promotion(number, each, basket, campaigns.get(each.get("campaign_id")), manual=manual)
        for number, each in enumerate(case["promotions"])
    ]


def usage(case: Mapping[str, Any]) -> list[Usage]:
    """What the campaigns have used, promotion by promotion."""
    used = {each["id"]: each["budget"]["used"] for each in (*case["campaigns_fixture"], *case["campaign_updates"])}
    return [
        Usage(promotion=each["code"], uses=used[each["campaign_id"]], spent_minor=amount(used[each["campaign_id"]]))
        for each in case["promotions"]
        if each.get("campaign_id")
    ]


def _promotion(
    number: int,
    promotion: Mapping[str, Any],
    basket: list[BasketLine],
    campaign: Mapping[str, Any] | None,
    *,
    manual: bool,
) -> Promotion:
    method = promotion["application_method"]
    buyget = promotion["type"] == "buyget"
    automatic = promotion.get("is_automatic", False) and not manual
    return Promotion(
        id=promotion["code"],
        level="order" if method["target_type"] == "order" else "line",
        priority=-number,
        scope=Scope(groups=_values(promotion.get("rules", ()))),
        needs=(_need(method),) if buyget else (),
        rewards=tuple(_rewards(method, basket, buyget=buyget)),
        coupon=None if automatic else CouponRule(codes=(promotion["code"],)),
        caps=_caps(method, campaign, buyget=buyget),
    )


def _values(rules: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(value for rule in rules for value in rule["values"])


def _goods(rules: Iterable[Mapping[str, Any]], target: str) -> Goods:
    rules = list(rules)
    if not rules:
        return Goods(tags=(SHIPPING,)) if target == "shipping_methods" else Goods(except_tags=(SHIPPING,))
    if rules[0]["attribute"] == "product.id":
        return Goods(skus=_values(rules))
    return Goods(departments=_values(rules))


def _need(method: Mapping[str, Any]) -> Need:
    goods = _goods(method["buy_rules"], "items")
    return Need(goods=goods, pieces=method["buy_rules_min_quantity"], consumes=True)


def _rewards(method: Mapping[str, Any], basket: list[BasketLine], *, buyget: bool) -> Iterable[Reward]:
    goods = _goods(method.get("target_rules", ()), method["target_type"])
    if buyget:
        yield PercentOff(goods=goods, percent_ppm=PPM, pieces=method["apply_to_quantity"], of="others")
    elif method.get("allocation") == "each":
        # "each" is each line: so many pieces of it, and a fixed value once per line.
        for sku in sorted({line.sku for line in basket if line.department in goods.departments}):
            yield _value(method, Goods(skus=(sku,)), pieces=method["max_quantity"])
    else:
        yield _value(method, goods)


def _value(method: Mapping[str, Any], goods: Goods, pieces: int | None = None) -> Reward:
    if method["type"] == "percentage":
        return PercentOff(goods=goods, percent_ppm=method["value"] * PPM // 100, pieces=pieces)
    minor = amount(method["value"])
    return AmountOff(goods=goods, amount_minor=minor, pieces=pieces, per="line" if pieces else "together")


def _caps(method: Mapping[str, Any], campaign: Mapping[str, Any] | None, *, buyget: bool) -> Caps:
    times = method["max_quantity"] // method["apply_to_quantity"] if buyget else None
    if campaign is None:
        return Caps(applications=times)
    limit = campaign["budget"]["limit"]
    if campaign["budget"]["type"] == "usage":
        return Caps(applications=times, budget_uses=limit)
    return Caps(applications=times, budget_minor=amount(limit))
