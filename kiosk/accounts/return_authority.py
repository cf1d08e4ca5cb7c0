"""Who may take goods back: a shopper alone, an operator, or an operator with a second person."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.accounts.return_records import Desk
from kiosk.domain.operator.outcome import Allowed, Refused
from kiosk.domain.operator.rights import Request, Right, approve, ask
from kiosk.domain.returning.policy import ReturnRules


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody has to agree to. `second_person`: the rules want one, whatever the role's limits."""

    amount_minor: int
    reasons: tuple[str, ...]
    second_person: bool = False


def agreed(asked: Asked, rules: ReturnRules, desk: Desk) -> Allowed | Refused:
    """Whether the people at the desk may do it; `Allowed.approved_by` names the second person."""
    if desk.operator is None:
        return _alone(asked, rules)
    right = ask(Request(Right.RETURN), desk.operator, desk.roles, desk.approver)
    if isinstance(right, Refused):
        return right
    request = Request(Right.REFUND, asked.amount_minor)
    allowed = ask(request, desk.operator, desk.roles, desk.approver)
    if isinstance(allowed, Refused) or allowed.approved_by or not asked.second_person:
        return allowed
    if desk.approver is None:
        return Refused(
            "needs_second_person",
            "This return needs a second person.",
            "Ask somebody who may approve it to sign on beside you.",
            second_person=True,
        )
    return approve(request, desk.operator, desk.approver, desk.roles)


def _alone(asked: Asked, rules: ReturnRules) -> Allowed | Refused:
    """A shopper alone: only where the policy lets it, and nothing that needs a second person."""
    mine = rules.self_service
    if not mine.allowed:
        return _attendant("Returns are taken by an attendant here.")
    if not set(asked.reasons) <= set(mine.reasons):
        return _attendant("An attendant has to look at goods returned for this reason.")
    if asked.second_person or asked.amount_minor > mine.maximum_minor:
        return _attendant("An attendant has to take back this much.")
    return Allowed()


def _attendant(sentence: str) -> Refused:
    return Refused("attendant", sentence, "Call for help: an attendant goes on from here.")
