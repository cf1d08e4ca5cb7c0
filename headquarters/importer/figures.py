"""Prices, numbers and flags as they stand in a file to exact integers."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from headquarters.importer.outcome import Reason, Refused, Repair, short

_PRICE = re.compile(r"(\d{1,9})(?:([.,])(\d+))?")
_YES = frozenset({"true", "yes", "y", "1"})
_NO = frozenset({"false", "no", "n", "0", ""})
_ALCOHOL_FREE = Decimal("0.5")
AGE_FOR_ALCOHOL = 18
NUMBER_MAX = 1_000_000


def price_of(raw: str, decimals: int) -> tuple[int, tuple[Repair, ...]] | Refused:
    """`raw` ("1.29", "1,29", "3") in minor units of a currency with `decimals` decimals; exact, or refused."""
    text = raw.strip()
    match = _PRICE.fullmatch(text) if text.isascii() else None
    if match is None or len(match[3] or "") > decimals:
        message = f"{short(text)} is no price with up to {decimals} decimals"
        remedy = "Write digits with one decimal point, without currency sign or thousands separator: 1299.50."
        return Refused(Reason.PRICE_UNREADABLE, message, remedy)
    minor = int(match[1] + (match[3] or "").ljust(decimals, "0"))
    return minor, (Repair.DECIMAL_COMMA,) if match[2] == "," else ()


def number_of(column: str, raw: str) -> int | Refused:
    """`raw` as a whole number from 0 to a million; empty is 0."""
    text = raw.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= NUMBER_MAX and len(text) < 9):
        message = f"{column} {short(text)} is no whole number from 0 to {NUMBER_MAX}"
        return Refused(Reason.NUMBER_UNREADABLE, message, "Write digits only, without unit or decimals.")
    return int(text)


def flag_of(column: str, raw: str, *, default: bool) -> bool | Refused:
    """`raw` as yes or no; empty is `default`."""
    text = raw.strip().lower()
    if not text:
        return default
    if text in _YES or text in _NO:
        return text in _YES
    return Refused(Reason.FLAG_UNREADABLE, f"{column} {short(text)} is neither true nor false", "Write true or false.")


def alcohol_age(raw: str) -> tuple[int, tuple[Repair, ...]] | Refused:
    """The minimum age for `raw` percent by volume: 18 above 0.5, else 0.

    More than 100 cannot be, and such a good is taken for alcohol until a person has looked.
    """
    text = raw.strip().removesuffix("%").strip().replace(",", ".")
    if not text:
        return 0, ()
    try:
        percent = Decimal(text)
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or percent < 0:
        message = f"{short(raw)} is no alcohol content"
        return Refused(Reason.ALCOHOL_UNREADABLE, message, "Write percent by volume as a number: 12.5.")
    impossible = (Repair.ALCOHOL_IMPOSSIBLE,) if percent > 100 else ()
    return (AGE_FOR_ALCOHOL if percent > _ALCOHOL_FREE else 0), impossible
