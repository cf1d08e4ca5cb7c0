"""The words of attention: what the basket shows, what needs someone, and what was decided."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from kiosk.domain.operator.rights import Right


class Kind(enum.StrEnum):
    """What it is about; the words of `AttentionDecided.matter`."""

    AGE = "age"
    QUANTITY = "quantity"
    VALUE = "value"
    NOT_FOR_SALE = "not_for_sale"
    RECALLED = "recalled"
    EXPIRED = "expired"
    BEST_BEFORE = "best_before"
    LOT = "lot"
    SERIAL_NUMBER = "serial_number"
    PRICE = "price"
    COUPON = "coupon"
    WEIGHT = "weight"
    SECURITY_TAG = "security_tag"
    WARRANTY = "warranty"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class PriceAsked:
    """A price that somebody wants to set by hand, per piece or kilogram: `off_minor` less for the line (>= 0)."""

    to_minor: int
    from_minor: int
    off_minor: int
    of_minor: int
    reason: str
    requested_by: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as far as attention goes: what the transaction, the catalog and the bar code say of it.

    `maximum` 0: the policy's. `weight_doubt` names a weight that does not fit, such as "expected 500 g, found 120 g".
    `warranty` is what an offer still lacks: "" nothing, "offer" (may be offered), "data" (sold, and somebody has to
    fill in whose it is).
    """

    line: int
    sku: str
    name: str
    quantity: int
    amount_minor: int
    department: str = ""
    tags: tuple[str, ...] = ()
    minimum_age: int = 0
    maximum: int = 0
    sellable: bool = True
    serial_wanted: bool = False
    serial_number: str = ""
    lot: str = ""
    expiry: dt.date | None = None
    best_before: dt.date | None = None
    price: PriceAsked | None = None
    security_tag: bool = False
    weight_doubt: str = ""
    warranty: str = ""
    linked_to: int | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """The open transaction: its lines, the paper coupons in the slot, and its key.

    `paying`: the shopper wants to pay, which is when a sample check is asked for.
    """

    key: str
    lines: tuple[LineView, ...]
    coupons: tuple[str, ...] = ()
    paying: bool = False

    @property
    def pieces(self) -> int:
        """Goods in the basket; deposits are none."""
        return sum(line.quantity for line in self.lines if line.linked_to is None)

    @property
    def amount_minor(self) -> int:
        """What is to be paid."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided; the fields are those of `AttentionDecided`. No date of birth, ever.

    `line` 0: about the whole basket. `value` is what was decided upon: the age, the quantity, the serial number...
    """

    matter: Kind
    decision: str
    line: int = 0
    operator: str = ""
    reason: str = ""
    value: str = ""

    @property
    def approved(self) -> bool:
        """Whether it was a yes."""
        return self.decision == "approved"


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that needs someone.

    `line` 0: about the whole basket, or about all of `lines`, which a refusal takes out. `needed` is what a yes has to
    cover, `refused` what a no is about. `right` is what an operator needs, `remote`: also from afar. `final`: nobody
    may say yes. Texts are for staff.
    """

    kind: Kind
    line: int
    lines: tuple[int, ...]
    needed: str
    sentence: str
    remedy: str
    right: Right = Right.ASSIST
    blocks: bool = True
    remote: bool = False
    final: bool = False
    refused: str = ""
    price: PriceAsked | None = None

    @property
    def name(self) -> tuple[Kind, int]:
        """What tells it from the others of the list."""
        return self.kind, self.line
