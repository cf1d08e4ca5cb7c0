"""A basket as pricing sees it: its lines, the coupons given, and how this retailer counts."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

import msgspec

from kiosk.domain.item import Unit
from kiosk.domain.money import Rounding, Spreading
from kiosk.domain.tax.rules import TaxPolicy


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class Override(_Record, frozen=True, kw_only=True):
    """A price that an operator set, per piece or per kilogram: promotions of level "line" leave it alone."""

    price_minor: Annotated[int, msgspec.Meta(ge=0)]
    reason: str = ""
    operator: str = ""


class BasketLine(_Record, frozen=True, kw_only=True):
    """One line of the basket.

    `unit_price_minor` is the list price per piece or kilogram, `grams` the net weight of a weighed good, of which there
    is one piece. `label_price_minor`: the amount printed on a price label, which then is the amount. `floor_minor`: the
    least a piece (a kilogram) may cost after promotions. `linked_to`: the line this is a deposit or service of; no
    promotion touches it. `tax_codes` of the line's item: usually one.
    """

    line: Annotated[int, msgspec.Meta(ge=1)]
    sku: str
    quantity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    unit: Unit = Unit.EACH
    grams: Annotated[int, msgspec.Meta(ge=0)] = 0
    unit_price_minor: Annotated[int, msgspec.Meta(ge=0)]
    label_price_minor: Annotated[int, msgspec.Meta(ge=0)] | None = None
    department: str = ""
    tags: tuple[str, ...] = ()
    tax_code: str = ""
    discountable: bool = True
    floor_minor: Annotated[int, msgspec.Meta(ge=0)] | None = None
    linked_to: int | None = None
    override: Override | None = None


class Coupon(_Record, frozen=True, kw_only=True):
    """A coupon the shopper gave, with what is known of its past: uses by all, uses by this customer.

    `known` False: the uses could not be looked up (offline); `policies.offline_coupons` says what then happens.
    """

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    uses: Annotated[int, msgspec.Meta(ge=0)] = 0
    uses_by_customer: Annotated[int, msgspec.Meta(ge=0)] = 0
    known: bool = True


class Usage(_Record, frozen=True, kw_only=True):
    """What a promotion's budget has spent before this basket."""

    promotion: str
    spent_minor: Annotated[int, msgspec.Meta(ge=0)] = 0
    uses: Annotated[int, msgspec.Meta(ge=0)] = 0


class DiscountPer(enum.StrEnum):
    """What a percentage is rounded on: each piece, each line, or the whole order before it is spread."""

    UNIT = "unit"
    LINE = "line"
    ORDER = "order"


class Policies(_Record, frozen=True, kw_only=True):
    """How this retailer counts.

    `rounding`, `discount_per` and `spreading` are for discounts. `percent_of` "running": a percentage sees the price
    that earlier promotions left; "list": the list price. `conflict`: in a group, or among exclusive promotions, the one
    that takes most off ("best") or comes first ("priority"). `cash_step_minor`: what a cash total is rounded to.
    `offline_coupons`: whether a limited coupon that could not be looked up is taken, marked provisional, or refused.
    """

    rounding: Rounding = Rounding.HALF_UP
    discount_per: DiscountPer = DiscountPer.LINE
    spreading: Spreading = Spreading.LARGEST_REMAINDER
    percent_of: Literal["running", "list"] = "running"
    conflict: Literal["best", "priority"] = "best"
    weight_rounding: Rounding = Rounding.HALF_UP
    tax: TaxPolicy = TaxPolicy()
    cash_step_minor: Annotated[int, msgspec.Meta(ge=1)] = 1
    cash_rounding: Rounding = Rounding.HALF_UP
    offline_coupons: Literal["accept", "refuse"] = "refuse"
