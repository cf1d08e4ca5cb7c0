"""Dates and times inside GS1 data: whether one is meaningful, and the year that two digits stand for."""

from __future__ import annotations

import calendar
import datetime as dt

from kiosk.domain.gs1.characters import numeric
from kiosk.domain.gs1.faults import Fault
from kiosk.domain.gtin import is_digits

# The year that two digits are read around where no clock was asked: that of the dictionary's release.
REFERENCE_YEAR = 2026


def full_year(two_digits: int, this_year: int = REFERENCE_YEAR) -> int:
    """The year that ends in `two_digits` and lies 49 years before `this_year` to 50 after (GS1 GenSpecs 7.12)."""
    year = this_year - this_year % 100 + two_digits
    if year - this_year > 50:
        return year - 100
    return year + 100 if year - this_year < -49 else year


def read_date(yymmdd: str, this_year: int = REFERENCE_YEAR) -> dt.date | None:
    """The day that YYMMDD stands for, day 00 being the month's last (GS1 GenSpecs 3.4.2); None where there is none."""
    if len(yymmdd) != 6 or not is_digits(yymmdd) or _day_fault(_with_century(yymmdd, this_year), day_zero=True):
        return None
    year, month, day = full_year(int(yymmdd[:2]), this_year), int(yymmdd[2:4]), int(yymmdd[4:])
    return dt.date(year, month, day or calendar.monthrange(year, month)[1])


def date(data: str) -> Fault | None:
    """YYMMDD."""
    return _short_date(data, day_zero=False)


def date_or_month(data: str) -> Fault | None:
    """YYMMDD, or YYMM00: some day of that month."""
    return _short_date(data, day_zero=True)


def long_date(data: str) -> Fault | None:
    """YYYYMMDD."""
    return _long_date(data, day_zero=False)


def long_date_or_month(data: str) -> Fault | None:
    """YYYYMMDD, or YYYYMM00."""
    return _long_date(data, day_zero=True)


def hour(data: str) -> Fault | None:
    """HH."""
    return _two_digits(data, "hour", 23, "HH")


def minute(data: str) -> Fault | None:
    """MI."""
    return _two_digits(data, "minute", 59, "MI")


def second(data: str) -> Fault | None:
    """SS."""
    return _two_digits(data, "second", 59, "SS")


def hour_and_minute(data: str) -> Fault | None:
    """HHMI."""
    if len(data) != 4:
        size = "short" if len(data) < 4 else "long"
        return Fault(f"time_too_{size}", f"The hour and minute is too {size} for HHMI format.", 0, len(data))
    return hour(data[:2]) or shifted(minute(data[2:]), 2)


def shifted(fault: Fault | None, by: int) -> Fault | None:
    """`fault`, found in a part that begins `by` characters into the whole."""
    return fault and Fault(fault.code, fault.message, fault.at + by, fault.length)


def _two_digits(data: str, what: str, most: int, form: str) -> Fault | None:
    if len(data) != 2:
        size = "short" if len(data) < 2 else "long"
        return Fault(f"time_too_{size}", f"The {what} is too {size} for {form} format.", 0, len(data))
    if found := numeric(data):
        return found
    return Fault(f"illegal_{what}", f"The time contains an illegal {what}.", 0, 2) if int(data) > most else None


def _with_century(yymmdd: str, this_year: int = REFERENCE_YEAR) -> str:
    return f"{full_year(int(yymmdd[:2]), this_year)}{yymmdd[2:]}"


def _short_date(data: str, *, day_zero: bool) -> Fault | None:
    if found := _size(data, 6) or numeric(data):
        return found
    return shifted(_day_fault(_with_century(data), day_zero=day_zero), -2)


def _long_date(data: str, *, day_zero: bool) -> Fault | None:
    return _size(data, 8) or numeric(data) or _day_fault(data, day_zero=day_zero)


def _size(data: str, length: int) -> Fault | None:
    if len(data) == length:
        return None
    size = "short" if len(data) < length else "long"
    return Fault(f"date_too_{size}", f"The date is too {size}.", 0, len(data))


def _day_fault(yyyymmdd: str, *, day_zero: bool) -> Fault | None:
    year, month, day = int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:])
    if not 1 <= month <= 12:
        return Fault("illegal_month", "The date contains an illegal month of the year.", 4, 2)
    # February of the year 0 is that of any leap year; `calendar` counts from 1.
    last = calendar.monthrange(year or 4, month)[1]
    if day > last or (day == 0 and not day_zero):
        return Fault("illegal_day", "The date contains an illegal day of the month.", 6, 2)
    return None
