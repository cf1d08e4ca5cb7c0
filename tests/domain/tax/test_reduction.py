"""What is given back after the sale, and the books of another currency, add up like the sale itself."""

from __future__ import annotations

from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.money import PPM, Rounding
from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.currency import in_currency
from kiosk.domain.tax.reckoning import Reckoned, reckon
from kiosk.domain.tax.reduction import reduction, remaining
from kiosk.domain.tax.rules import TaxPer, TaxPolicy, TaxRule
from tests.domain.tax.making import documents, policies

VAT = TaxRule(code="VAT", name="VAT 20 %", rate_ppm=200_000)
SHARES = st.integers(0, PPM)


def adds_up(document: Reckoned) -> bool:
    lines = all(
        line.gross_minor == line.net_minor + line.tax_minor
        and line.tax_minor == sum(tax.tax_minor for tax in line.taxes)
        for line in document.lines
    )
    return lines and sum(row.tax_minor for row in document.table) == document.tax_minor


@given(documents(), policies(), SHARES)
def test_a_reduction_and_what_remains_add_up(lines: list[TaxableLine], policy: TaxPolicy, share: int) -> None:
    sale = reckon(lines, policy)
    given_back = reduction(sale, share, policy)
    left = remaining(sale, given_back)
    assert adds_up(given_back)
    assert adds_up(left)
    assert left.gross_minor == sale.gross_minor + given_back.gross_minor
    assert {(row.code, row.rate_ppm): row.name for row in left.table} == {
        (row.code, row.rate_ppm): row.name for row in sale.table
    }


@given(documents(), policies(), SHARES)
def test_a_reduction_is_a_share_of_the_total_rounded_once(
    lines: list[TaxableLine], policy: TaxPolicy, share: int
) -> None:
    policy = msgspec.structs.replace(policy, rounding=Rounding.HALF_UP)
    sale = reckon(lines, policy)
    given_back = reduction(sale, share, policy)
    assert abs(2 * (given_back.gross_minor * PPM + sale.gross_minor * share)) <= PPM * policy.step_minor


@given(documents(), policies())
def test_all_of_it_is_the_sale_turned_round(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    sale = reckon(lines, policy)
    left = remaining(sale, reduction(sale, PPM, policy))
    for line in left.lines:
        assert (line.net_minor, line.tax_minor, line.gross_minor) == (0, 0, 0)
        assert all(tax.base_minor == tax.tax_minor == 0 for tax in line.taxes)
    assert all(row.net_minor == row.tax_minor == row.gross_minor == 0 for row in left.table)


def test_two_percent_for_paying_early() -> None:
    lines = [TaxableLine(number, 2499, rules=(VAT,)) for number in (1, 2)]
    sale = reckon(lines, TaxPolicy(per=TaxPer.LINE))  # 417 of tax on each
    given_back = reduction(sale, 20_000, TaxPolicy())
    assert (given_back.net_minor, given_back.tax_minor, given_back.gross_minor) == (-83, -17, -100)
    assert [line.gross_minor for line in given_back.lines] == [-50, -50]


@given(documents(), policies(), st.fractions(Fraction(1, 200), 200, max_denominator=1000))
def test_books_in_another_currency_add_up(lines: list[TaxableLine], policy: TaxPolicy, rate: Fraction) -> None:
    assert adds_up(in_currency(reckon(lines, TaxPolicy()), rate, policy))


@given(documents(), policies(steps=(1,)))
def test_at_one_to_one_nothing_changes(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    sale = reckon(lines, TaxPolicy())
    assert in_currency(sale, Fraction(1), policy) == sale


def test_a_sale_in_euro_in_a_swedish_book() -> None:
    sale = reckon([TaxableLine(1, 2499, rules=(VAT,))], TaxPolicy())
    booked = in_currency(sale, Fraction("11.3255"), TaxPolicy())
    assert (booked.net_minor, booked.tax_minor, booked.gross_minor) == (23_580, 4_723, 28_303)
