"""`advance(state, event, around)`: the whole conversation as one pure, exhaustive function, split by stage."""

from __future__ import annotations

from typing import assert_never

from kiosk.checkout.events import Event
from kiosk.checkout.flow import attention, duty, ends, over, prices, shopping, tender
from kiosk.checkout.flow.step import Step
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
from kiosk.checkout.surroundings import Surroundings


def advance(state: LaneState, event: Event, around: Surroundings) -> Step:
    """The next state of the lane, and what to do about it. Never raises for any state and event."""
    state = over.noted(state, event, around)
    step = over.before(state, event, around) or _by_stage(state, event, around)
    step = attention.after(prices.after(state, step, around), around)
    step = step.then(*over.reversals_again(state, event))
    return duty.after(step, event)


def _by_stage(state: LaneState, event: Event, around: Surroundings) -> Step:  # noqa: C901, PLR0912 - one case per stage
    match state.stage:
        case Closed() as stage:
            return ends.closed(state, stage, event, around)
        case Attract() as stage:
            return ends.attract(state, stage, event, around)
        case Basket() as stage:
            return shopping.basket(state, stage, event, around)
        case Lookup() as stage:
            return shopping.lookup(state, stage, event, around)
        case Weighing() as stage:
            return shopping.weighing(state, stage, event, around)
        case UnknownCode() as stage:
            return shopping.unknown_code(state, stage, event, around)
        case Attention() as stage:
            return shopping.attention(state, stage, event, around)
        case Asking() as stage:
            return tender.asking(state, stage, event, around)
        case InDoubt() as stage:
            return tender.in_doubt(state, stage, event, around)
        case Declined() as stage:
            return tender.declined(state, stage, event, around)
        case Receipt() as stage:
            return ends.receipt(state, stage, event, around)
        case Thanks() as stage:
            return ends.thanks(state, stage, event, around)
        case _ as never:
            assert_never(never)
