"""What a lane shows beside its screen: the lamps on its pole, and the two lines of a line display."""

from __future__ import annotations

from typing import NamedTuple

from drivers.device import Category, Lifecycle, Severity
from drivers.signal.interface import Blink, Colour, Lamps
from kiosk.checkout.flow.over import blocking
from kiosk.checkout.state import (
    Asking,
    Attention,
    Attract,
    Closed,
    Declined,
    InDoubt,
    LaneState,
    Receipt,
    Thanks,
)
from kiosk.presenter.view import View

# Of 20 letters at most, in every language: such a display has no more.
PAYING = {Asking: "Pay at the terminal", InDoubt: "Checking payment", Declined: "Not charged"}


class Lines(NamedTuple):
    """The upper and the lower line of a line display; cut to its width by its driver."""

    upper: str
    lower: str


def lamps(state: LaneState) -> Lamps:
    """Green: sells. Red: closed. Fast red: somebody has to come now. Slow amber beside green: see to it soon."""
    if _person_wanted(state):
        return Lamps(((Colour.RED, Blink.FAST),))
    if isinstance(state.stage, Closed):
        return Lamps(((Colour.RED, Blink.STEADY),))
    soon = ((Colour.AMBER, Blink.SLOW),) if state.training or _to_be_tended(state) else ()
    return Lamps(((Colour.GREEN, Blink.STEADY), *soon))


def lines(state: LaneState, view: View, columns: int) -> Lines:
    """What a shopper reads on a display of `columns`: the last item and its price, the total, and how paying goes."""
    words, transaction = view.words, state.transaction
    match state.stage:
        case Closed():
            return Lines(words.say("This lane is closed."), "")
        case Asking() | InDoubt() | Declined() if transaction:
            phrase = PAYING[type(state.stage)]
            return Lines(words.say(phrase), _apart(words.say("Total"), _sum(view, transaction.total_minor), columns))
        case Receipt(total_minor=total_minor):
            return Lines(words.say("Thank you"), _apart(words.say("Paid"), _sum(view, total_minor), columns))
        case Attract() | Thanks():
            return Lines(view.store_name, "")
    if transaction is None or not transaction.lines:
        return Lines(view.store_name, "")
    # A deposit follows its good; the shopper looks for what was just scanned.
    last = next((line for line in reversed(transaction.lines) if line.linked_to is None), transaction.lines[-1])
    upper = _apart(last.name, _sum(view, last.amount_minor), columns)
    return Lines(upper, _apart(words.say("Total"), _sum(view, transaction.total_minor), columns))


def _person_wanted(state: LaneState) -> bool:
    return (
        state.help_called
        or state.now.drawer.told
        or isinstance(state.stage, Attention | InDoubt)
        or blocking(state) is not None
    )


def _to_be_tended(state: LaneState) -> bool:
    """A device that works and will not for long (paper runs low), or one that the lane sells without."""
    return any(
        one.lifecycle in (Lifecycle.LOST, Lifecycle.FAILED)
        or any(condition.severity is Severity.WARNING for condition in one.conditions)
        or (one.category is Category.RECEIPT_PRINTER and not one.works and one.lifecycle is Lifecycle.READY)
        for one in state.now.devices
    )


def _sum(view: View, amount_minor: int) -> str:
    return view.words.money(amount_minor)


def _apart(left: str, right: str, columns: int) -> str:
    """`left` and `right` at the two ends of a line; the amount is whole whatever the name is."""
    room = columns - len(right) - 1
    return f"{left[: max(0, room)]:<{max(0, room)}} {right}"
