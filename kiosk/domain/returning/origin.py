"""What a return goes back to: a sale or an order, its lines as they were paid, and the tenders that paid them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from kiosk.domain.pricing.document import PricedLine
from kiosk.domain.tender.refund_records import Original


class Disposition(enum.StrEnum):
    """What becomes of goods that came back: onto the shelf, written off, or back to who made them."""

    RESELL = "resell"
    DAMAGED = "damaged"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True, order=True)
class SaleKey:
    """The natural key of a sale. For a web order: the web shop's store, the order's id, and 1."""

    store_id: str
    workstation_id: str
    sequence_number: int


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line that was sold, one entry each by promotion and level, and by tax.

    Its `due_minor` is its `gross_minor`, what was paid for it. `returnable` False: it was sold for good.
    """

    priced: PricedLine
    tax_code: str
    tax_rate_ppm: int
    linked_to: int | None = None
    returnable: bool = True
    name: str = ""
    department: str = ""

    @property
    def whole(self) -> int:
        """How much was sold: grams of a weighed good, else pieces."""
        return self.priced.grams or self.priced.quantity


@dataclass(frozen=True, slots=True)
class Origin:
    """A sale as far as a return needs it. `valid_until` is the last ISO date of the right to return, "" for ever.

    `lines` are None where only their hash is known (a receipt too long for its code). `traded`: part of it was paid
    with goods that came back, so its tenders are less than its lines.
    """

    key: SaleKey
    business_day: str
    currency: str
    total_minor: int
    lines: tuple[SoldLine, ...] | None
    originals: tuple[Original, ...] = ()
    valid_until: str = ""
    traded: bool = False

    def line(self, number: int) -> SoldLine | None:
        """The line of that number, None where there is none."""
        return next((one for one in self.lines or () if one.priced.line == number), None)

    def linked(self, number: int) -> tuple[SoldLine, ...]:
        """The deposits and services that were sold with a line."""
        return tuple(one for one in self.lines or () if one.linked_to == number)


@dataclass(frozen=True, slots=True)
class Back:
    """What has come back of a line so far, in amounts above zero.

    `discounts` are by (promotion, level), `taxes` base and tax by (code, rate, exempt).
    """

    units: int = 0
    gross_minor: int = 0
    discounts: dict[tuple[str, str], int] = field(default_factory=dict)
    taxes: dict[tuple[str, int, bool], tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line that was sold, and what has come back of it."""

    sold: SoldLine
    back: Back = field(default_factory=Back)

    @property
    def units(self) -> int:
        """Pieces or grams that may still come back."""
        return max(0, self.sold.whole - self.back.units)

    @property
    def gross_minor(self) -> int:
        """The most that may still be given back for it."""
        return max(0, self.sold.priced.gross_minor - self.back.gross_minor)


@dataclass(frozen=True, slots=True)
class Returnable:
    """What is left of a sale, as far as is known here. `complete`: headquarters has said what came back elsewhere."""

    origin: Origin
    lines: tuple[LineLeft, ...]
    originals: tuple[Original, ...]
    complete: bool = False

    def line(self, number: int) -> LineLeft | None:
        """The line of that number, None where there is none."""
        return next((one for one in self.lines if one.sold.priced.line == number), None)
