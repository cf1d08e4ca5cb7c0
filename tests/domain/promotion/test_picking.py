"""Which pieces an offer uses up and which it reduces, in a shopper's words."""

from __future__ import annotations

import pytest

from kiosk.domain.promotion.offers import AmountOff, Goods, Need, PercentOff, Promotion, Reward, SetPrice
from kiosk.domain.promotion.reasons import Reason
from tests.domain.promotion.shop import FREE, buy, dues, line, outcome, sell, skus, total

CHEAP_AND_DEAR = [line(1, "a", 200), line(2, "b", 300)]


@pytest.mark.parametrize(("pick", "left"), [("cheapest", [0, 300]), ("dearest", [200, 0])])
@pytest.mark.parametrize("of", ["goods", "consumed"])
def test_one_is_free_the_cheapest_or_the_dearest(of: str, pick: str, left: list[int]) -> None:
    one = PercentOff(percent_ppm=FREE, pieces=1, of=of, pick=pick)  # type: ignore[arg-type] # literals by name
    needs = (buy(2),) if of == "consumed" else ()
    assert dues(sell(CHEAP_AND_DEAR, [Promotion(id="p", needs=needs, rewards=(one,))])) == left


def test_a_beer_and_another_drink_come_together_though_the_beer_could_be_either() -> None:
    needs = (buy(1, skus("beer", "wine")), buy(1, skus("beer")))
    pair = Promotion(id="pair", needs=needs, rewards=(SetPrice(price_minor=600),))
    assert total(sell([line(1, "beer", 500), line(2, "wine", 300)], [pair])) == 600
    alone = sell([line(1, "beer", 800)], [pair])
    assert (total(alone), outcome(alone, "pair").reason, outcome(alone, "pair").missing_pieces) == (
        800,
        Reason.NEEDS_PIECES,
        1,
    )


def test_what_a_menu_must_hold_also_counts_as_its_different_goods() -> None:
    goods = Goods(skus=("roll", "cola"), departments=("bakery",))
    menu = Promotion(
        id="menu",
        needs=(Need(goods=goods, all_of=True, distinct=2, consumes=True),),
        rewards=(SetPrice(price_minor=400),),
    )
    basket = [line(1, "cake", 900, department="bakery"), line(2, "roll", 300), line(3, "cola", 200)]
    assert total(sell(basket, [menu])) == 900 + 400


def test_what_is_on_the_goods_bought_comes_before_what_is_on_any() -> None:
    rewards: tuple[Reward, Reward] = (AmountOff(amount_minor=100), SetPrice(price_minor=1000))
    for listed in (rewards, rewards[::-1]):
        offer = Promotion(id="p", needs=(buy(3),), rewards=listed)
        assert total(sell([line(1, "a", 400, 3)], [offer])) == 900


def test_one_piece_and_five_euros_in_all() -> None:
    five = Promotion(
        id="five", needs=(Need(pieces=1, value_minor=500, consumes=True),), rewards=(SetPrice(price_minor=450),)
    )
    assert total(sell([line(1, "a", 400), line(2, "b", 200)], [five])) == 450


def test_what_may_not_be_reduced_does_not_make_a_three_but_may_pay_for_a_glass() -> None:
    wine = line(1, "wine", 900, discountable=False)
    drinks = skus("wine", "beer")
    three = Promotion(
        id="3for2", needs=(buy(3, drinks),), rewards=(PercentOff(percent_ppm=FREE, of="consumed", pieces=1),)
    )
    assert dues(sell([wine, line(2, "beer", 200, 2)], [three])) == [900, 400]
    glass = Promotion(
        id="glass", needs=(buy(1, skus("wine")),), rewards=(PercentOff(goods=skus("glass"), percent_ppm=FREE),)
    )
    assert dues(sell([wine, line(2, "glass", 500)], [glass])) == [900, 0]


def test_of_wine_and_beer_bought_together_the_beer_is_half_price() -> None:
    half = PercentOff(goods=skus("beer"), percent_ppm=500_000, of="consumed")
    offer = Promotion(id="p", needs=(buy(1, skus("wine")), buy(1, skus("beer"))), rewards=(half,))
    assert dues(sell([line(1, "wine", 900), line(2, "beer", 200)], [offer])) == [900, 100]


def test_a_labelled_roast_is_reduced_when_the_need_names_it() -> None:
    roast = line(1, "roast", 1990, label_price_minor=815, department="meat")
    fifth = PercentOff(percent_ppm=200_000, of="consumed")
    for goods, due in ((Goods(departments=("meat",)), 652), (Goods(), 815)):
        offer = Promotion(id="p", needs=(buy(1, goods),), rewards=(fifth,))
        assert dues(sell([roast], [offer])) == [due]
