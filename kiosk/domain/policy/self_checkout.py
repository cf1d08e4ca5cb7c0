"""The section `self_checkout`: what the law and the house ask of a lane without a cashier, by place and date."""

from __future__ import annotations

import enum
from collections.abc import Collection
from typing import Annotated

import msgspec

SECTION = "self_checkout"

Count = Annotated[int, msgspec.Meta(ge=1)]


class SelfCheckoutRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`allowed` False closes self-checkout here. `lanes_per_attendant` is the most lanes one attendant may watch.

    `pieces_max` is the most pieces a shopper may buy alone; goods with `forbidden_tags` or of `forbidden_departments`
    are for a staffed till. `signs` are the texts that must be shown.
    """

    allowed: bool = True
    pieces_max: Count | None = None
    lanes_per_attendant: Count | None = None
    forbidden_tags: tuple[str, ...] = ()
    forbidden_departments: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


class LockReason(enum.StrEnum):
    """Why a lane may not sell, or not this."""

    NOT_ALLOWED = "not_allowed"
    TOO_FEW_STAFF = "too_few_staff"
    TOO_MANY_PIECES = "too_many_pieces"
    FORBIDDEN_GOODS = "forbidden_goods"


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """The lane is locked, or this good or basket is for a staffed till."""

    reason: LockReason
    sentence: str
    remedy: str


def lane_lock(rules: SelfCheckoutRules, lanes_open: int, attendants: int) -> Locked | None:
    """Why a self-checkout lane is locked where `lanes_open` (with this one) are watched by so many attendants."""
    if not rules.allowed:
        return Locked(
            reason=LockReason.NOT_ALLOWED,
            sentence="Self-checkout is closed here.",
            remedy="Please go to a staffed till.",
        )
    if rules.lanes_per_attendant is not None and lanes_open > attendants * rules.lanes_per_attendant:
        return Locked(
            reason=LockReason.TOO_FEW_STAFF,
            sentence="This lane is closed for the moment.",
            remedy=f"One attendant may watch {rules.lanes_per_attendant} lanes: sign on another one, or close a lane.",
        )
    return None


def basket_lock(rules: SelfCheckoutRules, pieces: int) -> Locked | None:
    """Why a basket of so many pieces may not be bought without a cashier."""
    if rules.pieces_max is None or pieces <= rules.pieces_max:
        return None
    return Locked(
        reason=LockReason.TOO_MANY_PIECES,
        sentence=f"You can buy up to {rules.pieces_max} pieces here.",
        remedy="Take something out, or ask for the basket to be moved to a staffed till.",
    )


def good_lock(rules: SelfCheckoutRules, department: str, tags: Collection[str]) -> Locked | None:
    """Why a good may not be bought without a cashier."""
    if department not in rules.forbidden_departments and set(rules.forbidden_tags).isdisjoint(tags):
        return None
    return Locked(
        reason=LockReason.FORBIDDEN_GOODS,
        sentence="This cannot be bought at self-checkout.",
        remedy="Please take it to a staffed till.",
    )
