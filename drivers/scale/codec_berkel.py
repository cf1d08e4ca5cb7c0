"""The answers of scales set to Berkel (Ohaus Aviator; EPOS 1 and ICL of the DIVA): pure, bytes in, records out.

The host sends ENQ, the scale ACK, or CAN "repeat", NAK, NUL "no data". The host sends DC1, the scale
`02 ID W5 W4 W3 W2 W1 BCC 03`; the host sends the same back, and the scale says CR where it came back whole, else ACK.
BCC is the exclusive or of ID and weight. ID: bits 2-0 the capacity, bit 4 beyond the range (above or below, it does
not say which; the weight is zeros then), bits 3 and 5 are 1. A digit that is not needed is NUL. Zero:
`02 "Z" 00 00 00 00 00 03 "Z"` (Ohaus Aviator 5000 service manual p. 37, DIVA service manual p. 47, 48, 61).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.codec_cas import block_check
from drivers.scale.framing import FixedFramer
from drivers.scale.reading import Answer, Framed, Malformed, Prompt, Reading, Unit, describe_last
from drivers.scale.reading import describe as describe_answer

_NUL, _STX, _ETX, _ACK, _CR, _NAK, _CAN = 0x00, 0x02, 0x03, 0x06, 0x0D, 0x15, 0x18
ENQUIRY, SEND_WEIGHT = b"\x05", b"\x11"
ZERO = b"\x02Z\x00\x00\x00\x00\x00\x03Z"
_SIZE = 9
_ID, _WEIGHT, _BCC = 1, slice(2, 7), 7
_ALWAYS, _BEYOND, _CAPACITY = 0x28, 0x10, 0x07
# 15 kg by 5 g, 30 lb by 0.01 lb, 6 kg by 2 g; how many places each shows.
_CAPACITIES = {1: (Unit.KILOGRAM, 3), 2: (Unit.POUND, 2), 3: (Unit.KILOGRAM, 3)}

_BUSY = Reading(None, None, stable=False, busy=True)
# What is said to an enquiry in place of ACK. CAN: there was no weight at rest, and it has to be asked for again.
_REFUSALS = {
    _NAK: _BUSY,
    _CAN: Reading(None, None, stable=False, in_motion=True),
    _NUL: Reading(None, None, stable=True, nothing_new=True),
}


def decode(frame: bytes) -> Answer:
    """Turn a frame of nine bytes, STX to ETX, into a record. Never raises."""
    if len(frame) != _SIZE or block_check(frame[_ID:_BCC]) != frame[_BCC]:
        return Malformed("checksum")
    if frame[_ID] & _CAPACITY not in _CAPACITIES:
        return Malformed("unit")
    if frame[_ID] & _BEYOND:
        return Reading(None, None, stable=False, under_zero=True, over_capacity=True)
    unit, places = _CAPACITIES[frame[_ID] & _CAPACITY]
    digits = frame[_WEIGHT].lstrip(b"\x00")
    if unit is Unit.POUND and len(digits) == len(frame[_WEIGHT]):
        digits = digits.rstrip(b"\x00")
    if not digits.isdigit():
        return Malformed("digits")
    return Reading(Decimal(int(digits)).scaleb(-places), unit, stable=True)


def _fits(at: int, byte: int) -> bool:
    if at == _ID:
        return byte & _ALWAYS == _ALWAYS
    if _WEIGHT.start <= at < _WEIGHT.stop:
        return byte == _NUL or 0x30 <= byte <= 0x39
    return at in (0, _BCC) or byte == _ETX


class BerkelFramer(FixedFramer):
    """The scale's side of the dialogue. `echoed` is the answer that was sent back and is not confirmed yet."""

    def __init__(self, unit: Unit | None = None) -> None:
        del unit
        super().__init__(_STX, _SIZE, _fits, self._echo)
        self._enquired = False
        self._ended = False
        self.echoed: Answer | None = None

    @property
    def noise(self) -> bool:
        """See `FixedFramer.noise`; a dialogue that has stopped half-way is noise."""
        return super().noise or self._enquired or self.echoed is not None

    def reset(self) -> None:
        """Begin a new dialogue, with ENQ."""
        super().reset()
        self._enquired = self._ended = False
        self.echoed = None

    def control(self, byte: int) -> Framed | None:
        """ACK is answered with DC1, once; CR confirms what was echoed, and ACK then says that it came back damaged."""
        if self.echoed is not None:
            confirmed, self.echoed = self.echoed, None
            return confirmed if byte == _CR else Malformed("frame")
        asked, self._enquired = self._enquired, False
        # To DC1 there is no refusal but NAK. What comes after noise, or after the end, is noise.
        if self._ended or byte not in ((_NAK,) if asked else (_ACK, *_REFUSALS)) or self.noise:
            return None
        if byte == _ACK:
            self._enquired = True
            return Prompt(SEND_WEIGHT)
        self._ended = True
        return _REFUSALS[byte]

    def _echo(self, frame: bytes) -> Framed:
        self._enquired, self._ended = False, True
        answer = decode(frame)
        if isinstance(answer, Malformed):
            return answer
        self.echoed = answer
        return Prompt(frame)


def describe(frame: bytes) -> dict[str, object]:
    """One answer for a technician, confirmed or not."""
    framer = BerkelFramer()
    told = describe_last(framer, frame)
    return told if framer.echoed is None else describe_answer(framer.echoed)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"berkel": describe}
