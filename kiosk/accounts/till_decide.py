"""Decides what an operator asks of a till: the entries that say it was done, or why it is refused; pure."""

from __future__ import annotations

from kiosk.accounts.till import Shift, TillState, carried, shift_at
from kiosk.accounts.till_commands import (
    Command,
    CountShift,
    DrawerForced,
    EndTraining,
    MoveCash,
    OpenDrawer,
    OpenShift,
    ResumeShift,
    SettleShift,
    StartTraining,
    SuspendShift,
)
from kiosk.accounts.till_count import checked_counts, settled
from kiosk.accounts.till_policy import By, Movement, Sharing, TillRules
from kiosk.accounts.till_tenders import CASH
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Request, Right, ask, holds
from kiosk.messages.contents import Content, ExceptionRaised
from kiosk.messages.tills import (
    CashMoved,
    DrawerOpened,
    ShiftCounted,
    ShiftOpened,
    ShiftResumed,
    ShiftSuspended,
    TrainingEnded,
    TrainingStarted,
)

Decision = tuple[Content, ...] | Refused

_RIGHTS = {
    Movement.LOAN: Right.LOAN,
    Movement.PICKUP: Right.PICKUP,
    Movement.PAID_IN: Right.PAID_IN,
    Movement.PAID_OUT: Right.PAID_OUT,
    Movement.SAFE_DROP: Right.SAFE_DROP,
    Movement.BANK_DROP: Right.BANK_DROP,
}
_NO_DRAWER = Refused("no_drawer", "This device has no cash drawer.", "Do it at a till with a drawer.")


def decide(state: TillState, command: Command, by: By, rules: TillRules) -> Decision:
    """Entries to append in this order, or a refusal. Nothing else happens: `till.after` makes the new state of them."""
    match command:
        case OpenShift():
            return _open(state, command, by, rules)
        case MoveCash():
            return _move(state, command, by, rules)
        case OpenDrawer():
            return _no_sale(state, command, by, rules)
        case DrawerForced(till=till):
            return _forced(state, till, by)
        case CountShift():
            return _count(state, command, by, rules)
        case SettleShift():
            return _settle(state, command, by, rules)
        case SuspendShift():
            return _suspend(state, command, by, rules)
        case ResumeShift():
            return _resume(state, command, by, rules)
        case StartTraining() | EndTraining():
            return _training(state, command, by, rules)


def _open(state: TillState, command: OpenShift, by: By, rules: TillRules) -> Decision:
    allowed = ask(Request(Right.OPEN_SHIFT), by.operator, rules.roles, by.approver)
    if isinstance(allowed, Refused):
        return allowed
    if command.float_minor < 0 or (command.float_minor and not rules.policy.drawer):
        return Refused("float", "This till cannot begin with that much cash.", "Enter what is in the drawer.")
    taken = _place_taken(state, command.till, rules)
    if taken:
        return taken
    opened = ShiftOpened(
        shift=f"{rules.name}-{state.opened + 1:06d}",
        till=command.till,
        operator=by.operator.operator,
        business_day=command.business_day,
        currency=rules.currency,
        float_minor=command.float_minor,
        training=state.training,
    )
    return (opened,)


def _move(state: TillState, command: MoveCash, by: By, rules: TillRules) -> Decision:
    if not rules.policy.drawer:
        return _NO_DRAWER
    shift = _shift(state, command.shift, by, rules)
    if isinstance(shift, Refused):
        return shift
    if command.amount_minor <= 0:
        return Refused("amount", "An amount is more than nothing.", "Enter what was counted.")
    if command.movement in {Movement.PAID_IN, Movement.PAID_OUT} and command.reason not in rules.policy.paid_reasons:
        return _no_reason(rules.policy.paid_reasons)
    request = Request(_RIGHTS[command.movement], command.amount_minor)
    allowed = ask(request, by.operator, rules.roles, by.approver)
    if isinstance(allowed, Refused):
        return allowed
    moved = CashMoved(
        shift=shift.shift,
        till=shift.till,
        movement=command.movement.value,
        amount_minor=command.amount_minor,
        reason=command.reason,
        operator=by.operator.operator,
        approved_by=allowed.approved_by,
        number=shift.movements + 1,
    )
    return (*_drawer(shift, command.movement.value, by, command.reason), moved, *_below_zero(shift, moved))


