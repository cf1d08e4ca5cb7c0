"""The section `attention` of a signed policy: which goods and baskets need someone, by place and date."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kiosk.domain.attention.records import Kind
from kiosk.domain.context import EVERYWHERE, Scope
from kiosk.domain.item import AGE_MAX
from kiosk.domain.money import PPM

SECTION = "attention"

Count = Annotated[int, msgspec.Meta(ge=1)]
Minor = Annotated[int, msgspec.Meta(ge=0)]
Ppm = Annotated[int, msgspec.Meta(ge=0, le=PPM)]


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class Goods(_Record, frozen=True, kw_only=True):
    """Goods with one of `tags`, of one of `departments`, or one of `skus`; named by none of them: none."""

    tags: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()

    def hold(self, sku: str, department: str, tags: tuple[str, ...]) -> bool:
        """Whether a good is among them."""
        return sku in self.skus or department in self.departments or not set(self.tags).isdisjoint(tags)


class AgeRule(_Record, frozen=True, kw_only=True):
    """Who buys such goods is `minimum_age` or older, here and now; an item's own age counts too, the stricter one."""

    goods: Goods
    minimum_age: Annotated[int, msgspec.Meta(ge=1, le=AGE_MAX)]
    scope: Scope = EVERYWHERE


class Ban(_Record, frozen=True, kw_only=True):
    """Such goods are not sold while `scope` holds, such as alcohol at night: `sentence` tells the shopper why."""

    goods: Goods
    scope: Scope = EVERYWHERE
    sentence: str = "This is not sold at this time."


class Recall(_Record, frozen=True, kw_only=True):
    """A good that must not be sold: these `lots` and serial numbers of it, or all of it where none are named.

    `lot_unknown`: what becomes of a piece whose bar code does not say its lot: "ask" somebody to read it, or "block".
    """

    sku: str
    lots: tuple[str, ...] = ()
    serial_numbers: tuple[str, ...] = ()
    lot_unknown: Literal["ask", "block"] = "ask"


class Audit(_Record, frozen=True, kw_only=True):
    """Of all transactions of `least_minor` or more, `share_ppm` millionths are checked: `lines` of them are rescanned.

    `seed` changes which ones they are, so that nobody learns to tell.
    """

    share_ppm: Ppm = 0
    least_minor: Minor = 0
    lines: Count = 3
    seed: str = ""


class AttentionRules(_Record, frozen=True, kw_only=True):
    """`quantity_max` is for goods that have no maximum of their own; None: no limit.

    `remote` are the matters that somebody may solve who is not at the lane, `second_person` those that are approved
    only with somebody beside the attendant who may approve. `best_before` "ask": goods past their best before date are
    shown to somebody. `coupons_collected`: paper coupons are taken by an attendant.
    """

    quantity_max: Count | None = 20
    pieces_max: Count | None = None
    amount_max_minor: Minor | None = None
    ages: tuple[AgeRule, ...] = ()
    bans: tuple[Ban, ...] = ()
    recalls: tuple[Recall, ...] = ()
    best_before: Literal["ignore", "ask"] = "ignore"
    override_reasons: tuple[str, ...] = ("damaged", "expiring", "price_match", "shelf_price", "complaint")
    coupons_collected: bool = False
    remote: tuple[Kind, ...] = ()
    second_person: tuple[Kind, ...] = ()
    audit: Audit = Audit()
    shopper_voids: Literal["any", "last", "none"] = "any"
    voids_max: Count | None = None
    voids_value_max_minor: Minor | None = None

    def __post_init__(self) -> None:
        """Refuse a second person for a number: reading it is all there is to it, and nobody could consent to more."""
        if {Kind.SERIAL_NUMBER, Kind.LOT} & set(self.second_person):
            raise ValueError("`second_person`: a serial number or a lot is read, not approved")
