"""Goods that need someone: what the shopper hears, and the list on the attendant's sheet with what to do."""

from __future__ import annotations

from kiosk.checkout import events
from kiosk.checkout.flow.attention import by_shopper
from kiosk.checkout.flow.sheet import MatterAction, Verb, matter_actions, matter_of
from kiosk.checkout.state import Attention, LaneState
from kiosk.domain.attention.records import Kind, Matter
from kiosk.presenter.model import Item, Tone
from kiosk.presenter.screens.common import frame
from kiosk.presenter.view import View, button, picture, text, title

# What it is and what the attendant does about it; {name} is the good, {needed} what a yes covers.
POINTS = {
    Kind.AGE: ("For people of {needed} and over.", "Check that the shopper is old enough. No date of birth is kept."),
    Kind.QUANTITY: ("{name}: {needed} pieces.", "Is that a usual amount? Else take them out."),
    Kind.VALUE: ("The basket comes to {amount}.", "Look at the basket, and at how it is paid."),
    Kind.NOT_FOR_SALE: ("{name}: not for sale here and now.", "Take it out; it goes back to the shop."),
    Kind.RECALLED: ("{name}: recalled.", "Take it out and keep it apart: it must not be sold."),
    Kind.EXPIRED: ("{name}: past its date.", "Take it out: it must not be sold."),
    Kind.BEST_BEFORE: ("{name}: best before {needed}.", "Ask whether the shopper wants it all the same."),
    Kind.LOT: ("{name}: some lots were recalled.", "Scan the lot on the pack, or take it out."),
    Kind.SERIAL_NUMBER: ("{name}: sold with its serial number.", "Scan the number of every piece."),
    Kind.COUPON: ("{needed} paper coupons.", "Collect them."),
    Kind.AUDIT: ("This basket was drawn for a check.", "Scan again: {name}."),
}
BASKET_QUANTITY = ("{needed} pieces in the basket.", "Look at the basket; it may be one for a staffed till.")
AGE_REFUSED = ("The age was not shown: these goods are not sold.", "Take them out: {name}.")

# So many points are listed at once: a sheet is not a page.
SHOWN = 3


def attention(state: LaneState, stage: Attention, view: View) -> tuple[Item, ...]:
    """Neutral words for the shopper: somebody is coming, or a number is to be scanned."""
    words = view.words
    return (
        title(words.say("A quick check, please")),
        picture("attendant"),
        text(_sentence(state, stage, view)),
        *_numbers(state, stage, view),
        button("back", words.say("Back to basket"), events.BackPressed()),
        *frame(state, view),
    )


def listed(state: LaneState, view: View) -> tuple[Item, ...]:
    """The list for the attendant, the point the buttons are about first; empty where nothing is to be decided."""
    matters, words = state.now.matters, view.words
    if not matters or state.duty.asked or not matter_actions(state):
        return ()
    at = state.now.matter % len(matters)
    ordered = (*matters[at:], *matters[:at])
    shown = [
        text(
            _placed(" ".join(_point(state, matter, view)), place, (at + 1, len(ordered)), view),
            f"matter_{matter.kind}" + (f"_{matter.line}" if matter.line else ""),
            Tone.QUIET if place else Tone.NEUTRAL,
        )
        for place, matter in enumerate(ordered[:SHOWN])
    ]
    if len(ordered) > SHOWN:
        shown.append(text(words.say("And {count} more.", count=len(ordered) - SHOWN), "more", Tone.QUIET))
    return tuple(shown)


def buttons(state: LaneState, view: View) -> tuple[Item, ...]:
    """What can be pressed about the first point of the list."""
    matter = matter_of(state)
    if matter is None:
        return ()
    return tuple(
        button(
            f"action_{one.name}",
            _label(one, matter, view),
            events.AttendantActed(one.name),
            Tone.DANGER if one.verb is Verb.REFUSE else Tone.PRIMARY,
        )
        for one in matter_actions(state)
    )


def number_hint(state: LaneState, view: View) -> str:
    """What is to be scanned by the attendant now, and how many of them are there already; "" for nothing."""
    matter = matter_of(state)
    if matter is None or not state.duty.asked.startswith(f"{Verb.READ}_"):
        return ""
    if matter.kind is Kind.LOT:
        return view.words.say("Scan the lot of {name} now.", name=_name(state, matter))
    got, needed = len(state.now.numbers), matter.needed
    phrase = "Scan the serial number of {name} now: {got} of {needed}."
    return view.words.say(phrase, name=_name(state, matter), got=got, needed=needed)


def _sentence(state: LaneState, stage: Attention, view: View) -> str:
    words, matters, transaction = view.words, state.now.matters, state.transaction
    line = transaction.line(stage.reading) if transaction else None
    if line is not None:
        return words.say("Please scan the serial number of {name} now.", name=line.name)
    if transaction and matters and all(by_shopper(transaction, matter) for matter in matters):
        return words.say("Some goods are sold with their serial number only. Please scan it.")
    if len(matters) == 1 and matters[0].kind is Kind.AGE and not matters[0].final:
        phrase = "Something in your basket is for people of {age} and over. An attendant is coming."
        return words.say(phrase, age=matters[0].needed)
    return words.say("An attendant is coming to look at your basket with you. You can go on scanning.")


def _numbers(state: LaneState, stage: Attention, view: View) -> tuple[Item, ...]:
    """A shopper scans one number at a time; the next one is offered when it is there."""
    transaction = state.transaction
    if transaction is None or stage.reading:
        return ()
    wanted = (one for one in state.now.matters if by_shopper(transaction, one))
    matter = next(wanted, None)
    if matter is None:
        return ()
    label = view.words.say("Scan the number of {name}", name=_name(state, matter))
    return (button("number", label, events.NumberPressed(matter.line), Tone.PRIMARY),)


def _placed(point: str, place: int, number: tuple[int, int], view: View) -> str:
    """The buttons are about the first point: that must be plain to see where there are several."""
    if number[1] == 1:
        return point
    if place:
        return view.words.say("Then: {point}", point=point)
    return view.words.say("Point {number} of {count}: {point}", number=number[0], count=number[1], point=point)


def _label(action: MatterAction, matter: Matter, view: View) -> str:
    words = view.words
    if action.verb is Verb.READ:
        return words.say("Scan the number")
    if action.verb is Verb.APPROVE:
        age = matter.kind is Kind.AGE
        return words.say("Approve age {age}+", age=matter.needed) if age else words.say("Approve")
    return words.say("Take out") if matter.lines and matter.kind is not Kind.AUDIT else words.say("Not like this")


def _point(state: LaneState, matter: Matter, view: View) -> tuple[str, str]:
    """What it is, and what to do; a point that this lane has no words for speaks in those of its rule."""
    words = view.words
    what, do = POINTS.get(matter.kind, (matter.sentence, matter.remedy))
    if matter.kind is Kind.QUANTITY and not matter.line:
        what, do = BASKET_QUANTITY
    if matter.kind is Kind.AGE and matter.final:
        what, do = AGE_REFUSED
    amount = words.money(int(matter.needed)) if matter.kind is Kind.VALUE else ""
    values = {"name": _name(state, matter), "needed": matter.needed, "amount": amount}
    return words.say(what, **values), words.say(do, **values)


def _name(state: LaneState, matter: Matter) -> str:
    lines = state.transaction.lines if state.transaction else ()
    names = [line.name for line in lines if line.line in matter.lines]
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
