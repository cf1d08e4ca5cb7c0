"""A share of a sale given back after it was taxed: for a fault of the goods, or for paying early."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from kiosk.domain.money import PPM
from kiosk.domain.tax.reckoning import Reckoned, TaxedLine
from kiosk.domain.tax.rules import TaxPer, TaxPolicy
from kiosk.domain.tax.scaling import Scaling
from kiosk.domain.tax.table import Names, tabulate


def reduction(sale: Reckoned, share_ppm: int, policy: TaxPolicy) -> Reckoned:
    """What is given back of a sale, as a document of amounts below 0: `share_ppm` (of a million) of its total.

    Discounts before the sale come off prices, and tax follows. Here tax was asked for already: the total to give back
    is rounded once, so are the tax of each rule and its base, the net takes the rest, and all of it is spread over the
    lines. So the total and each tax are at most half a step off their share, however tax was rounded in the sale.
    """
    once = msgspec.structs.replace(policy, per=TaxPer.DOCUMENT)
    scaling = Scaling(sale.lines, Fraction(-share_ppm, PPM), once)
    grosses = scaling.column([line.gross_minor for line in sale.lines])
    lines = []
    for line, gross, taxes in zip(sale.lines, grosses, scaling.taxes(), strict=True):
        tax = sum(one.tax_minor for one in taxes)
        lines.append(TaxedLine(line.line, gross - tax, tax, gross, tuple(taxes)))
    return Reckoned(tuple(lines), tabulate(lines, _names(sale)))


def remaining(sale: Reckoned, given_back: Reckoned) -> Reckoned:
    """What is left of a sale after a `reduction` of it, line by line and row by row."""
    lines = tuple(_less(line, back) for line, back in zip(sale.lines, given_back.lines, strict=True))
    return Reckoned(lines, tabulate(lines, _names(sale)))


def _less(line: TaxedLine, back: TaxedLine) -> TaxedLine:
    taxes = tuple(
        msgspec.structs.replace(
            tax, base_minor=tax.base_minor + less.base_minor, tax_minor=tax.tax_minor + less.tax_minor
        )
        for tax, less in zip(line.taxes, back.taxes, strict=True)
    )
    return TaxedLine(
        line.line,
        line.net_minor + back.net_minor,
        line.tax_minor + back.tax_minor,
        line.gross_minor + back.gross_minor,
        taxes,
    )


def _names(sale: Reckoned) -> Names:
    return {(row.code, row.rate_ppm): row.name for row in sale.table}
