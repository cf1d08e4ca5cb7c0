"""North American coupons: the fields inside AI 8110 and AI 8112.

After "North American Coupon Application Guideline Using GS1 DataBar Expanded Symbols" and "GS1 AI (8112) Coupon Data
Specification" (GS1 US). A field that has a length says so in the digit before it (VLI).
"""

from __future__ import annotations

from kiosk.domain.gs1 import moments
from kiosk.domain.gs1.characters import numeric
from kiosk.domain.gs1.faults import Fault

_REQUIREMENT_LENGTHS = ("12345", '"1" to "5"')
_PREFIX_LENGTHS = ("0123456", '"0" to "6"')
_OTHER_PREFIX_LENGTHS = ("01234569", '"0" to "6" or "9"')
_ALL = "0123456789"


class _CouponError(Exception):
    """A rule that a coupon's data breaks; never leaves this module."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


class _Fields:
    """Reads the data of a coupon field by field; raises `_CouponError` at the first that is not as it should be."""

    def __init__(self, data: str) -> None:
        self._data = data
        self._at = 0

    def next_is(self, indicator: str) -> bool:
        """Take the indicator of an optional field, where it is the next digit."""
        if self._data[self._at : self._at + 1] != indicator:
            return False
        self._at += 1
        return True

    def choice(self, what: str, allowed: str = _ALL, said: str = "") -> str:
        """One digit out of `allowed`."""
        digit = self._data[self._at : self._at + 1]
        if not digit:
            self._fail("missing", f"{what} is missing.", 0, len(self._data))
        if digit not in allowed:
            self._fail("not_allowed", f"{what} must be {said}.", self._at, 1)
        self._at += 1
        return digit

    def fixed(self, complaint: str, length: int) -> str:
        """`length` digits."""
        rest = self._data[self._at : self._at + length]
        if len(rest) < length:
            at, size = (self._at, len(rest)) if rest else (0, len(self._data))
            self._fail("too_short", complaint, at, size)
        self._at += length
        return rest

    def counted(self, what: str, lengths: tuple[str, str] = (_ALL, ""), more: int = 0) -> None:
        """A field behind its length, which is `more` than the digit says; 9 of the prefixes of others means none."""
        digit = self.choice(f"{what} VLI", *lengths)
        length = 0 if lengths is _OTHER_PREFIX_LENGTHS and digit == "9" else int(digit) + more
        self.fixed(f"{what} is shorter than what is indicated by its VLI.", length)

    def date(self, what: str, preposition: str) -> str:
        """YYMMDD."""
        text = self.fixed(f"{what} is too short {preposition} YYMMDD format.", 6)
        if moments.date(text):
            self._fail("date", f"{what} is invalid.", self._at - 6, 6)
        return text

    def in_order(self, start: str, expiry: str) -> None:
        """The two dates just read, the later one last in the data, do not contradict each other."""
        if start > expiry:
            self._fail("dates", "expiration date is before the start date.", self._at - 14, 14)

    def end(self) -> None:
        """Nothing is left."""
        rest = len(self._data) - self._at
        if rest:
            self._fail("excess", "contains excess data after the recognised optional fields.", self._at, rest)

    def _fail(self, code: str, what: str, at: int, length: int) -> None:
        subject = "The coupon" if what.startswith("contains") else "The coupon's"
        raise _CouponError(Fault(f"coupon_{code}", f"{subject} {what}", at, length))


def coupon_code(data: str) -> Fault | None:
    """AI 8110: the North American coupon code."""
    found = numeric(data)
    if found:
        return found
    try:
        _read_coupon(_Fields(data))
    except _CouponError as error:
        return error.fault
    return None


def positive_offer(data: str) -> Fault | None:
    """AI 8112: the coupon of a positive offer file."""
    found = numeric(data)
    if found:
        return found
    fields = _Fields(data)
    try:
        fields.choice("Format Code", "01", '"0" or "1"')
        fields.counted("Funder", _PREFIX_LENGTHS, 6)
        fields.fixed("Offer Code is shorter than the required six digits.", 6)
        fields.counted("Serial Number", more=6)
        fields.end()
    except _CouponError as error:
        return error.fault
    return None


def _read_coupon(fields: _Fields) -> None:
    fields.counted("primary GS1 Company Prefix", _PREFIX_LENGTHS, 6)
    fields.fixed("Offer Code is shorter than the required six digits.", 6)
    fields.counted("Save Value", _REQUIREMENT_LENGTHS)
    _purchase(fields, "primary")
    if fields.next_is("1"):
        fields.choice("Additional Purchase Rules Code", "0123", '"0" to "3"')
        _purchase(fields, "second")
        fields.counted("second purchase GS1 Company Prefix", _OTHER_PREFIX_LENGTHS, 6)
    if fields.next_is("2"):
        _purchase(fields, "third")
        fields.counted("third purchase GS1 Company Prefix", _OTHER_PREFIX_LENGTHS, 6)
    _dates(fields)
    if fields.next_is("5"):
        fields.counted("Serial Number", more=6)
    if fields.next_is("6"):
        fields.counted("Retailer GCP/GLN", ("1234567", '"1" to "7"'), 6)
    if fields.next_is("9"):
        fields.choice("Save Value Code", "01256", '"0" to "2", "5" or "6"')
        fields.choice("Save Value Applies to Item", "012", '"0" to "2"')
        fields.choice("Store Coupon Flag")
        fields.choice("Don't Multiply Flag", "01", '"0" or "1"')
    fields.end()


def _purchase(fields: _Fields, which: str) -> None:
    fields.counted(f"{which} purchase Requirement", _REQUIREMENT_LENGTHS)
    fields.choice(f"{which} purchase Requirement Code", "012349", '"0" to "4" or "9"')
    fields.fixed(f"{which} purchase Family Code is shorter than the required three digits.", 3)


def _dates(fields: _Fields) -> None:
    expiry = fields.date("expiration date", "for") if fields.next_is("3") else ""
    if fields.next_is("4"):
        start = fields.date("start date", "to")
        if expiry:
            fields.in_order(start, expiry)
