"""Returns without a receipt: at which price, and within which limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.domain.item import Unit
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.returning.policy import WithoutReceipt


@dataclass(frozen=True, slots=True)
class PriceOn:
    """A price that counted on an ISO date, per piece or kilogram: list price, or what was paid after all discounts."""

    day: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class Good:
    """A good as the catalog has it, and the prices it was sold at."""

    sku: str
    name: str
    department: str
    unit: Unit
    price_minor: int
    tax_code: str
    tax_rate_ppm: int
    returnable: bool = True
    prices: tuple[PriceOn, ...] = ()


@dataclass(frozen=True, slots=True)
class SoFar:
    """What was given without a receipt before: on this day, and to this customer within the days that count.

    `customer_id` "" where nobody knows who it is.
    """

    day_minor: int = 0
    customer_minor: int = 0
    customer_id: str = ""


def lowest_price(good: Good, today: str, days: int) -> int:
    """The lowest price of a good on the last `days` days and today; never above the price of now."""
    since = (date.fromisoformat(today) - timedelta(days=days)).isoformat()
    return min((good.price_minor, *(one.price_minor for one in good.prices if since <= one.day <= today)))


def goods_refused(goods: Iterable[Good], rules: WithoutReceipt) -> Refused | None:
    """Why some of these goods do not come back without a receipt."""
    if not rules.allowed:
        return _no("no_receipt", "Goods come back with their receipt only.", "Look the receipt up by card or customer.")
    for good in goods:
        named = not (rules.skus or rules.departments) or good.sku in rules.skus or good.department in rules.departments
        if not named or not good.returnable:
            return _no("goods", f"{good.name} does not come back without a receipt.", "Look the receipt up.")
    return None


def amount_refused(amount_minor: int, so_far: SoFar, rules: WithoutReceipt) -> Refused | None:
    """Why so much is not given without a receipt."""
    if rules.customer_wanted and not so_far.customer_id:
        return _no("customer", "Without a receipt the customer has to be known.", "Scan the customer's card.")
    for reason, sum_minor, limit_minor, words in (
        ("per_return", amount_minor, rules.per_return_minor, "for one return"),
        ("per_day", so_far.day_minor + amount_minor, rules.per_day_minor, "for a day here"),
        ("per_customer", so_far.customer_minor + amount_minor, rules.per_customer_minor, "for one customer"),
    ):
        if sum_minor > limit_minor and (reason != "per_customer" or so_far.customer_id):
            sentence = f"Without a receipt this is more than the limit {words}."
            return _no(reason, sentence, "Take back less, or look the receipt up.")
    return None


def _no(reason: str, sentence: str, remedy: str) -> Refused:
    return Refused(f"without_receipt.{reason}", sentence, remedy)
