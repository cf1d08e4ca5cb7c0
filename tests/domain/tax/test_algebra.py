"""What a plan says of a price is what its rules say: each tax is its share of its base, and the price is their sum."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.money import PPM
from kiosk.domain.tax.algebra import Linear, Part, plan
from kiosk.domain.tax.faults import TaxError
from kiosk.domain.tax.rules import TaxKind, TaxRule
from tests.domain.tax.making import CODES, rules

PRICES = st.integers(-100_000, 100_000)
QUANTITIES = st.integers(-5_000, 5_000)


def worth(amount: Linear, price: int, milli: int) -> Fraction:
    return amount.price * price + amount.quantity * milli


@given(rules(), PRICES, QUANTITIES)
def test_the_price_is_the_net_and_the_taxes_in_it(chosen: tuple[TaxRule, ...], price: int, milli: int) -> None:
    solved = plan(chosen)
    inside = [worth(part.tax, price, milli) for part in solved.parts if part.rule.included]
    assert worth(solved.net, price, milli) + sum(inside) == price


@given(rules(), st.sets(st.sampled_from(CODES)), PRICES, QUANTITIES)
def test_each_tax_is_its_share_of_its_base(chosen: tuple[TaxRule, ...], free: set[str], price: int, milli: int) -> None:
    solved = plan([one for one in chosen if one.code not in free], [one for one in chosen if one.code in free])
    taxes = [worth(part.tax, price, milli) for part in solved.parts]
    net = worth(solved.net, price, milli)
    for place, part in enumerate(solved.parts):
        base = net + sum(taxes[source] for source in part.sources)
        rate = Fraction(part.rule.rate_ppm, PPM)
        if part.exempt:
            expected = Fraction(0)
        elif part.rule.kind is TaxKind.PERCENT:
            expected = base * rate
        elif part.rule.kind is TaxKind.PER_UNIT:
            expected = Fraction(part.rule.amount_minor * milli, 1000)
        else:
            expected = (base + sum(taxes[peer] for peer in side_by_side(solved.parts, place))) * rate
        assert taxes[place] == expected


def side_by_side(parts: tuple[Part, ...], place: int) -> list[int]:
    """Places of the shares of one price that stand in a row with the one in `place`, itself too."""

    def base_of(other: int) -> tuple[object, ...]:
        part = parts[other]
        return part.rule.kind, part.rule.included, tuple(one for one in part.sources if not parts[one].exempt)

    row = [place]
    paid = [other for other in range(len(parts)) if not parts[other].exempt]
    here = paid.index(place)
    for way in (paid[here + 1 :], paid[:here][::-1]):
        row += itertools.takewhile(lambda other: base_of(other) == base_of(place), way)
    return row


@given(rules())
def test_an_exempt_customer_pays_the_net_of_everybody_else(chosen: tuple[TaxRule, ...]) -> None:
    for_all, for_them = plan(chosen), plan((), chosen)
    inside = any(one.included for one in chosen)
    assert for_them.net == (for_all.net if inside else Linear(Fraction(1), Fraction()))
    assert for_them.falls == inside


def test_compound_taxes_count_the_ones_before() -> None:
    gst = TaxRule(code="GST", rate_ppm=50_000, included=False, compounds=True, sequence=1)
    qst = TaxRule(code="QST", rate_ppm=75_000, included=False, sequence=2)
    apart = TaxRule(code="LEVY", rate_ppm=10_000, included=False, affected=False, sequence=3)
    taxes = [worth(part.tax, 10_000, 1000) for part in plan([apart, qst, gst]).parts]
    assert taxes == [500, Fraction(7875, 10), 100]


def test_taxes_of_the_price_share_one_price() -> None:
    icms = TaxRule(code="ICMS", kind=TaxKind.OF_PRICE, rate_ppm=180_000)
    pis = TaxRule(code="PIS", kind=TaxKind.OF_PRICE, rate_ppm=16_500)
    solved = plan([icms, pis])
    assert [worth(part.tax, 10_000, 1000) for part in solved.parts] == [1_800, 165]
    assert worth(solved.net, 10_000, 1000) == 8_035


def test_a_tax_of_all_of_the_price_leaves_nothing() -> None:
    solved = plan([TaxRule(code="ALL", kind=TaxKind.OF_PRICE, rate_ppm=PPM)])
    assert worth(solved.net, 10_000, 1000) == 0
    assert worth(solved.parts[0].tax, 10_000, 1000) == 10_000


@pytest.mark.parametrize(
    "impossible",
    [
        [TaxRule(code="ALL", kind=TaxKind.OF_PRICE, rate_ppm=PPM, included=False)],
        [TaxRule(code="GIFT", rate_ppm=-PPM)],
    ],
)
def test_taxes_that_no_price_can_bear_are_refused_by_name(impossible: list[TaxRule]) -> None:
    with pytest.raises(TaxError, match=impossible[0].code) as refused:
        plan(impossible)
    assert "rates" in refused.value.remedy
