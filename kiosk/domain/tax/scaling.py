"""Amounts of a taxed sale times a factor, in whole amounts again: for a share given back, or for another currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from kiosk.domain.money import divide
from kiosk.domain.tax.outcome import LineTax
from kiosk.domain.tax.reckoning import TaxedLine
from kiosk.domain.tax.rules import TaxPer, TaxPolicy
from kiosk.domain.tax.spreading import Rank, apportion


@dataclass(frozen=True, slots=True)
class _Cell:
    """One tax of one line, and its place among the line's."""

    place: int
    position: int
    tax: LineTax


class Scaling:
    """Every amount of some lines times `factor`, rounded line by line, or once and the odd cents spread (`policy`)."""

    def __init__(self, lines: Sequence[TaxedLine], factor: Fraction, policy: TaxPolicy) -> None:
        self._lines = lines
        self._factor = factor
        self._policy = policy

    def column(self, amounts: Sequence[int]) -> list[int]:
        """Amounts of which every line has one, in the order of lines."""
        return self._scaled(range(len(self._lines)), amounts)

    def taxes(self) -> list[list[LineTax]]:
        """Every line's taxes with their bases, rule by rule."""
        columns: dict[tuple[str, str, int, bool], list[_Cell]] = defaultdict(list)
        for place, line in enumerate(self._lines):
            for position, tax in enumerate(line.taxes):
                columns[tax.group, tax.code, tax.rate_ppm, tax.exempt].append(_Cell(place, position, tax))
        taxes = [list(line.taxes) for line in self._lines]
        for cells in columns.values():
            places = [cell.place for cell in cells]
            bases = self._scaled(places, [cell.tax.base_minor for cell in cells])
            amounts = self._scaled(places, [cell.tax.tax_minor for cell in cells])
            for cell, base, amount in zip(cells, bases, amounts, strict=True):
                scaled = msgspec.structs.replace(cell.tax, base_minor=base, tax_minor=amount)
                taxes[cell.place][cell.position] = scaled
        return taxes

    def _scaled(self, places: Sequence[int], amounts: Sequence[int]) -> list[int]:
        step, rounding = self._policy.step_minor, self._policy.rounding
        values = [self._factor.numerator * amount for amount in amounts]
        unit = self._factor.denominator * step
        if self._policy.per is TaxPer.DOCUMENT:
            steps = apportion(values, unit, rounding, lambda index: self._rank(places[index]))
        else:
            steps = [divide(value, unit, rounding) for value in values]
        return [amount * step for amount in steps]

    def _rank(self, place: int) -> Rank:
        line = self._lines[place]
        return tuple((tax.code, tax.rate_ppm, tax.exempt) for tax in line.taxes), line.line
