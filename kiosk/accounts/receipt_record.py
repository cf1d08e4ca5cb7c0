"""The record inside a receipt's code: arrays by column, so that it deflates well; MessagePack, whole numbers and text.

Reading back gives the same `Origin`, but for what a return does not need: names of goods and departments, price ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import msgspec

from kiosk.domain.pricing.document import PricedLine
from kiosk.domain.promotion.outcome import LineDiscount
from kiosk.domain.returning.origin import Origin, SaleKey, SoldLine
from kiosk.domain.tax.outcome import LineTax
from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.refund_records import Original

VERSION = 1

_KEPT = 1
_EXPLICIT = 2

# Never reordered: a receipt is read years after it was printed.
_KINDS = (
    TenderKind.CARD,
    TenderKind.CASH,
    TenderKind.GIFT_CARD,
    TenderKind.STORE_CREDIT,
    TenderKind.VOUCHER,
    TenderKind.POINTS,
    TenderKind.MEAL_VOUCHER,
    TenderKind.WALLET,
    TenderKind.PAY_LATER,
)

_Array = TypeVar("_Array")
_Taxed = tuple[int, int, int]  # place in the table of taxes, base, tax
_Discounted = tuple[int, int, int]  # place in the table of promotions, amount, 1 where it is an order's


class _Columns(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The lines, a column each. `lines` are steps from one number to the next, `linked` is how many numbers back.

    `taxes` are the lines' amounts of the one tax that most lines have, its base being the rest of the price; lines with
    flag 2 have theirs in `several`, in order.
    """

    lines: list[int]
    skus: list[str]
    quantities: list[int]
    grams: list[int]
    unit_prices: list[int]
    gross: list[int]
    rates: list[int]
    taxes: list[int]
    linked: list[int]
    flags: list[int]
    several: list[list[_Taxed]]
    discounts: list[list[_Discounted]]


