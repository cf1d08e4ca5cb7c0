"""Codes as they stand in a file to GTINs: padded or expanded where the check digit proves it, never guessed."""

from __future__ import annotations

import re

from headquarters.importer.outcome import Reason, Refused, Repair, short
from kiosk.domain.gtin import (
    Gtin,
    NotGtin,
    NotGtinReason,
    NumberRange,
    expand_upc_e,
    gtin,
    is_digits,
    number_range,
    readings,
)

Code = tuple[str, tuple[Repair, ...]]
_SCIENTIFIC = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+|\d+[.,]\d*")
_SEPARATORS = re.compile(r"(?<=\d)[ -](?=\d)")
_ONE_ZERO_SHORT = (7, 11)
_AS_PRINTED = "Type the code as it stands under the bars; a digit is never guessed."


def code_of(raw: str, *, own_numbers: bool) -> Code | Refused:
    """The 14-digit GTIN in `raw` and how it was put right.

    `own_numbers` says that the file is the retailer's own, so that numbers of restricted circulation are its own too.
    """
    text = raw.strip()
    repairs = [Repair.TRIMMED] if text != raw else []
    joined = _SEPARATORS.sub("", text)
    if joined != text:
        repairs.append(Repair.CODE_SEPARATORS)
    found = _read(joined)
    if isinstance(found, Refused):
        return found
    number, repair = found
    refused = _out_of_range(number, own_numbers=own_numbers)
    return refused or (number.text, (*repairs, *repair))


def _read(text: str) -> tuple[Gtin, tuple[Repair, ...]] | Refused:
    if not text:
        return Refused(Reason.CODE_MISSING, "the code is empty", "Give the number under the bars.")
    if _SCIENTIFIC.fullmatch(text):
        remedy = "Set the column to text in the spreadsheet, fill in the codes again, and export it anew."
        return Refused(Reason.CODE_SCIENTIFIC, f"a spreadsheet has made the number {short(text)} of the code", remedy)
    if len(text) in _ONE_ZERO_SHORT and is_digits(text):
        return _padded(text)
    found = readings(text)
    if not found:
        return _no_gtin(gtin(text))
    return found[0], _expansion(text, found[0])


def _expansion(text: str, number: Gtin) -> tuple[Repair, ...]:
    return (Repair.CODE_UPC_E,) if len(text) == 8 and number == expand_upc_e(text) else ()


def _padded(text: str) -> tuple[Gtin, tuple[Repair, ...]] | Refused:
    """`text` with the zero that a spreadsheet took, where the check digit agrees.

    A spreadsheet takes every leading zero, so a code that still has one lost something else: its check digit, mostly.
    """
    found = () if text.startswith("0") else readings("0" + text)
    if not found:
        return _wrong_length(text)
    return found[0], (Repair.CODE_LEADING_ZERO, *_expansion("0" + text, found[0]))


def _no_gtin(found: Gtin | NotGtin) -> Refused:
    text = found.text
    if isinstance(found, Gtin) or found.reason is NotGtinReason.CHECK_DIGIT:
        message = f"the check digit of {short(text)} does not fit the digits before it"
        return Refused(Reason.CODE_CHECK_DIGIT, message, _AS_PRINTED)
    if found.reason is NotGtinReason.NOT_DIGITS:
        return Refused(Reason.CODE_NOT_DIGITS, f"{short(text)} is not made of digits", _AS_PRINTED)
    if found.reason is NotGtinReason.ALL_ZERO:
        return Refused(Reason.CODE_ALL_ZERO, "the code is nothing but zeros", _AS_PRINTED)
    return _wrong_length(text)


def _wrong_length(text: str) -> Refused:
    message = f"{short(text)} has {len(text)} digits; a GTIN has 8, 12, 13 or 14"
    return Refused(Reason.CODE_LENGTH, message, _AS_PRINTED)


def _out_of_range(number: Gtin, *, own_numbers: bool) -> Refused | None:
    kind = number_range(number)
    if kind is NumberRange.COUPON:
        message = f"{number.shortest} is in a range for coupons and refund receipts"
        return Refused(Reason.CODE_IS_COUPON, message, "Set up coupons as promotions, not as goods.")
    if kind is NumberRange.RESTRICTED and not own_numbers:
        message = f"{number.shortest} means something only in the shop that printed it (restricted circulation)"
        return Refused(
            Reason.CODE_OF_ANOTHER_SHOP, message, "Give the good a code or PLU of your own in your own file."
        )
    return None
