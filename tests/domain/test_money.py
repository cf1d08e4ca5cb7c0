"""Each rounding does what its name says, and what is spread adds up to the cent."""

from __future__ import annotations

import itertools
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.money import PPM, Rounding, Spreading, divide, spread, tax_within, to_step

WEIGHTS = st.lists(st.integers(0, 10**6) | st.sampled_from([0, 1, 1, 3]), min_size=1, max_size=12)
TOTALS = st.integers(-(10**7), 10**7)
EVENLY = st.sampled_from([Spreading.LARGEST_REMAINDER, Spreading.FIRST])


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        (Rounding.HALF_UP, [1, 2, 3, 1, -1, -2, -3]),
        (Rounding.HALF_EVEN, [0, 2, 2, 1, 0, -2, -2]),
        (Rounding.HALF_DOWN, [0, 1, 2, 1, 0, -1, -2]),
        (Rounding.UP, [1, 2, 3, 1, -1, -2, -3]),
        (Rounding.DOWN, [0, 1, 2, 0, 0, -1, -2]),
    ],
)
def test_halves_and_three_quarters(rounding: Rounding, expected: list[int]) -> None:
    halves = [(1, 2), (3, 2), (5, 2), (3, 4), (-1, 2), (-3, 2), (-5, 2)]
    assert [divide(numerator, denominator, rounding) for numerator, denominator in halves] == expected


@given(st.integers(-(10**12), 10**12), st.integers(0, 6), st.sampled_from(Rounding))
def test_roundings_are_those_of_the_decimal_standard(numerator: int, digits: int, rounding: Rounding) -> None:
    standard = {
        Rounding.HALF_UP: ROUND_HALF_UP,
        Rounding.HALF_EVEN: ROUND_HALF_EVEN,
        Rounding.HALF_DOWN: ROUND_HALF_DOWN,
        Rounding.UP: ROUND_UP,
        Rounding.DOWN: ROUND_DOWN,
    }[rounding]
    with localcontext() as exact:
        exact.prec = 40
        wanted = (Decimal(numerator) / 10**digits).quantize(Decimal(1), standard)
    assert divide(numerator, 10**digits, rounding) == int(wanted)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6), st.sampled_from(Rounding))
def test_a_rounded_amount_is_a_neighbour_and_turns_with_its_sign(
    numerator: int, denominator: int, rounding: Rounding
) -> None:
    rounded = divide(numerator, denominator, rounding)
    assert abs(rounded - Fraction(numerator, denominator)) < 1
    assert divide(-numerator, denominator, rounding) == -rounded
    assert divide(numerator * denominator, denominator, rounding) == numerator


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**4), st.integers(1, 10**4), st.sampled_from(Rounding))
def test_more_never_rounds_to_less(numerator: int, more: int, denominator: int, rounding: Rounding) -> None:
    assert divide(numerator, denominator, rounding) <= divide(numerator + more, denominator, rounding)


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_is_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        divide(1, denominator)


@given(TOTALS, st.sampled_from([1, 5, 10, 100]), st.sampled_from(Rounding))
def test_a_step_is_a_coin(amount: int, step: int, rounding: Rounding) -> None:
    rounded = to_step(amount, step, rounding)
    assert rounded % step == 0
    assert abs(rounded - amount) < step


@given(TOTALS, WEIGHTS, st.sampled_from(Spreading), st.sampled_from(Rounding))
def test_shares_add_up_to_the_cent_and_turn_with_their_sign(
    total: int, weights: list[int], how: Spreading, rounding: Rounding
) -> None:
    shares = spread(total, weights, how, rounding)
    assert len(shares) == len(weights)
    assert sum(shares) == total
    assert spread(-total, weights, how, rounding) == [-share for share in shares]


@given(TOTALS, WEIGHTS, EVENLY)
def test_a_share_is_within_a_cent_of_what_it_exactly_is(total: int, weights: list[int], how: Spreading) -> None:
    whole = sum(weights) or len(weights)
    for share, weight in zip(spread(total, weights, how), weights if any(weights) else [1] * len(weights), strict=True):
        off = abs(share - Fraction(total * weight, whole))
        # FIRST asks nobody whether they were rounded: one whose share is exact may get an odd cent as well.
        assert off < 1 or (off == 1 and how is Spreading.FIRST)


def test_the_first_get_the_odd_cents_also_those_whose_share_is_exact() -> None:
    assert spread(21, [1, 3, 1, 2, 2], Spreading.FIRST) == [3, 8, 2, 4, 4]
    assert spread(21, [1, 3, 1, 2, 2], Spreading.LARGEST_REMAINDER) == [2, 7, 2, 5, 5]


@given(TOTALS, WEIGHTS, st.sampled_from(Rounding))
def test_all_but_the_last_get_their_rounded_share(total: int, weights: list[int], rounding: Rounding) -> None:
    shares = spread(total, weights, Spreading.LAST_TAKES_REST, rounding)
    even = weights if any(weights) else [1] * len(weights)
    assert shares[:-1] == [divide(total * weight, sum(even), rounding) for weight in even[:-1]]


@given(TOTALS, WEIGHTS, EVENLY)
def test_who_weighs_nothing_gets_nothing(total: int, weights: list[int], how: Spreading) -> None:
    shares = spread(total, weights, how)
    assert not any(weights) or all(share == 0 for share, weight in zip(shares, weights, strict=True) if not weight)


@given(TOTALS, WEIGHTS)
def test_who_weighs_more_gets_no_less(total: int, weights: list[int]) -> None:
    shares = zip(weights, (abs(share) for share in spread(total, weights)), strict=True)
    for (weight, share), (other_weight, other) in itertools.permutations(shares, 2):
        assert weight >= other_weight or share <= other


def test_who_gets_the_odd_cent() -> None:
    assert spread(100, [3, 3, 4]) == [30, 30, 40]
    assert spread(10, [1, 1, 1]) == [4, 3, 3]
    assert spread(10, [2, 5, 2]) == [2, 6, 2]  # 2.22, 5.56, 2.22
    assert spread(5, [30, 18, 2]) == [3, 2, 0]  # 3, 1.8, 0.2
    assert spread(10, [2, 5, 2], Spreading.FIRST) == [3, 5, 2]
    assert spread(10, [1, 1, 1], Spreading.LAST_TAKES_REST, Rounding.HALF_UP) == [3, 3, 4]
    assert spread(10, [0, 0]) == [5, 5]


def test_nobody_to_spread_over() -> None:
    assert spread(0, []) == []
    with pytest.raises(ValueError, match="nobody"):
        spread(1, [])


@given(st.integers(0, 10**7), st.sampled_from([0, 50_000, 88_750, 200_000, 270_000]))
def test_the_tax_within_a_price_is_its_rate_of_the_rest(gross: int, rate: int) -> None:
    tax = tax_within(gross, rate)
    assert abs(tax * (PPM + rate) - gross * rate) * 2 <= PPM + rate
