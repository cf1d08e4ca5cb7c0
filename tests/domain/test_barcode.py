"""What a scanned text means: goods, labels of the store's own templates, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.barcode import GoodCode, LabelCode, NotACode, interpret
from kiosk.domain.gtin import check_digit, measure_check_digit

LABELS = ("21IIIIIPPPPPC", "22IIIIIWWWWWC", "23IIIIIVPPPPC")


def with_check(digits: str) -> str:
    return f"{digits}{check_digit(digits)}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4006381333931", "04006381333931"),
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("10614141000415", "10614141000415"),
    ],
)
def test_a_gtin_of_any_length_is_a_good(text: str, expected: str) -> None:
    found = interpret(text, LABELS)
    assert isinstance(found, GoodCode)
    assert expected in found.readings


def test_a_upc_e_is_read_in_both_ways() -> None:
    found = interpret("04252614", LABELS)  # UPC-E of 042100005264, and eight digits that might be a GTIN-8
    assert isinstance(found, GoodCode)
    assert found.readings[0] == "00042100005264"


def test_labels_hold_a_price_or_a_weight() -> None:
    assert interpret(with_check("210004200477"), LABELS) == LabelCode("00042", price_minor=477)
    assert interpret(with_check("220004200250"), LABELS) == LabelCode("00042", grams=250)
    verified = with_check(f"2300042{measure_check_digit('2875')}2875")
    assert interpret(verified, LABELS) == LabelCode("00042", price_minor=2875)


def test_a_label_read_wrong_is_refused() -> None:
    good = with_check("210004200477")
    assert interpret(good[:-1] + str((int(good[-1]) + 1) % 10), LABELS) == NotACode("check_digit")
    wrong_verifier = (measure_check_digit("2875") + 1) % 10
    assert interpret(with_check(f"2300042{wrong_verifier}2875"), LABELS) == NotACode("check_digit")


def test_without_a_template_a_restricted_number_is_just_a_number() -> None:
    assert isinstance(interpret(with_check("210004200477"), ()), GoodCode)


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    assert isinstance(interpret(text, LABELS), GoodCode | LabelCode | NotACode)


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_one_wrong_digit_is_always_noticed(digits: str) -> None:
    code = with_check("4" + digits[1:])
    for place in range(13):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        if not wrong.startswith(("21", "22", "23")):
            assert interpret(wrong, LABELS) == NotACode("check_digit")