def _below_zero(shift: Shift, moved: CashMoved) -> tuple[Content, ...]:
    """More taken out than can be there: not refused, since a refusal would tell what is expected; finance hears."""
    left = shift.expected.get(CASH, 0) - moved.amount_minor
    if shift.training or Movement(moved.movement).into or left >= 0:
        return ()
    detail = f"shift {shift.shift}, movement {moved.number} ({moved.movement}): {left} expected after it"
    return (ExceptionRaised(code="cash_below_zero", owner="finance", detail=detail),)


def _no_sale(state: TillState, command: OpenDrawer, by: By, rules: TillRules) -> Decision:
    if not rules.policy.drawer:
        return _NO_DRAWER
    if state.training:
        return Refused("training", "The drawer stays shut in training.", "End the training first.")
    if command.reason not in rules.policy.no_sale_reasons:
        return _no_reason(rules.policy.no_sale_reasons)
    allowed = ask(Request(Right.NO_SALE), by.operator, rules.roles, by.approver)
    if isinstance(allowed, Refused):
        return allowed
    operator = by.operator.operator
    return (DrawerOpened(till=command.till, cause="no_sale", operator=operator, reason=command.reason),)


def _forced(state: TillState, till: str, by: By) -> Decision:
    """Always written down, whoever is signed on and whatever the mode: it did happen."""
    shift = shift_at(state, till)
    detail = f"till {till}, shift {shift.shift if shift else 'none'}, operator {by.operator.operator or 'nobody'}"
    return (
        DrawerOpened(till=till, cause="forced", operator=by.operator.operator),
        ExceptionRaised(code="drawer_forced", owner="attendant", detail=detail),
    )


def _count(state: TillState, command: CountShift, by: By, rules: TillRules) -> Decision:
    shift = _shift(state, command.shift, by, rules)
    if isinstance(shift, Refused):
        return shift
    right = ask(Request(Right.COUNT), by.operator, rules.roles, by.approver)
    wrong = right if isinstance(right, Refused) else checked_counts(shift, command.counts, by, rules)
    if wrong:
        return wrong
    counted = ShiftCounted(
        shift=shift.shift,
        till=shift.till,
        operator=by.operator.operator,
        counts=command.counts,
        blind=not holds(by.operator, Right.SEE_EXPECTED, rules.roles),
    )
    return (*(_drawer(shift, "count", by) if rules.policy.drawer else ()), counted)


def _settle(state: TillState, command: SettleShift, by: By, rules: TillRules) -> Decision:
    shift = _shift(state, command.shift, by, rules)
    if isinstance(shift, Refused):
        return shift
    allowed = ask(Request(Right.SETTLE), by.operator, rules.roles, by.approver)
    return allowed if isinstance(allowed, Refused) else settled(shift, by, rules)


def _suspend(state: TillState, command: SuspendShift, by: By, rules: TillRules) -> Decision:
    if not rules.policy.floating:
        return Refused("not_floating", "Tills are not carried about in this store.", "Count and settle the shift.")
    shift = _shift(state, command.shift, by, rules)
    if isinstance(shift, Refused):
        return shift
    suspended = ShiftSuspended(
        shift=shift.shift,
        till=shift.till,
        operator=by.operator.operator,
        business_day=shift.business_day,
        currency=shift.currency,
        carried=carried(shift),
        training=shift.training,
    )
    return (suspended,)


