"""What no offer does: below a floor, below nothing, above the price, to a deposit; and prices by pieces."""

from __future__ import annotations

import pytest

from kiosk.domain.money import Spreading
from kiosk.domain.promotion.offers import (
    AmountOff,
    Caps,
    FixedPrice,
    Need,
    PercentOff,
    PriceEntry,
    Promotion,
    Reward,
    SetPrice,
)
from kiosk.domain.promotion.reasons import Reason
from tests.domain.promotion.shop import FREE, amount, buy, dues, line, outcome, sell, skus, total

REWARDS: tuple[Reward, ...] = (
    PercentOff(percent_ppm=500_000),
    AmountOff(amount_minor=500),
    AmountOff(amount_minor=500, per="line"),
    AmountOff(amount_minor=500, per="piece"),
    FixedPrice(price_minor=1),
    SetPrice(price_minor=1),
)


@pytest.mark.parametrize("reward", REWARDS, ids=repr)
@pytest.mark.parametrize("discount_per", ["unit", "line", "order"])
@pytest.mark.parametrize(("floor", "least"), [(900, 900), (1000, 1000), (1200, 1000)])
def test_a_book_never_costs_less_than_its_floor_nor_more_than_its_price(
    reward: Reward, discount_per: str, floor: int, least: int
) -> None:
    needs = (buy(1),) if isinstance(reward, SetPrice) else ()
    offer = Promotion(id="p", needs=needs, rewards=(reward,))
    applied = sell([line(1, "book", 1000, floor_minor=floor)], [offer], discount_per=discount_per)
    assert dues(applied) == [least]
    assert outcome(applied, "p").reason == (Reason.FLOOR_REACHED if least == 1000 else "")


def test_fifty_cents_off_each_but_a_thing_of_thirty_cents_is_free() -> None:
    each = Promotion(id="each", rewards=(AmountOff(amount_minor=50, per="piece"),))
    assert dues(sell([line(1, "pen", 30, 2)], [each])) == [0]


def test_five_euros_off_a_line_that_costs_less_and_has_been_reduced_in_part() -> None:
    one_half = Promotion(id="half", priority=1, rewards=(PercentOff(percent_ppm=500_000, pieces=1),))
    line_off = Promotion(id="line", rewards=(AmountOff(amount_minor=500, per="line"),))
    assert dues(sell([line(1, "pen", 100, 2)], [one_half, line_off])) == [0]


def test_a_voucher_above_what_the_basket_costs_is_not_called_cut() -> None:
    applied = sell([line(1, "pen", 200)], [amount("p", 500, caps=Caps(discount_minor=300))])
    assert (total(applied), outcome(applied, "p").reason) == (0, "")


def test_a_cent_over_three_lines_never_makes_one_dearer() -> None:
    basket = [line(number, sku, 100) for number, sku in enumerate("abc", start=1)]
    cent = amount("cent", 1, level="order")
    applied = sell(basket, [cent], spreading=Spreading.LAST_TAKES_REST, rounding="up")
    assert sorted(dues(applied)) == [99, 100, 100]


def test_a_deposit_is_no_third_piece_neither_for_an_offer_nor_for_a_price() -> None:
    basket = [line(1, "can", 100, 2), line(2, "can", 100, linked_to=1)]
    three = Promotion(id="three", needs=(Need(pieces=3),), rewards=(PercentOff(percent_ppm=FREE),))
    applied = sell(basket, [three], [PriceEntry(id="from three", sku="can", price_minor=80, pieces=3)])
    assert dues(applied) == [200, 100]
    assert outcome(applied, "three").missing_pieces == 1
    assert {each.price_id for each in applied.lines} == {""}


def test_of_two_prices_the_lower_counts_whatever_they_are_called() -> None:
    prices = [PriceEntry(id="a", sku="pen", price_minor=90), PriceEntry(id="b", sku="pen", price_minor=80)]
    assert sell([line(1, "pen", 100)], [], prices).lines[0].price_id == "b"


def test_what_names_a_good_reaches_no_other() -> None:
    named = Promotion(id="p", rewards=(PercentOff(goods=skus("pen"), percent_ppm=FREE),))
    assert dues(sell([line(1, "pen", 100), line(2, "ink", 300)], [named])) == [0, 300]
