"""What lies over any screen: help, out of order, the idle warning, the attendant's menu, "cancel everything?"."""

from __future__ import annotations

from drivers.device import Condition
from kiosk.checkout import events
from kiosk.checkout.duty import Page
from kiosk.checkout.flow.sheet import Action, offered
from kiosk.checkout.state import InDoubt, LaneState
from kiosk.presenter.model import Item, Tone
from kiosk.presenter.screens import matters
from kiosk.presenter.screens.common import notices
from kiosk.presenter.view import View, amount, button, text, title

ACTIONS = {
    Action.OPEN: "Open the lane",
    Action.CLOSE: "Close the lane",
    Action.NEXT_MATTER: "Next point",
    Action.CANCEL_TRANSACTION: "Cancel the transaction",
    Action.HELPED: "Help given",
    Action.REPRINT: "Print a copy of the last receipt",
    Action.SETTLE_PAID: "Terminal says: paid",
    Action.SETTLE_UNPAID: "Terminal says: not paid",
    Action.START_TRAINING: "Start training",
    Action.END_TRAINING: "End training",
    Action.REPORTS: "Reports",
    Action.X_REPORT: "X report",
    Action.Z_REPORT: "Z report: end the period",
    Action.Z_COPY: "Print a copy of the last Z report",
    Action.NO_SALE: "Open the drawer without a sale",
    Action.NO_SALE_CHANGE: "To change money",
    Action.NO_SALE_RECEIPT_ROLL: "For the receipt roll",
    Action.NO_SALE_CHECK: "To look into it",
    Action.NO_SALE_OTHER: "For another reason",
    Action.BACK: "Back",
    Action.LEAVE: "Leave",
}

HINTS = {
    Page.MAIN: "What would you like to do?",
    Page.REPORTS: "An X report changes nothing. A Z report ends the period and is taken once.",
    Page.NO_SALE: "Why is the drawer opened?",
}

REASONS = {
    "scanner": "The scanner is not connected.",
    "payment_terminal": "The payment terminal is not connected.",
    "catalog": "The goods and prices have not arrived from headquarters yet.",
}

DANGEROUS = {Action.CANCEL_TRANSACTION, Action.SETTLE_UNPAID}
QUIET = {Action.LEAVE, Action.BACK}


def help_coming(_state: LaneState, view: View) -> tuple[Item, ...]:
    """Help is on its way; scanning goes on meanwhile."""
    words = view.words
    return (
        title(words.say("Help is coming")),
        text(words.say("An attendant has been called. You can go on scanning.")),
        button("hide_help", words.say("Continue"), events.HelpHidden(cancel=False), Tone.PRIMARY),
        button("cancel_help", words.say("I do not need help any more"), events.HelpHidden(cancel=True), Tone.QUIET),
    )


def out_of_order(state: LaneState, view: View, why: Condition) -> tuple[Item, ...]:
    """The lane cannot sell right now: what the shopper does, and what staff can do about it."""
    words = view.words
    kind = next((name for name in REASONS if name in why.code), "")
    held = bool(state.transaction and state.transaction.lines)
    safe = "Your basket is safe. " * held + "This lane cannot sell right now. An attendant can help."
    return (
        title(words.say("One moment, please")),
        text(words.say(safe)),
        text(words.say(REASONS.get(kind, "")) if kind else why.message, "reason", Tone.QUIET),
        text(why.remedy, "remedy", Tone.QUIET),
        button("help", words.say("Help is coming") if state.help_called else words.say("Help"), events.HelpPressed()),
    )


def idle_warning(state: LaneState, view: View) -> tuple[Item, ...]:
    """Still there? With the seconds that are left."""
    words = view.words
    return (
        title(words.say("Are you still there?")),
        text(words.say("Your basket will be cleared soon.")),
        amount("countdown", words.say("Seconds left"), str(state.now.idle_left_s), Tone.CAUTION),
        button("continue", words.say("I am still here"), events.ContinuePressed(), Tone.PRIMARY),
        button("cancel", words.say("Cancel the basket"), events.CancelAnswered(yes=True), Tone.QUIET),
    )


def confirm_cancel(_state: LaneState, view: View) -> tuple[Item, ...]:
    """One more question before everything is struck."""
    words = view.words
    return (
        title(words.say("Cancel everything?")),
        text(words.say("All items are removed from your basket.")),
        button("no", words.say("Keep my basket"), events.CancelAnswered(yes=False), Tone.PRIMARY),
        button("yes", words.say("Yes, cancel"), events.CancelAnswered(yes=True), Tone.DANGER),
    )


def attendant(state: LaneState, view: View) -> tuple[Item, ...]:
    """What the signed-on attendant can do at this very moment."""
    words = view.words
    deciding = matters.buttons(state, view)
    actions = offered(state)
    buttons = [
        button(
            str(action) if action in QUIET else f"action_{action}",
            words.say(ACTIONS[action]),
            events.AttendantActed(str(action)),
            _tone(action, first=index == 0 and not deciding),
        )
        for index, action in enumerate(actions)
    ]
    return (
        title(words.say("Attendant {operator}", operator=state.attendant)),
        *(matters.listed(state, view) or (text(matters.number_hint(state, view) or words.say(_hint(state))),)),
        *deciding,
        *buttons,
        *notices(state, view),
    )


def _hint(state: LaneState) -> str:
    if state.duty.asked:
        return "This needs a second person: somebody else who may approve it scans their badge now."
    if isinstance(state.stage, InDoubt) and state.duty.page is Page.MAIN:
        return "Look at the terminal's last receipt before you decide."
    return HINTS[state.duty.page]


def _tone(action: Action, *, first: bool) -> Tone:
    if action in DANGEROUS:
        return Tone.DANGER
    if action in QUIET:
        return Tone.QUIET
    return Tone.PRIMARY if first else Tone.NEUTRAL
