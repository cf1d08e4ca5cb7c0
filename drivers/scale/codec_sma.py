"""The answers and commands of the Scale Manufacturers Association's protocol (SCP-0499): pure, bytes in, records out.

`0A s r n m f xxxxxx.xxx uuu 0D`: status, range, gross or net, motion, reserved, the weight in ten characters, the unit
in three. Without a weight the ten are dashes. `0A 3F 0D`: not understood; `0A 21 0D`: damaged on the way (Sartorius
PR 5220 manual p. 130, PR 5211 p. 51 to 56, B-TEK T419S p. 61).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.framing import DelimitedFramer, to_places
from drivers.scale.reading import Answer, Malformed, Reading, Refused, Unit, describe_last

_LF, _CR = 0x0A, 0x0D
_LENGTH = 18

_BODY = re.compile(rb"([ZOUEIT ])(.)([GNT])([M ]).([ \d.\-+]{10})([A-Za-z ]{3})", re.DOTALL)
_NUMBER = re.compile(rb" *([+-]? *\d{1,9}(?:\.\d{0,8})?) *")


def decode(body: bytes) -> Answer:
    """Turn what stood between LF and CR into a record. Never raises."""
    if body == b"?":
        return Refused("unknown_command")
    found = _BODY.fullmatch(body)
    if not found:
        return Malformed("frame")
    status, _, kind, motion, digits, name = found.groups()
    # T as status: the tare was not taken. As kind: the weight is that of the tare, and nobody here asks for it.
    if status == b"T":
        return Refused("refused")
    if kind == b"T":
        return Malformed("frame")
    number = _NUMBER.fullmatch(digits)
    if not number and digits.strip(b" -"):
        return Malformed("digits")
    value = Decimal(number[1].replace(b" ", b"").decode()) if number else None
    unit = next((unit for unit in Unit if unit.value.encode() == name.strip().lower()), None)
    if value is not None and unit is None:
        return Malformed("unit")
    return _reading(status, value, unit, net=kind == b"N", moving=motion == b"M")


def _reading(status: bytes, value: Decimal | None, unit: Unit | None, *, net: bool, moving: bool) -> Reading:
    return Reading(
        value,
        unit if value is not None else None,
        stable=not moving and value is not None,
        net=net,
        in_motion=moving,
        under_zero=status == b"U" or (value is not None and value < 0),
        over_capacity=status == b"O",
        at_zero=status == b"Z",
        needs_zero=status in (b"E", b"I"),
    )


def preset_tare(grams: int, shown: Reading, unit: Unit | None) -> bytes | None:
    """Return `0A T xxxxxx.xxx 0D`, in the unit and with the places that the scale shows (PR 5211 p. 51)."""
    del unit
    value = to_places(grams, shown)
    return None if value is None or len(str(value)) > 10 else f"\nT{value:>10}\r".encode()


class SmaFramer(DelimitedFramer):
    """The framer of the protocol; the unit is in each answer."""

    def __init__(self, unit: Unit | None = None) -> None:
        del unit
        super().__init__(_LF, _CR, _LENGTH, decode)


def describe(frame: bytes) -> dict[str, object]:
    """One answer for a technician."""
    return describe_last(SmaFramer(), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"sma": describe}
