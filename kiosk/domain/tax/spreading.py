"""Exact amounts become whole ones that add up to their sum, rounded once; the odd cents go to those who lost most."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from kiosk.domain.money import Rounding, divide

Signature = tuple[tuple[str, int, bool], ...]
Rank = tuple[Signature, int]


def apportion(values: Sequence[int], unit: int, rounding: Rounding, rank: Callable[[int], Rank]) -> list[int]:
    """Whole numbers of `unit` that add up to the sum of `values`, which is rounded once (largest remainder).

    Values of either sign may be mixed, and values with the opposite sign get the opposite shares. `rank` decides, by
    place, between equals; where it holds nothing of their order, neither does the result.
    """
    return share_out(divide(sum(values), unit, rounding), values, unit, rank)


def share_out(total: int, values: Sequence[int], unit: int, rank: Callable[[int], object]) -> list[int]:
    """Whole numbers that add up to `total`, near the `values` in parts of `unit` that it is the rounded sum of."""
    shares = [value // unit if value >= 0 else -(-value // unit) for value in values]
    odd = total - sum(shares)
    if odd:
        one = 1 if odd > 0 else -1
        lost = [one * (value - share * unit) for value, share in zip(values, shares, strict=True)]
        order = sorted(range(len(values)), key=lambda place: (-lost[place], -abs(values[place]), rank(place)))
        for place in itertools.islice(itertools.cycle(order), abs(odd)):
            shares[place] += one
    return shares
