"""Screens of an open basket: basket, look-up, weighing, an unknown code."""

from __future__ import annotations

from kiosk.checkout import events
from kiosk.checkout.state import Basket, LaneState, Lookup, UnknownCode, Weighing
from kiosk.domain.item import Item as Good
from kiosk.domain.item import Unit
from kiosk.domain.transaction import LineItem, Transaction, can_count_up
from kiosk.presenter.model import Item, Role, Tone
from kiosk.presenter.screens.common import frame
from kiosk.presenter.view import View, amount, button, picture, text, title

WEIGH_HINTS = {
    "in_motion": "Hold on: the scale is still moving.",
    "under_zero": "The scale is below zero. Please take everything off it.",
    "over_capacity": "That is too heavy for this scale.",
    "empty": "Place it on the scale.",
}

UNKNOWN_TEXTS = {
    "unknown": "We do not know this item. Please look for it by picture, or call for help.",
    "check_digit": "The code did not read correctly. Please scan it again.",
    "other": "This is not the code of an item. Please scan the bar code with lines.",
    "expired": "This pack is past its date and is not sold any more. Please take another one, or call for help.",
    "recalled": "This was recalled by its maker and is not sold. Please give it to an attendant.",
    "not_now": "This is not sold here at this time. Please put it aside, or call for help.",
    "coupon": "This coupon is not valid here. Please call for help if you think it should be.",
    "receipt": "This is a receipt. Returns are taken by an attendant: please call for help.",
    "suspended": "A parked basket cannot be taken up at this lane yet. Please call for help.",
    "store_credit": "Store credit cannot be used at this lane yet. Please call for help.",
    "badge": "This badge is not known here.",
    "not_for_sale": "This item cannot be sold at this lane. Please call for help.",
}


def basket(state: LaneState, stage: Basket, view: View) -> tuple[Item, ...]:
    """The goods so far, what they come to, and how to pay."""
    words = view.words
    transaction = state.transaction
    lines = transaction.lines if transaction else ()
    pieces = transaction.pieces if transaction else 0
    count = words.say("1 item") if pieces == 1 else words.say("{count} items", count=pieces)
    shown = [item for line in lines for item in _line(line, stage, view)]
    if transaction:
        shown += _for_the_whole(transaction, view)
        if transaction.saved_minor:
            count = f"{count} · {words.say('you save {amount}', amount=words.money(transaction.saved_minor))}"
    if not shown:
        shown = [text(words.say("Scan your first item, or choose one without a bar code."), "empty", Tone.QUIET)]
    total = words.money(transaction.total_minor if transaction else 0)
    return (
        title(words.say("Your basket")),
        text(count, "count", Tone.QUIET),
        *shown,
        amount("total", words.say("Total"), total),
        button("pay", words.say("Pay"), events.PayPressed(), Tone.PRIMARY, enabled=bool(lines)),
        button("lookup", words.say("Item without bar code"), events.LookupPressed()),
        button("cancel", words.say("Cancel"), events.CancelPressed(), Tone.QUIET),
        *frame(state, view),
    )


def lookup(state: LaneState, stage: Lookup, view: View) -> tuple[Item, ...]:
    """Goods by picture, department by department."""
    words = view.words
    departments = [
        Item(
            f"department_{number}",
            Role.BUTTON,
            name or words.say("All"),
            action=events.DepartmentChosen(name),
            selected=name == stage.department,
            tone=Tone.QUIET,
        )
        for number, name in enumerate(("", *view.departments()))
    ]
    tiles = [_tile(good, view) for good in view.by_sight(stage.department)]
    return (
        title(words.say("Which item?")),
        *departments,
        *tiles,
        button("back", words.say("Back"), events.BackPressed()),
        *frame(state, view),
    )


def weighing(state: LaneState, stage: Weighing, view: View) -> tuple[Item, ...]:
    """One good on the scale, with its price by the kilogram in sight (legal for trade)."""
    words = view.words
    good = view.by_sku(stage.sku)
    name = good.name if good else ""
    price = words.say("{price} per kg", price=words.money(good.price_minor)) if good else ""
    hint = words.say(WEIGH_HINTS.get(stage.problem, WEIGH_HINTS["empty"]))
    tone = Tone.CAUTION if stage.problem in {"in_motion", "under_zero", "over_capacity"} else Tone.NEUTRAL
    return (
        title(words.say("Weigh {name}", name=name)),
        picture(good.picture if good else ""),
        text(hint, tone=tone),
        text(price, "price"),
        button("back", words.say("Back"), events.BackPressed()),
        *frame(state, view),
    )


