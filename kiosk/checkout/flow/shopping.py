"""Stages with an open basket: basket, look-up, weighing, an unknown code, goods that need someone."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.scale.interface import NoWeight, Weight
from drivers.scanner.interface import BadRead, Scan
from kiosk.checkout import events
from kiosk.checkout.effects import Append, CancelWeigh
from kiosk.checkout.events import Event
from kiosk.checkout.flow import goods, prices, tender
from kiosk.checkout.flow.step import Step, cancelled, go, notice, now_with, sale_line
from kiosk.checkout.state import Attention, Basket, LaneState, Lookup, UnknownCode, Weighing
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.attention.records import Kind
from kiosk.domain.transaction import Measure, can_count_up, with_quantity, without_line
from kiosk.messages.contents import LineVoided


def basket(state: LaneState, stage: Basket, event: Event, around: Surroundings) -> Step:
    """Scanning, changing lines, paying."""
    match event:
        case events.LineSelected(line):
            return go(state, Basket(None if stage.selected == line else line))
        case events.QuantityChanged(line, by):
            return _quantity(state, line, by, around)
        case events.LineRemoved(line):
            return _remove(state, line, around)
        case events.PayPressed():
            return pay(state, around)
    return common(state, event, around)


def lookup(state: LaneState, _stage: Lookup, event: Event, around: Surroundings) -> Step:
    """Picking by picture."""
    match event:
        case events.DepartmentChosen(department):
            return go(state, Lookup(department))
        case events.ItemChosen(sku):
            return goods.chosen(state, sku, around)
    return common(state, event, around)


def weighing(state: LaneState, stage: Weighing, event: Event, around: Surroundings) -> Step:
    """Waiting for the scale. Only an answer to this very request counts."""
    match event:
        case Weight(request=stage.request, grams=grams):
            return _weighed(state, stage, grams, around)
        case NoWeight(request=stage.request, final=True, problem=problem):
            return go(notice(state, around, f"no_weight_{problem}"), Basket())
        case NoWeight(request=stage.request, problem=problem):
            return go(state, replace(stage, problem=str(problem)))
        case events.BackPressed():
            return go(state, Basket(), CancelWeigh(stage.request))
    step = common(state, event, around)
    left = not isinstance(step.state.stage, Weighing)
    has_cancel = any(isinstance(effect, CancelWeigh) for effect in step.effects)
    return step.then(CancelWeigh(stage.request)) if left and not has_cancel else step


def unknown_code(state: LaneState, _stage: UnknownCode, event: Event, around: Surroundings) -> Step:
    """A code sold nothing: go on, look it up, or have someone help."""
    if isinstance(event, events.ContinuePressed):
        return go(state, Basket())
    return common(state, event, around)


def attention(state: LaneState, stage: Attention, event: Event, around: Surroundings) -> Step:
    """An attendant is on the way, or a number is to be scanned; the shopper may go on with the basket meanwhile."""
    match event:
        case events.NumberPressed(line):
            wanted = {one.line for one in state.now.matters if one.kind is Kind.SERIAL_NUMBER}
            return go(state, Attention(reading=line if line in wanted else 0))
        case events.BackPressed() if stage.reading:
            return go(state, Attention())
        case events.PayPressed():
            return pay(state, around)
    return common(state, event, around)


def common(state: LaneState, event: Event, around: Surroundings) -> Step:
    """What every stage with an open basket answers alike; anything else leaves it as it is."""
    match event:
        case Scan():
            return goods.scanned(state, event, around)
        case BadRead():
            return Step(notice(state, around, "bad_read"))
        case events.LookupPressed():
            return go(state, Lookup())
        case events.BackPressed():
            return go(state, Basket())
        case events.CancelPressed():
            return _cancel(state, around)
        case events.CancelAnswered(yes):
            return cancelled(state, around, "shopper") if yes else Step(now_with(state, confirm_cancel=False))
    return Step(state)


def pay(state: LaneState, around: Surroundings) -> Step:
    """Everything that must be settled before money is asked for."""
    transaction = state.transaction
    if transaction is None or not transaction.lines:
        return Step(notice(state, around, "empty_basket"))
    now = prices.at_this_moment(transaction, around)
    if now.total_minor != transaction.total_minor:
        # An hour struck between the last scan and this touch: nobody pays a sum they have not seen.
        return go(notice(replace(state, transaction=now), around, "prices_changed"), Basket())
    return tender.ask(replace(state, transaction=now), now, around)


def _cancel(state: LaneState, around: Surroundings) -> Step:
    if state.transaction and state.transaction.lines:
        return Step(now_with(state, confirm_cancel=True))
    return cancelled(state, around, "shopper")


def _weighed(state: LaneState, stage: Weighing, grams: int, around: Surroundings) -> Step:
    item = around.catalog.by_sku(stage.sku)
    if item is None:
        return go(state, UnknownCode("unknown"))
    net = grams - item.tare_grams
    if net < around.policy.minimum_weight_grams:
        return go(notice(state, around, "too_light", item.name), Basket())
    return goods.added(state, item, Measure(grams=net), stage.code, around)


def _quantity(state: LaneState, number: int, by: int, around: Surroundings) -> Step:
    line = state.transaction.line(number) if state.transaction else None
    if state.transaction is None or line is None or not can_count_up(line):
        return Step(state)
    quantity = line.quantity + by
    if quantity > around.policy.maximum_quantity:
        return Step(notice(state, around, "maximum_quantity", line.name))
    if quantity < 1:
        return _remove(state, number, around)
    if by < 0 and not around.policy.shopper_may_void:
        return Step(notice(replace(state, help_called=True), around, "ask_attendant"))
    return Step(replace(state, transaction=with_quantity(state.transaction, number, quantity)))


def _remove(state: LaneState, number: int, around: Surroundings) -> Step:
    line = state.transaction.line(number) if state.transaction else None
    if state.transaction is None or line is None or line.linked_to is not None:
        return Step(state)
    if not around.policy.shopper_may_void:
        return Step(notice(replace(state, help_called=True), around, "ask_attendant"))
    voided = LineVoided(sequence_number=state.transaction.sequence_number, line=sale_line(line))
    kept = replace(state, transaction=without_line(state.transaction, number))
    return go(notice(kept, around, "removed", line.name), Basket(), Append(voided))
