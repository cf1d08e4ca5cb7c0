"""A scale that does not come to rest, or is asked for what it cannot do: said in words, never a guessed weight."""

from __future__ import annotations

import pytest

from tests.walks.books import must_agree
from tests.walks.shopper import BANANAS, MILK, Shopper

pytestmark = pytest.mark.processes


def weighs_bananas(shopper: Shopper) -> None:
    lane = shopper.bench.lane
    shopper.bench.scan(shopper.bench.code(MILK.sku))
    lane.sees("basket", shopper.bench.good(MILK.sku).name)
    lane.press("lookup")
    lane.sees("lookup")
    lane.press(f"tile_{BANANAS.sku}")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("motion", "Hold on: the scale is still moving."),
        ("over", "That is too heavy for this scale."),
        ("under", "The scale is below zero. Please take everything off it."),
    ],
)
def test_the_shopper_is_told_and_the_weight_counts_once_it_is_stable(shopper: Shopper, state: str, words: str) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.do("scale", state)
    weighs_bananas(shopper)
    lane.sees("weighing", words)
    bench.do("scale", state, on=False)
    bench.do("scale", "load", grams=BANANAS.grams)
    lane.sees("basket", "0.457 kg")
    shopper.bought.append((MILK, BANANAS))
    shopper.finishes(MILK, BANANAS)
    must_agree(bench, shopper.bought)


def test_a_shopper_who_changes_their_mind_at_the_scale_is_charged_nothing_for_it(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.do("scale", "motion")
    weighs_bananas(shopper)
    lane.sees("weighing", "Hold on")
    lane.press("back")
    assert len(lane.sees("basket").lines) == 1
    bench.do("scale", "motion", on=False)
    bench.do("scale", "load", grams=2000)
    shopper.bought.append((MILK,))
    shopper.finishes(MILK)
    must_agree(bench, shopper.bought)


def test_a_good_that_is_too_light_is_not_sold_by_the_scale(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.do("scale", "load", grams=4)
    weighs_bananas(shopper)
    lane.sees("basket", "is too light to be weighed here. Please call for help.")
    assert len(lane.screen.lines) == 1


def test_a_scale_pulled_out_ends_the_weighing_with_a_word(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    weighs_bananas(shopper)
    lane.sees("weighing")
    bench.do("scale", "unplug")
    lane.sees("basket", "The scale is not working right now. Please call for help.")
    assert lane.screen.overlay is None
