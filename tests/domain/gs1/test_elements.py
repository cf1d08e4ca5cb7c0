"""Element strings: every form becomes every other and nothing is lost; no text is too strange to be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.gs1.associations import contradiction, missing_partner
from kiosk.domain.gs1.characters import CSET_82, check_characters, check_pair
from kiosk.domain.gs1.digital_link import read_digital_link, write_digital_link
from kiosk.domain.gs1.elements import (
    FNC1,
    MOST_ELEMENTS,
    Element,
    Elements,
    check_value,
    read_bracketed,
    read_elements,
    write_bracketed,
    write_elements,
)
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.identifiers import identifiers
from kiosk.domain.gtin import check_digit
from tests.domain.gs1.parts import element_lists, goods_with_attributes


@given(element_lists())
def test_an_element_string_is_read_back(elements: Elements) -> None:
    assert read_elements(write_elements(elements)) == elements


@given(element_lists())
def test_what_people_read_is_read_back(elements: Elements) -> None:
    assert read_bracketed(write_bracketed(elements)) == elements


@given(goods_with_attributes())
def test_a_digital_link_is_read_back(elements: Elements) -> None:
    link = write_digital_link(elements)
    assert isinstance(link, str)
    found = read_digital_link(link)
    assert not isinstance(found, Problem)
    assert set(found) == set(elements)
    assert write_digital_link(found) == link


@given(st.one_of(st.text(max_size=60), st.text(f"0123489()/?=&%A{FNC1}", max_size=60)))
def test_no_text_raises(text: str) -> None:
    for found in (
        read_elements(text),
        read_elements(FNC1 + text),
        read_bracketed(text),
        read_digital_link(text),
        read_digital_link(f"https://id.gs1.org/01/09520123456788{text}"),
    ):
        assert isinstance(found, tuple | Problem)


@given(st.text(f"{CSET_82}{FNC1}", max_size=40))
def test_what_is_read_is_read_the_same_again(text: str) -> None:
    found = read_elements(FNC1 + text)
    if not isinstance(found, Problem):
        assert read_elements(write_elements(found)) == found


@given(st.text(CSET_82, max_size=30), st.data())
def test_every_single_wrong_character_is_found_by_the_check_characters(text: str, data: st.DataObject) -> None:
    whole = text + check_characters(text)
    place = data.draw(st.integers(0, len(whole) - 1))
    wrong = data.draw(st.sampled_from([one for one in CSET_82 if one != whole[place]]))
    assert check_pair(whole) is None
    assert check_pair(whole[:place] + wrong + whole[place + 1 :]) is not None


@given(st.text(CSET_82, min_size=2, max_size=30), st.data())
def test_two_neighbours_that_changed_places_are_found_by_the_check_characters(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 2))
    turned = f"{text[:place]}{text[place + 1]}{text[place]}{text[place + 2 :]}"
    assert (check_pair(turned + check_characters(text)) is None) == (turned == text)


@pytest.mark.parametrize("text", ["ä", "a b", "1" * 98])
def test_check_characters_are_not_made_of_what_has_none(text: str) -> None:
    with pytest.raises(ValueError, match="CSET 82"):
        check_characters(text)


def test_a_bracket_inside_a_value_survives() -> None:
    elements = (Element(identifiers()["10"], "A(01)B"), Element(identifiers()["21"], "7"))
    assert write_bracketed(elements) == "(10)A\\(01)B(21)7"
    assert read_bracketed(write_bracketed(elements)) == elements


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("0109520123456788", "fnc1_missing", 0),
        (FNC1, "empty", 1),
        (f"{FNC1}8912", "unknown_ai", 1),
        (f"{FNC1}0109520123456789", "check_digit", 16),
        (f"{FNC1}010952012345678817260229", "illegal_day", 23),
        (f"{FNC1}01095201234567881726", "length", 19),
        (f"{FNC1}30123456789", "length", 3),
        (f"{FNC1}010952012345678810{'A' * 21}", "length", 19),
        (f"{FNC1}10", "length", 3),
        (f"{FNC1}10A{FNC1}{FNC1}21B", "unknown_ai", 5),
    ],
)
def test_a_problem_says_what_is_wrong_and_where(text: str, code: str, at: int) -> None:
    found = read_elements(text)
    assert isinstance(found, Problem)
    assert (found.code, found.at) == (code, at)


def test_a_separator_behind_a_value_of_known_length_does_no_harm() -> None:
    found = read_elements(f"{FNC1}0109520123456788{FNC1}10ABC{FNC1}")
    assert not isinstance(found, Problem)
    assert write_elements(found) == f"{FNC1}010952012345678810ABC"


def test_a_message_has_an_end() -> None:
    lot = f"10A{FNC1}"
    assert not isinstance(read_elements(FNC1 + lot * MOST_ELEMENTS), Problem)
    refused = read_elements(FNC1 + lot * (MOST_ELEMENTS + 1))
    assert isinstance(refused, Problem)
    assert refused.code == "too_many"


def test_a_value_of_parts_may_not_stop_inside_one() -> None:
    assert check_value(identifiers()["7007"], "211225211") is not None
    assert check_value(identifiers()["7007"], "211225211226") is None
    assert check_value(identifiers()["423"], "528") is None
    assert check_value(identifiers()["423"], "5285") is not None


@pytest.mark.parametrize(
    ("text", "contradicts", "lacks"),
    [
        ("(01)09520123456788(10)ABC", "", ""),
        ("(10)ABC", "", "partner_missing"),
        ("(01)09520123456788(37)5", "exclusive", "partner_missing"),
        ("(01)09520123456788(01)12345678901231", "repeated", ""),
        ("(01)09520123456788(3103)000195(3102)000195", "exclusive", ""),
        ("(01)09520123456788(3922)0299", "", "partner_missing"),
        ("(01)09520123456788(3922)0299(3103)000195", "", ""),
        ("(01)09520123456788(7004)12", "", "partner_missing"),
        ("(01)09520123456788(10)A(7004)12", "", ""),
        ("(8003)01234567890128(8030)ABC", "serial_missing", ""),
    ],
)
def test_what_may_and_must_stand_together(text: str, contradicts: str, lacks: str) -> None:
    found = read_bracketed(text)
    assert not isinstance(found, Problem)
    wrong, missing = contradiction(found), missing_partner(found)
    assert (wrong.code if wrong else "", missing.code if missing else "") == (contradicts, lacks)


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("https://id.gs1.org/01/09520123456788/21/1/10/A", "qualifiers"),
        ("https://id.gs1.org/01/09520123456788?21=1", "not_an_attribute"),
        ("https://id.gs1.org/01/09520123456788?10=A+B", "not_cset_82"),
        ("https://id.gs1.org/01/09520123456788?10=A%E4", "not_cset_82"),
        ("https://id.gs1.org/01/09520123456789", "check_digit"),
        ("https://id.gs1.org/02/09520123456788", "no_key"),
        ("https:///01/09520123456788", "uri"),
        ("ftp://id.gs1.org/01/09520123456788", "uri"),
        ("https://id.gs1.org/01/09520123456788 ", "uri_characters"),
    ],
)
def test_a_link_that_is_none_is_refused(uri: str, code: str) -> None:
    found = read_digital_link(uri)
    assert isinstance(found, Problem)
    assert found.code == code


@pytest.mark.parametrize(("text", "code"), [("(10)ABC", "no_key"), ("(00)006141411234567890(21)A", "not_an_attribute")])
def test_what_fits_into_no_link_is_refused(text: str, code: str) -> None:
    elements = read_bracketed(text)
    assert not isinstance(elements, Problem)
    found = write_digital_link(elements)
    assert isinstance(found, Problem)
    assert found.code == code


@pytest.mark.parametrize("length", [8, 12, 13])
def test_a_link_may_leave_out_the_zeros_of_a_gtin(length: int) -> None:
    body = "4" * (length - 1)
    short = f"{body}{check_digit(body)}"
    found = read_digital_link(f"HTTPS://example.com/01/{short}")
    assert not isinstance(found, Problem)
    assert found[0].value == short.zfill(14)
    assert isinstance(read_digital_link(f"https://example.com/01/{short}", short_gtins=False), Problem)
