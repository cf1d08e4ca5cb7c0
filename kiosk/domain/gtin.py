"""GS1 item numbers as text: check digits, the 14-digit form, UPC-E, and who may issue which range."""

from __future__ import annotations

import enum
from dataclasses import dataclass

GTIN_LENGTHS = (8, 12, 13, 14)


class NotGtinReason(enum.StrEnum):
    """Why a text is no GTIN."""

    EMPTY = "empty"
    NOT_DIGITS = "not_digits"
    LENGTH = "length"
    CHECK_DIGIT = "check_digit"
    ALL_ZERO = "all_zero"


@dataclass(frozen=True, slots=True)
class NotGtin:
    """`text` is no GTIN, for `reason`; `expected` is the check digit that the others call for (not to be put in)."""

    text: str
    reason: NotGtinReason
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Gtin:
    """A GTIN whose check digit holds, as 14 digits of text, so that leading zeros survive."""

    text: str

    @property
    def shortest(self) -> str:
        """The number as it is printed under the bars: 8, 12, 13 or 14 digits."""
        for length in GTIN_LENGTHS:
            if self.text.startswith("0" * (14 - length)):
                return self.text[14 - length :]
        return self.text

    def in_digits(self, length: int) -> str | None:
        """The number in `length` digits with zeros in front, or None where it needs more."""
        return self.text[14 - length :] if self.text.startswith("0" * (14 - length)) else None


class NumberRange(enum.StrEnum):
    """What a GS1 prefix may be used for, as far as a shop must know."""

    GLOBAL = "global"  # the same good in every shop
    RESTRICTED = "restricted"  # means what the shop that printed it says it means
    COUPON = "coupon"  # coupons and refund receipts: no goods


def is_digits(text: str) -> bool:
    """Whether `text` is ASCII digits only; `str.isdigit` alone takes superscripts and other scripts too."""
    return text.isascii() and text.isdigit()


def check_digit(digits: str) -> int:
    """The GS1 check digit of `digits` (without one): weights 3 and 1 in turn from the right (GS1 GenSpecs 7.9.1).

    Serves GTIN, SSCC, GLN. Raises `ValueError` where `digits` is not one or more ASCII digits: a caller's mistake.
    """
    if not is_digits(digits):
        raise ValueError("a check digit is made of ASCII digits only")
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return -total % 10


def holds(digits: str) -> bool:
    """Whether the last digit of `digits` is the check digit of those before it."""
    return len(digits) > 1 and is_digits(digits) and check_digit(digits[:-1]) == int(digits[-1])


def gtin(text: str) -> Gtin | NotGtin:
    """`text` (GTIN-8, -12, -13 or -14 as printed) in its 14-digit form, or why it is none."""
    reason = _flaw(text)
    if reason is NotGtinReason.CHECK_DIGIT:
        return NotGtin(text, reason, check_digit(text[:-1]))
    return NotGtin(text, reason) if reason else Gtin(text.zfill(14))


def _flaw(text: str) -> NotGtinReason | None:
    if not text:
        return NotGtinReason.EMPTY
    if not is_digits(text):
        return NotGtinReason.NOT_DIGITS
    if len(text) not in GTIN_LENGTHS:
        return NotGtinReason.LENGTH
    if not text.strip("0"):
        return NotGtinReason.ALL_ZERO
    return None if holds(text) else NotGtinReason.CHECK_DIGIT


def expand_upc_e(text: str) -> Gtin | NotGtin:
    """The GTIN a UPC-E number stands for (GS1 GenSpecs 5.2.2.4.2).

    Takes 6 digits (number system 0), 7 (number system 0 or 1 first) or 8 (with the check digit, which must hold).
    """
    if not is_digits(text):
        return NotGtin(text, NotGtinReason.NOT_DIGITS if text else NotGtinReason.EMPTY)
    body = text if len(text) > 6 else "0" + text
    if len(body) not in {7, 8} or body[0] not in "01":
        return NotGtin(text, NotGtinReason.LENGTH)
    upc_a = body[0] + _zeros_back(body[1:7])
    check = check_digit(upc_a)
    if len(body) == 8 and body[7] != str(check):
        return NotGtin(text, NotGtinReason.CHECK_DIGIT, check)
    return gtin(f"{upc_a}{check}")


def _zeros_back(six: str) -> str:
    """The 10 digits that zero suppression made these six of; the last one says where the zeros were."""
    last = six[5]
    if last in "012":
        return six[:2] + last + "0000" + six[2:5]
    if last == "3":
        return six[:3] + "00000" + six[3:5]
    if last == "4":
        return six[:4] + "00000" + six[4]
    return six[:5] + "0000" + last


