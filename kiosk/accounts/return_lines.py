"""Lines of goods that come back, as the ledger keeps them: quantity, weight and every amount below zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from kiosk.accounts.return_records import Wanted
from kiosk.domain.pricing.shares import ReturnedShare
from kiosk.domain.returning.origin import LineLeft, SaleKey
from kiosk.messages.contents import DiscountGiven, ReturnOf, SaleLine, TaxGiven, TaxTotal


@dataclass(frozen=True, slots=True)
class Place:
    """The number of a line to write, and the line it follows."""

    line: int
    linked_to: int | None = None


def returned_line(
    place: Place, left: LineLeft, share: ReturnedShare, source: tuple[Wanted, SaleKey], names: Mapping[str, str]
) -> SaleLine:
    """One returned line; `source` is the wish and the sale, `names` are of goods and promotions.

    Its taxes are always written out, so that they add up to those of the sale. A part of a weighed good is one piece.
    """
    sold, (wanted, key) = left.sold, source
    priced = sold.priced
    return SaleLine(
        line=place.line,
        sku=priced.sku,
        name=sold.name or names.get(priced.sku, priced.sku),
        quantity=-1 if priced.grams else -share.pieces,
        grams=-share.pieces if priced.grams else 0,
        unit_price_minor=priced.unit_price_minor,
        amount_minor=-share.gross_minor,
        tax_code=sold.tax_code,
        tax_rate_ppm=sold.tax_rate_ppm,
        linked_to=place.linked_to,
        price_id=priced.price_id,
        discounts=tuple(
            DiscountGiven(
                promotion=one.promotion,
                name=names.get(one.promotion, one.promotion),
                amount_minor=-one.amount_minor,
                order=one.level == "order",
            )
            for one in share.discounts
        ),
        taxes=tuple(
            TaxGiven(
                tax_code=one.code,
                tax_rate_ppm=one.rate_ppm,
                base_minor=-one.base_minor,
                tax_minor=-one.tax_minor,
                exempt=one.exempt,
            )
            for one in share.taxes
        ),
        returned=ReturnOf(
            store_id=key.store_id,
            workstation_id=key.workstation_id,
            sequence_number=key.sequence_number,
            line=priced.line,
            reason=wanted.reason,
            disposition=wanted.disposition.value,
        ),
        department=sold.department,
    )


def tax_totals(lines: Iterable[SaleLine]) -> tuple[TaxTotal, ...]:
    """The tax table of returned lines: a row for each tax and rate, below zero. Several taxes of a line stay apart."""
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for tax in (tax for line in lines for tax in line.taxes if not tax.exempt):
        key = (tax.tax_code, tax.tax_rate_ppm)
        net, amount = sums.get(key, (0, 0))
        sums[key] = (net + tax.base_minor, amount + tax.tax_minor)
    return tuple(
        TaxTotal(tax_code=code, tax_rate_ppm=rate, gross_minor=net + tax, net_minor=net, tax_minor=tax)
        for (code, rate), (net, tax) in sorted(sums.items())
    )


def merged(*tables: Iterable[TaxTotal]) -> tuple[TaxTotal, ...]:
    """One tax table of several, such as those of the goods sold and the goods returned in an exchange."""
    sums: dict[tuple[str, int], TaxTotal] = {}
    for row in (row for table in tables for row in table):
        key = (row.tax_code, row.tax_rate_ppm)
        known = sums.get(key)
        sums[key] = row if known is None else _sum(known, row)
    return tuple(sums[key] for key in sorted(sums))


def _sum(one: TaxTotal, other: TaxTotal) -> TaxTotal:
    return replace(
        one,
        gross_minor=one.gross_minor + other.gross_minor,
        net_minor=one.net_minor + other.net_minor,
        tax_minor=one.tax_minor + other.tax_minor,
    )
