"""The answers of CAS scales set to ECR type 6 (PD-II, AP-1; Ohaus Aviator "CAS"): pure, bytes in, records out.

The host sends ENQ, the scale ACK, or NAK for "not now"; the host sends DC1, the scale
`01 02 STA SIGN W "kg" BCC 03 04`. STA is `S` for a weight at rest and `U` for another, SIGN a space, `-`, or `F` for an
overflow, W six characters with the point. BCC is the exclusive or of all between STX and itself (CAS PD-II manual
p. 23, CAS AP-1 protocol, Ohaus Aviator 7000 service manual p. 36).
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.framing import FixedFramer
from drivers.scale.reading import Answer, Framed, Malformed, Prompt, Reading, Unit, describe_last

_SOH, _STX, _ETX, _EOT, _ACK, _NAK = 0x01, 0x02, 0x03, 0x04, 0x06, 0x15
ENQUIRY, SEND_WEIGHT = b"\x05", b"\x11"
_SIZE = 15
_FIXED = {0: _SOH, 1: _STX, 13: _ETX, 14: _EOT}
_BODY, _BCC = slice(2, 12), 12

_WEIGHT = re.compile(rb"([SU])([ \-F])([ 0-9.F]{6})(kg|lb|oz|g | g)")
_DIGITS = re.compile(rb" *\d{1,5}\.?\d{0,4}")
_NOT_NOW = Reading(None, None, stable=False, busy=True)


def block_check(data: bytes) -> int:
    """Return the exclusive or of all bytes."""
    return functools.reduce(operator.xor, data, 0)


def decode(frame: bytes) -> Answer:
    """Turn a frame of 15 bytes, SOH to EOT, into a record. Never raises."""
    body = frame[_BODY]
    if len(frame) != _SIZE or block_check(body) != frame[_BCC]:
        return Malformed("checksum")
    found = _WEIGHT.fullmatch(body)
    if not found:
        return Malformed("unit" if re.match(rb"[SU][ \-F][ 0-9.F]{6}", body) else "frame")
    state, sign, shown, name = found.groups()
    moves = state == b"U"
    if sign == b"F":
        return Reading(None, None, stable=False, in_motion=moves, over_capacity=True)
    if not _DIGITS.fullmatch(shown):
        return Malformed("digits")
    value = Decimal(shown.strip().decode())
    below = sign == b"-" and value != 0
    unit = Unit(name.strip().decode())
    return Reading(-value if below else value, unit, stable=not moves, in_motion=moves, under_zero=below)


def _fits(at: int, byte: int) -> bool:
    return at == _BCC or (byte == _FIXED[at] if at in _FIXED else 0x20 <= byte < 0x7F)


class CasFramer(FixedFramer):
    """The scale's side of the dialogue; the unit is in each answer."""

    def __init__(self, unit: Unit | None = None) -> None:
        del unit
        super().__init__(_SOH, _SIZE, _fits, self._end)
        self._asked = False
        self._ended = False

    @property
    def noise(self) -> bool:
        """See `FixedFramer.noise`; a dialogue that has stopped half-way is noise."""
        return super().noise or self._asked

    def reset(self) -> None:
        """Begin a new dialogue, with ENQ."""
        super().reset()
        self._asked = self._ended = False

    def control(self, byte: int) -> Framed | None:
        """ACK is answered with DC1; NAK, to either, ends the dialogue."""
        if byte == _NAK and not self._ended:
            self._asked, self._ended = False, True
            return _NOT_NOW
        if byte != _ACK or self._ended or self.noise:
            return None
        self._asked = True
        return Prompt(SEND_WEIGHT)

    def _end(self, frame: bytes) -> Framed:
        self._asked, self._ended = False, True
        return decode(frame)


def describe(frame: bytes) -> dict[str, object]:
    """One answer for a technician."""
    return describe_last(CasFramer(), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"cas": describe}
