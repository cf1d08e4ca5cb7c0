"""The answers of the NCI protocol (SCP-01) and its ECR variant (Weigh-Tronix, Brecknell, Avery Berkel 67xx): pure.

NCI: `0A weight unit 0D 0A hh 0D 03`, whatever the display shows, also a minus sign; over capacity it shows carets,
under it underscores, without a zero dashes (NCI 6702 manual p. 14, Weigh-Tronix 7821 p. 25, 3700LP p. 11). ECR: in
upper case, `S` before the status, and the status alone where no stable weight of zero or more is shown (DIVA manual
p. 34-37). The 6702 has CR and LF between the two the other way round. `0A 3F 0D 03` answers an unknown command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.framing import DelimitedFramer
from drivers.scale.reading import Answer, Malformed, Reading, Refused, Unit, describe_last

_LF, _ETX = 0x0A, 0x03
# The longest is "-xxxxx.xxx kg" and four bytes of status.
_LONGEST = 48

_FRAME = re.compile(rb"(?:([^\r\n]{2,24})(?:\r\n|\n\r))?\r?S?([\x30-\x7f]{2,6})\r")
_DECIMAL = re.compile(rb" *(-? *\d{1,7}\.?\d{0,5}) *(lb|kg|oz|g) *", re.IGNORECASE)
_POUNDS_OUNCES = re.compile(rb" *(-?) *(\d{1,4}) *lb +(\d{1,2}(?:\.\d{1,3})?) *oz *", re.IGNORECASE)
_BARS = re.compile(rb" *([\^_\-]) *(?:\1 *)+(?:lb|kg|oz|g)? *", re.IGNORECASE)
_UNKNOWN = b"?\r"

# Status bits (NCI 6702 manual p. 14, Ohaus Aviator 7000 service manual p. 49). Bits 4 and 5 of each byte are 1; bit 6
# says from the second byte on that another one follows.
_MOTION, _AT_ZERO, _RAM, _EEPROM = 1, 2, 4, 8
_UNDER, _OVER, _ROM, _CALIBRATION, _MORE = 1, 2, 4, 8, 0x40
_NET, _NO_ZERO = 4, 8


def decode(body: bytes) -> Answer:
    """Turn what stood between LF and ETX into a record. Never raises.

    Frames hold LF themselves, so noise before a frame is known only by what comes behind it being one.
    """
    answer = _decode(body)
    while isinstance(answer, Malformed) and b"\n" in body:
        before, _, body = body.partition(b"\n")
        later = _decode(body)
        # A status behind a weight that cannot be read is no answer of its own.
        own = not before.endswith(b"\r") and not body.startswith(b"\r")
        if own or (isinstance(later, Reading) and later.value is not None):
            answer = later
    return answer


def _decode(body: bytes) -> Answer:
    if body == _UNKNOWN:
        return Refused("unknown_command")
    frame = _FRAME.fullmatch(body)
    if not frame:
        return Malformed("frame")
    shown, status = frame.groups()
    if not _is_status(status):
        return Malformed("frame")
    if shown is None or _BARS.fullmatch(shown):
        mark = shown.strip()[:1] if shown else b""
        return _reading(status, None, None, mark)
    value, unit = _decode_weight(shown)
    return Malformed("digits") if value is None else _reading(status, value, unit, b"")


def _is_status(status: bytes) -> bool:
    fixed = all(byte & 0x30 == 0x30 for byte in status)
    follows = [bool(byte & _MORE) for byte in status[1:]]
    return fixed and not status[0] & _MORE and follows == [True] * (len(status) - 2) + [False]


def _decode_weight(shown: bytes) -> tuple[Decimal | None, Unit | None]:
    plain = _DECIMAL.fullmatch(shown)
    if plain:
        return Decimal(plain[1].replace(b" ", b"").decode()), Unit(plain[2].decode().lower())
    mixed = _POUNDS_OUNCES.fullmatch(shown)
    if not mixed:
        return None, None
    sign, pounds, ounces = (part.decode() for part in mixed.groups())
    total = int(pounds) * 16 + Decimal(ounces)
    return (-total if sign else total), Unit.OUNCE


def _reading(status: bytes, value: Decimal | None, unit: Unit | None, mark: bytes) -> Reading:
    first, second, third = status[0], status[1], status[2] if len(status) > 2 else 0
    faults = {
        "ram": first & _RAM,
        "eeprom": first & _EEPROM,
        "rom": second & _ROM,
        "calibration": second & _CALIBRATION,
    }
    return Reading(
        value,
        unit,
        stable=not first & _MOTION,
        net=bool(third & _NET),
        in_motion=bool(first & _MOTION),
        under_zero=bool(second & _UNDER) or mark == b"_" or (value is not None and value < 0),
        over_capacity=bool(second & _OVER) or mark == b"^",
        at_zero=bool(first & _AT_ZERO),
        needs_zero=bool(third & _NO_ZERO) or mark == b"-",
        fault=" ".join(name for name, is_so in faults.items() if is_so),
    )


class NciFramer(DelimitedFramer):
    """The framer of the protocol; the unit is in each answer."""

    def __init__(self, unit: Unit | None = None) -> None:
        del unit
        super().__init__(_LF, _ETX, _LONGEST, decode, nested=True)


def describe(frame: bytes) -> dict[str, object]:
    """One answer for a technician."""
    return describe_last(NciFramer(), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"nci": describe, "ecr": describe}
