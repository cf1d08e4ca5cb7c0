"""The pricing document: all that decides what a transaction costs, and the result, cent by cent and with reasons."""

from __future__ import annotations

from typing import Literal

import msgspec

from kiosk.domain.basket import BasketLine, Coupon, Policies, Usage
from kiosk.domain.context import Context
from kiosk.domain.promotion.offers import PriceEntry, Promotion
from kiosk.domain.promotion.outcome import CouponOutcome, LineDiscount, OrderDiscount, PromotionOutcome
from kiosk.domain.tax.outcome import LineTax, TaxLine
from kiosk.domain.tax.rules import TaxRule

# Raised when the same document could give another cent.
ENGINE = 1


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class Document(_Record, frozen=True, kw_only=True):
    """Everything that decides the price of a transaction; the same document gives the same cent everywhere."""

    version: Literal[1] = 1
    id: str = ""
    context: Context
    lines: tuple[BasketLine, ...]
    coupons: tuple[Coupon, ...] = ()
    prices: tuple[PriceEntry, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    usage: tuple[Usage, ...] = ()
    taxes: tuple[TaxRule, ...] = ()
    policies: Policies = Policies()


class PricedLine(_Record, frozen=True, kw_only=True):
    """One line, priced.

    `unit_price_minor` is the price that counted, `price_id` the `PriceEntry` it is from ("" list price, "label",
    "override"). `amount_minor` = pieces or weight times price; minus all `discounts` it is `due_minor`, which is what
    the shelf said (taxes not included in prices come on top). `net_minor` + `tax_minor` = `gross_minor`.
    """

    line: int
    sku: str
    quantity: int
    grams: int
    unit_price_minor: int
    price_id: str
    amount_minor: int
    discounts: tuple[LineDiscount, ...]
    due_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    taxes: tuple[LineTax, ...]


class Totals(_Record, frozen=True, kw_only=True):
    """Sums. `before_discounts_minor` - `discount_minor` = sum of what is due; `total_minor` = net + tax is asked for.

    `cash_total_minor` is what is asked for in cash, `cash_rounding_minor` the difference to `total_minor`.
    """

    before_discounts_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    cash_total_minor: int
    cash_rounding_minor: int


class Result(_Record, frozen=True, kw_only=True):
    """A priced transaction."""

    engine: int
    id: str
    currency: str
    lines: tuple[PricedLine, ...]
    order_discounts: tuple[OrderDiscount, ...]
    taxes: tuple[TaxLine, ...]
    totals: Totals
    promotions: tuple[PromotionOutcome, ...]
    coupons: tuple[CouponOutcome, ...]
