"""Each kind of promotion in a shopper's words."""

from __future__ import annotations

from kiosk.domain.basket import DiscountPer, Override
from kiosk.domain.item import Unit
from kiosk.domain.promotion.offers import (
    AmountOff,
    Caps,
    FixedPrice,
    Goods,
    Need,
    PercentOff,
    Promotion,
    SetPrice,
    Step,
)
from kiosk.domain.promotion.reasons import Reason
from tests.domain.promotion.shop import FREE, buy, dues, line, outcome, sell, skus, total

THREE_FOR_TWO = Promotion(id="3for2", needs=(buy(3),), rewards=(PercentOff(percent_ppm=FREE, of="consumed", pieces=1),))
ANY_THREE_FOR_TEN = Promotion(id="3for10", needs=(buy(3),), rewards=(SetPrice(price_minor=1000),))


def percent(ppm: int, goods: Goods = Goods(), **more: object) -> Promotion:  # noqa: B008 - a frozen record
    """So much off some goods."""
    return Promotion(**{"id": "percent", "rewards": (PercentOff(goods=goods, percent_ppm=ppm),), **more})  # type: ignore[arg-type] # fields by name


def test_a_fifth_off_the_jam() -> None:
    applied = sell([line(1, "jam", 299, 2), line(2, "tea", 399)], [percent(200_000, skus("jam"))])
    assert dues(applied) == [598 - 120, 399]
    assert outcome(applied, "percent").discount_minor == 120


def test_an_odd_percentage_is_rounded_on_what_the_retailer_says() -> None:
    basket = [line(1, "jam", 99, 3), line(2, "tea", 99, 3)]
    promotions = [percent(150_000)]
    assert total(sell(basket, promotions, discount_per="unit")) == 2 * 3 * (99 - 15)
    assert total(sell(basket, promotions, discount_per="line")) == 2 * (297 - 45)
    assert total(sell(basket, promotions, discount_per="order")) == 594 - 89
    assert total(sell(basket, promotions, discount_per="order", rounding="up")) == 594 - 90
    assert total(sell(basket, promotions, discount_per="unit", rounding="down")) == 2 * 3 * (99 - 14)


def test_half_a_cent_goes_to_the_even_one() -> None:
    applied = [sell([line(1, "jam", price)], [percent(500_000)], rounding="half_even") for price in (101, 103)]
    assert [total(each) for each in applied] == [51, 51]


def test_fifty_cents_off_each_jar_but_five_euros_off_all_of_them_together() -> None:
    basket = [line(1, "jam", 299, 3), line(2, "honey", 599)]
    each = Promotion(id="each", rewards=(AmountOff(amount_minor=50, per="piece"),))
    assert dues(sell(basket, [each])) == [897 - 150, 549]
    together = Promotion(id="all", rewards=(AmountOff(amount_minor=500),))
    applied = sell(basket, [together])
    assert total(applied) == 897 + 599 - 500
    assert [of.discounts[0].amount_minor for of in applied.lines] == [300, 200]


def test_the_jam_for_two_euros_unless_it_costs_less_already() -> None:
    jam = Promotion(id="jam", rewards=(FixedPrice(goods=skus("jam", "jelly"), price_minor=200),))
    assert dues(sell([line(1, "jam", 299), line(2, "jelly", 150)], [jam])) == [200, 150]


def test_cheese_at_twelve_euros_a_kilogram() -> None:
    cheese = Promotion(id="cheese", rewards=(FixedPrice(goods=skus("cheese"), price_minor=1200),))
    applied = sell([line(1, "cheese", 1990, unit=Unit.KILOGRAM, grams=455)], [cheese])
    assert applied.lines[0].amount_minor == 905
    assert dues(applied) == [546]


def test_three_for_two_makes_the_cheapest_of_each_three_free_dearest_threes_first() -> None:
    applied = sell([line(1, "wine", 900, 2), line(2, "beer", 200, 3), line(3, "gin", 2000)], [THREE_FOR_TWO])
    # gin + wine + wine: a wine; beer + beer + beer: a beer.
    assert outcome(applied, "3for2").discount_minor == 900 + 200
    assert outcome(applied, "3for2").applications == 2


def test_of_two_lines_of_the_same_good_the_last_one_shows_the_free_piece() -> None:
    applied = sell([line(1, "beer", 200, 2), line(2, "beer", 200)], [THREE_FOR_TWO])
    assert dues(applied) == [400, 0]


def test_two_of_three_want_one_more() -> None:
    refused = outcome(sell([line(1, "beer", 200, 2)], [THREE_FOR_TWO]), "3for2")
    assert (refused.reason, refused.missing_pieces) == (Reason.NEEDS_PIECES, 1)


def test_any_three_for_ten_euros_to_the_cent() -> None:
    applied = sell([line(1, "a", 399, 2), line(2, "b", 449, 2)], [ANY_THREE_FOR_TEN])
    assert total(applied) == 1000 + 399
    assert sell([line(1, "cheap", 300, 3)], [ANY_THREE_FOR_TEN]).promotions[0].reason == Reason.GIVES_NOTHING


