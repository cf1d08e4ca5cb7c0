"""Signs the staff on by their badges and off again; both are entries of the ledger, in the commit of what is shown."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from kiosk.accounts.till_sign_on import entries_of
from kiosk.checkout import events
from kiosk.checkout.duty import Page
from kiosk.checkout.effects import Append, Effect
from kiosk.checkout.events import Event
from kiosk.checkout.flow.goods import DOUBLE_READ_MS
from kiosk.checkout.flow.step import Step, notice, now_with
from kiosk.checkout.state import Asking, LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.operator.attempts import BadgeShown, Gate, Refusal, Result
from kiosk.domain.operator.rights import Right, Staff, holds
from kiosk.domain.operator.sign_on import sign_on
from kiosk.messages.tills import SignedOff


def is_badge(text: str, around: Surroundings) -> bool:
    """Whether a scanned text is a badge: one that is known, or that looks like those of this store."""
    prefix = around.staffing.badge_prefix
    return bool(prefix and text.startswith(prefix)) or around.staffing.credentials.with_badge(text) is not None


def shown(state: LaneState, text: str, around: Surroundings) -> Step:
    """A badge was held to the scanner."""
    if isinstance(state.stage, Asking):
        return Step(notice(state, around, "finish_payment"))
    found = around.staffing.credentials.with_badge(text)
    if found is None and _read_twice(state, text, around):
        return Step(state)
    # A strange badge that stays before the scanner is one try, not many entries.
    state = now_with(state, scanned=text, scanned_ms=around.now_ms) if found is None else state
    if found is not None and found.operator == state.attendant:
        return Step(state)
    signed, outcomes = checked(state, text, around)
    entries: tuple[Effect, ...] = tuple(Append(entry) for entry in entries_of(outcomes))
    state = replace(state, duty=replace(state.duty, sign_on=signed))
    refusal = next((one for one in outcomes if isinstance(one, Refusal)), None)
    if refusal is not None:
        return Step(notice(state, around, f"badge_{refusal.reason}"), entries)
    duty = replace(state.duty, rights=_rights(signed.operator, signed.roles, around), page=Page.MAIN, asked="")
    return Step(replace(state, attendant=signed.operator, help_shown=False, duty=duty), entries)


def checked(state: LaneState, text: str, around: Surroundings) -> Result:
    """What the sign-on says of a badge, and its state after it."""
    gate = Gate(around.staffing.credentials, around.staffing.sign_on, offline=not state.now.online)
    now_s = int(datetime.fromisoformat(around.now).timestamp())
    return sign_on(state.duty.sign_on, BadgeShown(text), gate, now_s)


def staff(state: LaneState) -> Staff:
    """Whoever is signed on, with the roles held."""
    return Staff(state.duty.sign_on.operator, state.duty.sign_on.roles)


def after(step: Step, event: Event) -> Step:
    """Whoever's sheet has closed is signed off, in the same commit."""
    state, duty = step.state, step.state.duty
    operator = duty.sign_on.operator
    if not operator or state.attendant == operator:
        return step
    nobody = replace(duty.sign_on, operator="", roles=(), method="", active_s=0)
    state = replace(state, duty=replace(duty, sign_on=nobody, rights=(), page=Page.MAIN, asked=""))
    return Step(state, (*step.effects, Append(SignedOff(operator=operator, reason=_reason(event)))))


def _rights(operator: str, roles: tuple[str, ...], around: Surroundings) -> tuple[Right, ...]:
    rules, one = around.staffing.tills, Staff(operator, roles)
    held = (right for right in Right if holds(one, right, rules.roles))
    return tuple(right for right in held if right is not Right.NO_SALE or rules.policy.drawer)


def _read_twice(state: LaneState, text: str, around: Surroundings) -> bool:
    return state.now.scanned == text and around.now_ms - state.now.scanned_ms < DOUBLE_READ_MS


def _reason(event: Event) -> str:
    match event:
        case events.Tick():
            return "idle"
        case events.Resumed():
            return "restart"
    return "person"
