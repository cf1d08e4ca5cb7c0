"""What a scan can turn out to be, as records. Texts that may be secret are never in their repr."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

from kiosk.domain.gs1.elements import Elements
from kiosk.domain.gs1.faults import Problem


class Kind(enum.StrEnum):
    """What a scanned text is, in one word."""

    GOOD = "good"
    LABEL = "label"  # a good whose price, weight or count is inside the number
    COUPON = "coupon"
    RECEIPT = "receipt"
    SUSPENDED = "suspended"  # a suspended transaction
    STORE_CREDIT = "store_credit"
    BADGE = "badge"
    GS1 = "gs1"  # GS1 data of something that is not sold: a pallet, a place, a document
    OTHER = "other"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class GoodCode:
    """A GTIN in every reading its digits allow (14 digits each), the likeliest first.

    `add_on` is the 2 or 5 digits beside an EAN-13 or UPC symbol: issue of a periodical, price of a book.
    """

    readings: tuple[str, ...]
    add_on: str = ""

    @property
    def kind(self) -> Kind:
        """What it is."""
        return Kind.GOOD


@dataclass(frozen=True, slots=True)
class GoodWithData(GoodCode):
    """A good whose bar code says more than its number (AIs of GS1-128, DataBar, DataMatrix, QR, Digital Link).

    `expiry` (17, 7003) must not be passed, `best_before` (15) may; day 00 is the month's last. `grams` is the net
    weight (310n, 320n, 356n), rounded half up. `price_minor` (392n, 393n) is in `currency` (ISO 4217 letters, "" where
    nothing says it). `count` (30) is pieces inside. `flaw` is what should not be so but leaves no doubt which good it
    is: a partner that is missing, a price with a fraction of the minor unit.
    """

    lot: str = ""
    serial: str = ""
    expiry: dt.date | None = None
    best_before: dt.date | None = None
    grams: int | None = None
    price_minor: int | None = None
    currency: str = ""
    count: int | None = None
    elements: Elements = ()
    flaw: Problem | None = None


@dataclass(frozen=True, slots=True)
class LabelCode:
    """A label printed in the store: item number, and a price, a weight or a count. The others are None."""

    item_number: str
    price_minor: int | None = None
    grams: int | None = None
    count: int | None = None

    @property
    def kind(self) -> Kind:
        """What it is."""
        return Kind.LABEL


@dataclass(frozen=True, slots=True)
class NotACode:
    """No code of a good. `reason`: "check_digit" (read wrong or damaged) or "other" (a badge, a web address...).

    `problem` is there where it was to be a code but something is wrong with it; two that differ in it alone are equal.
    """

    reason: str
    problem: Problem | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        """What it is."""
        return Kind.UNUSABLE if self.problem else Kind.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class InHouseCode(NotACode):
    """A code of our own, `in_house_kind` being receipt, suspended, store credit or badge. `payload` is behind it."""

    in_house_kind: Kind
    payload: str = field(repr=False)

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.in_house_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponCode(NotACode):
    """A coupon: an EAN or UPC of a coupon range in 14 digits, or what AI 8110, 8112 or 255 holds."""

    number: str
    elements: Elements = ()

    @property
    def kind(self) -> Kind:
        """What it is."""
        return Kind.COUPON


@dataclass(frozen=True, slots=True, kw_only=True)
class Gs1Code(NotACode):
    """GS1 data without a good to sell. `problem` may be a partner that is missing, as in `GoodWithData.flaw`."""

    elements: Elements

    @property
    def kind(self) -> Kind:
        """What it is."""
        return Kind.GS1


Meaning = GoodCode | LabelCode | NotACode
