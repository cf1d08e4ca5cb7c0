"""Values of elements as what they mean: days, grams, amounts of money, counts; never a float."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kiosk.domain.gs1.currencies import currencies, minor_decimals
from kiosk.domain.gs1.elements import Element
from kiosk.domain.gs1.moments import REFERENCE_YEAR, read_date
from kiosk.domain.money import round_half_up

_DATES = frozenset({"11", "12", "13", "15", "16", "17", "4326", "7006"})
_TIMES = frozenset({"4324", "4325", "7003", "7011", "8008"})
_COUNTS = frozenset({"30", "37"})
# Micrograms in a unit: kilogram, pound (0.45359237 kg by definition), troy ounce.
_WEIGHTS: Mapping[str, int] = MappingProxyType(
    {"310": 1_000_000_000, "330": 1_000_000_000, "320": 453_592_370, "340": 453_592_370, "356": 31_103_477}
)
_DECIMALS = frozenset(f"{number}" for number in range(310, 370)) | {"394"}
_AMOUNTS = frozenset({"390", "392"})
_AMOUNTS_WITH_CURRENCY = frozenset({"391", "393"})


class ValueType(enum.StrEnum):
    """How a value is to be taken. Of a decimal, `value` is its text, such as "12.34"; of a moment, ISO 8601."""

    TEXT = "text"
    COUNT = "count"
    DATE = "date"
    DATES = "dates"
    TIME = "time"
    WEIGHT_GRAMS = "weight_grams"
    PRICE_MINOR = "price_minor"
    DECIMAL = "decimal"


@dataclass(frozen=True, slots=True)
class TypedValue:
    """What an element's value means. `currency` is of an amount: ISO 4217 letters, or "" where nothing says it."""

    type: ValueType
    value: int | str
    currency: str = ""


def typed_value(element: Element, currency: str = "", this_year: int = REFERENCE_YEAR) -> TypedValue:
    """The meaning of `element`. `currency` (letters) is the store's, for amounts that do not name one.

    A weight is rounded to whole grams, half up. An amount that is no whole number of minor units stays a decimal:
    nothing can be charged by it. Without a currency, minor units are hundredths.
    """
    ai, value = element.ai, element.value
    family = ai[:3]
    if ai in _DATES or ai == "7007":
        return _dates(value, this_year)
    if ai in _TIMES:
        return _time(value, this_year)
    if ai in _COUNTS:
        return TypedValue(ValueType.COUNT, int(value))
    if len(ai) != 4:
        return TypedValue(ValueType.TEXT, value)
    if family in _WEIGHTS:
        return TypedValue(ValueType.WEIGHT_GRAMS, round_half_up(int(value) * _WEIGHTS[family], 10 ** (6 + int(ai[3]))))
    if family in _AMOUNTS:
        return amount(value, int(ai[3]), currency)
    if family in _AMOUNTS_WITH_CURRENCY:
        return amount(value[3:], int(ai[3]), currencies()[value[:3]])
    if family == "395":
        return TypedValue(ValueType.DECIMAL, decimal_text(value, int(ai[3])), currency)
    if family in _DECIMALS:
        return TypedValue(ValueType.DECIMAL, decimal_text(value, int(ai[3])))
    return TypedValue(ValueType.TEXT, value)


def amount(digits: str, decimals: int, currency: str) -> TypedValue:
    """`digits`, the last `decimals` of them behind the point, in minor units of `currency`."""
    whole, rest = divmod(int(digits) * 10 ** minor_decimals(currency), 10**decimals)
    if rest:
        return TypedValue(ValueType.DECIMAL, decimal_text(digits, decimals), currency)
    return TypedValue(ValueType.PRICE_MINOR, whole, currency)


def decimal_text(digits: str, decimals: int) -> str:
    """`digits` with a point before the last `decimals` of them, and no zeros in front that say nothing."""
    whole, fraction = (digits[:-decimals], digits[-decimals:].zfill(decimals)) if decimals else (digits, "")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction}" if fraction else whole


def _dates(value: str, this_year: int) -> TypedValue:
    days = [read_date(value[at : at + 6], this_year) for at in range(0, len(value), 6)]
    text = "/".join(day.isoformat() for day in days if day)
    return TypedValue(ValueType.DATE if len(days) == 1 else ValueType.DATES, text)


def _time(value: str, this_year: int) -> TypedValue:
    day = read_date(value[:6], this_year)
    clock = ":".join(value[at : at + 2] for at in range(6, len(value), 2))
    text = day.isoformat() if day else ""
    if not clock:
        return TypedValue(ValueType.DATE, text)
    return TypedValue(ValueType.TIME, f"{text}T{clock}" if ":" in clock else f"{text}T{clock}:00")
