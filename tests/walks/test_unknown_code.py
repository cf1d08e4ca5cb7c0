"""Codes that sell nothing: each is answered on the screen, and none ends the basket."""

from __future__ import annotations

import pytest

from tests.walks.books import must_agree
from tests.walks.shopper import MILK, Shopper

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("4006381333931", "We do not know this item. Please look for it by picture, or call for help."),
        ("9520390103018", "The code did not read correctly. Please scan it again."),
        ("https://example.org/win", "This is not the code of an item. Please scan the bar code with lines."),
        ("", ""),
    ],
)
def test_a_code_that_is_none_is_said_and_the_basket_stays(shopper: Shopper, code: str, words: str) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(bench.code(MILK.sku))
    basket = lane.sees("basket", "1 item").lines
    if code:
        bench.scan(code)
        lane.sees("unknown_code", words)
        assert lane.screen.says("That did not work")
        lane.press("continue")
    else:
        bench.do("scanner", "garbage")
        lane.sees("basket", "That code did not read well. Please try again.")
    assert lane.sees("basket").lines == basket
    shopper.bought.append((MILK,))
    shopper.finishes(MILK)
    must_agree(bench, shopper.bought)


def test_a_scan_goes_on_from_the_screen_of_an_unknown_code(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan("4006381333931")
    lane.sees("unknown_code")
    bench.scan(bench.code(MILK.sku))
    lane.sees("basket", bench.good(MILK.sku).name)


def test_a_label_with_a_wrong_check_digit_sells_nothing(shopper: Shopper) -> None:
    lane = shopper.bench.lane
    shopper.bench.scan("2100042006409")
    lane.sees("unknown_code")
    assert lane.screen.lines == ()


def test_a_scanner_pulled_out_keeps_the_basket_and_says_what_to_do(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(bench.code(MILK.sku))
    basket = lane.sees("basket", "1 item").lines
    bench.do("scanner", "unplug")
    lane.sees("out_of_order", "Your basket is safe.")
    assert lane.screen.says("The scanner is not connected.")
    bench.do("scanner", "plug")
    assert lane.sees("basket").lines == basket
