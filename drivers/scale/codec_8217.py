"""The answers of the Mettler-Toledo 8217 protocol: pure, bytes in, records out.

A weight is `02 digits [N] 0D`, with two places in pounds ("02.50", or "002.50") and three in kilograms ("01.250"); N
says that a tare is taken off. Where there is no stable weight of zero or more, the answer is `02 3F status 0D`
(Magellan SL / DIVA manual, p. 39, 44 and 45).
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

STX, CR = 0x02, 0x0D
# "?" and a status, or at most "000.000N", between STX and CR, with room for the padding of some models.
_LONGEST = 12

_WEIGHT = re.compile(rb" *(\d{1,3})\.(\d{2,3})(N?)")
_STATUS = re.compile(rb" *\?(.)", re.DOTALL)

# Status bits (DIVA manual p. 45). Bit 6 is always set: it only makes the byte printable and is no error, although
# some drivers read it as "bad command". Bit 7 is the parity.
_MOTION, _OVER, _UNDER, _OUTSIDE_ZERO, _CENTRE, _NET, _ALWAYS = (1 << bit for bit in range(7))

# 1 lb = 453.59237 g exactly.
_HUNDREDTHS_LB_TO_GRAMS, _SCALE = 45_359_237, 10_000_000


class Unit(enum.StrEnum):
    """The unit a scale is set to; an answer shows it only by its number of places."""

    KILOGRAM = "kg"
    POUND = "lb"


@dataclass(frozen=True, slots=True)
class Net:
    """A stable weight. `tared` says that the scale has taken a tare off."""

    grams: int
    tared: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """Why there is no weight."""

    in_motion: bool = False
    over_capacity: bool = False
    under_zero: bool = False
    outside_zero_range: bool = False
    centre_of_zero: bool = False
    tared: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that is no answer of the protocol."""


@dataclass(frozen=True, slots=True)
class WrongUnit:
    """A weight with the number of places of the other unit."""


Answer = Net | Status


def decode(body: bytes, unit: Unit) -> Answer | Malformed | WrongUnit:
    """Turn what stood between STX and CR into a record. Never raises."""
    status = _STATUS.fullmatch(body)
    if status:
        return _decode_status(status[1][0])
    weight = _WEIGHT.fullmatch(body)
    if not weight:
        return Malformed()
    whole, places, net = weight.groups()
    if len(places) != (3 if unit is Unit.KILOGRAM else 2):
        return WrongUnit()
    number = int(whole + places)
    return Net(number if unit is Unit.KILOGRAM else pounds_to_grams(number), tared=bool(net))


def pounds_to_grams(hundredths: int) -> int:
    """Convert hundredths of a pound to grams, half a gram up."""
    return (hundredths * _HUNDREDTHS_LB_TO_GRAMS + _SCALE // 2) // _SCALE


def _decode_status(byte: int) -> Status | Malformed:
    if not byte & _ALWAYS:
        return Malformed()
    bits = (_MOTION, _OVER, _UNDER, _OUTSIDE_ZERO, _CENTRE, _NET)
    return Status(*(bool(byte & bit) for bit in bits))


class AnswerFramer:
    """Cuts a stream of bytes into answers; what stands outside of a frame is skipped."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._body: bytearray | None = None
        self._noise = False

    @property
    def noise(self) -> bool:
        """Whether anything has come in since `reset` that was no whole answer."""
        return self._noise or self._body is not None

    def reset(self) -> None:
        """Forget an answer that has begun."""
        self._body = None
        self._noise = False

    def feed(self, data: bytes) -> list[Answer | Malformed | WrongUnit]:
        """Take bytes in; return the answers that ended with them."""
        answers: list[Answer | Malformed | WrongUnit] = []
        for byte in data:
            if byte == STX:
                self._body = bytearray()
            elif self._body is None:
                self._noise = True
            elif byte == CR:
                answers.append(decode(bytes(self._body), self._unit))
                self._body = None
            elif len(self._body) == _LONGEST:
                self._body, self._noise = None, True
            else:
                self._body.append(byte)
        return answers
