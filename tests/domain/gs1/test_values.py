"""Values as days, grams, amounts and counts, without a float on the way."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.gs1.currencies import currencies, minor_decimals
from kiosk.domain.gs1.elements import Element
from kiosk.domain.gs1.identifiers import identifiers
from kiosk.domain.gs1.moments import full_year, read_date
from kiosk.domain.gs1.values import TypedValue, ValueType, decimal_text, typed_value

DATE, TIME, GRAMS = ValueType.DATE, ValueType.TIME, ValueType.WEIGHT_GRAMS
PRICE, DECIMAL = ValueType.PRICE_MINOR, ValueType.DECIMAL


def value_of(text: str, currency: str = "EUR") -> TypedValue:
    ai, _, value = text[1:].partition(")")
    return typed_value(Element(identifiers()[ai], value), currency, this_year=2026)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(17)260531", TypedValue(DATE, "2026-05-31")),
        ("(15)240200", TypedValue(DATE, "2024-02-29")),
        ("(7007)260102260104", TypedValue(ValueType.DATES, "2026-01-02/2026-01-04")),
        ("(7007)260102", TypedValue(DATE, "2026-01-02")),
        ("(7003)2605311430", TypedValue(TIME, "2026-05-31T14:30")),
        ("(8008)26053114", TypedValue(TIME, "2026-05-31T14:00")),
        ("(8008)260531143059", TypedValue(TIME, "2026-05-31T14:30:59")),
        ("(7011)260531", TypedValue(DATE, "2026-05-31")),
        ("(3100)000002", TypedValue(GRAMS, 2000)),
        ("(3103)000195", TypedValue(GRAMS, 195)),
        ("(3104)000195", TypedValue(GRAMS, 20)),
        ("(3105)000149", TypedValue(GRAMS, 1)),
        ("(3105)000150", TypedValue(GRAMS, 2)),
        ("(3201)000010", TypedValue(GRAMS, 454)),
        ("(3560)000001", TypedValue(GRAMS, 31)),
        ("(3302)001000", TypedValue(GRAMS, 10_000)),
        ("(3123)123456", TypedValue(DECIMAL, "123.456")),
        ("(30)00012", TypedValue(ValueType.COUNT, 12)),
        ("(3922)0299", TypedValue(PRICE, 299, "EUR")),
        ("(3920)5", TypedValue(PRICE, 500, "EUR")),
        ("(3923)12340", TypedValue(PRICE, 1234, "EUR")),
        ("(3923)12345", TypedValue(DECIMAL, "12.345", "EUR")),
        ("(3932)9781299", TypedValue(PRICE, 1299, "EUR")),
        ("(3930)3921299", TypedValue(PRICE, 1299, "JPY")),
        ("(3933)41412345", TypedValue(PRICE, 12_345, "KWD")),
        ("(3952)001250", TypedValue(DECIMAL, "12.50", "EUR")),
        ("(3941)0125", TypedValue(DECIMAL, "12.5")),
        ("(10)0123", TypedValue(ValueType.TEXT, "0123")),
    ],
)
def test_a_value_means_what_its_identifier_says(text: str, expected: TypedValue) -> None:
    assert value_of(text) == expected


@given(st.sampled_from(sorted(currencies().values())), st.integers(0, 10**15 - 1), st.integers(0, 9))
def test_an_amount_is_exact_or_stays_a_decimal(currency: str, digits: int, decimals: int) -> None:
    found = typed_value(Element(identifiers()[f"392{decimals}"], str(digits)), currency)
    exact = Decimal(digits).scaleb(minor_decimals(currency) - decimals)
    if exact == exact.to_integral_value():
        assert found == TypedValue(PRICE, int(exact), currency)
    else:
        assert found.type is DECIMAL
        assert Decimal(found.value) == Decimal(digits).scaleb(-decimals)


@given(st.integers(0, 999_999), st.integers(0, 5))
def test_a_weight_is_rounded_half_up_to_grams(digits: int, decimals: int) -> None:
    found = typed_value(Element(identifiers()[f"310{decimals}"], f"{digits:06}"))
    exact = Decimal(digits).scaleb(3 - decimals)
    assert found == TypedValue(GRAMS, int(exact.to_integral_value(ROUND_HALF_UP)))


@given(st.text("0123456789", min_size=1, max_size=15), st.integers(0, 9))
def test_a_decimal_is_written_as_a_number(digits: str, decimals: int) -> None:
    text = decimal_text(digits, decimals)
    assert Decimal(text) == Decimal(digits).scaleb(-decimals)
    assert not text.startswith(".")


@given(st.integers(0, 99), st.integers(1950, 2150))
def test_two_digits_are_a_year_near_by(two_digits: int, this_year: int) -> None:
    year = full_year(two_digits, this_year)
    assert year % 100 == two_digits
    assert -49 <= year - this_year <= 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("260531", dt.date(2026, 5, 31)),
        ("770101", dt.date(1977, 1, 1)),
        ("760101", dt.date(2076, 1, 1)),
        ("260229", None),
        ("261301", None),
        ("2605", None),
        ("26053a", None),
    ],
)
def test_a_day_or_none(text: str, expected: dt.date | None) -> None:
    assert read_date(text, 2026) == expected
