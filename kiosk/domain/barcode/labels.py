"""Labels with a price, weight or count inside: templates of a store, and those of nine countries.

A template is 13 characters as on an EAN-13, or 12 as on a UPC-A: digits that must match; X any digit; I item number;
P price, W weight or N count; V verifier of those 4 or 5 digits; C check digit, always last. ".2" behind it says that
two digits of the price stand behind the point, of the weight those of kilograms; without, they are minor units, grams.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from kiosk.domain.barcode.records import LabelCode
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.values import ValueType, amount
from kiosk.domain.gtin import check_digit, holds, is_digits, measure_check_digit
from kiosk.domain.money import round_half_up

LABEL_DIGITS = 13

# A template must be of a range for restricted circulation (GS1 GenSpecs 2.1.11): it would take goods away otherwise.
# `kiosk.config.Store.price_labels` refuses the same ones.
TEMPLATE_PATTERN = (
    r"^(?=(?:2|0[24]).{11,12}(?:\.|$)|[24].{11}(?:\.|$))(?=[0-9A-Z]{12,13}(?:\.|$))[0-9]{1,6}[IX]*I[IX]*"
    r"(?:V(?:P{4,5}|W{4,5}|N{4,5})|(?:P{4,5}|W{4,5}|N{4,5})V|P+|W+|N+)X*C(?:\.[0-5])?\Z"
)
_TEMPLATE = re.compile(TEMPLATE_PATTERN)

_FOUR_DIGITS = ("23IIIIIIWWWWC.3", "24IIIIIIWWWWC.2", "25IIIIIIWWWWC.1")
_SWEDISH = ("20IIIIIIPPPPC.2", "21IIIIIIPPPPC.1", "22IIIIIIPPPPC.0", *_FOUR_DIGITS)

# By ISO 3166 letters, as the member organisations of GS1 publish them; Norway's are those met on goods there.
_NATIONAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "DE": (
            "22IIIIVPPPPPC.2",
            "23IIIIVPPPPPC.2",
            "25IIIIVNNNNNC",
            "26IIIIVNNNNNC",
            "28IIIIVWWWWWC.3",
            "29IIIIVWWWWWC.3",
        ),
        "DK": (
            "21IIIIPPPPPPC.2",
            "22IIIIPPPPPPC.2",
            "23IIIIPPPPPPC.2",
            "24IIIIPPPPPPC.2",
            "26IIIIWWWWWWC.3",
            "27IIIIIWWWWWC.3",
            "28IIIIWWWWWWC.3",
        ),
        "EE": _FOUR_DIGITS,
        "FI": _FOUR_DIGITS,
        "GB": ("20IIIIIVPPPPC.2",),
        "LT": _FOUR_DIGITS,
        "LV": _FOUR_DIGITS,
        "NO": _SWEDISH,
        "SE": _SWEDISH,
    }
)


@dataclass(frozen=True, slots=True)
class _Template:
    """A template in 13 characters; `decimals` is None where the digits are minor units or grams already."""

    pattern: str
    decimals: int | None

    def fits(self, digits: str) -> bool:
        return all(digit == one for digit, one in zip(digits, self.pattern, strict=True) if one.isdigit())

    def part(self, digits: str, letters: str) -> str:
        return "".join(digit for digit, one in zip(digits, self.pattern, strict=True) if one in letters)


def countries() -> tuple[str, ...]:
    """Countries whose templates are known."""
    return tuple(_NATIONAL)


def national_labels(country: str) -> tuple[str, ...]:
    """Templates of `country` (ISO 3166 letters); `KeyError` for one that is not among `countries()`."""
    return _NATIONAL[country.upper()]


def is_template(text: str) -> bool:
    """Whether `text` is a template, or a country whose templates are known."""
    return text in _NATIONAL or _TEMPLATE.match(text) is not None


def read_label(text: str, price_labels: Iterable[str], currency: str = "") -> LabelCode | Problem | None:
    """The label that the digits of `text` are by the first template that fits; None where none does.

    `price_labels` are templates or countries; what is neither is passed over (settings refuse it at start). Takes 12,
    13 or, with a zero in front, 14 digits. `currency` (letters) says how many decimals minor units have.
    """
    digits = _thirteen(text)
    template = digits and next((one for one in _templates(price_labels) if one.fits(digits)), None)
    if not digits or not template:
        return None
    return _wrong(template, digits) or _label(template, digits, currency)


def without_measure(text: str, price_labels: Iterable[str]) -> str:
    """The number of a label with zeros for its price, weight or count, which some catalogs list; else `text`."""
    digits = _thirteen(text)
    template = digits and next((one for one in _templates(price_labels) if one.fits(digits)), None)
    if not digits or not template:
        return text
    zeros = "0" * len(template.part(digits, "PWN"))
    verifier = str(measure_check_digit(zeros)) if "V" in template.pattern else ""
    instead = {"P": "0", "W": "0", "N": "0", "V": verifier}
    body = "".join(instead.get(one, digit) for one, digit in zip(template.pattern, digits, strict=True))
    return body[:-1] + str(check_digit(body[:-1]))


def _thirteen(text: str) -> str:
    digits = text.zfill(LABEL_DIGITS) if len(text) == LABEL_DIGITS - 1 else text
    digits = digits[1:] if len(digits) == LABEL_DIGITS + 1 and digits.startswith("0") else digits
    return digits if len(digits) == LABEL_DIGITS and is_digits(digits) else ""


def _templates(price_labels: Iterable[str]) -> Iterator[_Template]:
    for text in price_labels:
        for one in _NATIONAL.get(text, (text,)):
            template = _read_template(one)
            if template:
                yield template


@lru_cache(maxsize=256)
def _read_template(text: str) -> _Template | None:
    if not _TEMPLATE.match(text):
        return None
    pattern, _, decimals = text.partition(".")
    return _Template(pattern if len(pattern) == LABEL_DIGITS else f"0{pattern}", int(decimals) if decimals else None)


def _wrong(template: _Template, digits: str) -> Problem | None:
    if not holds(digits):
        return Problem("check_digit", "The check digit of the label is incorrect.", len(digits) - 1)
    verifier = template.part(digits, "V")
    if verifier and measure_check_digit(template.part(digits, "PWN")) != int(verifier):
        message = "The check digit of the price or weight in the label is incorrect."
        return Problem("check_digit", message, template.pattern.index("V"))
    return None


def _label(template: _Template, digits: str, currency: str) -> LabelCode | Problem:
    item_number, measure = template.part(digits, "I"), template.part(digits, "PWN")
    if "N" in template.pattern:
        return LabelCode(item_number, count=int(measure))
    if "W" in template.pattern:
        decimals = 3 if template.decimals is None else template.decimals
        return LabelCode(item_number, grams=round_half_up(int(measure) * 1000, 10**decimals))
    if template.decimals is None:
        return LabelCode(item_number, price_minor=int(measure))
    price = amount(measure, template.decimals, currency)
    if price.type is not ValueType.PRICE_MINOR:
        message = "The price in the label has a fraction of the smallest unit of the currency."
        return Problem("price_fraction", message, template.pattern.index("P"))
    return LabelCode(item_number, price_minor=int(price.value))