def test_a_shirt_and_trousers_as_a_set() -> None:
    outfit = Promotion(
        id="outfit", needs=(buy(1, skus("shirt")), buy(1, skus("trousers"))), rewards=(SetPrice(price_minor=6000),)
    )
    applied = sell([line(1, "shirt", 3000, 2), line(2, "trousers", 5000)], [outfit])
    assert total(applied) == 6000 + 3000


def test_buy_two_get_a_third_one_free_and_not_the_ones_bought() -> None:
    two_plus_one = Promotion(
        id="2+1", needs=(buy(2),), rewards=(PercentOff(percent_ppm=FREE, of="others", pieces=1, pick="dearest"),)
    )
    assert total(sell([line(1, "beer", 200, 2)], [two_plus_one])) == 400
    assert total(sell([line(1, "beer", 200, 3)], [two_plus_one])) == 400
    assert total(sell([line(1, "beer", 200, 5)], [two_plus_one])) == 800
    assert total(sell([line(1, "beer", 200, 6)], [two_plus_one])) == 800


def test_a_printer_makes_ink_half_price_once() -> None:
    ink = Promotion(
        id="ink",
        needs=(Need(goods=skus("printer"), pieces=1),),
        rewards=(PercentOff(goods=skus("ink"), percent_ppm=500_000, pieces=1),),
    )
    assert total(sell([line(1, "printer", 9900), line(2, "ink", 2000, 3)], [ink])) == 9900 + 1000 + 4000
    assert outcome(sell([line(1, "printer", 9900)], [ink]), "ink").reason == Reason.NO_GOODS
    refused = outcome(sell([line(1, "ink", 2000)], [ink]), "ink")
    assert (refused.reason, refused.missing_pieces) == (Reason.NEEDS_PIECES, 1)


def test_the_piece_that_pays_for_another_is_not_the_one_that_could_be_free() -> None:
    glass = Promotion(
        id="glass",
        needs=(buy(1, skus("wine", "glass")),),
        rewards=(PercentOff(goods=skus("glass"), percent_ppm=FREE, of="others", pieces=1),),
    )
    assert total(sell([line(1, "wine", 300), line(2, "glass", 900)], [glass])) == 300


def test_from_six_bottles_ten_percent_from_twelve_twenty() -> None:
    breaks = Promotion(
        id="breaks",
        steps=(
            Step(from_pieces=6, reward=PercentOff(goods=skus("wine"), percent_ppm=100_000)),
            Step(from_pieces=12, reward=PercentOff(goods=skus("wine"), percent_ppm=200_000)),
        ),
    )
    totals = [total(sell([line(1, "wine", 1000, count)], [breaks])) for count in (5, 6, 11, 12)]
    assert totals == [5000, 5400, 9900, 9600]
    assert outcome(sell([line(1, "wine", 1000, 4)], [breaks]), "breaks").missing_pieces == 2


def test_five_off_from_fifty_and_how_much_is_missing() -> None:
    fifty = Promotion(id="50", level="order", needs=(Need(value_minor=5000),), rewards=(AmountOff(amount_minor=500),))
    applied = sell([line(1, "a", 2500, 2)], [fifty])
    assert total(applied) == 4500
    assert applied.order_discounts[0].amount_minor == 500
    refused = outcome(sell([line(1, "a", 4990)], [fifty]), "50")
    assert (refused.reason, refused.missing_minor) == (Reason.NEEDS_VALUE, 10)


def test_three_different_yoghurts() -> None:
    kinds = Promotion(id="kinds", needs=(Need(distinct=3, consumes=True),), rewards=(SetPrice(price_minor=200),))
    assert total(sell([line(1, "plum", 100, 2), line(2, "pear", 100)], [kinds])) == 300
    assert total(sell([line(1, "plum", 100, 2), line(2, "pear", 100), line(3, "nut", 100)], [kinds])) == 300
    menu = Promotion(
        id="menu",
        needs=(Need(goods=skus("roll", "cola"), all_of=True, consumes=True),),
        rewards=(SetPrice(price_minor=399),),
    )
    assert total(sell([line(1, "roll", 300, 2), line(2, "cola", 200, 2)], [menu])) == 798
    assert outcome(sell([line(1, "roll", 300, 2)], [menu]), "menu").reason == Reason.NEEDS_KINDS


def test_never_below_the_floor_nor_below_nothing() -> None:
    half = percent(500_000)
    for per in DiscountPer:
        book = line(1, "book", 1000, 2, floor_minor=900)
        assert dues(sell([book], [half], discount_per=per)) == [1800]
        assert dues(sell([book], [Promotion(id="p", rewards=(FixedPrice(price_minor=1),))])) == [1800]
        assert dues(sell([book, line(2, "pen", 100)], [half]))[1] == 50
    voucher = Promotion(id="20", level="order", rewards=(AmountOff(amount_minor=2000),))
    assert dues(sell([line(1, "book", 1000, floor_minor=900), line(2, "pen", 100)], [voucher])) == [900, 0]
    floored = sell([line(1, "book", 1000, floor_minor=1000)], [half])
    assert outcome(floored, "percent").reason == Reason.FLOOR_REACHED


