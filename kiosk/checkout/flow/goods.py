"""A good enters the basket: by scan, by label, by picture or by weight, or it is said why it does not."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.scanner.interface import Scan
from kiosk.checkout.effects import CancelWeigh, Weigh
from kiosk.checkout.flow import attention, prices
from kiosk.checkout.flow.step import Step, begun, go, notice, now_with
from kiosk.checkout.state import Basket, LaneState, UnknownCode, Weighing
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.barcode import (
    CouponCode,
    GoodCode,
    GoodWithData,
    InHouseCode,
    LabelCode,
    Meaning,
    NotACode,
    interpret,
)
from kiosk.domain.item import Item, Unit
from kiosk.domain.transaction import Measure, Prices, add_item

# One trigger pull can read a code twice; people never scan two equal packs this fast.
DOUBLE_READ_MS = 700


def meaning(scan: Scan, around: Surroundings) -> tuple[Meaning, str]:
    """What was scanned, and by what it is known again: bars and square on one pack are two texts and one good."""
    found = interpret(
        scan.aim + scan.text,
        around.price_labels,
        currency=around.currency,
        this_year=int(around.business_day[:4]),
        badge_prefix=around.staffing.badge_prefix,
    )
    return found, found.readings[0] if isinstance(found, GoodCode) else scan.text


def scanned(state: LaneState, scan: Scan, around: Surroundings) -> Step:
    """A code was read while the lane can sell."""
    text = scan.text
    found, what = meaning(scan, around)
    if state.now.scanned == what and around.now_ms - state.now.scanned_ms < DOUBLE_READ_MS:
        return Step(notice(state, around, "scanned_once"))
    state = now_with(state, scanned=what, scanned_ms=around.now_ms, notice=None)
    before = _leave_scale(state)
    if around.catalog.takes_coupon(text):
        step = _coupon(before.state, text, around)
        return Step(step.state, (*before.effects, *step.effects))
    match found:
        case GoodWithData():
            step = _good_with_data(before.state, found, text, around)
        case GoodCode():
            step = _good(before.state, found, text, around)
        case LabelCode():
            step = _label(before.state, found, text, around)
        case CouponCode():
            step = go(before.state, UnknownCode("coupon"))
        case InHouseCode():
            step = go(before.state, UnknownCode(str(found.kind)))
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
    if around.catalog.tax_rate(item.tax_code) is None:
        return go(state, UnknownCode("not_for_sale"))
    away = attention.turned_away(state, item, measure, around)
    if away is not None:
        return away
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


def _coupon(state: LaneState, code: str, around: Surroundings) -> Step:
    """A coupon counts once, as soon as the basket is what it asks for; until then it waits, and that is said."""
    transaction = begun(state, around)
    if code in transaction.coupons:
        return go(notice(state, around, "coupon_twice"), Basket())
    transaction = prices.at_this_moment(replace(transaction, coupons=(*transaction.coupons, code)), around)
    word = "coupon_used" if code in transaction.used_coupons else "coupon_waits"
    return go(notice(replace(state, transaction=transaction), around, word), Basket())


def _leave_scale(state: LaneState) -> Step:
    if isinstance(state.stage, Weighing):
        return go(state, Basket(), CancelWeigh(state.stage.request))
    return Step(state)


def _good(state: LaneState, found: GoodCode, text: str, around: Surroundings) -> Step:
    hit = _hit(found, around)
    return offered(state, hit[0], Measure(quantity=hit[1]), text, around) if hit else go(state, UnknownCode("unknown"))


def _good_with_data(state: LaneState, found: GoodWithData, text: str, around: Surroundings) -> Step:
    """A pack that says more than what it is: past its date it is not sold; its weight, price and number count."""
    hit = _hit(found, around)
    if hit is None:
        return go(state, UnknownCode("unknown"))
    item, quantity = hit
    lines = state.transaction.lines if state.transaction else ()
    if found.serial and (item.sku, found.serial) in {(line.sku, line.serial_number) for line in lines}:
        return Step(notice(state, around, "scanned_once"))
    weighed = item.unit is Unit.KILOGRAM
    measure = Measure(
        quantity=1 if weighed else quantity * (found.count or 1),
        grams=(found.grams or 0) if weighed else 0,
        label_price_minor=found.price_minor if found.currency in {"", around.currency} else None,
        lot=found.lot,
        serial_number=found.serial,
        expiry=found.expiry,
        best_before=found.best_before,
    )
    return offered(state, item, measure, text, around)


def _hit(found: GoodCode, around: Surroundings) -> tuple[Item, int] | None:
    return next((hit for hit in map(around.catalog.by_code, found.readings) if hit), None)


def _label(state: LaneState, found: LabelCode, text: str, around: Surroundings) -> Step:
    item = around.catalog.by_item_number(found.item_number)
    measure = Measure(quantity=found.count or 1, grams=found.grams or 0, label_price_minor=found.price_minor)
    empty = not found.grams and not found.price_minor and not found.count
    return offered(state, None if empty else item, measure, text, around)
