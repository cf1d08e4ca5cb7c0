"""Taxes of a transaction: each line's net, tax and gross, and the tax table, to the cent under every policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.domain.tax.columns import Columns, TaxableLine
from kiosk.domain.tax.outcome import LineTax, TaxLine
from kiosk.domain.tax.rules import TaxPolicy
from kiosk.domain.tax.table import names_of, tabulate


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line with its taxes: `gross_minor` = `net_minor` + `tax_minor`, which is the sum of `taxes`."""

    line: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    taxes: tuple[LineTax, ...]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Lines in the order they were given, and the tax table; every sum of one is that of the other."""

    lines: tuple[TaxedLine, ...]
    table: tuple[TaxLine, ...]

    @property
    def net_minor(self) -> int:
        """All lines without tax."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """All taxes."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def gross_minor(self) -> int:
        """What is asked for."""
        return sum(line.gross_minor for line in self.lines)


def reckon(lines: Sequence[TaxableLine], policy: TaxPolicy) -> Reckoned:
    """The taxes of all lines.

    A line whose taxes are all in its price costs just that price, whatever the rounding. Where tax is rounded per
    document, each rule's tax is rounded once over all lines and its odd cents go back to them, so lines still add up.
    A customer who is exempt from a tax in the price pays less by that tax: the price was net and tax, and a shop must
    not keep a tax that it hands to nobody.
    """
    columns = Columns(lines, policy)
    taxed = tuple(_taxed(columns, place, line) for place, line in enumerate(lines))
    return Reckoned(taxed, tabulate(taxed, names_of(columns.rules)))


def _taxed(columns: Columns, place: int, line: TaxableLine) -> TaxedLine:
    """A line, put together from the columns. The base of a tax is always reckoned from the price, where one stands."""
    chain, taxes = columns.plan_of(place), columns.taxes[place]
    net = columns.nets.get(place)
    bottom = net if net is not None and chain.falls else columns.dues[place] - columns.tax_in_price(place)
    net = bottom if net is None else net
    records = [
        LineTax(
            code=part.rule.code,
            rate_ppm=part.rule.rate_ppm,
            base_minor=bottom + sum([taxes[source] for source in part.sources]) if part.sources else bottom,
            tax_minor=tax,
            exempt=part.exempt,
            group=part.rule.group,
        )
        for part, tax in zip(chain.parts, taxes, strict=True)
    ]
    tax_minor = sum(taxes)
    return TaxedLine(line.line, net, tax_minor, net + tax_minor, tuple(records))
