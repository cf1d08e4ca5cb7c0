"""How money goes back: to what it came from first, up to what came from there; the rest as store credit.

Each part is asked for once, under an id of its own. A part that its tender refuses becomes store credit and an
exception for finance, so that the shopper leaves with what is theirs and somebody looks into it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from kiosk.domain.money import Rounding, to_step
from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.outcome import (
    Approved,
    Circumstances,
    Declined,
    InDoubt,
    Reason,
    Refused,
    Trouble,
)
from kiosk.domain.tender.refund_records import Given, Original, Part, Refund, Refunding, RefundStep
from kiosk.domain.tender.rules import KindRules, TenderPolicy


def begin_refund(refund: Refund, policy: TenderPolicy, around: Circumstances) -> RefundStep | Refused:
    """Plan a refund: originals in the policy's order, each up to what is left of it, then store credit."""
    left = sum(one.left_minor for one in refund.originals)
    if refund.amount_minor > left and refund.beyond == "refuse":
        return Refused(
            reason=Reason.MORE_THAN_PAID,
            sentence="This is more than was paid.",
            remedy="Check what has come back before.",
            limit_minor=left,
        )
    parts, missed = _parts(refund, policy, around)
    refunding = Refunding(
        name=refund.name,
        currency=refund.currency,
        total_minor=refund.amount_minor,
        queue=parts,
        attempts=refund.attempts + len(parts),
    )
    return _next(refunding, (_not_to_original(missed, "not possible here and now"),) if missed else ())


def refunded(refunding: Refunding, said: Approved | Declined | InDoubt) -> RefundStep:
    """What became of the part that was asked for, and the next one to ask for."""
    part = refunding.pending
    if part is None or part.attempt != said.attempt:
        return RefundStep(refunding=refunding)
    free = replace(refunding, pending=None, in_doubt=False)
    match said:
        case InDoubt():
            return RefundStep(refunding=replace(refunding, in_doubt=True))
        case Approved() if said.amount_minor > 0:
            return _given(free, part, said)
        case _:
            reason = said.reason if isinstance(said, Declined) else "nothing given"
            if part.original is None:
                detail = f"store credit {part.attempt} of {part.amount_minor} was not issued: {reason}"
                trouble = Trouble(code="refund.credit_not_issued", owner="attendant", detail=detail)
                return RefundStep(refunding=free, troubles=(trouble,))
            return _next(free, (_not_to_original(part.settles_minor, f"attempt {part.attempt} {reason}"),))


def proceed(refunding: Refunding) -> RefundStep:
    """Go on after a store credit could not be issued: a person decided to try again."""
    return RefundStep(refunding=refunding, ask=refunding.pending) if refunding.pending else _next(refunding, ())


def _parts(refund: Refund, policy: TenderPolicy, around: Circumstances) -> tuple[tuple[Part, ...], int]:
    """The parts that go to originals, and how much should have gone there but cannot."""
    rest, missed = refund.amount_minor, 0
    limits = _Limits(policy, around)
    parts: list[Part] = []
    for original in _in_order(refund.originals, policy):
        rules = policy.rules(original.kind)
        if rules and not _goes_back(original, rules):
            continue
        wanted = min(rest, original.left_minor)
        limit = min(original.left_minor, limits.left(original.kind)) if rules and _possible(rules, around) else 0
        most = min(wanted, limit)
        part = _part(f"{refund.name}-{refund.attempts + len(parts) + 1}", original, (most, limit), policy)
        settled = part.settles_minor if part else 0
        missed += wanted - settled if part or not most else 0  # less than a coin or a point: nobody has to look into it
        if part:
            parts.append(part)
            limits.take(part)
            rest -= settled
    return tuple(parts), min(rest, missed)


