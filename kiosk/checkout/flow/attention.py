"""Goods that need someone: found at the scan, before money is asked for, and while somebody looks at the list."""

from __future__ import annotations

from msgspec.structs import replace

from kiosk.checkout.effects import Append
from kiosk.checkout.flow.step import Step, go, now_with
from kiosk.checkout.state import SHOPPING, Attention, Basket, LaneState, UnknownCode
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.attention import matters as rules
from kiosk.domain.attention.records import Basket as Goods
from kiosk.domain.attention.records import Kind, LineView, Matter
from kiosk.domain.context import Customer
from kiosk.domain.item import Item
from kiosk.domain.policy.self_checkout import good_lock
from kiosk.domain.transaction import LineItem, Measure, Transaction
from kiosk.messages.contents import AttentionDecided

# What nobody may sell is refused at the scan already: nobody carries it to the end of a basket first.
_NEVER = frozenset({Kind.NOT_FOR_SALE, Kind.RECALLED, Kind.EXPIRED})
# These are written down also where no one but a rule has decided.
_RECORDED = frozenset({Kind.RECALLED, Kind.EXPIRED})


def found(transaction: Transaction, around: Surroundings, *, paying: bool) -> tuple[Matter, ...]:
    """All that has to be solved before this basket is paid; `paying`: the shopper wants to pay it now."""
    lines = tuple(_view(line, around.catalog.by_sku(line.sku)) for line in transaction.lines)
    key = f"{around.name}-{transaction.sequence_number:06d}"
    basket = Goods(key, lines, transaction.used_coupons, paying=paying)
    house = _house(around, transaction.fulfilment, transaction.customer)
    return rules.blocking(rules.attention(basket, house, transaction.decisions))


def before_money(state: LaneState, transaction: Transaction, around: Surroundings) -> Step | None:
    """The list, where anything is on it; None where money may be asked for."""
    matters = found(transaction, around, paying=True)
    if not matters:
        return None
    alone = all(by_shopper(transaction, matter) for matter in matters)
    return go(replace(state, transaction=transaction, help_called=state.help_called or not alone), Attention())


def by_shopper(transaction: Transaction, matter: Matter) -> bool:
    """Whether a shopper can do it alone: the number of one piece is there to be scanned, like its code."""
    line = transaction.line(matter.line)
    return matter.kind is Kind.SERIAL_NUMBER and line is not None and line.quantity == 1


def after(step: Step, around: Surroundings) -> Step:
    """The step with its list as it is now, while somebody looks at it; when nothing is left, back to the basket."""
    state = step.state
    waiting = isinstance(state.stage, Attention)
    if state.transaction is None or not (waiting or (state.attendant and isinstance(state.stage, SHOPPING))):
        return step if not state.now.matters else Step(now_with(state, matters=()), step.effects)
    matters = found(state.transaction, around, paying=waiting)
    if waiting and not matters:
        state = replace(state, stage=Basket(), help_called=False)
    if matters != state.now.matters:
        state = now_with(state, matters=matters)
    return Step(state, step.effects)


def turned_away(state: LaneState, item: Item, measure: Measure, around: Surroundings) -> Step | None:
    """Why a good does not enter the basket at all; None where it may."""
    view = LineView(
        line=1,
        sku=item.sku,
        name=item.name,
        quantity=measure.quantity,
        amount_minor=0,
        department=item.department,
        tags=item.tags,
        sellable=item.sellable,
        lot=measure.lot,
        serial_number=measure.serial_number,
        expiry=measure.expiry,
    )
    matters = rules.attention(Goods("", (view,)), _house(around, "carry_out", Customer()), ())
    matter = next((one for one in matters if one.kind in _NEVER), None)
    if matter is None:
        return None
    step = go(state, UnknownCode(_reason(matter.kind, item, around)))
    if matter.kind not in _RECORDED:
        return step
    number = state.transaction.sequence_number if state.transaction else 0
    which = measure.expiry if matter.kind is Kind.EXPIRED else measure.lot or measure.serial_number
    value = f"{item.sku} {which}".rstrip()
    refused = AttentionDecided(sequence_number=number, matter=str(matter.kind), decision="refused", value=value)
    return step.then(Append(refused))


def _reason(kind: Kind, item: Item, around: Surroundings) -> str:
    """A ban passes with its hour; what is not for a self-checkout never is."""
    lasting = not item.sellable or good_lock(around.self_checkout, item.department, item.tags) is not None
    return "not_now" if kind is Kind.NOT_FOR_SALE and not lasting else str(kind)


def _house(around: Surroundings, fulfilment: str, customer: Customer) -> rules.House:
    return rules.House(around.rules, around.context(around.now, fulfilment, customer), around.self_checkout)


def _view(line: LineItem, item: Item | None) -> LineView:
    """A line with what the catalog says of its good by now; a deposit goes with its good and needs nobody."""
    free = line.linked_to is not None or item is None
    return LineView(
        line=line.line,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        amount_minor=line.due_minor,
        department=line.department,
        tags=line.tags,
        minimum_age=line.minimum_age,
        maximum=item.maximum_quantity if item else 0,
        sellable=free or bool(item and item.sellable),
        serial_wanted=line.serial_wanted,
        serial_number=line.serial_number,
        lot=line.lot,
        expiry=line.expiry,
        best_before=line.best_before,
        linked_to=line.linked_to,
    )
