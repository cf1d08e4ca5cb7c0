"""From elements to a good with its lot, dates, weight and price; or to a coupon, or to GS1 data of other things."""

from __future__ import annotations

import datetime as dt

from kiosk.domain.barcode.records import CouponCode, GoodWithData, Gs1Code, NotACode
from kiosk.domain.gs1.associations import contradiction, missing_partner
from kiosk.domain.gs1.elements import Element, Elements
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.moments import REFERENCE_YEAR, read_date
from kiosk.domain.gs1.values import TypedValue, ValueType, typed_value

_COUPONS = ("8110", "8112", "255")
_GOODS = ("01", "03")
_NET_WEIGHTS = ("310", "320", "356")
_PRICES = ("392", "393")


def unusable(problem: Problem) -> NotACode:
    """A code that `problem` keeps from being used; a wrong check digit means that it was read wrong."""
    return NotACode("check_digit" if problem.code in {"check_digit", "check_pair"} else "other", problem)


def meaning_of(elements: Elements, currency: str = "", this_year: int = REFERENCE_YEAR) -> GoodWithData | NotACode:
    """What `elements` stand for. Where they contradict each other, they stand for nothing."""
    wrong = contradiction(elements)
    if wrong:
        return unusable(wrong)
    coupon = _first(elements, *_COUPONS)
    if coupon:
        return CouponCode("other", number=coupon.value, elements=elements)
    good = _first(elements, *_GOODS)
    if good is None:
        return Gs1Code("other", missing_partner(elements), elements=elements)
    if not good.value.strip("0"):
        return unusable(Problem("all_zero", "The GTIN consists of zeros only.", ai=good.ai))
    return _good(good.value, elements, currency, this_year)


def _good(gtin14: str, elements: Elements, currency: str, this_year: int) -> GoodWithData:
    price = _typed(elements, _PRICES, currency, this_year)
    weight = _typed(elements, _NET_WEIGHTS, currency, this_year)
    count = _first(elements, "30")
    charged = price is not None and price.type is ValueType.PRICE_MINOR
    return GoodWithData(
        (gtin14,),
        lot=_text(elements, "10"),
        serial=_text(elements, "21"),
        expiry=_day(_text(elements, "17") or _text(elements, "7003"), this_year),
        best_before=_day(_text(elements, "15"), this_year),
        grams=int(weight.value) if weight else None,
        price_minor=int(price.value) if price and charged else None,
        currency=price.currency if price else "",
        count=int(count.value) if count else None,
        elements=elements,
        flaw=_flaw(elements, fraction=price is not None and not charged),
    )


def _flaw(elements: Elements, *, fraction: bool) -> Problem | None:
    if fraction:
        return Problem("price_fraction", "The price has a fraction of the smallest unit of its currency.")
    return missing_partner(elements)


def _first(elements: Elements, *ais: str) -> Element | None:
    return next((element for element in elements if element.ai in ais), None)


def _text(elements: Elements, ai: str) -> str:
    found = _first(elements, ai)
    return found.value if found else ""


def _day(text: str, this_year: int) -> dt.date | None:
    return read_date(text[:6], this_year) if text else None


def _typed(elements: Elements, families: tuple[str, ...], currency: str, this_year: int) -> TypedValue | None:
    found = next((element for element in elements if len(element.ai) == 4 and element.ai[:3] in families), None)
    return typed_value(found, currency, this_year) if found else None
