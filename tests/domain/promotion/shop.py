"""A small shop for tests of promotions: lines, a moment, and a basket put through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from kiosk.domain.basket import BasketLine, Coupon, Policies, Usage
from kiosk.domain.context import Context
from kiosk.domain.promotion.engine import Applied, Offers
from kiosk.domain.promotion.offers import AmountOff, Goods, Need, PercentOff, PriceEntry, Promotion
from kiosk.domain.promotion.outcome import PromotionOutcome

# A Sunday noon in Vienna.
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
FREE = 1_000_000


def line(number: int, sku: str, price_minor: int, quantity: int = 1, **more: Any) -> BasketLine:
    """One line of a basket."""
    return BasketLine(line=number, sku=sku, unit_price_minor=price_minor, quantity=quantity, **more)


def context(**more: Any) -> Context:
    """A store in Vienna at noon."""
    given = {"store_id": "7", "currency": "EUR", "at": NOON, "time_zone": "Europe/Vienna", **more}
    return Context(**given)


def sell(
    lines: Sequence[BasketLine],
    promotions: Sequence[Promotion],
    prices: Sequence[PriceEntry] = (),
    *,
    where: Context | None = None,
    coupons: Sequence[Coupon] = (),
    usage: Sequence[Usage] = (),
    **policies: Any,
) -> Applied:
    """Put a basket through the engine."""
    return Offers.prepared(promotions, prices).apply(lines, where or context(), coupons, usage, Policies(**policies))


def total(applied: Applied) -> int:
    """What the basket costs after promotions."""
    return sum(each.due_minor for each in applied.lines)


def dues(applied: Applied) -> list[int]:
    """What each line costs after promotions."""
    return [each.due_minor for each in applied.lines]


def outcome(applied: Applied, promotion: str) -> PromotionOutcome:
    """What became of one promotion."""
    return next(each for each in applied.promotions if each.promotion == promotion)


def skus(*names: str) -> Goods:
    """Goods by sku."""
    return Goods(skus=names)


def buy(pieces: int, goods: Goods = Goods()) -> Need:  # noqa: B008 - a frozen record
    """A need that uses so many pieces up."""
    return Need(goods=goods, pieces=pieces, consumes=True)


def percent(name: str, ppm: int, **more: object) -> Promotion:
    """So much off everything."""
    return Promotion(**{"id": name, "rewards": (PercentOff(percent_ppm=ppm),), **more})  # type: ignore[arg-type] # fields by name


def amount(name: str, minor: int, **more: object) -> Promotion:
    """So much off the basket."""
    return Promotion(**{"id": name, "rewards": (AmountOff(amount_minor=minor),), **more})  # type: ignore[arg-type] # fields by name
