"""What a scanned text means in this store: a good, a label with a price or weight in it, or something else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.domain.gtin import check_digit, is_digits, measure_check_digit, readings

LABEL_DIGITS = 13


@dataclass(frozen=True, slots=True)
class GoodCode:
    """A GTIN in every reading its digits allow (14 digits each), the likeliest first."""

    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelCode:
    """A label printed in the store: item number, and either a price or a weight. The other is None."""

    item_number: str
    price_minor: int | None = None
    grams: int | None = None


@dataclass(frozen=True, slots=True)
class NotACode:
    """No code of a good. `reason`: "check_digit" (read wrong or damaged) or "other" (a badge, a web address...)."""

    reason: str


def interpret(text: str, price_labels: Iterable[str]) -> GoodCode | LabelCode | NotACode:
    """Read a scan's text. `price_labels` are the store's templates, as `kiosk.config.Store.price_labels` says.

    A template wins over a GTIN reading: its range belongs to the store (GS1 GenSpecs 2.1.11, restricted circulation).
    """
    label = _label(text, price_labels)
    if label is not None:
        return label
    found = readings(text)
    if found:
        return GoodCode(tuple(gtin.text for gtin in found))
    looks_like_one = is_digits(text) and len(text) in {8, 12, 13, 14}
    return NotACode("check_digit" if looks_like_one else "other")


def _label(text: str, templates: Iterable[str]) -> LabelCode | NotACode | None:
    digits = text.zfill(LABEL_DIGITS) if is_digits(text) and len(text) == LABEL_DIGITS - 1 else text
    if not is_digits(digits) or len(digits) != LABEL_DIGITS:
        return None
    template = next((one for one in templates if digits.startswith(one[:2])), None)
    if template is None:
        return None
    return _by_template(digits, template)


def _by_template(digits: str, template: str) -> LabelCode | NotACode:
    parts = dict.fromkeys("IPWVC", "")
    for letter, digit in zip(template[2:], digits[2:], strict=True):
        parts[letter] += digit
    measure = parts["P"] or parts["W"]
    if parts["C"] and check_digit(digits[:-1]) != int(parts["C"]):
        return NotACode("check_digit")
    if parts["V"] and measure_check_digit(measure) != int(parts["V"]):
        return NotACode("check_digit")
    if parts["P"]:
        return LabelCode(parts["I"], price_minor=int(measure))
    return LabelCode(parts["I"], grams=int(measure))
