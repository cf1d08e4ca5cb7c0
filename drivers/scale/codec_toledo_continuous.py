"""Toledo Continuous, which Mettler-Toledo, Rockwell, Fairbanks and Kern indicators send unasked: pure.

`02 A B C`, six digits of weight, six of tare, CR, and by setting a checksum: with it, the low seven bits of all bytes
add up to 0. A: bits 0-2 the place of the point. B: bit 0 net, 1 negative, 2 beyond the range, 3 in motion, 4 kg (else
lb), 6 not zeroed since power-on. C: bits 0-2 another unit, bit 4 ten times finer than it may be sold by (Toledo E1560
manual p. 6-5, Rockwell manual p. 37, Kern FTC p. 42, Fairbanks FB3000 p. 55).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.framing import FixedFramer
from drivers.scale.reading import Answer, Malformed, Reading, Unit, describe_last

_STX, _CR = 0x02, 0x0D
_SIZE = 17
_WEIGHT, _TARE, _END = slice(4, 10), slice(10, 16), 16
_POINT = 0x07
# The value of the last digit is ten to the power of (2 - bits 0-2 of A).
_NO_POINT = 2
_NET, _NEGATIVE, _BEYOND, _MOTION, _KILOGRAM, _NOT_ZEROED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x40
_OTHER_UNIT, _EXPANDED = 0x07, 0x10
_OTHER_UNITS = {1: Unit.GRAM, 3: Unit.OUNCE}
_DIGITS = re.compile(rb" *\d{1,6}")


def decode(frame: bytes, *, checksum: bool) -> Answer:
    """Turn a frame of 17 bytes, or 18 with its checksum, into a record. Never raises."""
    if len(frame) != _SIZE + checksum:
        return Malformed("frame")
    if checksum and sum(byte & 0x7F for byte in frame) & 0x7F:
        return Malformed("checksum")
    first, second, third = frame[1:4]
    unit = Unit.KILOGRAM if second & _KILOGRAM else Unit.POUND
    other = third & _OTHER_UNIT
    if other and other not in _OTHER_UNITS:
        return Malformed("unit")
    value = _value(first, second, frame[_WEIGHT])
    beyond = bool(second & _BEYOND)
    if value is None and not beyond:
        return Malformed("digits")
    negative, moves, expanded = bool(second & _NEGATIVE), bool(second & _MOTION), bool(third & _EXPANDED)
    silent = beyond or expanded
    return Reading(
        None if silent else value,
        None if silent else _OTHER_UNITS.get(other, unit),
        stable=not (moves or silent),
        net=bool(second & _NET),
        in_motion=moves,
        under_zero=negative and (beyond or bool(value)),
        over_capacity=beyond and not negative,
        needs_zero=bool(second & _NOT_ZEROED),
        busy=expanded,
    )


def _value(first: int, second: int, shown: bytes) -> Decimal | None:
    if not _DIGITS.fullmatch(shown):
        return None
    power = _NO_POINT - (first & _POINT)
    # A dummy zero is no place that is shown: 12300 has none behind the point.
    value = Decimal(int(shown) * 10 ** max(power, 0)).scaleb(min(power, 0))
    return -value if second & _NEGATIVE and value else value


def _fits(at: int, byte: int) -> bool:
    if _WEIGHT.start <= at < _TARE.stop:
        return byte == 0x20 or 0x30 <= byte <= 0x39
    return at != _END or byte == _CR


class ToledoFramer(FixedFramer):
    """The framer of the protocol, with or without a checksum; the unit is in each answer."""

    def __init__(self, unit: Unit | None = None, *, checksum: bool = True) -> None:
        del unit
        super().__init__(_STX, _SIZE + checksum, _fits, lambda frame: decode(frame, checksum=checksum))


def describe(frame: bytes) -> dict[str, object]:
    """One answer for a technician; what has 17 bytes has no checksum."""
    return describe_last(ToledoFramer(checksum=len(frame) != _SIZE), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"toledo_continuous": describe}