def test_a_floor_per_kilogram_holds_for_the_weight() -> None:
    ham = line(1, "ham", 2000, unit=Unit.KILOGRAM, grams=500, floor_minor=1800)
    assert dues(sell([ham], [percent(500_000)])) == [900]


def test_deposits_tobacco_and_an_operators_price_are_left_alone() -> None:
    basket = [
        line(1, "cola", 100, 2),
        line(2, "deposit", 25, 2, linked_to=1),
        line(3, "smokes", 700, discountable=False),
        line(4, "dented", 500, override=Override(price_minor=300)),
    ]
    assert dues(sell(basket, [percent(500_000)])) == [100, 50, 700, 300]
    assert dues(sell(basket, [percent(500_000, level="order")])) == [100, 50, 700, 150]


def test_what_no_promotion_may_reduce_counts_only_where_it_is_named() -> None:
    wine = line(1, "wine", 5000, discountable=False, department="wine")
    glass = line(2, "glass", 900)
    anything = Promotion(id="p", needs=(Need(value_minor=5000),), rewards=(PercentOff(percent_ppm=FREE),))
    assert total(sell([wine, glass], [anything])) == 5900
    named = Promotion(
        id="p", needs=(Need(goods=Goods(departments=("wine",)), pieces=1),), rewards=(PercentOff(percent_ppm=FREE),)
    )
    assert dues(sell([wine, glass], [named])) == [5000, 0]


def test_a_price_label_stands_unless_the_promotion_names_the_good() -> None:
    roast = line(1, "roast", 1990, label_price_minor=815, department="meat")
    assert dues(sell([roast], [percent(500_000)])) == [815]
    applied = sell([roast], [percent(200_000, Goods(departments=("meat",)))])
    assert (applied.lines[0].price_id, dues(applied)) == ("label", [652])


def test_all_but_the_books() -> None:
    basket = [line(1, "book", 1000, tags=("books",)), line(2, "pen", 100), line(3, "ink", 300, department="ink")]
    goods = Goods(except_tags=("books",), except_departments=("ink",))
    assert dues(sell(basket, [percent(500_000, goods)])) == [1000, 50, 300]
    assert dues(sell(basket, [percent(500_000, Goods(tags=("books",), except_skus=("book",)))])) == [1000, 100, 300]


def test_pieces_bought_for_one_promotion_are_not_bought_again_for_another() -> None:
    other = Promotion(
        id="other", priority=-1, needs=(buy(2),), rewards=(PercentOff(percent_ppm=500_000, of="consumed"),)
    )
    applied = sell([line(1, "beer", 200, 4)], [THREE_FOR_TWO, other])
    assert total(applied) == 600
    assert outcome(applied, "other").reason == Reason.PIECES_TAKEN


def test_at_most_twice_and_at_most_three_euros() -> None:
    twice = Promotion(
        id="p", needs=(buy(1),), rewards=(AmountOff(amount_minor=200, of="consumed"),), caps=Caps(applications=2)
    )
    assert total(sell([line(1, "a", 500, 4)], [twice])) == 2000 - 400
    capped = percent(500_000, caps=Caps(discount_minor=300))
    applied = sell([line(1, "a", 500), line(2, "b", 1500)], [capped])
    assert dues(applied) == [425, 1275]
    assert outcome(applied, "percent").reason == Reason.CAPPED


def test_a_hundred_thousand_screws_are_priced_as_one_run() -> None:
    applied = sell([line(1, "screw", 3, 100_000)], [THREE_FOR_TWO])
    assert outcome(applied, "3for2").applications == 33_333
    assert total(applied) == 3 * (100_000 - 33_333)


def test_a_promotion_uses_up_no_more_pieces_than_it_gives_something_for() -> None:
    percent_for_two = percent(100_000, needs=(buy(2, skus("beer")),), priority=1)
    applied = sell([line(1, "beer", 200, 5)], [percent_for_two, THREE_FOR_TWO])
    assert outcome(applied, "percent").applications == 1
    assert outcome(applied, "3for2").applications == 1
    all_of_it = Promotion(id="all", priority=1, needs=(buy(1),), rewards=(AmountOff(amount_minor=500),))
    applied = sell([line(1, "beer", 200, 10)], [all_of_it])
    assert (outcome(applied, "all").applications, total(applied)) == (4, 0)


def test_five_euros_for_each_fifty_spent() -> None:
    each = Promotion(
        id="each", needs=(Need(value_minor=5000, consumes=True),), rewards=(AmountOff(amount_minor=500),), level="order"
    )
    assert total(sell([line(1, "a", 2500, 5), line(2, "b", 4000)], [each])) == 16_500 - 1500


def test_the_odd_cent_is_the_same_goods_whichever_is_scanned_first() -> None:
    off = Promotion(id="off", level="order", rewards=(AmountOff(amount_minor=101),))
    first, then = (sell([line(1, one, 200), line(2, two, 200)], [off]) for one, two in ("ab", "ba"))
    assert {each.line.sku: each.due_minor for each in first.lines} == {"a": 149, "b": 150}
    assert {each.line.sku: each.due_minor for each in then.lines} == {"a": 149, "b": 150}
