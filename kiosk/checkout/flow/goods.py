"""A good enters the basket: by scan, by label, by picture or by weight, or it is said why it does not."""

from __future__ import annotations

from msgspec.structs import replace

from kiosk.checkout.effects import CancelWeigh, Weigh
from kiosk.checkout.flow.step import Step, begun, go, notice, now_with
from kiosk.checkout.state import Basket, LaneState, UnknownCode, Weighing
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.barcode import GoodCode, LabelCode, NotACode, interpret
from kiosk.domain.item import Item, Unit
from kiosk.domain.transaction import Measure, Prices, add_item

# One trigger pull can read a code twice; people never scan two equal packs this fast.
DOUBLE_READ_MS = 700


def scanned(state: LaneState, text: str, around: Surroundings) -> Step:
    """A code was read while the lane can sell."""
    if state.now.scanned == text and around.now_ms - state.now.scanned_ms < DOUBLE_READ_MS:
        return Step(notice(state, around, "scanned_once"))
    state = now_with(state, scanned=text, scanned_ms=around.now_ms, notice=None)
    before = _leave_scale(state)
    found = interpret(text, around.price_labels)
    match found:
        case GoodCode():
            step = _good(before.state, found, text, around)
        case LabelCode():
            step = _label(before.state, found, text, around)
        case NotACode():
            step = go(before.state, UnknownCode(found.reason))
    return Step(step.state, (*before.effects, *step.effects))


def chosen(state: LaneState, sku: str, around: Surroundings) -> Step:
    """A good was picked by its picture."""
    item = around.catalog.by_sku(sku)
    return offered(state, item, Measure(), item.plu if item else "", around)


def offered(state: LaneState, item: Item | None, measure: Measure, code: str, around: Surroundings) -> Step:
    """Add the item, or go and weigh it first, or say why it cannot be sold."""
    if item is None:
        return go(state, UnknownCode("unknown"))
    if not item.sellable or around.catalog.tax_rate(item.tax_code) is None:
        return go(state, UnknownCode("not_for_sale"))
    if item.unit is Unit.KILOGRAM and not measure.grams and measure.label_price_minor is None:
        return weigh(state, item.sku, code, around)
    return added(state, item, measure, code, around)


def added(state: LaneState, item: Item, measure: Measure, code: str, around: Surroundings) -> Step:
    """The good is in the basket; no line grows beyond what policy allows."""
    prices = Prices(around.catalog.tax_rate, around.catalog.by_sku)
    transaction = add_item(begun(state, around), item, measure, code, prices)
    if any(line.quantity > around.policy.maximum_quantity for line in transaction.lines):
        return go(notice(state, around, "maximum_quantity", item.name), Basket())
    return go(replace(state, transaction=transaction), Basket())


def weigh(state: LaneState, sku: str, code: str, around: Surroundings) -> Step:
    """Ask for the weight of a good. Every request has its own id, so an older weight is never taken for it."""
    transaction = begun(state, around)
    transaction = replace(transaction, weighings=transaction.weighings + 1)
    request = f"{transaction.sequence_number}-{transaction.weighings}"
    state = replace(state, transaction=transaction)
    return go(state, Weighing(sku=sku, request=request, code=code), Weigh(request))


def _leave_scale(state: LaneState) -> Step:
    if isinstance(state.stage, Weighing):
        return go(state, Basket(), CancelWeigh(state.stage.request))
    return Step(state)


def _good(state: LaneState, found: GoodCode, text: str, around: Surroundings) -> Step:
    for reading in found.readings:
        hit = around.catalog.by_code(reading)
        if hit:
            return offered(state, hit[0], Measure(quantity=hit[1]), text, around)
    return go(state, UnknownCode("unknown"))


def _label(state: LaneState, found: LabelCode, text: str, around: Surroundings) -> Step:
    item = around.catalog.by_item_number(found.item_number)
    measure = Measure(grams=found.grams or 0, label_price_minor=found.price_minor)
    empty = not found.grams and not found.price_minor
    return offered(state, None if empty else item, measure, text, around)
