"""GS1 numbers against published vectors, and for every digit a shopper or a spreadsheet may get wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.gtin import (
    Gtin,
    NotGtin,
    NotGtinReason,
    NumberRange,
    check_digit,
    expand_upc_e,
    gtin,
    holds,
    is_company_internal,
    measure_check_digit,
    number_range,
    readings,
    suppress_zeros,
)

digits = st.text("0123456789", min_size=1, max_size=30)


def with_check(body: str) -> str:
    return f"{body}{check_digit(body)}"


@pytest.mark.parametrize(
    ("body", "check"), [("37610425002123456", 9), ("629104150021", 3), ("978820551237", 5), ("03600029145", 2)]
)
def test_check_digit_vectors(body: str, check: int) -> None:
    assert check_digit(body) == check


@pytest.mark.parametrize("text", ["", "12a", "⁰⁰⁰", "١٢٣", "12 3"])
def test_check_digit_is_made_of_ascii_digits_only(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII digits"):
        check_digit(text)


@given(digits)
def test_leading_zeros_change_no_check_digit(body: str) -> None:
    assert check_digit("0" + body) == check_digit(body)


@given(digits, st.data())
def test_every_single_wrong_digit_is_found(body: str, data: st.DataObject) -> None:
    whole = with_check(body)
    place = data.draw(st.integers(0, len(whole) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != whole[place]]))
    assert holds(whole)
    assert not holds(whole[:place] + wrong + whole[place + 1 :])


@pytest.mark.parametrize(
    ("text", "fourteen", "shortest"),
    [
        ("96385074", "00000096385074", "96385074"),
        ("123601057072", "00123601057072", "123601057072"),
        ("0123601057072", "00123601057072", "123601057072"),
        ("5901234123457", "05901234123457", "5901234123457"),
        ("98765432109213", "98765432109213", "98765432109213"),
    ],
)
def test_every_printed_form_becomes_fourteen_digits(text: str, fourteen: str, shortest: str) -> None:
    found = gtin(text)
    assert found == Gtin(fourteen)
    assert isinstance(found, Gtin)
    assert found.shortest == shortest


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", NotGtinReason.EMPTY),
        ("590123412345X", NotGtinReason.NOT_DIGITS),
        ("590123412345²", NotGtinReason.NOT_DIGITS),
        ("123456789", NotGtinReason.LENGTH),
        ("5901234123458", NotGtinReason.CHECK_DIGIT),
        ("00000000", NotGtinReason.ALL_ZERO),
    ],
)
def test_a_bad_number_is_a_value_with_its_reason(text: str, reason: NotGtinReason) -> None:
    found = gtin(text)
    assert isinstance(found, NotGtin)
    assert found.reason is reason
    assert found.expected == (7 if reason is NotGtinReason.CHECK_DIGIT else None)


@given(st.text(max_size=20))
def test_no_text_raises(text: str) -> None:
    assert isinstance(gtin(text), Gtin | NotGtin)
    assert isinstance(expand_upc_e(text), Gtin | NotGtin)
    assert isinstance(readings(text), tuple)


@pytest.mark.parametrize(
    ("upc_e", "upc_a"),
    [
        ("425261", "042100005264"),
        ("0425261", "042100005264"),
        ("04252614", "042100005264"),
        ("123455", "012345000058"),
        ("654321", "065100004327"),
        ("02345673", "023456000073"),
        ("08679339", "086700000939"),
        ("06397126", "063200009716"),
    ],
)
def test_upc_e_expands(upc_e: str, upc_a: str) -> None:
    assert expand_upc_e(upc_e) == gtin(upc_a)


@given(st.sampled_from("01"), st.text("0123456789", min_size=6, max_size=6))
def test_zeros_are_suppressed_and_come_back(number_system: str, six: str) -> None:
    number = expand_upc_e(number_system + six)
    if isinstance(number, Gtin):  # all zeros are no number
        short = suppress_zeros(number)
        assert short is not None
        assert expand_upc_e(short) == number


@pytest.mark.parametrize("text", ["4006381333931", "10614141000415", "614141000036", "012345678905"])
def test_most_numbers_have_no_upc_e(text: str) -> None:
    number = gtin(text)
    assert isinstance(number, Gtin)
    assert suppress_zeros(number) is None


@pytest.mark.parametrize(("length", "expected"), [(8, None), (12, None), (13, "4006381333931"), (14, "04006381333931")])
def test_a_number_is_written_in_as_many_digits_as_it_fits_in(length: int, expected: str | None) -> None:
    number = gtin("4006381333931")
    assert isinstance(number, Gtin)
    assert number.in_digits(length) == expected


@pytest.mark.parametrize(
    ("body", "internal"),
    [("041111111111", True), ("40111111111", True), ("21234567890", False), ("2000123", True), ("95203901000", False)],
)
def test_some_restricted_numbers_mean_something_in_one_company_only(body: str, *, internal: bool) -> None:
    number = gtin(with_check(body))
    assert isinstance(number, Gtin)
    assert is_company_internal(number) is internal


def test_upc_e_with_a_wrong_check_digit_or_number_system_is_none() -> None:
    wrong = expand_upc_e("04252613")
    assert isinstance(wrong, NotGtin)
    assert (wrong.reason, wrong.expected) == (NotGtinReason.CHECK_DIGIT, 4)
    assert isinstance(expand_upc_e("5425261"), NotGtin)


def test_eight_digits_may_be_read_two_ways_and_upc_e_is_the_likelier_under_zero() -> None:
    both = next(
        text
        for number in range(100_000)
        if holds(text := with_check(f"0{number:06}")) and isinstance(expand_upc_e(text), Gtin) and number
    )
    assert readings(both) == (expand_upc_e(both), gtin(both))
    assert readings("96385074") == (Gtin("00000096385074"),)
    assert readings("04252614") == (expand_upc_e("04252614"),)
    assert readings("5901234123458") == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("952039010001", NumberRange.GLOBAL),
        ("025307301902", NumberRange.RESTRICTED),
        ("211234500499", NumberRange.RESTRICTED),
        ("040111111111", NumberRange.RESTRICTED),
        ("9638507", NumberRange.GLOBAL),
        ("2000123", NumberRange.RESTRICTED),
        ("0331823", NumberRange.RESTRICTED),
        ("980123456789", NumberRange.COUPON),
        ("981012345678", NumberRange.COUPON),
        ("990123456789", NumberRange.COUPON),
        ("054667500837", NumberRange.COUPON),
        ("978820551237", NumberRange.GLOBAL),
        ("977123456789", NumberRange.GLOBAL),
    ],
)
def test_prefixes_say_what_a_number_may_be_used_for(body: str, expected: NumberRange) -> None:
    found = gtin(with_check(body))
    assert isinstance(found, Gtin)
    assert number_range(found) is expected


@pytest.mark.parametrize(("text", "check"), [("2875", 9), ("14685", 6)])
def test_price_and_weight_verifier_vectors(text: str, check: int) -> None:
    assert measure_check_digit(text) == check


@given(st.text("0123456789", min_size=4, max_size=5), st.data())
def test_the_verifier_finds_every_single_wrong_digit(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    assert measure_check_digit(text) != measure_check_digit(text[:place] + wrong + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "123", "123456", "12a4"])
def test_the_verifier_refuses_other_lengths(text: str) -> None:
    with pytest.raises(ValueError, match="4 or 5"):
        measure_check_digit(text)


def test_published_vectors_of_gtins(shared_data: Path) -> None:
    cases = json.loads((shared_data / "gs1" / "biip.json").read_text(encoding="utf-8"))["cases"]
    encoded = [case for case in cases if case["test"].endswith(("::test_as_gtin_14", "::test_as_gtin_12"))]
    checked = [case for case in cases if case["test"].endswith("test_gs1_standard_check_digit")]
    for case in encoded:
        assert Gtin(case["expected"].zfill(14)) in {gtin(case["value"]), expand_upc_e(case["value"])}, case
    for case in checked:
        assert check_digit(case["value"]) == case["expected"]
    assert len(encoded) >= 7
    assert len(checked) == 3