def unknown_code(state: LaneState, stage: UnknownCode, view: View) -> tuple[Item, ...]:
    """Never silent: what was wrong with the code and what to do."""
    words = view.words
    return (
        title(words.say("That did not work")),
        picture("unknown_code"),
        text(words.say(UNKNOWN_TEXTS.get(stage.reason, UNKNOWN_TEXTS["unknown"]))),
        button("continue", words.say("Continue"), events.ContinuePressed(), Tone.PRIMARY),
        button("lookup", words.say("Item without bar code"), events.LookupPressed()),
        *frame(state, view),
    )


def line_detail(line: LineItem, view: View) -> str:
    """How the price of a line came about; "" for one piece at its price."""
    saved = (f"{one.name} −{view.words.money(one.amount_minor)}" for one in line.discounts if not one.order)
    return " · ".join(part for part in (_reckoning(line, view), *saved) if part)


def _reckoning(line: LineItem, view: View) -> str:
    words = view.words
    if line.label_price_minor is not None:
        return words.say("price as on the label")
    if line.grams:
        return f"{words.kilograms(line.grams)} kg × {words.money(line.unit_price_minor)}/kg"
    if line.quantity > 1:
        return f"{line.quantity} × {words.money(line.unit_price_minor)}"
    return ""


def _line(line: LineItem, stage: Basket, view: View) -> list[Item]:
    linked = line.linked_to is not None
    chosen = stage.selected == line.line
    price = view.words.money(_before_the_whole(line))
    shown = [
        Item(
            f"line_{line.line}",
            Role.LINE,
            line.name,
            speech=f"{line.name}, {price}",
            detail=line_detail(line, view),
            amount=price,
            picture=line.picture,
            selected=chosen,
            tone=Tone.QUIET if linked else Tone.NEUTRAL,
            action=None if linked else events.LineSelected(line.line),
        )
    ]
    if chosen:
        shown += _line_controls(line, view)
    return shown


def _before_the_whole(line: LineItem) -> int:
    """What a line comes to before discounts for the whole basket and taxes on top, which have rows of their own."""
    return line.amount_minor - sum(one.amount_minor for one in line.discounts if not one.order)


def _for_the_whole(transaction: Transaction, view: View) -> list[Item]:
    """Rows for what is about the whole basket, so that all rows together make the total."""
    words = view.words
    discounts: dict[tuple[str, str], int] = {}
    for line in transaction.lines:
        for one in line.discounts:
            if one.order:
                discounts[one.promotion, one.name] = discounts.get((one.promotion, one.name), 0) + one.amount_minor
    rows = [(f"line_off_{key}", name, -amount, Tone.GOOD) for (key, name), amount in discounts.items()]
    rest = transaction.total_minor - sum(map(_before_the_whole, transaction.lines)) + sum(discounts.values())
    if rest:
        rows.append(("line_tax", words.say("Tax"), rest, Tone.QUIET))
    return [
        Item(name, Role.LINE, label, speech=f"{label}, {_signed(value, view)}", amount=_signed(value, view), tone=tone)
        for name, label, value, tone in rows
    ]


def _signed(value_minor: int, view: View) -> str:
    """An amount with the minus sign of print: a hyphen is too easily overlooked."""
    return f"−{view.words.money(-value_minor)}" if value_minor < 0 else view.words.money(value_minor)


def _line_controls(line: LineItem, view: View) -> list[Item]:
    number = line.line
    found = []
    if can_count_up(line):
        found.append(button(f"line_{number}_minus", "−", events.QuantityChanged(number, -1)))
        found.append(button(f"line_{number}_plus", "+", events.QuantityChanged(number, 1)))
    found.append(button(f"line_{number}_remove", view.words.say("Remove"), events.LineRemoved(number), Tone.DANGER))
    return found


def _tile(good: Good, view: View) -> Item:
    price = view.words.money(good.price_minor)
    detail = f"{price}/kg" if good.unit is Unit.KILOGRAM else price
    return Item(
        f"tile_{good.sku}",
        Role.TILE,
        good.name,
        detail=detail,
        picture=good.picture,
        action=events.ItemChosen(good.sku),
    )