class _Record(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`day` and `until` are YYYYMMDD, 0 for none; `columns` None where `digest` stands for the lines."""

    version: int
    store_id: str
    workstation_id: str
    sequence_number: int
    day: int
    currency: str
    total_minor: int
    until: int
    traded: bool
    tenders: list[tuple[int, str, int, str, str, int]]
    rates: list[tuple[str, int, bool]]
    promotions: list[str]
    columns: _Columns | None
    digest: bytes


class _Table:
    """Gives every value a place, in the order first met."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, int, bool], int] = {}

    def place(self, code: str, rate_ppm: int = 0, *, exempt: bool = False) -> int:
        """Where it stands."""
        return self.places.setdefault((code, rate_ppm, exempt), len(self.places))


def pack(origin: Origin, digest: bytes) -> bytes:
    """The bytes of a sale; with `digest`, that stands for the lines. The same sale gives the same bytes."""
    rates, promotions = _Table(), _Table()
    columns = None if digest or origin.lines is None else _columns(origin.lines, rates, promotions)
    record = _Record(
        version=VERSION,
        store_id=origin.key.store_id,
        workstation_id=origin.key.workstation_id,
        sequence_number=origin.key.sequence_number,
        day=_number(origin.business_day),
        currency=origin.currency,
        total_minor=origin.total_minor,
        until=_number(origin.valid_until),
        traded=origin.traded,
        tenders=[_tender(one) for one in origin.originals],
        rates=list(rates.places),
        promotions=[code for code, _, _ in promotions.places],
        columns=columns,
        digest=digest,
    )
    return msgspec.msgpack.encode(record)


def unpack(packed: bytes) -> tuple[Origin, bytes] | None:
    """The sale and the hash of its lines (b"" where they are there); None for another version.

    Raises `msgspec.DecodeError`, `ValueError` or `IndexError` for what `pack` never wrote.
    """
    if msgspec.msgpack.decode(packed, type=list[object])[:1] != [VERSION]:
        return None
    record = msgspec.msgpack.decode(packed, type=_Record)
    origin = Origin(
        key=SaleKey(record.store_id, record.workstation_id, record.sequence_number),
        business_day=_day(record.day),
        currency=record.currency,
        total_minor=record.total_minor,
        lines=None if record.columns is None else _lines(record.columns, record),
        originals=tuple(_original(one) for one in record.tenders),
        valid_until=_day(record.until),
        traded=record.traded,
    )
    return origin, record.digest


def _columns(lines: Sequence[SoldLine], rates: _Table, promotions: _Table) -> _Columns:
    places = [rates.place(one.tax_code, one.tax_rate_ppm) for one in lines]
    numbers = [one.priced.line for one in lines]

    def column(of: Callable[[PricedLine], _Array]) -> list[_Array]:
        return [of(one.priced) for one in lines]

    return _Columns(
        lines=[after - before for before, after in pairwise((0, *numbers))],
        skus=column(lambda line: line.sku),
        quantities=column(lambda line: line.quantity),
        grams=column(lambda line: line.grams),
        unit_prices=column(lambda line: line.unit_price_minor),
        gross=column(lambda line: line.gross_minor),
        rates=places,
        taxes=[0 if _several(one) else one.priced.tax_minor for one in lines],
        linked=[0 if one.linked_to is None else one.priced.line - one.linked_to for one in lines],
        flags=[_KEPT * (not one.returnable) + _EXPLICIT * _several(one) for one in lines],
        several=[
            [(rates.place(x.code, x.rate_ppm, exempt=x.exempt), x.base_minor, x.tax_minor) for x in one.priced.taxes]
            for one in lines
            if _several(one)
        ],
        discounts=column(
            lambda line: [
                (promotions.place(x.promotion), x.amount_minor, int(x.level == "order")) for x in line.discounts
            ]
        ),
    )


def _several(line: SoldLine) -> bool:
    """Whether its taxes are anything but the one of its code, in the price."""
    priced = line.priced
    plain = LineTax(
        code=line.tax_code,
        rate_ppm=line.tax_rate_ppm,
        base_minor=priced.gross_minor - priced.tax_minor,
        tax_minor=priced.tax_minor,
    )
    return priced.taxes != (plain,)


def _lines(columns: _Columns, record: _Record) -> tuple[SoldLine, ...]:
    several = iter(columns.several)
    number = 0
    found = []
    for place, step in enumerate(columns.lines):
        number += step
        code, rate, _ = record.rates[columns.rates[place]]
        gross, tax = columns.gross[place], columns.taxes[place]
        taxes: tuple[LineTax, ...] = (LineTax(code=code, rate_ppm=rate, base_minor=gross - tax, tax_minor=tax),)
        if columns.flags[place] & _EXPLICIT:
            taxes = tuple(_tax(one, record) for one in next(several, ()))
        discounts = tuple(_discount(one, record) for one in columns.discounts[place])
        tax = sum(one.tax_minor for one in taxes)
        priced = PricedLine(
            line=number,
            sku=columns.skus[place],
            quantity=columns.quantities[place],
            grams=columns.grams[place],
            unit_price_minor=columns.unit_prices[place],
            price_id="",
            amount_minor=gross + sum(one.amount_minor for one in discounts),
            discounts=discounts,
            due_minor=gross,
            net_minor=gross - tax,
            tax_minor=tax,
            gross_minor=gross,
            taxes=taxes,
        )
        back = columns.linked[place]
        kept = bool(columns.flags[place] & _KEPT)
        found.append(SoldLine(priced, code, rate, number - back if back else None, returnable=not kept))
    return tuple(found)


def _tax(one: _Taxed, record: _Record) -> LineTax:
    code, rate, exempt = record.rates[one[0]]
    return LineTax(code=code, rate_ppm=rate, base_minor=one[1], tax_minor=one[2], exempt=exempt)


def _discount(one: _Discounted, record: _Record) -> LineDiscount:
    return LineDiscount(promotion=record.promotions[one[0]], amount_minor=one[1], level="order" if one[2] else "line")


def _tender(one: Original) -> tuple[int, str, int, str, str, int]:
    return _KINDS.index(one.kind), one.reference, one.paid_minor, one.provider, one.shown, one.points


def _original(one: tuple[int, str, int, str, str, int]) -> Original:
    kind, reference, paid, provider, shown, points = one
    return Original(
        kind=_KINDS[kind], reference=reference, paid_minor=paid, provider=provider, shown=shown, points=points
    )


def _number(day: str) -> int:
    return int(day.replace("-", "") or "0")


def _day(number: int) -> str:
    figures = f"{number:08}"
    return f"{figures[:4]}-{figures[4:6]}-{figures[6:]}" if number else ""
