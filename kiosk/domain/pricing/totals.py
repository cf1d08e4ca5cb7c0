"""Totals of a transaction: what is due, and the tax in it, rate by rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.domain.money import tax_within
from kiosk.domain.transaction import LineItem


@dataclass(frozen=True, slots=True)
class TaxSum:
    """All lines of one tax code. `gross_minor` = net + `tax_minor`; rounded once per rate, half up."""

    tax_code: str
    rate_ppm: int
    gross_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What is due (`total_minor`, tax included) and the tax table, ordered by tax code."""

    total_minor: int
    taxes: tuple[TaxSum, ...]


def totals(lines: Iterable[LineItem]) -> Totals:
    """Totals of the lines. Shelf prices contain tax; tax is taken out of the sum of each rate, so it adds up."""
    gross: dict[tuple[str, int], int] = {}
    for line in lines:
        key = (line.tax_code, line.tax_rate_ppm)
        gross[key] = gross.get(key, 0) + line.amount_minor
    taxes = tuple(
        TaxSum(code, rate, amount, tax_within(amount, rate)) for (code, rate), amount in sorted(gross.items())
    )
    return Totals(sum(gross.values()), taxes)