def _resume(state: TillState, command: ResumeShift, by: By, rules: TillRules) -> Decision:
    here = state.shifts.get(command.shift)
    parked = command.parked
    if here is None and (parked is None or parked.shift != command.shift or not command.from_workstation):
        return _unknown(command.shift)
    if here is not None and (here.settled or not here.suspended):
        return Refused("not_parked", "This shift is not parked.", "Choose a parked one, or open a new shift.")
    owner, training, currency, day = _parked_facts(here, parked)
    if training != state.training:
        return _other_mode(training=training)
    if currency != rules.currency:
        return Refused("currency", f"That till holds {currency}.", f"Resume it where {currency} is taken.")
    taken = _not_mine(owner, by, rules) or _place_taken(state, command.till, rules)
    if taken:
        return taken
    resumed = ShiftResumed(
        shift=command.shift,
        till=command.till,
        operator=by.operator.operator,
        business_day=day,
        currency=currency,
        from_workstation="" if here else command.from_workstation,
        carried=parked.carried if parked and not here else (),
        training=training,
    )
    return (resumed,)


def _parked_facts(here: Shift | None, parked: ShiftSuspended | None) -> tuple[str, bool, str, str]:
    source = here or parked
    if source is None:
        raise ValueError("a shift is parked here or elsewhere")
    return source.operator, source.training, source.currency, source.business_day


def _training(state: TillState, command: StartTraining | EndTraining, by: By, rules: TillRules) -> Decision:
    starting = isinstance(command, StartTraining)
    if state.training is starting:
        sentence = "This is training already." if starting else "This is no training."
        return Refused("training", sentence, "Go on.")
    allowed = ask(Request(Right.TRAINING), by.operator, rules.roles, by.approver)
    if isinstance(allowed, Refused):
        return allowed
    operator = by.operator.operator
    return (TrainingStarted(operator=operator) if starting else TrainingEnded(operator=operator),)


def _shift(state: TillState, name: str, by: By, rules: TillRules) -> Shift | Refused:
    """The open shift of that name, if this operator may act on it in this mode."""
    shift = state.shifts.get(name)
    if shift is None:
        return _unknown(name)
    if shift.settled:
        return Refused("settled", "This shift is settled; nothing in it changes any more.", "Open a new shift.")
    if shift.suspended:
        return Refused("parked", "This shift is parked.", "Resume it first.")
    if shift.training != state.training:
        return _other_mode(training=shift.training)
    return _not_mine(shift.operator, by, rules) or shift


def _not_mine(owner: str, by: By, rules: TillRules) -> Refused | None:
    mine = rules.policy.sharing is Sharing.SHARED or by.operator.operator == owner
    if mine or holds(by.operator, Right.ANY_SHIFT, rules.roles):
        return None
    return Refused("not_yours", f"This shift is {owner}'s.", f"Ask {owner}, or a supervisor.")


def _place_taken(state: TillState, till: str, rules: TillRules) -> Refused | None:
    alike = [one for one in state.shifts.values() if one.open and one.training == state.training]
    for one in alike:
        if one.till == till or rules.policy.sharing is Sharing.SINGLE:
            return Refused("taken", f"{one.operator} has a shift open on till {one.till}.", "Settle or park it first.")
    return None


def _drawer(shift: Shift, cause: str, by: By, reason: str = "") -> tuple[Content, ...]:
    if shift.training:
        return ()
    return (DrawerOpened(till=shift.till, cause=cause, operator=by.operator.operator, reason=reason),)


def _no_reason(reasons: tuple[str, ...]) -> Refused:
    return Refused("reason", "This needs a reason from the list.", f"Choose one of: {', '.join(reasons)}.")


def _unknown(name: str) -> Refused:
    return Refused("unknown_shift", f"There is no shift {name} here.", "Choose one of the open shifts.")


def _other_mode(*, training: bool) -> Refused:
    if training:
        return Refused("training", "That shift is for practice.", "Start the training first.")
    return Refused("training", "In training only shifts for practice are touched.", "End the training first.")
