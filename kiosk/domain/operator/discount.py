"""The discount guard: a discount by hand needs a reason from the list, and somebody who may give that much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from kiosk.domain.operator.outcome import Allowed, Refused
from kiosk.domain.operator.rights import Request, Right, Role, Staff, ask

Count = Annotated[int, msgspec.Meta(ge=1)]


class DiscountRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reasons` that may be given, and how many discounts by hand one transaction may carry."""

    reasons: tuple[str, ...] = ("damaged", "expiring", "price_match", "complaint", "staff", "other")
    most_per_transaction: Count = 3


@dataclass(frozen=True, slots=True)
class HandDiscount:
    """A discount or price by hand. `amount_minor` off `of_minor`, both > 0; `given` ones are in the basket already.

    `line_discounted`: the line has one by hand already. `right` is DISCOUNT, or OVERRIDE for a price set by hand.
    """

    amount_minor: int
    of_minor: int
    reason: str
    given: int = 0
    line_discounted: bool = False
    right: Right = Right.DISCOUNT


def guard(
    wanted: HandDiscount,
    operator: Staff,
    roles: Mapping[str, Role],
    rules: DiscountRules,
    approver: Staff | None = None,
) -> Allowed | Refused:
    """Whether a discount by hand may be given; `Allowed.approved_by` and the reason belong into the ledger."""
    if not 0 < wanted.amount_minor <= wanted.of_minor:
        return Refused(
            "amount", "A discount is more than nothing and not more than the price.", "Enter another amount."
        )
    if wanted.reason not in rules.reasons:
        return Refused("reason", "This discount has no reason from the list.", "Choose a reason.")
    if wanted.line_discounted:
        return Refused("twice", "This line has a discount by hand already.", "Take that one off first.")
    if wanted.given >= rules.most_per_transaction:
        return Refused(
            "too_many",
            f"A transaction carries {rules.most_per_transaction} discounts by hand at most.",
            "Take another one off first.",
        )
    return ask(Request(wanted.right, wanted.amount_minor, wanted.of_minor), operator, roles, approver)
