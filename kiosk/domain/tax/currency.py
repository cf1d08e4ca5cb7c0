"""A taxed sale in another currency: what the books of a company hold that counts in another one than its store."""

from __future__ import annotations

from fractions import Fraction

from kiosk.domain.tax.reckoning import Reckoned, TaxedLine
from kiosk.domain.tax.rules import TaxPolicy
from kiosk.domain.tax.scaling import Scaling
from kiosk.domain.tax.table import tabulate


def in_currency(sale: Reckoned, rate: Fraction, policy: TaxPolicy) -> Reckoned:
    """A sale at `rate` minor units of the other currency for one of its own; `policy` is the other currency's.

    Net and each tax are converted and rounded, per line or over the document; a line's gross is their sum, so the books
    add up. It may be a cent off the converted total: what a shopper pays in another currency is a matter of the tender.
    """
    scaling = Scaling(sale.lines, rate, policy)
    nets = scaling.column([line.net_minor for line in sale.lines])
    lines = []
    for line, net, taxes in zip(sale.lines, nets, scaling.taxes(), strict=True):
        tax = sum(one.tax_minor for one in taxes)
        lines.append(TaxedLine(line.line, net, tax, net + tax, tuple(taxes)))
    return Reckoned(tuple(lines), tabulate(lines, {(row.code, row.rate_ppm): row.name for row in sale.table}))
