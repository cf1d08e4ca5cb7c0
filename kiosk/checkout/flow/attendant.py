"""What an attendant does at the lane after showing the badge: open, close, approve, settle, help."""

from __future__ import annotations

import enum
import hashlib

from msgspec.structs import replace

from drivers.device import Category
from kiosk.checkout.effects import Append, PrintReceipt
from kiosk.checkout.flow.sale import receipt_job, sold
from kiosk.checkout.flow.step import Step, cancelled, fresh, go, notice
from kiosk.checkout.flow.tender import not_charged, settled
from kiosk.checkout.state import SHOPPING, AgeCheck, Attract, Basket, Closed, Declined, InDoubt, LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.messages.contents import (
    AgeApproved,
    CardTender,
    ExceptionRaised,
    LaneClosed,
    LaneOpened,
    PaymentResult,
)


class Action(enum.StrEnum):
    """What an attendant can press; which of them are offered depends on the stage (see `offered`)."""

    OPEN = "open"
    CLOSE = "close"
    APPROVE_AGE = "approve_age"
    CANCEL_TRANSACTION = "cancel_transaction"
    HELPED = "helped"
    REPRINT = "reprint"
    SETTLE_PAID = "settle_paid"
    SETTLE_UNPAID = "settle_unpaid"
    LEAVE = "leave"


def operator_of(text: str, around: Surroundings) -> str | None:
    """The operator whose badge reads `text`. Only its hash is ever kept."""
    return around.attendants.get(hashlib.sha256(text.encode()).hexdigest())


def offered(state: LaneState) -> tuple[Action, ...]:
    """What makes sense right now, in the order in which it is shown."""
    found = []
    if isinstance(state.stage, Closed):
        found.append(Action.OPEN)
    if state.transaction and state.transaction.age_to_check:
        found.append(Action.APPROVE_AGE)
    if isinstance(state.stage, InDoubt):
        found += [Action.SETTLE_PAID, Action.SETTLE_UNPAID] if state.stage.wanted else [Action.SETTLE_UNPAID]
    if state.help_called:
        found.append(Action.HELPED)
    if isinstance(state.stage, (*SHOPPING, Declined)) and state.transaction:
        found.append(Action.CANCEL_TRANSACTION)
    if state.last_sale and not state.transaction:
        found.append(Action.REPRINT)
    if isinstance(state.stage, Attract):
        found.append(Action.CLOSE)
    return (*found, Action.LEAVE)


def act(state: LaneState, action: str, around: Surroundings) -> Step:  # noqa: C901 - one case per action
    """Perform an action of the signed-on attendant; anything not offered changes nothing."""
    if not state.attendant or action not in offered(state):
        return Step(state)
    done = replace(state, attendant="")
    match Action(action):
        case Action.OPEN:
            opened = replace(fresh(done, around), business_day=around.business_day)
            entry = LaneOpened(operator=state.attendant, business_day=around.business_day)
            return Step(opened, (Append(entry),))
        case Action.CLOSE:
            return go(replace(done, business_day=""), Closed(), Append(LaneClosed(operator=state.attendant)))
        case Action.APPROVE_AGE:
            return _approve_age(done, state.attendant)
        case Action.CANCEL_TRANSACTION:
            return cancelled(done, around, "attendant", state.attendant)
        case Action.HELPED:
            return Step(replace(done, help_called=False, help_shown=False))
        case Action.REPRINT:
            return _reprint(done, around)
        case Action.SETTLE_PAID:
            return _settle_paid(done, state.attendant, around)
        case Action.SETTLE_UNPAID:
            return _settle_unpaid(done, state.attendant, around)
        case Action.LEAVE:
            return Step(done)


def _approve_age(state: LaneState, operator: str) -> Step:
    transaction = state.transaction
    if transaction is None:
        return Step(state)
    age = transaction.age_to_check
    entry = AgeApproved(sequence_number=transaction.sequence_number, minimum_age=age, operator=operator)
    state = replace(state, transaction=replace(transaction, approved_age=age), help_called=False, help_shown=False)
    stage = Basket() if isinstance(state.stage, AgeCheck) else state.stage
    return go(state, stage, Append(entry))


def _reprint(state: LaneState, around: Surroundings) -> Step:
    """A copy is marked as one and is a print job of its own, so it never passes for the receipt."""
    printer = state.device(Category.RECEIPT_PRINTER)
    if printer is None or not printer.works:
        return Step(notice(state, around, "printer_unavailable"))
    copies = state.copies + 1
    job = receipt_job(around.name, state.last_sale, copies) + f"-{around.now}"
    return Step(replace(state, copies=copies), (PrintReceipt(job, state.last_sale, copy=True),))


def _settle_paid(state: LaneState, operator: str, around: Surroundings) -> Step:
    """The attendant has seen on the terminal that it was paid; finance hears of every such sale."""
    stage, transaction = state.stage, state.transaction
    if not isinstance(stage, InDoubt) or transaction is None:
        return Step(state)
    attempt = stage.attempt
    tender = CardTender(
        attempt=attempt.attempt,
        amount_minor=attempt.amount_minor,
        terminal_id="",
        receipt_number=0,
        trace_number=0,
        authorisation_code=f"operator {operator}",
    )
    result = PaymentResult(
        attempt=attempt.attempt,
        outcome="approved",
        amount_minor=attempt.amount_minor,
        code=f"operator {operator}",
    )
    exception = ExceptionRaised(
        code="payment_settled_by_operator",
        owner="finance",
        detail=f"attempt {attempt.attempt} settled as paid by {operator}",
        sequence_number=attempt.sequence_number,
    )
    step = sold(replace(state, help_called=False), transaction, (tender,), around)
    return Step(step.state, (Append(result), Append(exception), *step.effects))


def _settle_unpaid(state: LaneState, operator: str, around: Surroundings) -> Step:
    stage = state.stage
    if not isinstance(stage, InDoubt):
        return settled(state, around)
    return not_charged(replace(state, help_called=False), stage, around, operator)