def suppress_zeros(number: Gtin) -> str | None:
    """The UPC-E of `number`, 8 digits with its check digit, or None where it has no such form.

    The first of the forms that expand to the number is the one that is printed (GS1 GenSpecs 5.2.2.4.2).
    """
    upc_a = number.in_digits(12)
    if upc_a is None or upc_a[0] not in "01":
        return None
    maker, good = upc_a[1:6], upc_a[6:11]
    forms = (f"{maker[:2]}{good[2:]}{maker[2]}", f"{maker[:3]}{good[3:]}3", f"{maker[:4]}{good[4]}4", maker + good[4])
    found = next((form for form in forms if _zeros_back(form) == maker + good), None)
    return found and f"{upc_a[0]}{found}{upc_a[11]}"


def readings(text: str) -> tuple[Gtin, ...]:
    """Every GTIN that the digits of a scan can stand for, the likeliest first; none where no check digit holds.

    Eight digits may be a GTIN-8 or a UPC-E. Both check digits hold for one number in ten or more, so the range decides:
    GTIN-8 with number system 0 is restricted circulation, and then UPC-E is by far the likelier.
    """
    plain = gtin(text)
    found = (plain,) if isinstance(plain, Gtin) else ()
    if len(text) != 8:
        return found
    upc_e = expand_upc_e(text)
    return (upc_e, *found) if isinstance(upc_e, Gtin) else found


def number_range(number: Gtin) -> NumberRange:
    """What the prefix of `number` allows (GS1 GenSpecs 1.4.2 and 1.4.3): goods, a shop's own numbers, or coupons.

    GTIN-8: 000-099 and 200-299 are restricted. Others: 02, 04 and 20-29 are restricted; 980 is refund receipts,
    981-984 and 99 are coupons, and 05 is the number system of North American coupons.
    """
    text = number.text
    if text.startswith("000000"):
        return NumberRange.RESTRICTED if text[6] in "02" else NumberRange.GLOBAL
    prefix = text[1:4]
    if prefix[:2] in {"02", "04"} or prefix[0] == "2":
        return NumberRange.RESTRICTED
    if prefix[:2] in {"05", "99"} or prefix in {"980", "981", "982", "983", "984"}:
        return NumberRange.COUPON
    return NumberRange.GLOBAL


def is_company_internal(number: Gtin) -> bool:
    """Whether a restricted `number` means something in one company only, not in a whole country.

    GTIN-8 that begin with 0 or 2, and prefix 04, which is number system 4 of UPC-A (GS1 GenSpecs 1.4.2 and 1.4.3).
    """
    return number_range(number) is NumberRange.RESTRICTED and (
        number.text.startswith("000000") or number.text[1:3] == "04"
    )


# GS1 GenSpecs 7.9.2: what a digit contributes at weight 2-, 3 and 5- (the product, less its tens or added to them).
_WEIGHT_2_MINUS = (0, 2, 4, 6, 8, 9, 1, 3, 5, 7)
_WEIGHT_3 = (0, 3, 6, 9, 2, 5, 8, 1, 4, 7)
_WEIGHT_5_PLUS = (0, 5, 1, 6, 2, 7, 3, 8, 4, 9)
_WEIGHT_5_MINUS = (0, 5, 9, 4, 8, 3, 7, 2, 6, 1)


def measure_check_digit(digits: str) -> int:
    """The verifier inside a label with a price or weight, over its 4 or 5 digits (GS1 GenSpecs 7.9.3 and 7.9.4).

    Vectors: "2875" -> 9, "14685" -> 6. Raises `ValueError` for any other length: a caller's mistake.
    """
    if not is_digits(digits) or len(digits) not in {4, 5}:
        raise ValueError("a price or weight verifier is made over 4 or 5 ASCII digits")
    if len(digits) == 4:
        tables = (_WEIGHT_2_MINUS, _WEIGHT_2_MINUS, _WEIGHT_3, _WEIGHT_5_MINUS)
        return sum(table[int(digit)] for table, digit in zip(tables, digits, strict=True)) * 3 % 10
    tables5 = (_WEIGHT_5_PLUS, _WEIGHT_2_MINUS, _WEIGHT_5_MINUS, _WEIGHT_5_PLUS, _WEIGHT_2_MINUS)
    total = sum(table[int(digit)] for table, digit in zip(tables5, digits, strict=True))
    return _WEIGHT_5_MINUS.index(-total % 10)
