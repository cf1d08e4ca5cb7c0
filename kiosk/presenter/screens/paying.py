"""Screens with money in them. A shopper must never wonder whether they paid: each says it in its first words."""

from __future__ import annotations

from drivers.payment.interface import DeclineReason
from drivers.printer.interface import PrintState
from kiosk.checkout import events
from kiosk.checkout.state import Asking, Declined, InDoubt, LaneState, Receipt
from kiosk.presenter.model import Item, Tone
from kiosk.presenter.screens.common import frame, help_button, notices, status
from kiosk.presenter.view import View, amount, button, picture, text, title

STEPS = {
    "insert_card": "Hold your card or phone to the terminal, or insert the card.",
    "enter_pin": "Please enter your PIN on the terminal.",
    "remove_card": "Please take your card.",
    "processing": "One moment, the payment is being processed.",
    "wait": "One moment, please.",
}

DECLINED = {
    DeclineReason.DECLINED: "The card was declined. You were not charged. Please try another card.",
    DeclineReason.CANCELLED: "The payment was cancelled. You were not charged.",
    DeclineReason.TIMED_OUT: "No card was shown in time. You were not charged.",
    DeclineReason.UNAVAILABLE: "Cards cannot be taken right now. You were not charged. Please call for help.",
    DeclineReason.NOT_CHARGED: "We have checked: you were not charged. Please try again.",
}

PRINTING = {
    PrintState.CONFIRMED: "Please take your receipt.",
    PrintState.FAILED: "The printer needs attention. Your receipt prints once it is ready; an attendant is coming.",
    PrintState.UNKNOWN: "Your receipt may not have printed completely. An attendant can print a copy.",
}


def asking(state: LaneState, stage: Asking, view: View) -> tuple[Item, ...]:
    """The terminal has been asked."""
    words = view.words
    step = words.say("Cancelling. Please wait.") if stage.cancelling else words.say(STEPS.get(stage.step, _WAIT))
    # Before the terminal has said anything there is nothing it could stop.
    may_cancel = bool(stage.step) and not stage.cancelling
    return (
        title(words.say("Please pay by card")),
        amount("total", words.say("To pay"), words.money(stage.attempt.amount_minor)),
        picture("card"),
        text(step, "step"),
        button("cancel", words.say("Cancel payment"), events.CancelPressed(), enabled=may_cancel),
        *notices(state, view),
        help_button(state, view),
        *status(state, view),
    )


def in_doubt(state: LaneState, stage: InDoubt, view: View) -> tuple[Item, ...]:
    """Nobody knows yet; the one thing a shopper must not do is pay again."""
    words = view.words
    return (
        title(words.say("Please do not pay again")),
        picture("doubt"),
        text(words.say("We are asking the terminal whether your payment went through. Your basket is safe.")),
        amount("total", words.say("Amount"), words.money(stage.attempt.amount_minor)),
        *notices(state, view),
        help_button(state, view),
        *status(state, view),
    )


def declined(state: LaneState, stage: Declined, view: View) -> tuple[Item, ...]:
    """Not charged, and the basket is still there."""
    words = view.words
    reason = DECLINED.get(DeclineReason(stage.reason), DECLINED[DeclineReason.DECLINED])
    return (
        title(words.say("Not paid")),
        picture("declined"),
        text(words.say(reason)),
        button("retry", words.say("Try again"), events.PayPressed(), Tone.PRIMARY),
        button("back", words.say("Back to basket"), events.BackPressed()),
        *frame(state, view),
    )


def receipt(state: LaneState, stage: Receipt, view: View) -> tuple[Item, ...]:
    """Paid, whatever the printer does."""
    words = view.words
    printing = words.say(PRINTING.get(PrintState(stage.printing), "Your receipt is being printed."))
    trouble = stage.printing in {PrintState.FAILED, PrintState.UNKNOWN}
    number = words.say("Receipt number {number}", number=stage.sequence_number)
    return (
        title(words.say("You have paid")),
        picture("receipt_trouble" if trouble else "receipt"),
        text(f"{printing} {number}" if trouble else printing, tone=Tone.CAUTION if trouble else Tone.NEUTRAL),
        amount("total", words.say("Paid"), words.money(stage.total_minor), Tone.GOOD),
        button("done", words.say("Done"), events.DonePressed(), Tone.PRIMARY),
        *notices(state, view),
        help_button(state, view),
        *status(state, view),
    )


_WAIT = "Please follow the payment terminal."
