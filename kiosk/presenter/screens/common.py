"""What many screens share: help, languages, the passing notice, and the line that says how the lane is connected."""

from __future__ import annotations

from drivers.device import Category, Lifecycle
from kiosk.checkout import events
from kiosk.checkout.state import LaneState
from kiosk.presenter.model import Item, Role, Tone
from kiosk.presenter.view import View, button

# Phrases of passing notices, by their code; each may name a good.
NOTICES = {
    "scanned_once": "Counted once. Scan again for a second one.",
    "bad_read": "That code did not read well. Please try again.",
    "maximum_quantity": "No more of {name} can be sold in one go.",
    "no_weight_in_motion": "The scale did not come to rest. Please try again.",
    "no_weight_under_zero": "The scale is below zero. Please take everything off it and try again.",
    "no_weight_over_capacity": "That is too heavy for this scale. Please call for help.",
    "no_weight_empty": "Nothing was placed on the scale.",
    "no_weight_not_ready": "The scale is not working right now. Please call for help.",
    "too_light": "{name} is too light to be weighed here. Please call for help.",
    "removed": "{name} was removed.",
    "empty_basket": "Please scan something first.",
    "ask_attendant": "An attendant is coming to change this for you.",
    "prices_changed": "A price has just changed. Please look at the new total, then press Pay.",
    "coupon_used": "Your coupon is taken off.",
    "coupon_waits": "Your coupon counts as soon as the basket is what it asks for.",
    "coupon_twice": "This coupon is in the basket already.",
    "taken_out": "Something was taken out of the basket by an attendant.",
    "take_something_out": "This basket cannot be paid like this. Please take something out.",
    "number_wanted": "Please scan the number on {name}, not its price code.",
    "number_twice": "This number is in the basket already. Please scan the one of this piece.",
    "right_value": "Another number is wanted here. Please scan it again.",
    "fiscal_not_started": "The signature unit has not made the start receipt yet. Check that it is connected.",
    "payment_cancelled": "Payment cancelled. You were not charged.",
    "finish_payment": "Please finish paying first.",
    "lane_closed": "This lane is closed.",
    "terminal_starting": "The card terminal is starting. Please press Pay again in a moment.",
    "printer_unavailable": "The receipt printer is not ready.",
    "tag_unknown": "This card does nothing here. To pay by card, use the card terminal when you are asked.",
    "drawer_stuck": "The drawer did not open. Open it with its key, and have it looked at.",
    "drawer_forced": "The drawer was opened and nobody had asked for it. This is in the record.",
    "drawer_left_open": "The drawer stands open. Please close it.",
    "badge_unknown": "This badge is not known here.",
    "badge_expired": "The list of operators on this device has run out. Connect the device.",
    "badge_locked_out": "This operator is blocked. Ask a manager to lift the block.",
    "right_no_right": "Your role may not do this.",
    "right_beyond_limit": "This is more than your role may ever do. Ask a manager.",
    "right_self_approval": "Nobody approves what they ask for themselves. Ask somebody else.",
    "right_may_not_approve": "This badge may not approve it. Ask somebody with a higher limit.",
    "report_blind": "A shift is still to be counted. Count and settle it first, or ask a supervisor.",
    "report_training": "There is no Z report in training. End the training first.",
    "report_clock": "The last Z report is of a later day. Correct the clock.",
    "report_taken": "This day has its Z report. Print a copy of it; sales since then are in the next one.",
    "report_unknown_payment": "It is not known whether a payment was taken. Settle it at the payment terminal first.",
    "report_open_shift": "A shift is open. Count and settle it, or park it.",
    "report_none": "There is no Z report yet.",
    "till_training": "This cannot be done in training.",
}


# Notices that only confirm what was done; the others ask for something.
CALM = {"scanned_once", "removed", "coupon_used", "payment_cancelled", "ask_attendant", "terminal_starting"}


def help_button(state: LaneState, view: View) -> Item:
    """Help is on every screen; once called it says so."""
    label = view.words.say("Help is coming") if state.help_called else view.words.say("Help")
    return button("help", label, events.HelpPressed(), Tone.QUIET)


def language_buttons(view: View) -> tuple[Item, ...]:
    """A button for every language that is not the present one, in its own words."""
    return tuple(
        button(f"language_{other.code}", other.own_name, events.LanguageChosen(other.code), Tone.QUIET)
        for other in view.others
    )


def notices(state: LaneState, view: View) -> tuple[Item, ...]:
    """The passing message, if there is one."""
    notice = state.now.notice
    if notice is None:
        return ()
    phrase = NOTICES.get(notice.code, notice.code)
    text = view.words.say(phrase, name=notice.name)
    return (Item("notice", Role.NOTICE, text, tone=Tone.NEUTRAL if notice.code in CALM else Tone.CAUTION),)


def status(state: LaneState, view: View) -> tuple[Item, ...]:
    """What a person should know of the lane without being bothered: training, no paper, no network, not yet booked."""
    parts = [view.words.say("TRAINING: nothing is sold")] if state.training else []
    printer = state.device(Category.RECEIPT_PRINTER)
    if printer is None or not (printer.works or printer.lifecycle is Lifecycle.OPENING):
        parts.append(view.words.say("No paper receipts at the moment"))
    if not state.now.online:
        parts.append(view.words.say("Working offline"))
    if state.now.unsent:
        parts.append(view.words.say("{count} to send", count=state.now.unsent))
    if not parts:
        return ()
    tone = Tone.CAUTION if state.training else Tone.QUIET
    return (Item("status", Role.STATUS, " · ".join(parts), tone=tone),)


def frame(state: LaneState, view: View) -> tuple[Item, ...]:
    """The items that close every shopper's screen."""
    return (*notices(state, view), help_button(state, view), *language_buttons(view), *status(state, view))
