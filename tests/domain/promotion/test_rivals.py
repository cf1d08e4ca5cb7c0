"""Groups of which one promotion is applied, and exclusive ones: who wins, and what the others are told."""

from __future__ import annotations

import pytest

from kiosk.domain.promotion.offers import AmountOff, PercentOff, Promotion
from kiosk.domain.promotion.reasons import Reason
from tests.domain.promotion.shop import FREE, amount, buy, line, outcome, percent, sell, skus, total

BASKET = [line(1, "a", 1000), line(2, "b", 500, 2)]


def wants_cake(name: str, **more: object) -> Promotion:
    """All of it free for whoever buys a cake, which nobody here does."""
    return percent(name, FREE, needs=(buy(1, skus("cake")),), **more)


@pytest.mark.parametrize("conflict", ["best", "priority"])
def test_of_equals_in_a_group_the_first_wins(conflict: str) -> None:
    applied = sell(BASKET, [amount(name, 300, group="g") for name in "yxz"], conflict=conflict)
    assert [outcome(applied, name).applied for name in "xyz"] == [True, False, False]
    assert {outcome(applied, name).by for name in "yz"} == {"x"}
    assert total(applied) == 1700


@pytest.mark.parametrize("conflict", ["best", "priority"])
def test_one_of_a_group_that_gives_nothing_does_not_stand_in_the_way_and_says_what_it_lacks(conflict: str) -> None:
    offers = [wants_cake("cake", group="g", priority=9), amount("x", 300, group="g")]
    applied = sell(BASKET, offers, conflict=conflict)
    assert total(applied) == 1700
    assert (outcome(applied, "cake").reason, outcome(applied, "cake").missing_pieces) == (Reason.NEEDS_PIECES, 1)


@pytest.mark.parametrize("conflict", ["best", "priority"])
def test_a_group_of_which_none_gives_anything_says_so_of_each(conflict: str) -> None:
    offers = [wants_cake("cake", group="g"), wants_cake("torte", group="g"), amount("x", 300)]
    applied = sell(BASKET, offers, conflict=conflict)
    assert total(applied) == 1700
    assert [outcome(applied, name).reason for name in ("cake", "torte")] == [Reason.NEEDS_PIECES] * 2


def test_the_winner_of_a_group_keeps_its_turn_among_the_others() -> None:
    group = [percent("tenth", 100_000, group="g"), percent("twentieth", 50_000, group="g")]
    assert total(sell(BASKET, [amount("first", 500, priority=1), *group])) == (2000 - 500) * 9 // 10
    assert total(sell(BASKET, [amount("last", 500, priority=-1), *group])) == 2000 * 9 // 10 - 500


@pytest.mark.parametrize(("more_groups", "cost"), [(0, 1280), (3, 1280), (4, 1400)])
def test_groups_are_judged_together_up_to_32_combinations_then_one_after_the_other(more_groups: int, cost: int) -> None:
    """Alone 30 % is best of its group; 20 % and the 20 % of the other group, which it does not bar, are better."""
    rivals = [
        percent("alone", 300_000, group="g", stacks=False, priority=9, rewards=_off(300_000)),
        percent("stacks", 200_000, group="g", priority=8, rewards=_off(200_000)),
        percent("more", 200_000, group="h", priority=7, rewards=_off(200_000)),
        percent("less", 10_000, group="h", priority=6, rewards=_off(10_000)),
    ]
    gum = [
        Promotion(id=f"{group}{n}", group=f"{group}", rewards=(AmountOff(goods=skus("gum"), amount_minor=n),))
        for group in range(more_groups)
        for n in (1, 2)
    ]
    applied = sell([*BASKET, line(3, "gum", 100)], [*rivals, *gum])
    assert total(applied) == cost + 100 - 2 * more_groups


def _off(ppm: int) -> tuple[PercentOff, ...]:
    return (PercentOff(goods=skus("a", "b"), percent_ppm=ppm),)


@pytest.mark.parametrize("conflict", ["best", "priority"])
def test_of_equal_exclusive_ones_the_first_wins_and_the_other_is_not_shown_as_applied(conflict: str) -> None:
    applied = sell(BASKET, [amount(name, 300, exclusive=True) for name in "yx"], conflict=conflict)
    assert total(applied) == 1700
    assert (outcome(applied, "x").applied, outcome(applied, "x").discount_minor) == (True, 300)
    driven_out = outcome(applied, "y")
    assert (driven_out.applied, driven_out.discount_minor) == (False, 0)
    assert (driven_out.reason, driven_out.by) == (Reason.DRIVEN_OUT_BY_EXCLUSIVE, "x")


def test_an_exclusive_one_that_gives_nothing_drives_nobody_out_and_says_what_it_lacks() -> None:
    applied = sell(BASKET, [wants_cake("cake", exclusive=True), amount("x", 300)])
    assert total(applied) == 1700
    assert (outcome(applied, "cake").reason, outcome(applied, "cake").missing_pieces) == (Reason.NEEDS_PIECES, 1)
