"""What an import takes for granted: the currency and tax rates of the catalog that the rows are to become."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.numbers import get_currency_precision, list_currencies

from headquarters.importer.figures import price_of
from headquarters.importer.lines import opened
from headquarters.importer.outcome import ImportFailed, Refused, short
from kiosk.domain.item import TaxRate
from kiosk.domain.money import PPM

# Irish VAT of 2026: https://www.revenue.ie/en/vat/vat-rates/search-vat-rates/current-vat-rates.aspx
IRISH_VAT = (
    TaxRate("Z", 0, "VAT 0%"),
    TaxRate("H", 90_000, "VAT 9%"),
    TaxRate("R", 135_000, "VAT 13.5%"),
    TaxRate("S", 230_000, "VAT 23%"),
)


@dataclass(frozen=True, slots=True)
class Basis:
    """The frame of a catalog. `unpriced_tax_code` is for goods of a source that knows no tax."""

    version: int = 1
    currency: str = "EUR"
    tax_rates: tuple[TaxRate, ...] = IRISH_VAT
    unpriced_tax_code: str = "S"

    @property
    def tax_codes(self) -> Mapping[str, TaxRate]:
        """The tax rates by their codes."""
        return {rate.code: rate for rate in self.tax_rates}

    @property
    def decimals(self) -> int:
        """How many decimals a price has in this currency (ISO 4217): 2 for EUR, 0 for JPY."""
        return get_currency_precision(self.currency)


def checked_currency(code: str) -> str:
    """`code` if ISO 4217 knows it, else `ImportFailed`."""
    if code in list_currencies():
        return code
    raise ImportFailed(f"The currency {short(code)} is unknown.", "Name it by its ISO 4217 code: EUR, GBP, PLN.")


def read_tax_rates(source: Path) -> tuple[TaxRate, ...]:
    """The tax rates of a CSV with the columns code, percent, name: `S,23,VAT 23%`.

    Raises `ImportFailed` where a line is not understood: taxes are never half right.
    """
    with opened(source) as lines:
        rates = tuple(_tax_rates(lines))
    if not rates or len({rate.code for rate in rates}) != len(rates):
        raise ImportFailed(f"{source.name} has no rates, or a code twice.", "Give one line per tax code.")
    return rates


def _tax_rates(lines: Iterator[str]) -> Iterator[TaxRate]:
    rows = csv.reader(lines)
    if next(rows, []) != ["code", "percent", "name"]:
        raise ImportFailed("The tax rates lack their first line.", "Start the file with: code,percent,name")
    for number, row in enumerate(rows, 1):
        code, percent, name = row if len(row) == 3 else ("", "", "")
        rate = price_of(percent, 4)
        if isinstance(rate, Refused) or not code or not name or rate[0] > PPM:
            raise ImportFailed(f"Tax rate {number} is not understood.", "Write it as: S,23,VAT 23%")
        yield TaxRate(code, rate[0], name)
