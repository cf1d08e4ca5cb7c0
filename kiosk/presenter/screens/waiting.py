"""Screens before and after a shopper: closed, attract, thanks."""

from __future__ import annotations

from kiosk.checkout import events
from kiosk.checkout.state import LaneState
from kiosk.presenter.model import Item, Tone
from kiosk.presenter.screens.common import frame, language_buttons, notices, status
from kiosk.presenter.view import View, button, picture, text, title


def closed(state: LaneState, view: View) -> tuple[Item, ...]:
    """Another lane, please; and for staff, how to open this one."""
    words = view.words
    return (
        title(words.say("This lane is closed")),
        text(words.say("Please use another lane.")),
        text(view.store_name, "store", Tone.QUIET),
        text(words.say("Staff: scan your badge to open."), "hint", Tone.QUIET),
        *notices(state, view),
        *language_buttons(view),
        *status(state, view),
    )


def attract(state: LaneState, view: View) -> tuple[Item, ...]:
    """Come in: the first scan begins."""
    words = view.words
    return (
        text(view.store_name, "store", Tone.QUIET),
        title(words.say("Welcome")),
        text(words.say("Scan your first item to begin.")),
        picture("scan"),
        button("start", words.say("Start"), events.StartPressed(), Tone.PRIMARY),
        *frame(state, view),
    )


def thanks(state: LaneState, view: View) -> tuple[Item, ...]:
    """Good-bye."""
    words = view.words
    return (
        title(words.say("Thank you")),
        text(words.say("See you soon at {store}.", store=view.store_name)),
        *status(state, view),
    )
