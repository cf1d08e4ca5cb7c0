"""Roles: what an operator may do alone, up to which amount, and when a second person has to stand by."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from kiosk.domain.money import PPM
from kiosk.domain.operator.outcome import Allowed, Refused

Limit = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[int, msgspec.Meta(ge=0, le=PPM)]


class Right(enum.StrEnum):
    """Something that not everybody may do. APPROVE: to be the second person for others."""

    OPEN_LANE = "open_lane"
    ASSIST = "assist"
    VOID = "void"
    CANCEL = "cancel"
    DISCOUNT = "discount"
    OVERRIDE = "override"
    RETURN = "return"
    REFUND = "refund"
    REPRINT = "reprint"
    OPEN_SHIFT = "open_shift"
    LOAN = "loan"
    PICKUP = "pickup"
    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    SAFE_DROP = "safe_drop"
    BANK_DROP = "bank_drop"
    NO_SALE = "no_sale"
    COUNT = "count"
    SETTLE = "settle"
    ANY_SHIFT = "any_shift"
    X_REPORT = "x_report"
    SEE_EXPECTED = "see_expected"
    Z_REPORT = "z_report"
    TRAINING = "training"
    SERVICE = "service"
    APPROVE = "approve"


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A right, and how far it goes; None is without limit.

    Up to `alone_minor` (and `alone_ppm`, millionths of what the amount is a part of) alone; beyond that with a second
    person, up to `most_minor` and `most_ppm`; beyond those not at all.
    """

    right: Right
    alone_minor: Limit | None = None
    most_minor: Limit | None = None
    alone_ppm: Share | None = None
    most_ppm: Share | None = None


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people in this role may do."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """An operator who is signed on, with the names of the roles held."""

    operator: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: a right, for how much (>= 0), and what that is a part of (`of_minor`, 0: of nothing)."""

    right: Right
    amount_minor: int = 0
    of_minor: int = 0


def default_roles() -> tuple[Role, ...]:
    """Roles for a shop that has named none: attendant, supervisor, manager, technician."""
    everyday = (Right.OPEN_LANE, Right.ASSIST, Right.VOID, Right.CANCEL, Right.REPRINT)
    cash = (Right.OPEN_SHIFT, Right.LOAN, Right.PICKUP, Right.PAID_IN, Right.SAFE_DROP, Right.COUNT, Right.SETTLE)
    attendant = (
        *_all(*everyday, *cash, Right.RETURN, Right.NO_SALE, Right.TRAINING),
        Grant(right=Right.DISCOUNT, alone_minor=500, most_minor=5_000, alone_ppm=100_000, most_ppm=500_000),
        Grant(right=Right.OVERRIDE, alone_minor=0, most_minor=5_000),
        Grant(right=Right.REFUND, alone_minor=2_000, most_minor=20_000),
        Grant(right=Right.PAID_OUT, alone_minor=0, most_minor=10_000),
    )
    supervisor = (
        *_all(*everyday, *cash, Right.RETURN, Right.NO_SALE, Right.TRAINING, Right.PAID_OUT, Right.BANK_DROP),
        *_all(Right.ANY_SHIFT, Right.X_REPORT, Right.Z_REPORT, Right.SEE_EXPECTED, Right.APPROVE),
        Grant(right=Right.DISCOUNT, alone_minor=5_000, most_minor=50_000, alone_ppm=500_000),
        Grant(right=Right.OVERRIDE, alone_minor=5_000, most_minor=50_000),
        Grant(right=Right.REFUND, alone_minor=20_000, most_minor=100_000),
    )
    return (
        Role(name="attendant", grants=attendant),
        Role(name="supervisor", grants=supervisor),
        Role(name="manager", grants=_all(*(right for right in Right if right is not Right.SERVICE))),
        Role(name="technician", grants=_all(Right.SERVICE, Right.TRAINING)),
    )


def by_name(roles: Iterable[Role]) -> dict[str, Role]:
    """Roles by their names, as the functions below take them."""
    return {role.name: role for role in roles}


def ask(
    request: Request, operator: Staff, roles: Mapping[str, Role], approver: Staff | None = None
) -> Allowed | Refused:
    """Whether an operator may do something, with `approver` as the second person where one is needed.

    The second person is somebody else, may approve, and may do it alone. The operator needs the right as well: a second
    person lifts a limit, but does not lend a right.
    """
    grants = _grants(operator, request.right, roles)
    if not any(_within(request, grant.most_minor, grant.most_ppm) for grant in grants):
        return _beyond(request.right) if grants else _without(request.right)
    if any(_alone(request, grant) for grant in grants):
        return Allowed()
    if approver is None:
        return Refused(
            "needs_second_person",
            f"{_words(request.right)}: this amount needs a second person.",
            "Ask somebody who may approve it to sign on beside you.",
            second_person=True,
        )
    return approve(request, operator, approver, roles)


def approve(request: Request, operator: Staff, approver: Staff, roles: Mapping[str, Role]) -> Allowed | Refused:
    """Whether `approver` may be the second person for what `operator` asks."""
    if approver.operator == operator.operator:
        return Refused(
            "self_approval",
            "Nobody approves what they ask for themselves.",
            "Ask somebody else who may approve it.",
            second_person=True,
        )
    may = _grants(approver, Right.APPROVE, roles)
    if may and any(_alone(request, grant) for grant in _grants(approver, request.right, roles)):
        return Allowed(approver.operator)
    return Refused(
        "may_not_approve",
        f"{_words(request.right)}: {approver.operator} may not approve this.",
        "Ask somebody with a higher limit.",
        second_person=True,
    )


def holds(operator: Staff, right: Right, roles: Mapping[str, Role]) -> bool:
    """Whether an operator has a right at all."""
    return bool(_grants(operator, right, roles))


def _all(*rights: Right) -> tuple[Grant, ...]:
    return tuple(Grant(right=right) for right in rights)


def _grants(operator: Staff, right: Right, roles: Mapping[str, Role]) -> tuple[Grant, ...]:
    held = (roles[name] for name in operator.roles if name in roles)
    return tuple(grant for role in held for grant in role.grants if grant.right is right)


def _alone(request: Request, grant: Grant) -> bool:
    """Within what one may do alone; a limit for all that is lower counts too."""
    within = _within(request, grant.alone_minor, grant.alone_ppm)
    return within and _within(request, grant.most_minor, grant.most_ppm)


def _within(request: Request, minor: int | None, ppm: int | None) -> bool:
    if minor is not None and request.amount_minor > minor:
        return False
    return ppm is None or not request.of_minor or request.amount_minor * PPM <= ppm * request.of_minor


def _without(right: Right) -> Refused:
    return Refused("no_right", f"{_words(right)}: your role may not do this.", "Ask a supervisor to do it.")


def _beyond(right: Right) -> Refused:
    return Refused("beyond_limit", f"{_words(right)}: this is more than your role may ever do.", "Ask a manager.")


def _words(right: Right) -> str:
    return right.value.replace("_", " ").capitalize()
