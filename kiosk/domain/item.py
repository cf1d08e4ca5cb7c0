"""One good of the catalog: its record, the codes that lead to it, its tax rate, and what makes it unfit."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kiosk.domain.gtin import Gtin, gtin, is_digits

NAME_MAX = 80
SKU_MAX = 40
# As national labels have them: 4 to 7 digits.
ITEM_NUMBER_DIGITS = range(4, 8)
PLU_DIGITS = range(3, 6)
AGE_MAX = 99
_SOME = f"{ITEM_NUMBER_DIGITS[0]} to {ITEM_NUMBER_DIGITS[-1]}"


class Unit(enum.StrEnum):
    """What one price is for."""

    EACH = "each"
    KILOGRAM = "kg"


class CodeKind(enum.StrEnum):
    """How an item code is found: by the whole GTIN, or by the item number inside a label with a price or weight."""

    GTIN = "gtin"
    RCN = "rcn"


@dataclass(frozen=True, slots=True)
class Component:
    """`quantity` pieces of item `sku`, as part of a bundle."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Item:
    """One good of the retailer.

    `price_minor` is per piece or per kilogram, tax included, in the catalog's currency. `tare_grams` is the packaging
    taken off each weighing. `deposit_sku` is an item sold along as a linked line, once per piece. `components` are
    what a bundle takes out of stock. Variants share a `style` and differ in `size` and `colour`. `picture` is a file
    stem. `by_sight` goods are offered in the picture look-up. An item that is not `sellable` is known but not sold,
    such as one without a price. Promotions find goods by `tags` too; they leave alone what is not `discountable`, and
    never go below `floor_minor` a piece or kilogram. `maximum_quantity` 0 leaves it to policy. A good with
    `serial_number` is sold only with the number of the very piece.
    """

    sku: str
    name: str
    department: str
    price_minor: int
    unit: Unit
    tax_code: str
    plu: str = ""
    picture: str = ""
    minimum_age: int = 0
    tare_grams: int = 0
    deposit_sku: str = ""
    components: tuple[Component, ...] = ()
    style: str = ""
    size: str = ""
    colour: str = ""
    by_sight: bool = False
    sellable: bool = True
    tags: tuple[str, ...] = ()
    discountable: bool = True
    floor_minor: int | None = None
    maximum_quantity: int = 0
    serial_number: bool = False
    returnable: bool = True


@dataclass(frozen=True, slots=True)
class ItemCode:
    """`code` leads to `quantity` pieces of item `sku`: 14 digits of a GTIN, or the 5-digit item number of a label.

    A multi-pack with a price of its own is an item of its own; `quantity` is for outer cartons.
    """

    code: str
    sku: str
    quantity: int = 1
    kind: CodeKind = CodeKind.GTIN


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax rate in parts per million, since some have four decimals: 230,000 is 23 %, 88,750 is 8.875 %."""

    code: str
    rate_ppm: int
    name: str


def problems(item: Item, tax_codes: Collection[str] | None = None) -> tuple[str, ...]:
    """All that is wrong with `item` by itself, as sentences; none where it may enter a catalog.

    With `tax_codes`, its tax code must be one of them. References to other items: see `catalog_problems`.
    """
    found = [*_wording(item), *_pricing(item), *_looking_up(item), *_linking(item)]
    if tax_codes is not None and item.tax_code not in tax_codes:
        found.append(f"tax code {item.tax_code!r} is unknown")
    return tuple(found)


def _wording(item: Item) -> Iterator[str]:
    if not item.sku or len(item.sku) > SKU_MAX or item.sku.split() != [item.sku]:
        yield f"sku must be 1 to {SKU_MAX} characters without spaces"
    if not item.name.strip() or len(item.name) > NAME_MAX:
        yield f"name must be 1 to {NAME_MAX} characters"
    if not item.department:
        yield "department is missing"
    shown = (item.sku, item.department, item.picture, item.style, item.size, item.colour)
    if not all(text.isprintable() for text in shown):
        yield "sku, department, picture, style, size and colour must be printable characters"
    if (item.size or item.colour) and not item.style:
        yield "a size or colour needs the style that its variants share"


def _pricing(item: Item) -> Iterator[str]:
    if item.price_minor < 0:
        yield "price is below zero"
    if item.price_minor == 0 and item.sellable:
        yield "price is zero, and the item is sellable"
    if item.tare_grams < 0 or (item.tare_grams and item.unit is not Unit.KILOGRAM):
        yield "tare must be zero or more grams, and only for goods sold by weight"
    if not 0 <= item.minimum_age <= AGE_MAX:
        yield f"minimum age must be 0 to {AGE_MAX}"
    if item.floor_minor is not None and item.floor_minor < 0:
        yield "the lowest price is below zero"
    if item.maximum_quantity < 0:
        yield "the maximum quantity is below zero"
    if not all(tag and tag.isprintable() for tag in item.tags):
        yield "tags must be printable words"


def _looking_up(item: Item) -> Iterator[str]:
    if item.plu and not (is_digits(item.plu) and len(item.plu) in PLU_DIGITS):
        yield f"PLU must be {PLU_DIGITS[0]} to {PLU_DIGITS[-1]} digits"
    if item.by_sight and not item.picture:
        yield "an item looked up by sight needs a picture"
    if not set(item.picture).isdisjoint("/\\."):
        yield "picture must be a file stem: no folder, no ending"


def _linking(item: Item) -> Iterator[str]:
    if item.sku and item.sku in {item.deposit_sku, *(part.sku for part in item.components)}:
        yield "an item cannot be its own deposit or component"
    if item.deposit_sku and item.unit is Unit.KILOGRAM:
        yield "a deposit is per piece: not for goods sold by weight"
    if any(part.quantity < 1 for part in item.components):
        yield "a component needs a quantity of one or more"


def code_problems(code: ItemCode) -> tuple[str, ...]:
    """All that is wrong with `code` by itself, as sentences."""
    found = []
    if code.kind is CodeKind.GTIN and gtin(code.code) != Gtin(code.code):
        found.append(f"code {code.code!r} is no GTIN in 14 digits")
    if code.kind is CodeKind.RCN and not (is_digits(code.code) and len(code.code) in ITEM_NUMBER_DIGITS):
        found.append(f"item number {code.code!r} must be {_SOME} digits")
    if code.quantity < 1:
        found.append(f"code {code.code!r} leads to less than one piece")
    return tuple(found)
