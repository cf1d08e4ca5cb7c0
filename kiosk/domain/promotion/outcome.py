"""What promotions did to a basket: what came off which line, and why others did not apply."""

from __future__ import annotations

from typing import Literal

import msgspec


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class LineDiscount(_Record, frozen=True, kw_only=True):
    """What one promotion took off a line (> 0), on how many pieces; `level` "order": the line's share of an order's."""

    promotion: str
    amount_minor: int
    pieces: int = 0
    level: Literal["line", "order"] = "line"


class SpreadShare(_Record, frozen=True, kw_only=True):
    """A line's share of an order discount."""

    line: int
    amount_minor: int


class OrderDiscount(_Record, frozen=True, kw_only=True):
    """A promotion of level "order": the whole of it, and how it is spread over the lines."""

    promotion: str
    amount_minor: int
    spread: tuple[SpreadShare, ...]


class PromotionOutcome(_Record, frozen=True, kw_only=True):
    """What became of a promotion: so many applications and so much off, or a reason why not.

    `reason` is a word of `Reason` ("" where applied in full), `missing_pieces` and
    `missing_minor` how far the basket is from it, `by` the promotion that drove it out.
    """

    promotion: str
    name: str
    applied: bool
    applications: int = 0
    discount_minor: int = 0
    reason: str = ""
    detail: str = ""
    missing_pieces: int = 0
    missing_minor: int = 0
    by: str = ""


class CouponOutcome(_Record, frozen=True, kw_only=True):
    """What became of a coupon: used by which promotion, or a reason why not. `provisional`: taken without a look-up."""

    code: str
    used: bool
    promotion: str = ""
    reason: str = ""
    provisional: bool = False
