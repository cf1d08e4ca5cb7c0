"""The open transaction: its lines, and the pure ways in which lines come, change and go."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from kiosk.domain.item import Item, TaxRate, Unit
from kiosk.domain.money import grams_for_price, price_of_weight


class LineItem(msgspec.Struct, frozen=True, kw_only=True):
    """One position of a transaction. `line` is never used twice in it.

    `unit_price_minor` is per piece or per kilogram; `grams` the net weight of a weighed good; `label_price_minor` the
    price printed on a price label, which then is the amount. `linked_to` is the line a deposit was charged for.
    """

    line: int
    sku: str
    name: str
    unit: Unit
    quantity: int
    unit_price_minor: int
    amount_minor: int
    tax_code: str
    tax_rate_bp: int
    grams: int = 0
    tare_grams: int = 0
    code: str = ""
    picture: str = ""
    minimum_age: int = 0
    label_price_minor: int | None = None
    linked_to: int | None = None


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """A sale in the making. `sequence_number` is never used twice on a workstation; times are RFC 3339 UTC.

    `attempts` counts the payment attempts made, `weighings` the weights asked for: both make ids that are never reused.
    """

    sequence_number: int
    business_day: str
    started_at: str
    currency: str
    lines: tuple[LineItem, ...] = ()
    next_line: int = 1
    attempts: int = 0
    weighings: int = 0
    approved_age: int = 0

    @property
    def total_minor(self) -> int:
        """Sum of all lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def pieces(self) -> int:
        """Goods in the basket: a weighed good counts once, a deposit not at all."""
        return sum(line.quantity for line in self.lines if line.linked_to is None)

    @property
    def age_to_check(self) -> int:
        """The strictest minimum age that nobody has approved yet, or 0."""
        needed = max((line.minimum_age for line in self.lines), default=0)
        return needed if needed > self.approved_age else 0

    def line(self, number: int) -> LineItem | None:
        """The line with this number, or None."""
        return next((line for line in self.lines if line.line == number), None)


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a good is added: `quantity` pieces, or `grams` net of a weighed one, or a label's price."""

    quantity: int = 1
    grams: int = 0
    label_price_minor: int | None = None


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


def can_count_up(line: LineItem) -> bool:
    """Whether a line's quantity may be changed by hand: pieces at a piece price, no weight and no label."""
    return line.unit is Unit.EACH and line.label_price_minor is None and line.linked_to is None


def _last_good(transaction: Transaction) -> LineItem | None:
    return next((line for line in reversed(transaction.lines) if line.linked_to is None), None)


def _counts_up(last: LineItem, item: Item, measure: Measure) -> bool:
    same = last.sku == item.sku and last.unit_price_minor == item.price_minor
    return same and can_count_up(last) and measure.label_price_minor is None


def _requantified(line: LineItem, quantity: int) -> LineItem:
    return replace(line, quantity=quantity, amount_minor=line.unit_price_minor * quantity)


def _line(number: int, item: Item, measure: Measure, code: str, prices: Prices) -> LineItem:
    rate = prices.tax_rate(item.tax_code)
    if rate is None:
        raise LookupError(f"tax code {item.tax_code!r} of {item.sku} is not in the catalog")
    return LineItem(
        line=number,
        sku=item.sku,
        name=item.name,
        unit=item.unit,
        quantity=measure.quantity,
        unit_price_minor=item.price_minor,
        amount_minor=amount_of(item.unit, item.price_minor, measure),
        tax_code=item.tax_code,
        tax_rate_bp=rate.rate_bp,
        grams=measure.grams,
        tare_grams=item.tare_grams if measure.grams and measure.label_price_minor is None else 0,
        code=code,
        picture=item.picture,
        minimum_age=item.minimum_age,
        label_price_minor=measure.label_price_minor,
    )
