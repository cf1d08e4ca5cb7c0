"""The tax table at the foot of a receipt, drawn up from its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from kiosk.domain.tax.outcome import LineTax, TaxLine
from kiosk.domain.tax.rules import TaxRule


class Taxed(Protocol):
    """A line as far as the table cares: what it cost in all, and its taxes (a `PricedLine` is one)."""

    @property
    def gross_minor(self) -> int:
        """Net and all taxes."""

    @property
    def taxes(self) -> tuple[LineTax, ...]:
        """Each tax of the line, in the order they were reckoned."""


_Row = tuple[str, bool, int]
Names = Mapping[tuple[str, int], str]


def tabulate(lines: Iterable[Taxed], names: Names) -> tuple[TaxLine, ...]:
    """A row for each tax or group of taxes and rate, ordered by code, what is exempt last, then by rate.

    `names` are by a rule's code and rate; a group goes by its own. The rows' taxes add up to those of the lines; a line
    with two taxes is in two rows.
    """
    rows: dict[_Row, tuple[int, int, int]] = {}
    for line in lines:
        for row, base, tax in _rows(line.taxes):
            net, taxes, gross = rows.get(row, (0, 0, 0))
            rows[row] = (net + base, taxes + tax, gross + line.gross_minor)
    return tuple(
        TaxLine(
            code=code,
            name=names.get((code, rate), code),
            rate_ppm=rate,
            net_minor=net,
            tax_minor=tax,
            gross_minor=gross,
            exempt=exempt,
        )
        for (code, exempt, rate), (net, tax, gross) in sorted(rows.items())
    )


def names_of(rules: Iterable[TaxRule]) -> Names:
    """What the rows of these rules are called."""
    return {(rule.code, rule.rate_ppm): rule.name or rule.code for rule in rules if not rule.group}


def _rows(taxes: tuple[LineTax, ...]) -> list[tuple[_Row, int, int]]:
    """The rows that a line is in, each with its base and tax there; the base is that of a group's first tax."""
    if len(taxes) == 1:
        tax = taxes[0]
        return [((tax.group or tax.code, tax.exempt, tax.rate_ppm), tax.base_minor, tax.tax_minor)]
    groups: dict[tuple[str, bool], list[LineTax]] = {}
    for tax in taxes:
        groups.setdefault((tax.group or tax.code, tax.exempt), []).append(tax)
    return [
        (
            (code, exempt, sum([tax.rate_ppm for tax in group])),
            group[0].base_minor,
            sum([tax.tax_minor for tax in group]),
        )
        for (code, exempt), group in groups.items()
    ]
