"""Counting a till blind, and settling it: nobody sees what is expected before the count is in the ledger."""

from __future__ import annotations

from kiosk.accounts.till import Shift
from kiosk.accounts.till_policy import By, TillPolicy, TillRules
from kiosk.accounts.till_tenders import CASH
from kiosk.domain.operator.outcome import Allowed, Refused
from kiosk.domain.operator.rights import Request, Right, approve
from kiosk.messages.contents import Content, ExceptionRaised
from kiosk.messages.tills import Counted, Settlement, ShiftSettled


def to_count(shift: Shift, policy: TillPolicy) -> tuple[str, ...]:
    """The kinds of tender that have to be counted: cash, foreign cash that came in, and what the policy names."""
    cash = (CASH, *sorted(kind for kind in shift.expected if kind.startswith(f"{CASH}:"))) if policy.drawer else ()
    return (*cash, *(kind for kind in policy.counted if kind not in cash))


def checked_counts(shift: Shift, counts: tuple[Counted, ...], by: By, rules: TillRules) -> Refused | None:
    """Why a count is not taken, None where it is. No word of it depends on what is expected."""
    kinds = [one.tender for one in counts]
    missing = [kind for kind in to_count(shift, rules.policy) if kind not in kinds]
    if missing:
        return Refused("incomplete", f"Not counted: {', '.join(missing)}.", "Count it too; none of it is 0.")
    if len(set(kinds)) < len(kinds):
        return Refused("twice", "One kind of tender was counted twice.", "Enter one sum for each.")
    if any(one.amount_minor < 0 for one in counts):
        return Refused("amount", "Nobody counts less than nothing.", "Enter what is there.")
    for one in counts:
        wrong = _denominations(one, wanted=rules.policy.denominations)
        if wrong:
            return wrong
    if len(shift.counts) < rules.policy.counts:
        return None
    return _beyond_counts(by, rules)


def settled(shift: Shift, by: By, rules: TillRules) -> tuple[Content, ...] | Refused:
    """The end of a shift after its last count: expected, counted and difference by kind of tender.

    A difference beyond `alone_minor` needs a second person, who is neither who asks nor whose shift it is. What is
    refused before that says that there is a difference, never how much or which way.
    """
    if not shift.counts and to_count(shift, rules.policy):
        return Refused("not_counted", "This shift was not counted.", "Count it first.")
    if shift.counts and shift.stale:
        return Refused("stale", "Money moved after the count.", "Count again.")
    settlements = differences(shift, rules.policy)
    worst = max((abs(one.difference_minor) for one in settlements), default=0)
    approved_by = ""
    if worst > rules.policy.alone_minor:
        allowed = _second_person(shift, worst, by, rules)
        if isinstance(allowed, Refused):
            return allowed
        approved_by = allowed.approved_by
    done = ShiftSettled(
        shift=shift.shift,
        till=shift.till,
        operator=by.operator.operator,
        settlements=settlements,
        approved_by=approved_by,
    )
    return (done, *_told(shift, settlements, rules))


def differences(shift: Shift, policy: TillPolicy) -> tuple[Settlement, ...]:
    """What the last count and the expectation say, kind by kind; kinds that nobody counts are not compared."""
    counted = {one.tender: one.amount_minor for one in shift.counts[-1].counts} if shift.counts else {}
    return tuple(
        Settlement(
            tender=kind,
            expected_minor=shift.expected.get(kind, 0),
            counted_minor=counted.get(kind, 0),
            difference_minor=counted.get(kind, 0) - shift.expected.get(kind, 0),
        )
        for kind in sorted({*counted, *to_count(shift, policy)})
    )


def _denominations(one: Counted, *, wanted: bool) -> Refused | None:
    cash = one.tender == CASH or one.tender.startswith(f"{CASH}:")
    if not one.denominations:
        if wanted and cash and one.amount_minor:
            return Refused("denominations", "Cash is counted by notes and coins.", "Enter the pieces of each.")
        return None
    well_formed = all(face.isascii() and face.isdigit() and pieces >= 0 for face, pieces in one.denominations.items())
    if not well_formed or sum(int(face) * pieces for face, pieces in one.denominations.items()) != one.amount_minor:
        return Refused("sum", f"The pieces of {one.tender} do not come to its sum.", "Correct the pieces or the sum.")
    return None


def _beyond_counts(by: By, rules: TillRules) -> Refused | None:
    if by.approver is None:
        return Refused(
            "counts",
            f"This shift was counted {rules.policy.counts} times.",
            "Settle it with the last count, or count again with a second person.",
            second_person=True,
        )
    allowed = approve(Request(Right.COUNT), by.operator, by.approver, rules.roles)
    return allowed if isinstance(allowed, Refused) else None


def _second_person(shift: Shift, worst: int, by: By, rules: TillRules) -> Allowed | Refused:
    if by.approver is None:
        return Refused(
            "difference",
            "Count and till do not agree closely enough to settle alone.",
            "Count again, or ask a second person to look at it.",
            second_person=True,
        )
    if by.approver.operator == shift.operator:
        return Refused(
            "self_approval",
            "Nobody approves a difference in the own till.",
            "Ask somebody else who may approve it.",
            second_person=True,
        )
    return approve(Request(Right.SETTLE, worst), by.operator, by.approver, rules.roles)


def _told(shift: Shift, settlements: tuple[Settlement, ...], rules: TillRules) -> tuple[Content, ...]:
    """Finance hears of every large difference, approved or not; never of one made in training."""
    return tuple(
        ExceptionRaised(
            code="till_difference",
            owner="finance",
            detail=f"shift {shift.shift} of {shift.operator}, {one.tender}: {one.difference_minor:+d} minor units",
        )
        for one in settlements
        if abs(one.difference_minor) > rules.policy.report_minor and not shift.training
    )
