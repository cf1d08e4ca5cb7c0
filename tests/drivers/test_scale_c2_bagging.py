"""What a bagging scale tells: each new weight at rest, each begin of motion, and nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale.bagging import BagWatch
from drivers.scale.interface import BagWeight
from drivers.scale.reading import Answer, Malformed, Reading, Refused, Unit, to_grams

KG, LB = Unit.KILOGRAM, Unit.POUND
NOTHING = Reading(None, None, stable=False)
MOVES = replace(NOTHING, in_motion=True)
OVER, UNDER = replace(NOTHING, over_capacity=True), replace(NOTHING, under_zero=True)


def rests(text: str, unit: Unit = KG) -> Reading:
    return Reading(Decimal(text), unit, stable=True)


def at(grams: int | None, *, stable: bool = True) -> BagWeight:
    return BagWeight("bags", grams, stable)


def told(*answers: Answer) -> list[BagWeight | None]:
    watch = BagWatch("bags")
    return [watch.feed(answer) for answer in answers]


def test_what_is_put_in_a_bag_and_taken_out() -> None:
    moves = replace(rests("0.731"), stable=False, in_motion=True)
    assert told(
        rests("0.000"), rests("0.000"), moves, moves, rests("1.250"), rests("1.250"), MOVES, rests("0.000")
    ) == [*(at(0), None, at(0, stable=False), None, at(1250), None, at(1250, stable=False), at(0))]


def test_a_scale_that_moves_when_it_is_opened_has_no_weight_yet() -> None:
    assert told(MOVES, MOVES, rests("0.250")) == [at(None, stable=False), None, at(250)]


def test_a_bag_that_was_only_touched_is_told_to_rest_again() -> None:
    assert told(rests("0.250"), MOVES, rests("0.250")) == [at(250), at(250, stable=False), at(250)]


@pytest.mark.parametrize("beyond", [OVER, UNDER, replace(OVER, under_zero=True), rests("-0.050")])
def test_below_zero_and_over_capacity_are_no_weight(beyond: Reading) -> None:
    assert told(rests("0.250"), beyond, beyond, rests("0.250")) == [at(250), at(None), None, at(250)]


@pytest.mark.parametrize(
    "unsure",
    [
        replace(rests("0.900"), busy=True),
        replace(rests("0.900"), needs_zero=True),
        replace(rests("0.900"), fault="ram"),
        replace(rests("0.900"), stable=False),
        replace(UNDER, in_motion=True),
    ],
)
def test_what_a_scale_is_not_sure_of_is_no_weight(unsure: Reading) -> None:
    assert told(rests("0.250"), unsure, unsure) == [at(250), at(250, stable=False), None]


@pytest.mark.parametrize("nothing", [Refused("busy"), Malformed("checksum"), replace(NOTHING, stable=True)])
def test_what_is_no_reading_is_passed_over(nothing: Answer) -> None:
    assert told(rests("0.250"), nothing, rests("0.250")) == [at(250), None, None]


def test_a_status_of_zero_without_a_weight_is_zero() -> None:
    zero = replace(NOTHING, stable=True, at_zero=True)
    assert told(rests("0.250"), zero, zero, rests("0.000")) == [at(250), at(0), None, None]


def test_a_division_more_or_less_is_no_change() -> None:
    """A scale that counts in fives flickers by one; so does one that counts in twos, once it is known to."""
    assert told(*map(rests, ("0.250", "0.255", "0.245", "0.260"))) == [at(250), None, None, at(260)]
    assert told(*map(rests, ("0.252", "0.254", "0.256"))) == [at(252), None, at(256)]
    assert told(*map(rests, ("0.251", "0.252", "0.253"))) == [at(251), None, at(253)]
    assert told(rests("2.50", LB), rests("2.55", LB), rests("2.60", LB)) == [at(1134), None, at(1179)]


def test_a_weight_that_creeps_is_told_in_the_end() -> None:
    found = told(*(rests(f"{grams / 1000:.3f}") for grams in range(250, 300, 5)))
    assert [weight.grams for weight in found if weight is not None] == [250, 260, 270, 280, 290]


READINGS = st.builds(
    Reading,
    value=st.none() | st.integers(-50, 3000).map(lambda grams: Decimal(grams).scaleb(-3)),
    unit=st.just(KG),
    stable=st.booleans(),
    in_motion=st.booleans(),
    under_zero=st.booleans(),
    over_capacity=st.booleans(),
    at_zero=st.booleans(),
    needs_zero=st.booleans(),
    busy=st.booleans(),
)
PLAIN = st.builds(
    lambda grams, moves: Reading(Decimal(grams).scaleb(-3), KG, stable=not moves, in_motion=moves),
    st.sampled_from([0, 1, 2, 5, 10, 250, 255, 1250]),
    st.booleans(),
)
RUNS = st.lists(st.tuples(READINGS | PLAIN, st.integers(1, 5)), max_size=30)


@given(RUNS)
def test_it_never_tells_the_same_twice_nor_anything_in_a_run_of_equal_readings(
    runs: Sequence[tuple[Reading, int]],
) -> None:
    watch = BagWatch("bags")
    last: BagWeight | None = None
    for reading, times in runs:
        found = [watch.feed(reading) for _ in range(times)]
        assert found[1:] == [None] * (times - 1)
        if found[0] is not None:
            assert found[0] != last
            last = found[0]


@given(RUNS)
def test_what_is_told_last_is_what_is_so(runs: Sequence[tuple[Reading, int]]) -> None:
    watch = BagWatch("bags")
    last: BagWeight | None = None
    for reading, _ in runs:
        last = watch.feed(reading) or last
        unsure = reading.in_motion or reading.busy or reading.needs_zero
        if unsure:
            assert last is not None
            assert not last.stable
        elif reading.over_capacity or reading.under_zero or (reading.value or 0) < 0:
            # An unstable weight below zero, without a flag that says so, is one that moves.
            flagged = reading.over_capacity or reading.under_zero or reading.stable
            assert last == (at(None) if flagged else replace(last or at(None), stable=False))
        elif reading.stable and reading.value is not None:
            assert last is not None
            assert last.stable
            assert last.grams is not None
            # At most one division of a scale that counts in fives.
            assert abs(last.grams - to_grams(reading.value, KG)) <= 5
