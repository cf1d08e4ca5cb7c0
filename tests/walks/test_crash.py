"""A lane that is killed at every point of a sale and started again: the same basket, nothing lost, nothing twice."""

from __future__ import annotations

import itertools

import pytest

from tests.walks.books import must_agree
from tests.walks.shopper import BANANAS, CHEESE, MILK, Shopper

# Kinds of points, and how many of them a whole sale passes at least.
KINDS = {"before commit": 12, "after commit": 12, "before effect": 3, "after effect": 3}


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_point_of_a_sale(shopper: Shopper, kind: str) -> None:
    """One sale a point, all on the same data: the lane dies at the first point, the second... until none is left."""
    for number in itertools.count(1):
        shopper.bench.lane.crash(kind, number)
        shopper.buys(MILK, CHEESE, BANANAS)
        shopper.bench.do("scale", "load", grams=0)
        must_agree(shopper.bench, shopper.bought)
        if len(shopper.comebacks) < number:
            break
    assert len(shopper.comebacks) >= KINDS[kind], shopper.comebacks
