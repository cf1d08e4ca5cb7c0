"""A refund as it stands: what it came from, what is asked for, what went back."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.outcome import Trouble
from kiosk.domain.tender.records import CardFacts

Minor = Annotated[int, msgspec.Meta(ge=0)]


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """A tender of the sale that comes back: `paid_minor` came from it, `refunded_minor` went back to it before.

    `reference` tells it from the others: the attempt of a card or wallet, the account of a stored value. `provider` is
    a wallet's, or a meal voucher's issuer; `points` is what a points tender used for `paid_minor`.
    """

    kind: TenderKind
    reference: str
    paid_minor: Minor
    refunded_minor: Minor = 0
    provider: str = ""
    shown: str = ""
    points: int = 0

    @property
    def left_minor(self) -> int:
        """The most that may still go back to it."""
        return max(0, self.paid_minor - self.refunded_minor)

    @property
    def unit_minor(self) -> int:
        """The least that can go back: a cent, or what the fewest points are worth that are worth whole cents."""
        return self.paid_minor // math.gcd(self.paid_minor, self.points) if self.points else 1


class Part(msgspec.Struct, frozen=True, kw_only=True, tag="refund_part"):
    """To do: give `amount_minor` back by `kind`; on disk before it is sent, `attempt` is never used again.

    `original` is None where a new store credit is issued.
    """

    attempt: str
    kind: TenderKind
    amount_minor: int
    original: Original | None
    rounding_minor: int = 0

    @property
    def settles_minor(self) -> int:
        """What of the refund this part settles."""
        return self.amount_minor - self.rounding_minor

    @property
    def points(self) -> int:
        """For points: how many of them go back."""
        origin = self.original
        return self.amount_minor * origin.points // origin.paid_minor if origin and origin.paid_minor else 0


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A part that went back, of `amount_minor` > 0."""

    part: Part
    amount_minor: int
    card: CardFacts | None = None
    reference: str = ""


class Refunding(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as it stands; always `given_minor` + `remaining_minor` == `total_minor` + `rounding_minor`.

    `queue` is what will be asked for, `pending` what is being asked for; what neither holds becomes store credit.
    """

    name: str
    currency: str
    total_minor: Minor
    queue: tuple[Part, ...] = ()
    pending: Part | None = None
    in_doubt: bool = False
    given: tuple[Given, ...] = ()
    attempts: int = 0

    @property
    def given_minor(self) -> int:
        """What went back."""
        return sum(one.amount_minor for one in self.given)

    @property
    def rounding_minor(self) -> int:
        """What cash rounded it by."""
        return sum(one.part.rounding_minor for one in self.given)

    @property
    def remaining_minor(self) -> int:
        """What is still to give back."""
        return self.total_minor + self.rounding_minor - self.given_minor

    @property
    def finished(self) -> bool:
        """Whether all of it went back."""
        return self.remaining_minor == 0 and self.pending is None


class RefundStep(msgspec.Struct, frozen=True, kw_only=True):
    """The refund after a step; `ask` is to be put on disk and then done, `troubles` are exception entries."""

    refunding: Refunding
    ask: Part | None = None
    troubles: tuple[Trouble, ...] = ()


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: `amount_minor` > 0 back from a sale that was paid with `originals`.

    `beyond`: where there are no originals that could take it (goods without a receipt, a gift receipt), the rest is
    "store_credit" of right; "refuse" says that more than was paid is a mistake.
    """

    name: str
    amount_minor: Annotated[int, msgspec.Meta(ge=1)]
    currency: str
    originals: tuple[Original, ...] = ()
    beyond: Literal["refuse", "store_credit"] = "refuse"
    attempts: int = 0
