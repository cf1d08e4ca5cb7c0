"""Which of the five tax sets an Austrian tax rate belongs to (RKSV section 9 (2) 4)."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.domain.fiscal.interface import TaxAmount
from kiosk.domain.fiscal.rksv.record import TaxSets

_NORMAL, _REDUCED_1, _REDUCED_2, _NONE = 200_000, 100_000, 130_000, 0


def tax_sets(taxes: Iterable[TaxAmount]) -> TaxSets:
    """The amounts by tax set. Rates without a set of their own (19 % of some valleys, 5 % of 2020) are special."""
    sums = dict.fromkeys((_NORMAL, _REDUCED_1, _REDUCED_2, _NONE), 0)
    special_minor = 0
    for tax in taxes:
        if tax.rate_ppm in sums:
            sums[tax.rate_ppm] += tax.gross_minor
        else:
            special_minor += tax.gross_minor
    return TaxSets(sums[_NORMAL], sums[_REDUCED_1], sums[_REDUCED_2], sums[_NONE], special_minor)
