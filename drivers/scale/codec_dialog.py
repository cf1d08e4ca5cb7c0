"""The answers of Checkout-Dialog 02, 04 and 06 scales, and what they are to be sent next: pure.

Records stand between STX and ETX, their fields after ESC; the host begins with EOT and answers every record with EOT.
Record 01 is the unit price, `EOT ENQ` asks for the weight then: record 02 is the result, NAK a refusal that record 08
asks the reason of, which record 09 is. Reasons 20 and 22 are asked again with `EOT ENQ`, all others from record 01
(DIVA service manual p. 54-55, Ohaus Aviator 7000 service manual p. 40, 45, Dibal DPOS 400 manual p. 56).

Dialog 06: the scale may answer record 01 with record 11, `2` and a number Z of two hexadecimal digits. The host sends
record 10, a checksum CS and its correction KW; the scale says ACK, and to `EOT ENQ` then record 11, `1` or `0`; the
weighing begins again in any case. CS is rotated left by the high half of Z, KW right by its low half. That KW is the
remainder of CS times x^16 by the generator, and CS any number, is what programs do that such scales accept; no manual
says it. The generator is the secret of the scale's maker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from drivers.scale.framing import DelimitedFramer
from drivers.scale.reading import Framed, Malformed, Prompt, Reading, Refused, Said, Unit, describe_last

_STX, _ETX, _ACK, _NAK = 0x02, 0x03, 0x06, 0x15
EOT = b"\x04"
ASK_RESULT = EOT + b"\x05"
ASK_REASON = EOT + b"\x0208\x03"
_LONGEST = 48
_WORD, _DEGREE = 0xFFFF, 16

_RESULT = re.compile(rb"02\x1b([0-3])\x1b(\d{5})\x1b(\d{5,6})\x1b(\d{6})")
_REASON = re.compile(rb"09\x1b(\d\d)")
_CHALLENGE = re.compile(rb"11\x1b(?:2([0-9A-Fa-f]{2})|([01])[0-9A-Fa-f]*)")
# Pounds and eighths of ounces are not told apart in five digits by any manual at hand: not read.
_SCALES = {b"1": (Unit.POUND, 2), b"2": (Unit.POUND, 3), b"3": (Unit.KILOGRAM, 3)}

_MOVES = Reading(None, None, stable=False, in_motion=True)
_NOTHING_NEW = Reading(None, None, stable=True, nothing_new=True)
_BUSY = Reading(None, None, stable=False, busy=True)
_REASONS: Mapping[bytes, Said] = {
    b"00": _BUSY,
    b"01": _BUSY,
    b"02": _BUSY,
    b"10": Refused("record"),
    b"11": Refused("price"),
    b"12": Refused("record"),
    b"13": Refused("record"),
    b"20": _MOVES,
    b"21": _NOTHING_NEW,
    b"22": _MOVES,
    b"30": Reading(None, None, stable=True, too_light=True),
    b"31": Reading(None, None, stable=False, under_zero=True),
    b"32": Reading(None, None, stable=False, over_capacity=True),
}


@dataclass(frozen=True, slots=True)
class Key:
    """What a Dialog 06 scale knows the till's program by.

    `generator` is a polynomial of degree 16 with its leading one (17 bits), `checksum` any 16 bits.
    """

    generator: int = field(repr=False)
    checksum: int = field(repr=False)


def price_record(price: int) -> bytes:
    """Record 01 for a unit price of 0 to 999999 minor units."""
    return EOT + b"\x0201\x1b%06d\x1b\x03" % price


def proof_record(key: Key, number: int) -> bytes:
    """Record 10, the answer to the challenge `number` (0-255)."""
    checksum = _rotated_left(key.checksum & _WORD, number >> 4)
    correction = _rotated_left(_remainder(key), _DEGREE - (number & 0x0F))
    return EOT + b"\x0210\x1b%04X%04X\x03" % (checksum, correction)


def _remainder(key: Key) -> int:
    rest = key.checksum & _WORD
    for _ in range(_DEGREE):
        rest <<= 1
        if rest >> _DEGREE:
            rest ^= key.generator
    return rest & _WORD


def _rotated_left(word: int, bits: int) -> int:
    bits %= _DEGREE
    return (word << bits | word >> (_DEGREE - bits)) & _WORD


class DialogFramer(DelimitedFramer):
    """The scale's side of a weighing; `price` is the unit price that it began with, `key` is of Dialog 06.

    A record 09 that no NAK was before answers a check of the idle scale, and tells no more than that it is there: the
    reason in it may be of long ago.
    """

    def __init__(self, unit: Unit | None = None, *, price: int = 1, key: Key | None = None) -> None:
        del unit
        super().__init__(_STX, _ETX, _LONGEST, self._read)
        self._price = price
        self._key = key
        self._step = "begin"
        self._proven = False

    @property
    def noise(self) -> bool:
        """See `DelimitedFramer.noise`; a dialogue that has stopped half-way is noise."""
        return super().noise or self._step not in ("begin", "end")

    def reset(self) -> None:
        """Begin a new dialogue."""
        super().reset()
        self._step = "begin"
        self._proven = False

    def control(self, byte: int) -> Framed | None:
        """ACK: go on to the result. NAK: ask why."""
        if byte == _ACK and self._step in ("begin", "proof"):
            self._step = "result" if self._step == "begin" else "verdict"
            return Prompt(ASK_RESULT)
        if byte == _NAK and self._step not in ("reason", "end"):
            self._step = "reason"
            return Prompt(ASK_REASON)
        return None

    def _read(self, record: bytes) -> Framed:
        challenge = _CHALLENGE.fullmatch(record)
        if challenge:
            return self._prove(challenge[1], challenge[2])
        said = decode(record)
        if self._step == "begin" and record.startswith(b"09") and not isinstance(said, Malformed):
            said = _NOTHING_NEW
        return self._finish(said)

    def _prove(self, number: bytes | None, verdict: bytes | None) -> Framed:
        if number is not None and self._key is None:
            return self._finish(Refused("challenge"))
        if number is not None and self._key is not None and not self._proven:
            self._step, self._proven = "proof", True
            return Prompt(proof_record(self._key, int(number, 16)))
        if verdict == b"1" and self._step == "verdict":
            self._step = "begin"
            return Prompt(price_record(self._price))
        return self._finish(Refused("key"))

    def _finish(self, said: Said) -> Framed:
        self._step = "end"
        return Prompt(EOT, said)


def decode(record: bytes) -> Said:
    """Turn record 02, 09 or 11 without STX and ETX into a record. Never raises."""
    result = _RESULT.fullmatch(record)
    if result and result[1] in _SCALES:
        unit, places = _SCALES[result[1]]
        return Reading(Decimal(int(result[2])).scaleb(-places), unit, stable=True)
    if result:
        return Malformed("unit")
    reason = _REASON.fullmatch(record)
    if reason:
        return _REASONS.get(reason[1], Malformed("frame"))
    return Refused("challenge") if _CHALLENGE.fullmatch(record) else Malformed("frame")


def describe(frame: bytes) -> dict[str, object]:
    """One record of a scale for a technician; a reason is given as such."""
    framer = DelimitedFramer(_STX, _ETX, _LONGEST, decode)
    return describe_last(framer, frame)


_PROOF = re.compile(rb"(?<=\x0210\x1b)[^\x03]{1,8}")


def mask(data: bytes) -> bytes:
    """The same bytes without the proof in record 10, from some of which the key could be worked out."""
    return _PROOF.sub(lambda found: b"*" * len(found[0]), data)


def redact(data: bytes) -> str:
    """The bytes in hexadecimal but for the proof in record 10."""
    return mask(data).hex(" ")


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"checkout_dialog": describe}
