"""The open transaction: its lines, and the pure ways in which lines come, change and go."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from kiosk.domain.attention.records import Decision
from kiosk.domain.context import Customer
from kiosk.domain.item import Item, TaxRate, Unit
from kiosk.domain.money import grams_for_price, price_of_weight
from kiosk.domain.tax.outcome import LineTax, TaxLine


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """What a promotion takes off a line (> 0); `order`: the line's share of what it takes off the whole basket."""

    promotion: str
    name: str
    amount_minor: int
    order: bool = False


class LineItem(msgspec.Struct, frozen=True, kw_only=True):
    """One position of a transaction. `line` is never used twice in it.

    `list_price_minor` is the catalog's price per piece or per kilogram when the good came in, `unit_price_minor` the
    one that counts now, from the price named `price_id` ("" list price); `grams` the net weight of a weighed good;
    `label_price_minor` the price printed on a price label, which then is the amount. `amount_minor` is before
    `discounts`, `due_minor` what is paid for the line: after them, with all taxes. `linked_to` is the line a deposit
    was charged for. `serial_wanted`: sold only with the number of the very piece.
    """

    line: int
    sku: str
    name: str
    unit: Unit
    quantity: int
    list_price_minor: int
    unit_price_minor: int
    amount_minor: int
    due_minor: int
    tax_code: str
    tax_rate_ppm: int
    grams: int = 0
    tare_grams: int = 0
    code: str = ""
    picture: str = ""
    minimum_age: int = 0
    label_price_minor: int | None = None
    linked_to: int | None = None
    lot: str = ""
    serial_number: str = ""
    price_id: str = ""
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[LineTax, ...] = ()
    department: str = ""
    tags: tuple[str, ...] = ()
    discountable: bool = True
    floor_minor: int | None = None
    serial_wanted: bool = False
    expiry: dt.date | None = None
    best_before: dt.date | None = None


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """A sale in the making. `sequence_number` is never used twice on a workstation; times are RFC 3339 UTC.

    `attempts` counts the payment attempts made, `weighings` the weights asked for: both make ids that are never reused.
    `taxes` is the tax table, `coupons` the codes the shopper gave, used or not. `decisions` are what somebody decided
    about goods that need someone; they are asked about again only where they do not cover the basket any more.
    """

    sequence_number: int
    business_day: str
    started_at: str
    currency: str
    lines: tuple[LineItem, ...] = ()
    next_line: int = 1
    attempts: int = 0
    weighings: int = 0
    decisions: tuple[Decision, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    coupons: tuple[str, ...] = ()
    used_coupons: tuple[str, ...] = ()
    fulfilment: str = "carry_out"
    customer: Customer = Customer()

    @property
    def total_minor(self) -> int:
        """What is to be paid: the sum of all lines."""
        return sum(line.due_minor for line in self.lines)

    @property
    def saved_minor(self) -> int:
        """What promotions take off."""
        return sum(discount.amount_minor for line in self.lines for discount in line.discounts)

    @property
    def pieces(self) -> int:
        """Goods in the basket: a weighed good counts once, a deposit not at all."""
        return sum(line.quantity for line in self.lines if line.linked_to is None)

    def line(self, number: int) -> LineItem | None:
        """The line with this number, or None."""
        return next((line for line in self.lines if line.line == number), None)


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a good is added: `quantity` pieces, or `grams` net of a weighed one, or a label's price.

    `lot`, `serial_number`, `expiry` and `best_before` are what its bar code says of this very piece.
    """

    quantity: int = 1
    grams: int = 0
    label_price_minor: int | None = None
    lot: str = ""
    serial_number: str = ""
    expiry: dt.date | None = None
    best_before: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What pricing needs of the catalog: tax rates by code, and items by sku (for deposits)."""

    tax_rate: Callable[[str], TaxRate | None]
    by_sku: Callable[[str], Item | None]


def amount_of(unit: Unit, unit_price_minor: int, measure: Measure) -> int:
    """Price of so much of a good, in minor units."""
    if measure.label_price_minor is not None:
        return measure.label_price_minor
    if unit is Unit.KILOGRAM:
        return price_of_weight(unit_price_minor, measure.grams)
    return unit_price_minor * measure.quantity


def add_item(transaction: Transaction, item: Item, measure: Measure, code: str, prices: Prices) -> Transaction:
    """The transaction with a good added, its deposit as a line linked to it.

    Pieces of the good that was added last are counted up on its line; everything else is a new line.
    """
    last = _last_good(transaction)
    if last and _counts_up(last, item, measure):
        return with_quantity(transaction, last.line, last.quantity + measure.quantity)
    grams = measure.grams
    if measure.label_price_minor is not None and item.unit is Unit.KILOGRAM and not grams:
        grams = grams_for_price(measure.label_price_minor, item.price_minor)
    good = _line(transaction.next_line, item, dataclasses.replace(measure, grams=grams), code, prices)
    lines = [good]
    deposit = prices.by_sku(item.deposit_sku) if item.deposit_sku else None
    if deposit:
        lines.append(
            replace(_line(good.line + 1, deposit, Measure(quantity=measure.quantity), "", prices), linked_to=good.line)
        )
    return replace(transaction, lines=(*transaction.lines, *lines), next_line=transaction.next_line + len(lines))


def with_quantity(transaction: Transaction, number: int, quantity: int) -> Transaction:
    """The transaction with another quantity on a line and on the deposits linked to it. `quantity` >= 1."""
    return replace(
        transaction,
        lines=tuple(
            _requantified(line, quantity) if number in (line.line, line.linked_to) else line
            for line in transaction.lines
        ),
    )


def without_line(transaction: Transaction, number: int) -> Transaction:
    """The transaction without a line and without the deposits linked to it."""
    return replace(
        transaction, lines=tuple(line for line in transaction.lines if number not in (line.line, line.linked_to))
    )


def with_serial_number(transaction: Transaction, number: int, serial_number: str) -> Transaction:
    """The transaction with the number of the very piece on a line."""
    return replace(
        transaction,
        lines=tuple(
            replace(line, serial_number=serial_number) if line.line == number else line for line in transaction.lines
        ),
    )


def can_count_up(line: LineItem) -> bool:
    """Whether a line's quantity may be changed by hand: pieces at a piece price, no label, no number had or wanted."""
    plain = line.unit is Unit.EACH and line.label_price_minor is None and line.linked_to is None
    return plain and not line.serial_number and not line.serial_wanted


def _last_good(transaction: Transaction) -> LineItem | None:
    return next((line for line in reversed(transaction.lines) if line.linked_to is None), None)


def _counts_up(last: LineItem, item: Item, measure: Measure) -> bool:
    same = last.sku == item.sku and last.list_price_minor == item.price_minor
    same_lot = (last.lot, last.expiry, last.best_before) == (measure.lot, measure.expiry, measure.best_before)
    same_pack = same_lot and not measure.serial_number
    return same and same_pack and can_count_up(last) and measure.label_price_minor is None


def _requantified(line: LineItem, quantity: int) -> LineItem:
    amount = line.unit_price_minor * quantity
    return replace(line, quantity=quantity, amount_minor=amount, due_minor=amount, discounts=(), taxes=())


def _line(number: int, item: Item, measure: Measure, code: str, prices: Prices) -> LineItem:
    rate = prices.tax_rate(item.tax_code)
    if rate is None:
        raise LookupError(f"tax code {item.tax_code!r} of {item.sku} is not in the catalog")
    amount = amount_of(item.unit, item.price_minor, measure)
    return LineItem(
        line=number,
        sku=item.sku,
        name=item.name,
        unit=item.unit,
        quantity=measure.quantity,
        list_price_minor=item.price_minor,
        unit_price_minor=item.price_minor,
        amount_minor=amount,
        due_minor=amount,
        tax_code=item.tax_code,
        tax_rate_ppm=rate.rate_ppm,
        grams=measure.grams,
        tare_grams=item.tare_grams if measure.grams and measure.label_price_minor is None else 0,
        code=code,
        picture=item.picture,
        minimum_age=item.minimum_age,
        label_price_minor=measure.label_price_minor,
        lot=measure.lot,
        serial_number=measure.serial_number,
        department=item.department,
        tags=item.tags,
        discountable=item.discountable,
        floor_minor=item.floor_minor,
        serial_wanted=item.serial_number,
        expiry=measure.expiry,
        best_before=measure.best_before,
    )
