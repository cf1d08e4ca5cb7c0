"""A wanted total is kept to the cent, a price moves to other taxes with its net, and cash is rounded to coins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.money import Rounding
from kiosk.domain.tax.cash import CashTotal, cash_total
from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.faults import TaxError
from kiosk.domain.tax.reckoning import reckon
from kiosk.domain.tax.reverse import convert_price, net_for_gross
from kiosk.domain.tax.rules import TaxKind, TaxPolicy, TaxRule
from tests.domain.tax.making import documents, policies, rules

PLAIN = TaxPolicy()


def vat(percent: int, *, included: bool = True) -> TaxRule:
    return TaxRule(code=f"VAT{percent}", rate_ppm=percent * 10_000, included=included)


@given(documents(), policies(steps=(1,)))
def test_a_wanted_total_is_kept(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    for line in lines:
        kept = net_for_gross(line, policy)
        assert kept.gross_minor == line.due_minor == kept.net_minor + kept.tax_minor


def test_24_99_with_tax_on_top_stays_24_99() -> None:
    on_top = vat(20, included=False)
    assert 2499 not in {reckon([TaxableLine(1, net, rules=(on_top,))], PLAIN).gross_minor for net in range(2000, 2500)}
    kept = net_for_gross(TaxableLine(1, 2499, rules=(on_top,)), PLAIN)
    assert (kept.net_minor, kept.tax_minor, kept.gross_minor) == (2082, 417, 2499)


def test_a_total_that_no_coins_make_is_refused() -> None:
    with pytest.raises(TaxError, match="smallest amount is 5") as refused:
        net_for_gross(TaxableLine(1, 2499, rules=(vat(20),)), TaxPolicy(step_minor=5))
    assert "multiple" in refused.value.remedy


def test_a_price_goes_abroad_with_its_net() -> None:
    assert convert_price(11_500, [vat(15)], [vat(6)], PLAIN) == 10_600
    assert convert_price(11_500, [vat(15)], [vat(6, included=False)], PLAIN) == 10_000
    assert convert_price(11_500, [vat(15)], [], PLAIN) == 10_000
    assert convert_price(2499, [vat(20)], [vat(19)], PLAIN) == 2478  # 20.825 * 1.19 = 24.78175


def test_a_price_before_tax_stays_and_so_does_one_under_the_same_taxes() -> None:
    assert convert_price(10_000, [vat(15, included=False)], [vat(6)], PLAIN) == 10_000
    assert convert_price(2499, [vat(20)], [vat(20)], PLAIN) == 2499


def test_an_excise_in_the_price_is_put_back_as_it_was() -> None:
    excise = TaxRule(code="EXCISE", kind=TaxKind.PER_UNIT, amount_minor=150, compounds=True)
    after = TaxRule(code="VAT", rate_ppm=200_000, sequence=1)
    lower = TaxRule(code="VAT", rate_ppm=100_000, sequence=1)
    assert convert_price(1380, [excise, after], [excise, lower], PLAIN) == 1265  # (10.00 + 1.50) * 1.1


@given(rules(included=True), rules(included=True), st.integers(1_000, 100_000))
def test_a_price_comes_back_from_abroad(home: tuple[TaxRule, ...], abroad: tuple[TaxRule, ...], price: int) -> None:
    fine = price * 10**6  # what is lost by rounding is a millionth of a cent
    back = convert_price(convert_price(fine, home, abroad, PLAIN), abroad, home, PLAIN)
    assert abs(back - fine) <= 10


@given(st.integers(-(10**6), 10**6), st.sampled_from([1, 5, 10, 100]), st.sampled_from(Rounding))
def test_a_cash_total_is_of_coins_and_the_rounding_explains_it(total: int, step: int, rounding: Rounding) -> None:
    asked = cash_total(total, step, rounding)
    assert asked.total_minor % step == 0
    assert asked.total_minor - asked.rounding_minor == total
    assert abs(asked.rounding_minor) < step
    assert cash_total(-total, step, rounding) == CashTotal(-asked.total_minor, -asked.rounding_minor)


def test_cash_in_switzerland() -> None:
    assert [cash_total(total, 5).total_minor for total in (1092, 1093, 1097, 1098)] == [1090, 1095, 1095, 1100]
