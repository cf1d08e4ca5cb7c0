"""One row to one item: each field in turn, and the first that cannot be kept refuses the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from headquarters.importer.basis import Basis
from headquarters.importer.codes import code_of
from headquarters.importer.figures import alcohol_age, flag_of, number_of, price_of
from headquarters.importer.outcome import Reason, Refused, Repair, Row, Taken, short
from headquarters.importer.wording import name_of
from kiosk.domain.gtin import is_digits
from kiosk.domain.item import ITEM_NUMBER_DIGITS, CodeKind, Component, Item, ItemCode, Unit, problems

UNSORTED = "Unsorted"
Judge = Callable[[Row, Basis], Taken | Refused]
_T = TypeVar("_T")


class _RefusedRow(Exception):  # noqa: N818 - carries a refusal up from a field to its row; never leaves this module
    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


class _Fields:
    """The fields of one row, and the repairs they needed so far."""

    def __init__(self, row: Row) -> None:
        self._fields = row.fields
        self.repairs: dict[Repair, None] = {Repair.ENCODING: None} if row.decoded_anew else {}

    def raw(self, column: str) -> str:
        return self._fields.get(column, "")

    def text(self, column: str) -> str:
        raw = self.raw(column)
        text = raw.strip()
        if text != raw:
            self.repairs[Repair.TRIMMED] = None
        return text

    def keep(self, found: tuple[_T, tuple[Repair, ...]] | Refused) -> _T:
        value, repairs = kept(found)
        self.repairs.update(dict.fromkeys(repairs))
        return value

    def number(self, column: str) -> int:
        return kept(number_of(column, self.text(column)))

    def flag(self, column: str, *, default: bool) -> bool:
        return kept(flag_of(column, self.text(column), default=default))


def kept(found: _T | Refused) -> _T:
    """What a field holds; its refusal ends the row."""
    if isinstance(found, Refused):
        raise _RefusedRow(found)
    return found


def judged(
    build: Callable[[_Fields, Basis], tuple[Item, tuple[ItemCode, ...]]], row: Row, basis: Basis
) -> Taken | Refused:
    """`row` built by `build`, and fit for a catalog of `basis`; or the reason why not."""
    fields = _Fields(row)
    try:
        item, codes = build(fields, basis)
    except _RefusedRow as stop:
        return stop.refused
    unfit = problems(item)
    if unfit:
        return Refused(Reason.ITEM_UNFIT, "; ".join(unfit), "Correct these fields; the columns are in the README.")
    return Taken(item, codes, tuple(fields.repairs))


def own_row(row: Row, basis: Basis) -> Taken | Refused:
    """A row of the retailer's own CSV or JSON lines."""
    return judged(_own, row, basis)


def open_food_facts_row(row: Row, basis: Basis) -> Taken | Refused:
    """A row of Open Food Facts: no price, so the item is known but not sellable until someone prices it."""
    return judged(_open_food_facts, row, basis)


JUDGES: Mapping[str, Judge] = {"csv": own_row, "jsonl": own_row, "openfoodfacts": open_food_facts_row}


def _open_food_facts(fields: _Fields, basis: Basis) -> tuple[Item, tuple[ItemCode, ...]]:
    code = fields.keep(code_of(fields.raw("barcode"), own_numbers=False))
    item = Item(
        sku=code,
        name=fields.keep(name_of(fields.raw("name"))),
        department=UNSORTED,
        price_minor=0,
        unit=Unit.EACH,
        tax_code=basis.unpriced_tax_code,
        minimum_age=fields.keep(alcohol_age(fields.raw("alcohol_vol_pct"))),
        sellable=False,
    )
    return item, (ItemCode(code, code),)


