"""`present(state, view)`: the whole screen of a state, overlays included, as data."""

from __future__ import annotations

from typing import assert_never

from kiosk.checkout.flow.over import blocking
from kiosk.checkout.state import (
    Asking,
    Attention,
    Attract,
    Basket,
    Closed,
    Declined,
    InDoubt,
    LaneState,
    Lookup,
    Receipt,
    Thanks,
    UnknownCode,
    Weighing,
)
from kiosk.presenter.model import Item, Screen
from kiosk.presenter.screens import matters, overlays, paying, selling, waiting
from kiosk.presenter.view import View


def present(state: LaneState, view: View) -> Screen:
    """What a person sees in this state: the stage's screen, and over it the overlay that matters most."""
    name, items = _stage(state, view)
    language = view.words.code
    over = _overlay(state, view)
    overlay = Screen(over[0], language, over[1]) if over else None
    return Screen(name, language, items, overlay)


def _overlay(state: LaneState, view: View) -> tuple[str, tuple[Item, ...]] | None:
    if state.attendant:
        return "attendant", overlays.attendant(state, view)
    why = blocking(state)
    if state.help_shown:
        return "help", overlays.help_coming(state, view)
    if why:
        return "out_of_order", overlays.out_of_order(state, view, why)
    if state.now.idle_since_ms is not None:
        return "idle_warning", overlays.idle_warning(state, view)
    if state.now.confirm_cancel:
        return "confirm_cancel", overlays.confirm_cancel(state, view)
    return None


def _stage(state: LaneState, view: View) -> tuple[str, tuple[Item, ...]]:  # noqa: C901, PLR0912 - one case per stage
    match state.stage:
        case Closed():
            return "closed", waiting.closed(state, view)
        case Attract():
            return "attract", waiting.attract(state, view)
        case Basket() as stage:
            return "basket", selling.basket(state, stage, view)
        case Lookup() as stage:
            return "lookup", selling.lookup(state, stage, view)
        case Weighing() as stage:
            return "weighing", selling.weighing(state, stage, view)
        case UnknownCode() as stage:
            return "unknown_code", selling.unknown_code(state, stage, view)
        case Attention() as stage:
            return "attention", matters.attention(state, stage, view)
        case Asking() as stage:
            return "tender_asking", paying.asking(state, stage, view)
        case InDoubt() as stage:
            return "tender_in_doubt", paying.in_doubt(state, stage, view)
        case Declined() as stage:
            return "tender_declined", paying.declined(state, stage, view)
        case Receipt() as stage:
            return "receipt", paying.receipt(state, stage, view)
        case Thanks():
            return "thanks", waiting.thanks(state, view)
        case _ as never:
            assert_never(never)
