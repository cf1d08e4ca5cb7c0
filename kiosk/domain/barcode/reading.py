"""From a scanner's text to its meaning: which of all the forms it has, tried in the order of what it can be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kiosk.domain.barcode.goods_data import meaning_of, unusable
from kiosk.domain.barcode.in_house import read_in_house
from kiosk.domain.barcode.labels import LABEL_DIGITS, read_label
from kiosk.domain.barcode.records import CouponCode, GoodCode, GoodWithData, Meaning, NotACode
from kiosk.domain.gs1.digital_link import is_web_address, read_digital_link
from kiosk.domain.gs1.elements import FNC1, Elements, read_bracketed, read_elements
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.moments import REFERENCE_YEAR
from kiosk.domain.gs1.symbology import GS1_ONLY, split_aim_id, symbology_of
from kiosk.domain.gtin import Gtin, NumberRange, expand_upc_e, gtin, holds, is_digits, number_range, readings

_EAN_AIM = frozenset({"]E0", "]E3", "]E4"})
_ADD_ON_AIM = frozenset({"]E1", "]E2"})
_EAN_8_AIM = "]E4"
_WITH_ADD_ON_AIM = "]E3"
_COMPONENT = "|]e0"
# Digits of a symbol with its add-on, and how many of them are the symbol.
_WITH_ADD_ON = {18: 13, 15: 13, 17: 12, 14: 12, 10: 8}
_PERIODICALS_AND_BOOKS = ("977", "978", "979")
_IN_BRACKETS = re.compile(r"\(\d{2,4}\)")
_GTIN_LENGTHS = (8, 12, 13, 14)


@dataclass(frozen=True, slots=True)
class _Store:
    """What the meaning of a text depends on in this store."""

    price_labels: tuple[str, ...]
    currency: str
    this_year: int


def interpret(
    text: str,
    price_labels: Iterable[str],
    *,
    currency: str = "",
    this_year: int = REFERENCE_YEAR,
    badge_prefix: str = "",
) -> Meaning:
    """Read a scan's text, its AIM id in front if the scanner sends one. Never raises.

    `price_labels` are the store's templates, as `kiosk.config.Store.price_labels` says; a template wins over a GTIN
    reading: its range belongs to the store (GS1 GenSpecs 2.1.11, restricted circulation). `currency` is the store's
    (ISO 4217 letters). Two-digit years are those around `this_year`. A text that begins with `badge_prefix`, if there
    is one, is a badge.
    """
    store = _Store(tuple(price_labels), currency, this_year)
    aim_id, content = split_aim_id(text)
    if aim_id in _EAN_AIM:
        return _moved(_ean(aim_id, content, store), len(aim_id))
    if aim_id in _ADD_ON_AIM:
        return unusable(Problem("add_on_alone", "Only the add-on was read, not the bar code beside it.", 0))
    if symbology_of(aim_id) in GS1_ONLY or content.startswith(FNC1):
        put_in = "" if content.startswith(FNC1) else FNC1
        return _moved(_elements(read_elements(put_in + content), store), len(aim_id) - len(put_in))
    ours = read_in_house(content, badge_prefix)
    return _moved(ours or _plain(content, store), len(aim_id))


def _moved(meaning: Meaning, by: int) -> Meaning:
    """A problem's place counted in the text that was scanned, not in the part that was looked at."""
    if by and isinstance(meaning, NotACode) and meaning.problem:
        return replace(meaning, problem=meaning.problem.moved(by))
    return meaning


def _plain(text: str, store: _Store) -> Meaning:
    """A text of which no identifier says what it is."""
    if is_web_address(text):
        link = read_digital_link(text)
        # Any other web address has no key, which is no fault of it.
        no_link = isinstance(link, Problem) and link.code in {"no_key", "uri", "uri_characters"}
        return NotACode("other") if no_link else _elements(link, store)
    if _IN_BRACKETS.match(text):
        return _elements(read_bracketed(text), store)
    if is_digits(text) and len(text) in _GTIN_LENGTHS:
        return _digits(text, readings(text), store)
    short = expand_upc_e(text) if is_digits(text) and len(text) in {6, 7} else None
    if isinstance(short, Gtin):
        # Scanners set to leave out number system and check digit: nothing else on a shelf has so few digits.
        return _digits(text, (short,), store)
    if text.startswith(_PERIODICALS_AND_BOOKS) and is_digits(text) and len(text) in {15, 18} and holds(text[:13]):
        return _with_add_on(text, 13, store)
    if text.startswith("01") and holds(text[2:16]):
        # Scanners that send neither AIM id nor the first FNC1: a GTIN that holds is no accident if all else holds too.
        found = read_elements(FNC1 + text)
        return NotACode("other") if isinstance(found, Problem) else _elements(found, store)
    return NotACode("other")


def _ean(aim_id: str, content: str, store: _Store) -> Meaning:
    digits, parted, component = content.partition(_COMPONENT)
    if not is_digits(digits):
        return unusable(Problem("not_digits", "An EAN or UPC bar code holds digits only.", 0))
    if parted:
        message = f"{FNC1}01{digits.zfill(14)}{component}"
        by = len(digits) + len(_COMPONENT) - (len(message) - len(component))
        return _moved(_elements(read_elements(message), store), by)
    symbol = _WITH_ADD_ON.get(len(digits))
    if symbol and (aim_id == _WITH_ADD_ON_AIM or symbol == 13):
        return _with_add_on(digits, symbol, store)
    if len(digits) in {6, 7}:
        expanded = expand_upc_e(digits)
        return _digits(digits, (expanded,) if isinstance(expanded, Gtin) else (), store)
    found = readings(digits)
    # Eight digits: the id tells EAN-8 from UPC-E, but only where the check digit agrees.
    return _digits(digits, found[::-1] if aim_id == _EAN_8_AIM else found, store)


def _with_add_on(digits: str, symbol: int, store: _Store) -> Meaning:
    found = _digits(digits[:symbol], readings(digits[:symbol]), store)
    return GoodCode(found.readings, digits[symbol:]) if isinstance(found, GoodCode) else found


def _digits(text: str, found: tuple[Gtin, ...], store: _Store) -> Meaning:
    label = read_label(text, store.price_labels, store.currency)
    if label is not None:
        return unusable(label.moved(len(text) - LABEL_DIGITS)) if isinstance(label, Problem) else label
    if not found:
        return _no_gtin(text)
    if number_range(found[0]) is NumberRange.COUPON:
        return CouponCode("other", number=found[0].text)
    return GoodCode(tuple(number.text for number in found))


def _no_gtin(text: str) -> NotACode:
    reason = gtin(text)
    if len(text) in _GTIN_LENGTHS and not isinstance(reason, Gtin) and reason.reason == "all_zero":
        return unusable(Problem("all_zero", "The number consists of zeros only.", 0))
    if len(text) in {*_GTIN_LENGTHS, 6, 7}:
        message = "The check digit is incorrect: the code is damaged, or was read or typed wrong."
        return unusable(Problem("check_digit", message, len(text) - 1))
    return unusable(Problem("length", "An EAN or UPC bar code does not have so many digits.", 0))


def _elements(found: Elements | Problem, store: _Store) -> Meaning:
    if isinstance(found, Problem):
        return unusable(found)
    meaning = meaning_of(found, store.currency, store.this_year)
    if not isinstance(meaning, GoodWithData) or meaning.grams is not None or meaning.price_minor is not None:
        return meaning
    label = read_label(meaning.readings[0], store.price_labels, store.currency)
    if label is None:
        return meaning
    return unusable(label) if isinstance(label, Problem) else label
