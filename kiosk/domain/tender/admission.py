"""Whether an offer may pay, and how much of it: every rule that refuses a tender, with a sentence and a way out."""

from __future__ import annotations

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.offers import (
    CashOffer,
    Offer,
    PointsOffer,
    StoredValueOffer,
    kind_of,
)
from kiosk.domain.tender.outcome import Circumstances, Reason, Refused
from kiosk.domain.tender.rules import KindRules, Over
from kiosk.domain.tender.state import Ask, Settlement

_OTHER_WAY = "Choose another way to pay."


def barred(settlement: Settlement, offer: Offer, around: Circumstances) -> KindRules | Refused:
    """The rules of the offer's kind, or why nothing of this kind may be taken now, whatever the amount."""
    kind = kind_of(offer)
    if settlement.pending is not None:
        return _no(Reason.BUSY, "A payment is still being processed.", "Wait for its result; do not pay again.")
    if settlement.remaining_minor == 0:
        return _no(Reason.NOTHING_DUE, "Everything is paid.", "Finish the sale.")
    rules = settlement.policy.rules(kind)
    if rules is None:
        return _no(Reason.NOT_TAKEN, "This way to pay is not taken here.", _OTHER_WAY)
    if rules.attended_only and not around.attended:
        return _no(Reason.ATTENDED_ONLY, "This needs a member of staff.", "Call for help, or pay another way.")
    if rules.online_only and not around.online:
        return _no(Reason.ONLINE_ONLY, "This is not possible while the network is down.", _OTHER_WAY)
    full = rules.count_max is not None and settlement.count_of(kind) >= rules.count_max
    if full or len(settlement.tenders) >= settlement.policy.tenders_max:
        return _no(Reason.TOO_MANY, "No more tenders of this kind can be added.", "Take one back, or pay another way.")
    if settlement.policy.cash_last and kind is not TenderKind.CASH and settlement.count_of(TenderKind.CASH):
        return _no(Reason.CASH_LAST, "Cash comes last.", "Pay the rest in cash, or hand the cash back and pay it last.")
    return rules


def ask_for(settlement: Settlement, offer: Offer, rules: KindRules, around: Circumstances) -> Ask | Refused:
    """How much of an offer (any but cash) is asked for; the attempt's id is new."""
    kind = kind_of(offer)
    room = settlement.room_minor(kind, rules)
    if room == 0:
        return _nothing_possible(settlement, kind)
    match offer:
        case StoredValueOffer():
            amounts = _stored(settlement, offer, rules, room, around)
        case PointsOffer():
            amounts = _points(settlement, offer, room)
        case CashOffer():
            raise ValueError("cash is counted, not asked for")
        case _:
            wanted = room if offer.amount_minor is None else offer.amount_minor
            amounts = _within(wanted, room)
    if isinstance(amounts, Refused):
        return amounts
    amount, value = amounts
    if amount < rules.minimum_minor:
        return _no(
            Reason.TOO_LITTLE, "The amount is too small for this way to pay.", _OTHER_WAY, limit=rules.minimum_minor
        )
    attempt = f"{settlement.name}-{settlement.attempts + 1}"
    return Ask(attempt=attempt, kind=kind, amount_minor=amount, value_minor=value, offer=offer)


def cash_refused(settlement: Settlement, amount_minor: int, rules: KindRules) -> Refused | None:
    """Why `amount_minor` of cash (its change taken off) may not be taken; None where it may."""
    due = settlement.cash_due_minor
    if amount_minor == 0 and due > 0:
        return _no(Reason.EMPTY, "No cash was counted.", "Count the cash that was given.")
    if amount_minor > settlement.room_minor(TenderKind.CASH, rules):
        return _no(
            Reason.TOO_MUCH,
            "This is more cash than may be taken for one purchase.",
            "Pay part of it another way.",
            limit=settlement.room_minor(TenderKind.CASH, rules),
        )
    if amount_minor < min(rules.minimum_minor, due):
        return _no(Reason.TOO_LITTLE, "This is too little cash.", "Give more, or pay another way.")
    return None


def _stored(
    settlement: Settlement, offer: StoredValueOffer, rules: KindRules, room: int, around: Circumstances
) -> tuple[int, int] | Refused:
    """(amount, value used up) of a stored value."""
    balance = offer.balance_minor
    if offer.currency != settlement.currency:
        return _no(Reason.CURRENCY, f"This is worth {offer.currency}, which cannot pay here.", _OTHER_WAY)
    if offer.valid_until and offer.valid_until < around.today:
        return _no(Reason.EXPIRED, "This has expired.", "Ask at the service desk, or pay another way.")
    if balance == 0:
        return _no(Reason.EMPTY, "There is nothing left on this.", _OTHER_WAY)
    if any(getattr(one.tender, "account", None) == offer.account for one in settlement.tenders):
        return _no(Reason.USED_ALREADY, "This has been used for this purchase already.", _OTHER_WAY)
    if rules.single_use:
        return _single_use(offer, rules, room)
    if offer.amount_minor is None:
        amount = room if balance is None else min(room, balance)
        return amount, amount
    if balance is not None and offer.amount_minor > balance:
        return _no(Reason.TOO_MUCH, "There is less than that on this card.", "Take a smaller amount.", limit=balance)
    return _within(offer.amount_minor, room)


def _single_use(offer: StoredValueOffer, rules: KindRules, room: int) -> tuple[int, int] | Refused:
    value = offer.balance_minor
    if value is None:
        return _no(Reason.UNKNOWN_ACCOUNT, "The value of this is not known.", "Scan it again, or call for help.")
    if offer.amount_minor not in (None, value):
        return _no(Reason.TOO_LITTLE, "This can only be used as a whole.", "Use all of it, or pay another way.")
    if value > room and rules.over is Over.REFUSE:
        return _no(
            Reason.OVER_TENDER,
            "This is worth more than is due, and gives no change.",
            "Add goods, or pay another way.",
            limit=room,
        )
    return min(value, room), value


def _points(settlement: Settlement, offer: PointsOffer, room: int) -> tuple[int, int] | Refused:
    """(amount, points) of a member's points, in whole steps."""
    rules = settlement.policy.points
    possible = min(offer.balance // rules.step_points, room // rules.step_minor) * rules.step_points
    least = max(rules.minimum_points, rules.step_points)
    points = possible if offer.points is None else offer.points
    if possible < least or points < least:
        return _no(Reason.TOO_LITTLE, "There are too few points for this.", _OTHER_WAY, limit=least)
    if points % rules.step_points:
        step = rules.step_points
        return _no(Reason.TOO_LITTLE, f"Points are used {step} at a time.", "Choose a whole step.", limit=possible)
    if points > possible:
        return _no(Reason.TOO_MUCH, "These are more points than can be used.", "Use fewer points.", limit=possible)
    return points // rules.step_points * rules.step_minor, points


def _within(amount: int, room: int) -> tuple[int, int] | Refused:
    if amount > room:
        return _no(Reason.OVER_TENDER, "This is more than can be paid this way.", "Take a smaller amount.", limit=room)
    return amount, amount


def _nothing_possible(settlement: Settlement, kind: TenderKind) -> Refused:
    if kind in settlement.eligible_minor:
        return _no(Reason.NOT_ELIGIBLE, "None of what is left can be paid this way.", "Pay the rest another way.")
    return _no(Reason.TOO_MUCH, "No more can be paid this way.", "Pay the rest another way.", limit=0)


def _no(reason: Reason, sentence: str, remedy: str, limit: int | None = None) -> Refused:
    return Refused(reason=reason, sentence=sentence, remedy=remedy, limit_minor=limit)