class _Limits:
    """What the policy still lets go back in cash, and without a network, while a refund is planned."""

    def __init__(self, policy: TenderPolicy, around: Circumstances) -> None:
        self._cash = policy.refund_cash_max_minor
        self._offline = None if around.online else policy.refund_offline_max_minor

    def left(self, kind: TenderKind) -> int:
        """The most that may go back by this kind."""
        limits = (self._offline, self._cash if kind is TenderKind.CASH else None)
        return min((limit for limit in limits if limit is not None), default=2**63)

    def take(self, part: Part) -> None:
        """A part will go back."""
        if self._offline is not None:
            self._offline -= part.amount_minor
        if self._cash is not None and part.kind is TenderKind.CASH:
            self._cash -= part.amount_minor


def _part(attempt: str, original: Original, wanted: tuple[int, int], policy: TenderPolicy) -> Part | None:
    """One part of (so much, at most), None where it comes to nothing. Cash is rounded to coins, not above the most."""
    most, limit = wanted
    amount, rounding = most // original.unit_minor * original.unit_minor, 0
    if original.kind is TenderKind.CASH:
        rounded = policy.cash_due(amount)
        if rounded > limit:
            rounded = to_step(amount, policy.cash_step_minor, Rounding.DOWN)
        amount, rounding = rounded, rounded - amount
    if amount <= 0:
        return None
    return Part(attempt=attempt, kind=original.kind, amount_minor=amount, original=original, rounding_minor=rounding)


def _next(refunding: Refunding, troubles: tuple[Trouble, ...]) -> RefundStep:
    """The next part of the queue, or a store credit of all that is left."""
    if refunding.queue:
        part, *rest = refunding.queue
        return RefundStep(refunding=replace(refunding, queue=tuple(rest), pending=part), ask=part, troubles=troubles)
    if refunding.remaining_minor <= 0:
        return RefundStep(refunding=refunding, troubles=troubles)
    number = refunding.attempts + 1
    credit = Part(
        attempt=f"{refunding.name}-{number}",
        kind=TenderKind.STORE_CREDIT,
        amount_minor=refunding.remaining_minor,
        original=None,
    )
    return RefundStep(refunding=replace(refunding, pending=credit, attempts=number), ask=credit, troubles=troubles)


def _given(free: Refunding, part: Part, said: Approved) -> RefundStep:
    """A part that went back, perhaps not in full; more than was asked is for finance to fetch back."""
    amount = min(said.amount_minor, part.amount_minor)
    rounding = part.rounding_minor if amount == part.amount_minor else max(0, amount - part.settles_minor)
    kept = replace(part, amount_minor=amount, rounding_minor=rounding)
    given = Given(part=kept, amount_minor=amount, card=said.card, reference=said.reference)
    troubles: tuple[Trouble, ...] = ()
    if said.amount_minor > amount:
        detail = f"attempt {part.attempt} gave back {said.amount_minor - amount} more than was asked"
        troubles = (Trouble(code="refund.too_much", owner="finance", detail=detail),)
    elif amount < part.amount_minor:
        missing = part.settles_minor - kept.settles_minor
        troubles = (_not_to_original(missing, f"attempt {part.attempt} gave back less"),) if missing else ()
    return _next(replace(free, given=(*free.given, given)), troubles)


def _not_to_original(amount: int, reason: str) -> Trouble:
    detail = f"{amount} did not go back the way it came: {reason}"
    return Trouble(code="refund.not_to_original", owner="finance", detail=detail)


def _in_order(originals: Sequence[Original], policy: TenderPolicy) -> list[Original]:
    order = {kind: place for place, kind in enumerate(policy.refund_order)}
    return sorted(originals, key=lambda one: order.get(one.kind, len(order)))


def _goes_back(original: Original, rules: KindRules) -> bool:
    """Whether this kind takes money back at all; what does not is store credit of right, and no exception."""
    return rules.refundable and not rules.single_use and original.left_minor > 0


def _possible(rules: KindRules, around: Circumstances) -> bool:
    return (around.attended or not rules.attended_only) and (around.online or not rules.online_only)
