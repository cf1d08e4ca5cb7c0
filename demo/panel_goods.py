"""The demo store's goods as a person at the bench finds them, and the codes that go through the scanner. No Kivy."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from demo.panel_model import money
from demo.waiting import DemoError
from kiosk.domain.catalog import Catalog
from kiosk.domain.gtin import check_digit
from kiosk.domain.item import CodeKind, Item, ItemCode, Unit
from kiosk.domain.money import price_of_weight

# As in the lane's settings: 21IIIIIPPPPPC and 22IIIIIWWWWWC.
PRICE_LABEL, WEIGHT_LABEL = "21", "22"
MEASURE_MAX = 99_999
# The demo store's GS1 prefix; an unknown code is looked for from its highest number downwards.
STORE_PREFIX = "952039"
# What a person wants to try first: bar codes, goods picked by sight, labels of a counter, an age limit, a deposit.
FIRST = ("Dairy & Eggs", "Bakery", "Fruit", "Cheese Counter", "Soft Drinks & Water", "Wine", "Vegetables")


class Kind(enum.StrEnum):
    """A choice of goods by how they get to the lane."""

    ALL = "all"
    BAR_CODE = "bar code"
    LABEL = "label"
    LOOSE = "loose"
    AGE = "age limit"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Good:
    """One row: an item with the code it is scanned by. `scan` is what a scanner reads, "" where it has no bar code.

    `item_number` is the five digits inside a label of the counter, "" for all other goods.
    """

    item: Item
    scan: str = ""
    item_number: str = ""
    pieces: int = 1

    @property
    def name(self) -> str:
        """Its name, with the carton's content where it is one."""
        return f"{self.item.name}, carton of {self.pieces}" if self.pieces > 1 else self.item.name

    @property
    def by_weight(self) -> bool:
        """Whether its price is per kilogram."""
        return self.item.unit is Unit.KILOGRAM

    @property
    def code(self) -> str:
        """The number people know it by."""
        return self.scan or (f"label {self.item_number}" if self.item_number else f"PLU {self.item.plu}".strip())

    def is_kind(self, kind: Kind) -> bool:
        """Whether it belongs to a choice of goods."""
        match kind:
            case Kind.ALL:
                return True
            case Kind.BAR_CODE:
                return bool(self.scan)
            case Kind.LABEL:
                return bool(self.item_number)
            case Kind.LOOSE:
                return bool(self.item.plu)
            case Kind.AGE:
                return self.item.minimum_age > 0
            case Kind.DEPOSIT:
                return bool(self.item.deposit_sku)


class Shelf:
    """All goods of the store that a person can lay hands on, the departments to try first at the top."""

    def __init__(self, catalog: Catalog) -> None:
        self.currency = catalog.currency
        self.goods = tuple(sorted(_goods(catalog), key=_rank))
        self._words = [_searchable(good) for good in self.goods]
        self._known = {code.code for code in catalog.codes}

    def search(self, text: str, kind: Kind = Kind.ALL) -> tuple[Good, ...]:
        """Goods of this kind that hold every word of `text` in name, department, PLU or code; a whole number first."""
        words = text.casefold().split()
        found = [
            good
            for good, known in zip(self.goods, self._words, strict=True)
            if good.is_kind(kind) and all(word in known for word in words)
        ]
        asked = text.strip()
        exact = {asked} if asked else set()
        return tuple(sorted(found, key=lambda good: not exact & {good.item.plu, good.scan, good.item_number}))

    def price(self, good: Good) -> str:
        """Its price for people."""
        per = " / kg" if good.by_weight else ""
        return money(good.item.price_minor * good.pieces, self.currency) + per

    def unknown_code(self) -> str:
        """A right EAN-13 that the store does not sell."""
        for number in range(999_999, 0, -1):
            body = f"{STORE_PREFIX}{number:06d}"
            code = f"{body}{check_digit(body)}"
            if code.zfill(14) not in self._known:
                return code
        raise DemoError("The store sells every code there is.", "Take a good out of headquarters/demo_store/goods.")


def damaged(code: str) -> str:
    """`code` with a check digit that does not hold."""
    return f"{code[:-1]}{(int(code[-1]) + 1) % 10}"


def price_label(good: Good, price_minor: int) -> str:
    """A label of the counter with the price inside: 21, item number, five digits of price, check digit."""
    return _label(PRICE_LABEL, good, price_minor, "price")


def weight_label(good: Good, grams: int) -> str:
    """A label of the counter with the weight inside: 22, item number, five digits of grams, check digit."""
    if not good.by_weight:
        raise DemoError(f"{good.name} is sold by the piece.", "Print a price label for it.")
    return _label(WEIGHT_LABEL, good, grams, "weight")


def label_price(good: Good, grams: int) -> int:
    """What a counter asks for `grams` of a good, or for one piece of it; in minor units."""
    return price_of_weight(good.item.price_minor, grams) if good.by_weight else good.item.price_minor


def _label(prefix: str, good: Good, measure: int, what: str) -> str:
    if not good.item_number:
        raise DemoError(f"{good.name} has no number for labels.", "Choose a good of one of the counters.")
    if not 0 < measure <= MEASURE_MAX:
        raise DemoError(f"A {what} of {measure} does not fit on a label.", f"It must be 1 to {MEASURE_MAX}.")
    body = f"{prefix}{good.item_number}{measure:05d}"
    return f"{body}{check_digit(body)}"


def _goods(catalog: Catalog) -> Iterable[Good]:
    codes: dict[str, list[ItemCode]] = {}
    for code in catalog.codes:
        codes.setdefault(code.sku, []).append(code)
    linked = {item.deposit_sku for item in catalog.items if item.deposit_sku}
    for item in catalog.items:
        for code in sorted(codes.get(item.sku, []), key=lambda code: code.quantity):
            if code.kind is CodeKind.RCN:
                yield Good(item, item_number=code.code)
            else:
                yield Good(item, scan=printed(code.code), pieces=code.quantity)
        # A deposit comes along with its drink; nobody lays hands on it alone.
        if item.sku not in codes and item.sku not in linked:
            yield Good(item)


def _rank(good: Good) -> int:
    """Where its department stands; within it the catalog's order stays."""
    return FIRST.index(good.item.department) if good.item.department in FIRST else len(FIRST)


def printed(gtin14: str) -> str:
    """What stands under the bars of a GTIN in its 14-digit form: EAN-8, EAN-13 or, on cartons, all 14 digits."""
    if gtin14.startswith("000000"):
        return gtin14[6:]
    return gtin14.removeprefix("0")


def _searchable(good: Good) -> str:
    item = good.item
    parts = (good.name, item.department, item.plu, good.scan, good.item_number, item.size, item.colour)
    return " ".join(parts).casefold()
