"""How a transaction is paid: offers, approvals, partial ones and voids, as pure steps from one settlement to the next.

Nothing is ever tried again as a new charge: each ask has an id of its own, one is open at a time, and an approval
that nobody waits for is given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from kiosk.domain.tender.admission import ask_for, barred, cash_refused
from kiosk.domain.tender.applying import tender_of
from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.offers import CashOffer, Offer
from kiosk.domain.tender.outcome import (
    Answer,
    Approved,
    Circumstances,
    Declined,
    Effect,
    GiveBack,
    InDoubt,
    NotReversed,
    Reason,
    Refused,
    Reverse,
    Reversed,
    Trouble,
)
from kiosk.domain.tender.records import CashTender
from kiosk.domain.tender.rules import KindRules, Over, TenderPolicy
from kiosk.domain.tender.state import Applied, Ask, Settlement, Undo


@dataclass(frozen=True, slots=True)
class Due:
    """What a transaction comes to, in minor units of `currency`, and how much of it a restricted kind may pay."""

    total_minor: int
    currency: str
    eligible_minor: Mapping[TenderKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The offer is good. `ask` is to be put on disk and then sent; None for cash, which is in the drawer already."""

    settlement: Settlement
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The settlement after an answer or a void, and what has to be done about it."""

    settlement: Settlement
    effects: tuple[Effect, ...] = ()


def begin(name: str, due: Due, policy: TenderPolicy, attempts: int = 0) -> Settlement:
    """Start to pay what is due, zero or more; money that goes back is `refund.begin_refund`.

    `name` is unique for the transaction, in which `attempts` have been made before. A kind that the policy restricts to
    some goods (and any meal voucher) pays nothing unless `due.eligible_minor` names it.
    """
    if due.total_minor < 0:
        raise ValueError("a total below zero is a refund")
    eligible = dict.fromkeys((TenderKind.MEAL_VOUCHER, *policy.eligible), 0) | dict(due.eligible_minor)
    return Settlement(
        name=name,
        currency=due.currency,
        total_minor=due.total_minor,
        policy=policy,
        eligible_minor=eligible,
        attempts=attempts,
    )


def offer(settlement: Settlement, held_out: Offer, around: Circumstances) -> Accepted | Refused:
    """Take an offer of payment, or say why not."""
    rules = barred(settlement, held_out, around)
    if isinstance(rules, Refused):
        return rules
    if isinstance(held_out, CashOffer):
        return _cash(settlement, held_out, rules)
    ask = ask_for(settlement, held_out, rules, around)
    if isinstance(ask, Refused):
        return ask
    return Accepted(replace(settlement, pending=ask, attempts=settlement.attempts + 1), ask)


def answer(settlement: Settlement, said: Answer) -> Step:
    """What became of an ask or of a tender that was to be taken back. An answer heard twice changes nothing."""
    match said:
        case Approved():
            return _approved(settlement, said)
        case Declined() if _asked(settlement, said.attempt):
            return Step(replace(settlement, pending=None, in_doubt=False))
        case InDoubt() if settlement.pending and settlement.pending.attempt == said.attempt:
            return Step(replace(settlement, in_doubt=True))
        case Reversed():
            return _reversed(settlement, said.attempt)
        case NotReversed():
            return _not_reversed(settlement, said)
        case _:
            return Step(settlement)


def void(settlement: Settlement, number: int) -> Step | Refused:
    """Take a tender back before the end: cash at once, all else when it is known to have been given back."""
    tender = settlement.tender(number)
    if tender is None:
        return Refused(reason=Reason.NOT_YOURS, sentence="There is no such tender.", remedy="Choose one from the list.")
    if settlement.pending is not None:
        return Refused(
            reason=Reason.BUSY, sentence="A payment is still being processed.", remedy="Wait for its result."
        )
    if isinstance(tender.tender, CashTender):
        back = GiveBack(amount_minor=tender.tender.amount_minor)
        return Step(_without(settlement, number), (back,) if back.amount_minor else ())
    return _take_back(settlement, tender)


def _cash(settlement: Settlement, held_out: CashOffer, rules: KindRules) -> Accepted | Refused:
    given, rate = held_out.given_minor, 0
    if held_out.foreign_currency:
        worth = settlement.policy.worth(held_out.foreign_currency, held_out.foreign_minor)
        if worth is None:
            currency = held_out.foreign_currency
            return Refused(
                reason=Reason.CURRENCY,
                sentence=f"{currency} is not taken here.",
                remedy=f"Pay in {settlement.currency}, or another way.",
            )
        given, rate = worth
    due = settlement.cash_due_minor
    amount = min(given, due)
    if given > due and rules.over is Over.REFUSE:
        return Refused(
            reason=Reason.OVER_TENDER,
            sentence="There is no change here.",
            remedy="Give the exact sum.",
            limit_minor=due,
        )
    refused = cash_refused(settlement, amount, rules)
    if refused:
        return refused
    tender = CashTender(
        amount_minor=amount,
        given_minor=given,
        change_minor=given - amount,
        foreign_currency=held_out.foreign_currency,
        foreign_minor=held_out.foreign_minor if held_out.foreign_currency else 0,
        rate_ppm=rate,
        rounding_minor=_rounding(settlement, amount, due),
    )
    number = settlement.attempts + 1
    applied = Applied(number=number, attempt=f"{settlement.name}-{number}", tender=tender)
    return Accepted(replace(settlement, tenders=(*settlement.tenders, applied), attempts=number))


def _rounding(settlement: Settlement, amount: int, due: int) -> int:
    """By what cash rounds: all of it where it settles the rest; a part rounds only what it gives beyond what is due."""
    beyond = amount - settlement.remaining_minor
    return beyond if amount == due else max(0, beyond)


def _approved(settlement: Settlement, said: Approved) -> Step:
    pending = settlement.pending
    if not isinstance(pending, Ask) or pending.attempt != said.attempt:
        return _stray(settlement, said)
    free = replace(settlement, pending=None, in_doubt=False)
    if said.amount_minor <= 0:
        return Step(free)
    if said.amount_minor > pending.value_minor:
        return _stray(free, said, pending.kind)
    tender = tender_of(settlement, pending, said)
    if tender is None:
        return _stray(free, said, pending.kind)
    applied = Applied(number=settlement.attempts, attempt=pending.attempt, tender=tender)
    grown = replace(free, tenders=(*free.tenders, applied))
    if said.amount_minor < pending.value_minor and settlement.policy.partial == "reverse":
        return _take_back(grown, applied)
    return Step(grown)


def _stray(settlement: Settlement, said: Approved, kind: TenderKind | None = None) -> Step:
    """An approval that nobody waits for is given back, once; one that was heard before is no new charge."""
    known = settlement.attempt(said.attempt) or said.attempt in (*settlement.strays, *settlement.undone)
    if known or said.amount_minor <= 0:
        return Step(settlement)
    reverse = Reverse(attempt=said.attempt, kind=kind, amount_minor=said.amount_minor)
    return Step(replace(settlement, strays=(*settlement.strays, said.attempt)), (reverse,))


def _take_back(settlement: Settlement, applied: Applied) -> Step:
    reverse = Reverse(attempt=applied.attempt, kind=applied.kind, amount_minor=applied.tender.amount_minor)
    undo = Undo(number=applied.number, attempt=applied.attempt)
    return Step(replace(settlement, pending=undo, in_doubt=False), (reverse,))


def _reversed(settlement: Settlement, attempt: str) -> Step:
    if attempt in settlement.strays:
        strays = tuple(one for one in settlement.strays if one != attempt)
        return Step(replace(settlement, strays=strays, undone=(*settlement.undone, attempt)))
    pending = settlement.pending
    if not isinstance(pending, Undo) or pending.attempt != attempt:
        return Step(settlement)
    smaller = _without(settlement, pending.number)
    return Step(replace(smaller, pending=None, in_doubt=False, undone=(*settlement.undone, attempt)))


def _not_reversed(settlement: Settlement, said: NotReversed) -> Step:
    """A charge that still stands: as a tender it goes on paying, as a stray somebody has to give it back."""
    if said.attempt in settlement.strays:
        strays = tuple(one for one in settlement.strays if one != said.attempt)
        detail = f"attempt {said.attempt} charged beside the sale and could not be given back: {said.reason}"
        trouble = Trouble(code="tender.not_reversed", owner="finance", detail=detail)
        return Step(replace(settlement, strays=strays, undone=(*settlement.undone, said.attempt)), (trouble,))
    pending = settlement.pending
    if isinstance(pending, Undo) and pending.attempt == said.attempt:
        return Step(replace(settlement, pending=None, in_doubt=False))
    return Step(settlement)


def _asked(settlement: Settlement, attempt: str) -> bool:
    return isinstance(settlement.pending, Ask) and settlement.pending.attempt == attempt


def _without(settlement: Settlement, number: int) -> Settlement:
    return replace(settlement, tenders=tuple(one for one in settlement.tenders if one.number != number))
