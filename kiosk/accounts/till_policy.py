"""The rules of cash accountability: who shares a till, what is counted, which difference one may accept alone."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from kiosk.domain.operator.rights import Role, Staff

Minor = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1, le=100)]


class Sharing(enum.StrEnum):
    """SINGLE: one open shift at a workstation. MULTI: one a till, each its operator's. SHARED: one a till, anyone's."""

    SINGLE = "single"
    MULTI = "multi"
    SHARED = "shared"


class Movement(enum.StrEnum):
    """Cash without a sale. A safe drop stays in the store, a bank drop leaves for the bank."""

    LOAN = "loan"
    PICKUP = "pickup"
    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    SAFE_DROP = "safe_drop"
    BANK_DROP = "bank_drop"

    @property
    def into(self) -> bool:
        """Whether the drawer holds more after it."""
        return self in {Movement.LOAN, Movement.PAID_IN}


class TillPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `tills` of a policy.

    `drawer` False: a device without one, which takes no cash. `floating`: a till insert may be parked and resumed
    elsewhere. `counted`: kinds of tender that are counted beside cash, such as meal_voucher. `counts`: so many counts
    alone, more with a second person. A difference up to `alone_minor` is settled alone, more with a second person, and
    from `report_minor` on finance hears of it. `drawer_most_minor`: more cash than this wants a pickup. `paid_reasons`
    and `no_sale_reasons` are the only ones taken.
    """

    sharing: Sharing = Sharing.SINGLE
    drawer: bool = True
    floating: bool = False
    denominations: bool = False
    counted: tuple[str, ...] = ()
    counts: Count = 3
    alone_minor: Minor = 200
    report_minor: Minor = 2_000
    drawer_most_minor: Minor = 100_000
    paid_reasons: tuple[str, ...] = ("postage", "cleaning", "supplies", "correction", "other")
    no_sale_reasons: tuple[str, ...] = ("change", "receipt_roll", "check", "other")


@dataclass(frozen=True, slots=True)
class TillRules:
    """`name` is store and workstation, for ids that are unique in the world; `currency` that of the drawer."""

    name: str
    currency: str
    policy: TillPolicy
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, and who stands beside as the second person."""

    operator: Staff
    approver: Staff | None = None