def _own(fields: _Fields, basis: Basis) -> tuple[Item, tuple[ItemCode, ...]]:
    sku = fields.text("sku")
    if not sku:
        raise _RefusedRow(Refused(Reason.SKU_MISSING, "the sku is empty", "Give the good a number of your own."))
    sellable = fields.flag("sellable", default=True)
    floor = fields.text("lowest_price")
    item = Item(
        sku=sku,
        name=fields.keep(name_of(fields.raw("name"))),
        department=fields.text("department"),
        price_minor=_price(fields, basis, sellable=sellable),
        unit=_unit(fields.text("unit")),
        tax_code=_tax_code(fields.text("tax_code"), basis),
        plu=fields.text("plu"),
        picture=fields.text("picture"),
        minimum_age=max(fields.number("minimum_age"), fields.keep(alcohol_age(fields.raw("alcohol_percent")))),
        tare_grams=fields.number("tare_grams"),
        deposit_sku=fields.text("deposit_sku"),
        components=_components(fields.text("components")),
        style=fields.text("style"),
        size=fields.text("size"),
        colour=fields.text("colour"),
        by_sight=fields.flag("by_sight", default=False),
        sellable=sellable,
        tags=tuple(sorted(set(fields.text("tags").split()))),
        discountable=fields.flag("discountable", default=True),
        floor_minor=fields.keep(price_of(floor, basis.decimals)) if floor else None,
        maximum_quantity=fields.number("maximum_quantity"),
        serial_number=fields.flag("serial_number", default=False),
        returnable=fields.flag("returnable", default=True),
    )
    return item, _codes(fields, sku)


def _price(fields: _Fields, basis: Basis, *, sellable: bool) -> int:
    raw = fields.text("price")
    if raw:
        return fields.keep(price_of(raw, basis.decimals))
    if not sellable:
        return 0
    remedy = "Give it a price, or say sellable=false until it has one."
    raise _RefusedRow(Refused(Reason.PRICE_MISSING, "the good has no price", remedy))


def _unit(text: str) -> Unit:
    for unit in Unit:
        if (text.lower() or Unit.EACH) == unit:
            return unit
    message = f"the unit {short(text)} is unknown"
    raise _RefusedRow(Refused(Reason.UNIT_UNKNOWN, message, f"Write one of: {', '.join(Unit)}."))


def _tax_code(text: str, basis: Basis) -> str:
    if text in basis.tax_codes:
        return text
    remedy = f"Write one of: {', '.join(basis.tax_codes)}."
    raise _RefusedRow(Refused(Reason.TAX_CODE_UNKNOWN, f"the tax code {short(text)} is unknown", remedy))


def _components(text: str) -> tuple[Component, ...]:
    parts = []
    for part in filter(None, text.split("|")):
        sku, _, times = part.partition("*")
        if not sku.strip() or not (times == "" or (is_digits(times) and 0 < int(times[:9]) < 1000)):
            message = f"the component {short(part)} is not understood"
            remedy = "Write sku*quantity, parted by |: 10234*1|20551*2."
            raise _RefusedRow(Refused(Reason.COMPONENTS_UNREADABLE, message, remedy))
        parts.append(Component(sku.strip(), int(times or "1")))
    return tuple(parts)


def _codes(fields: _Fields, sku: str) -> tuple[ItemCode, ...]:
    codes = []
    if fields.raw("gtin").strip():
        codes.append(ItemCode(fields.keep(code_of(fields.raw("gtin"), own_numbers=True)), sku))
    if fields.raw("carton_gtin").strip():
        carton = fields.keep(code_of(fields.raw("carton_gtin"), own_numbers=True))
        codes.append(ItemCode(carton, sku, _carton_quantity(fields)))
    number = fields.text("item_number")
    if number:
        codes.append(ItemCode(_item_number(number), sku, kind=CodeKind.RCN))
    return tuple(codes)


def _carton_quantity(fields: _Fields) -> int:
    quantity = fields.number("carton_quantity")
    if quantity:
        return quantity
    remedy = "Write in carton_quantity how many pieces are in the carton."
    raise _RefusedRow(Refused(Reason.NUMBER_UNREADABLE, "the carton does not say what it holds", remedy))


def _item_number(text: str) -> str:
    if is_digits(text) and len(text) in ITEM_NUMBER_DIGITS:
        return text
    message = f"{short(text)} is no item number of {ITEM_NUMBER_DIGITS[0]} to {ITEM_NUMBER_DIGITS[-1]} digits"
    remedy = "Give the digits that the label of the scale has after its prefix, with leading zeros."
    raise _RefusedRow(Refused(Reason.ITEM_NUMBER, message, remedy))
