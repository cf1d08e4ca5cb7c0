"""Solves one matter of the list: who may, what is written down, and what leaves the basket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.attention.records import Decision, Kind, Matter, PriceAsked
from kiosk.domain.operator.outcome import Allowed, Refused
from kiosk.domain.operator.rights import Request, Right, Role, Staff, approve, ask

VALUE_MAX = 200

# A no to these takes nothing out: the shopper chooses what goes, or the price stays as it was.
_STAY = frozenset({Kind.QUANTITY, Kind.VALUE, Kind.COUPON, Kind.AUDIT})
_ENTERED = frozenset({Kind.SERIAL_NUMBER, Kind.LOT})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says to a matter. `value`: an age lower than asked, serial numbers (with commas), a lot, a name."""

    kind: Kind
    line: int
    approved: bool
    value: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Solver:
    """Who answers, beside the lane or from afar; `approver` stands by where a limit wants a second person."""

    staff: Staff
    roles: Mapping[str, Role]
    remote: bool = False
    approver: Staff | None = None


@dataclass(frozen=True, slots=True)
class Solved:
    """`decision` is an entry to write, `remove` the lines to take out, `price` the one that now counts."""

    decision: Decision
    remove: tuple[int, ...] = ()
    price: PriceAsked | None = None


def solve(matters: Iterable[Matter], answer: Answer, solver: Solver, rules: AttentionRules) -> Solved | Refused:
    """One answer to one matter; nothing changes where it is refused.

    Matters are independent: whatever their order, the same answers leave the same basket.
    """
    matter = next((one for one in matters if one.name == (answer.kind, answer.line)), None)
    if matter is None:
        return Refused("solved", "There is nothing to solve there any more.", "Look at the list again.")
    allowed = _allowed(matter, answer, solver, rules)
    if isinstance(allowed, Refused):
        return allowed
    if not answer.approved:
        return _no(matter, answer, solver)
    value = _value(matter, answer)
    if isinstance(value, Refused):
        return value
    return Solved(_decision(matter, answer, solver, value), price=matter.price)


def old_enough(born: dt.date, today: dt.date, minimum_age: int) -> bool:
    """Whether somebody is old enough; who was born on 29 February has birthday on 1 March in other years.

    The date is looked at and forgotten: only the answer goes on.
    """
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) >= minimum_age


def _allowed(matter: Matter, answer: Answer, solver: Solver, rules: AttentionRules) -> Allowed | Refused:
    if matter.final and answer.approved:
        return Refused("final", f"{matter.sentence} Nobody may approve it.", matter.remedy)
    if solver.remote and not matter.remote:
        return Refused("not_remote", "This has to be looked at beside the lane.", "Go there, or send somebody.")
    price = matter.price
    if price is None:
        return _beside(matter, answer, solver, rules)
    if answer.approved and price.reason not in rules.override_reasons:
        return Refused("reason", "This price has no reason from the list.", "Refuse it, and choose a reason.")
    request = Request(Right.OVERRIDE, price.off_minor, price.of_minor)
    return approve(request, Staff(price.requested_by, ()), solver.staff, solver.roles)


def _beside(matter: Matter, answer: Answer, solver: Solver, rules: AttentionRules) -> Allowed | Refused:
    """Whoever answers needs the right, and for a yes to some matters somebody else beside them."""
    request = Request(matter.right)
    allowed = ask(request, solver.staff, solver.roles, solver.approver)
    if isinstance(allowed, Refused) or not answer.approved or matter.kind not in rules.second_person:
        return allowed
    if solver.approver is None:
        sentence = "This is approved by two people together."
        remedy = "Ask somebody who may approve it to sign on beside you."
        return Refused("needs_second_person", sentence, remedy, second_person=True)
    return approve(request, solver.staff, solver.approver, solver.roles)


def _no(matter: Matter, answer: Answer, solver: Solver) -> Solved:
    about_basket = matter.line == 0 and matter.kind in _STAY
    stays = about_basket or matter.price is not None or not matter.blocks
    return Solved(_decision(matter, answer, solver, matter.refused), () if stays else matter.lines)


def _value(matter: Matter, answer: Answer) -> str | Refused:
    """What is approved: as asked, or what the person entered."""
    text = answer.value.strip()
    if len(text) > VALUE_MAX or not text.isprintable():
        return Refused("value", "This cannot be a value.", "Enter it again.")
    if matter.kind is Kind.AGE and text:
        return _age(matter, text)
    if matter.kind in _ENTERED and not text:
        return Refused("value", "Something has to be entered here.", matter.remedy)
    if matter.kind is Kind.SERIAL_NUMBER:
        return _serials(matter, text)
    entered = matter.kind is Kind.LOT or (matter.kind is Kind.WARRANTY and matter.blocks)
    if entered and not text:
        return Refused("value", "Something has to be entered here.", matter.remedy)
    return text if entered else matter.needed


def _age(matter: Matter, text: str) -> str | Refused:
    """An age below what is asked lets some of the goods through; above it proves no more than was asked."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        return Refused("value", "An age is a whole number.", "Enter the age that was shown.")
    return str(min(int(text), int(matter.needed)))


def _serials(matter: Matter, text: str) -> str | Refused:
    numbers = [number.strip() for number in text.split(",")]
    if len(set(numbers)) != int(matter.needed) or len(numbers) != len(set(numbers)) or not all(numbers):
        return Refused("value", f"{matter.needed} different serial numbers are needed.", matter.remedy)
    return ",".join(numbers)


def _decision(matter: Matter, answer: Answer, solver: Solver, value: str) -> Decision:
    return Decision(
        matter=matter.kind,
        decision="approved" if answer.approved else "refused",
        line=matter.line,
        operator=solver.staff.operator,
        reason=answer.reason or (matter.price.reason if matter.price else ""),
        value=value,
    )
