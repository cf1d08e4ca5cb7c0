"""Stages with money in them: asking the terminal, an outcome in doubt, a decline. Nothing here times a shopper out."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.payment.interface import Approved, DeclineReason, PaymentProgress, Unknown
from drivers.payment.interface import Declined as TerminalDeclined
from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.effects import AbortPayment, Append, EnquirePayment, RequestPayment, ReversePayment
from kiosk.checkout.events import Event
from kiosk.checkout.flow import attention, goods
from kiosk.checkout.flow.sale import card_tender, sold
from kiosk.checkout.flow.step import Step, cancelled, go, notice, now_with
from kiosk.checkout.state import (
    Asking,
    Attract,
    Basket,
    Closed,
    Declined,
    InDoubt,
    LaneState,
    Reversal,
)
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.transaction import Transaction
from kiosk.messages.contents import PaymentAttempt, PaymentResult
from kiosk.messages.tenders import CashTender

# An enquiry that brought no answer is made again after this long; a person is called after the third.
ENQUIRE_AGAIN_MS = 5_000
CALL_HELP_AFTER = 3


def ask(state: LaneState, transaction: Transaction, around: Surroundings) -> Step:
    """Ask for the money: a new attempt with an id that was never used before. Not before all on the list is solved."""
    unsolved = attention.before_money(state, transaction, around)
    if unsolved is not None:
        return unsolved
    if transaction.total_minor <= 0:
        return sold(state, transaction, (), around)
    if state.training:
        # No money moves and no terminal is asked: a sale marked as training says that its tender is none.
        pretended = CashTender(amount_minor=transaction.total_minor, given_minor=transaction.total_minor)
        return sold(state, transaction, (pretended,), around)
    terminal = state.device(Category.PAYMENT_TERMINAL)
    if terminal and terminal.lifecycle is Lifecycle.OPENING:
        return Step(notice(state, around, "terminal_starting"))
    if not _terminal_works(state):
        return go(state, Declined(DeclineReason.UNAVAILABLE))
    number = transaction.attempts + 1
    attempt = PaymentAttempt(
        attempt=f"{around.name}-{transaction.sequence_number:06d}-{number}",
        sequence_number=transaction.sequence_number,
        amount_minor=transaction.total_minor,
        currency=transaction.currency,
        receipt_before=_last_receipt(state),
    )
    state = replace(state, transaction=replace(transaction, attempts=number))
    return go(state, Asking(attempt), RequestPayment(attempt))


def asking(state: LaneState, stage: Asking, event: Event, around: Surroundings) -> Step:
    """The terminal has been asked and will answer; only its answer ends this stage."""
    reference = stage.attempt.attempt
    match event:
        case PaymentProgress(reference=ref, step=step) if ref == reference:
            return go(state, replace(stage, step=step))
        case events.CancelPressed() if not stage.cancelling:
            return go(state, replace(stage, cancelling=True), AbortPayment(stage.attempt))
        case Approved(reference=ref) if ref == reference:
            return approved(state, stage.attempt, event, around)
        case TerminalDeclined(reference=ref, reason=reason) if ref == reference:
            result = Append(_result(stage.attempt, str(reason), event.code))
            if reason is DeclineReason.CANCELLED and stage.cancelling:
                return go(notice(state, around, "payment_cancelled"), Basket(), result)
            return go(state, Declined(str(reason)), result)
        case Unknown(reference=ref) if ref == reference:
            doubt = InDoubt(stage.attempt, asked_ms=around.now_ms)
            return go(state, doubt, Append(_result(stage.attempt, "unknown")), EnquirePayment(stage.attempt))
        case Scan():
            return Step(notice(state, around, "finish_payment"))
    return Step(state)


def in_doubt(state: LaneState, stage: InDoubt, event: Event, around: Surroundings) -> Step:
    """Nobody knows yet whether the card was charged. The basket is frozen until the terminal has said so."""
    reference = stage.attempt.attempt
    match event:
        case Approved(reference=ref) if ref == reference:
            return approved(state, stage.attempt, event, around)
        case TerminalDeclined(reference=ref) if ref == reference:
            return not_charged(state, stage, around)
        case Unknown(reference=ref) if ref == reference:
            tries = stage.enquiries + 1
            state = replace(state, help_called=state.help_called or tries >= CALL_HELP_AFTER)
            return go(state, replace(stage, asking=False, enquiries=tries, asked_ms=around.now_ms))
        case events.Tick() if not stage.asking and around.now_ms - stage.asked_ms >= ENQUIRE_AGAIN_MS:
            return enquire(state, stage, around)
        case DeviceChanged(category=Category.PAYMENT_TERMINAL) if not stage.asking and _terminal_works(state):
            return enquire(state, stage, around)
    return Step(state)


def declined(state: LaneState, _stage: Declined, event: Event, around: Surroundings) -> Step:
    """Nothing was charged; the basket is still there."""
    match event:
        case events.PayPressed() if state.transaction:
            return ask(state, state.transaction, around)
        case events.BackPressed():
            return go(state, Basket())
        case Scan():
            return goods.scanned(state, event, around)
        case events.CancelPressed():
            return Step(now_with(state, confirm_cancel=True))
        case events.CancelAnswered(yes):
            return cancelled(state, around, "shopper") if yes else Step(now_with(state, confirm_cancel=False))
    return Step(state)


def enquire(state: LaneState, stage: InDoubt, around: Surroundings) -> Step:
    """Ask the terminal what became of the attempt."""
    return go(state, replace(stage, asking=True, asked_ms=around.now_ms), EnquirePayment(stage.attempt))


def approved(state: LaneState, attempt: PaymentAttempt, event: Approved, around: Surroundings) -> Step:
    """The attempt was charged: a sale if a basket waits for exactly this amount, else taken back."""
    transaction = state.transaction
    wanted = not isinstance(state.stage, InDoubt) or state.stage.wanted
    fits = transaction is not None and event.amount_minor == attempt.amount_minor == transaction.total_minor
    if transaction is None or not wanted or not fits:
        step = reverse(state, attempt, event)
        return settled(step.state, around).then(*step.effects)
    result = Append(_approval(attempt, event))
    step = sold(state, transaction, (card_tender(attempt, event),), around)
    return Step(step.state, (result, *step.effects))


def reverse(state: LaneState, attempt: PaymentAttempt, event: Approved) -> Step:
    """A charge that no basket waits for is recorded and taken back, never dropped."""
    reversal = Reversal(attempt, event.card.receipt_number)
    state = replace(state, reversals=(*state.reversals, reversal))
    return Step(state, (Append(_approval(attempt, event)), ReversePayment(attempt, event.card.receipt_number)))


def not_charged(state: LaneState, stage: InDoubt, around: Surroundings, operator: str = "") -> Step:
    """The terminal (or an attendant who looked at it) says that the attempt was not charged."""
    result = Append(_result(stage.attempt, "not_charged", f"operator {operator}" if operator else ""))
    if stage.wanted and state.transaction:
        return go(state, Declined(DeclineReason.NOT_CHARGED), result)
    return settled(state, around).then(result)


def settled(state: LaneState, around: Surroundings) -> Step:
    """After a doubt that left no sale: the next doubt, the basket, or where the lane stood without one."""
    if state.doubts:
        following, *rest = state.doubts
        state = replace(state, doubts=tuple(rest))
        return enquire(state, InDoubt(following, wanted=False), around)
    if state.transaction:
        return go(state, Declined(DeclineReason.NOT_CHARGED))
    return go(state, Attract() if state.business_day else Closed())


def _last_receipt(state: LaneState) -> int | None:
    """The terminal's last receipt number before an attempt; 0 where it is known to have charged nothing yet."""
    terminal = state.device(Category.PAYMENT_TERMINAL)
    conditions = terminal.conditions if terminal else ()
    if state.now.terminal_receipt is None and any(one.code == "last_transaction_unknown" for one in conditions):
        return None
    return state.now.terminal_receipt or 0


def _terminal_works(state: LaneState) -> bool:
    terminal = state.device(Category.PAYMENT_TERMINAL)
    return terminal is not None and terminal.works


def _result(attempt: PaymentAttempt, outcome: str, code: str = "") -> PaymentResult:
    return PaymentResult(attempt=attempt.attempt, outcome=outcome, code=code)


def _approval(attempt: PaymentAttempt, event: Approved) -> PaymentResult:
    return PaymentResult(
        attempt=attempt.attempt,
        outcome="approved",
        amount_minor=event.amount_minor,
        terminal_id=event.card.terminal_id,
        receipt_number=event.card.receipt_number,
        trace_number=event.card.trace_number,
    )
