"""Odoo's 114 tax cases hold in our engine, to the last digit they give; those that cannot are named with the reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.domain.tax.odoo import cases, compared, differences

COUNT = 114

# Where a line has 12 % in its price of 3.558 and 3 % on top, rounded once per document, Odoo shows a base that is not
# the price minus the taxes in it, but only in the company's currency: 6.35 + 0.38 + 0.38 is not 7.12, the base of the
# tax on top in the same table. In the document's currency the same column adds up (31.76 + 1.91 + 1.91 = 35.58), and
# ours does in both. Totals, taxes and every other base of these cases are Odoo's.
BASE_DOES_NOT_ADD_UP = re.compile(r"\$\.subtotals\[0\]\.tax_groups\[[01]\]\.(display_)?base_amount")
CANNOT_HOLD = {31: BASE_DOES_NOT_ADD_UP, 92: BASE_DOES_NOT_ADD_UP, 93: BASE_DOES_NOT_ADD_UP, 109: BASE_DOES_NOT_ADD_UP}


@pytest.mark.parametrize("number", range(COUNT))
def test_a_case_of_odoo(number: int, shared_data: Path) -> None:
    case = cases(shared_data)[number]
    found = differences(*compared(case))
    allowed = CANNOT_HOLD.get(number)
    if allowed is None:
        assert found == {}
    else:
        assert found, "this case holds now: take it off the list"
        assert all(allowed.fullmatch(path) and abs(ours - theirs) * 100 == 1 for path, (ours, theirs) in found.items())


def test_there_are_no_more_cases(shared_data: Path) -> None:
    assert len(cases(shared_data)) == COUNT
