"""The answers and commands of the Mettler-Toledo 8217 protocol: pure, bytes in, records out.

A weight is `02 digits [N] 0D`, with two places in pounds ("02.50", or "002.50") and three in kilograms ("01.250"); N
says that a tare is taken off. Where there is no stable weight of zero or more, the answer is `02 3F status 0D`
(Magellan SL / DIVA manual, p. 39, 44 and 45).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.framing import DelimitedFramer
from drivers.scale.reading import Answer, Malformed, Reading, Unit, describe_last

STX, CR = 0x02, 0x0D
# "?" and a status, or at most "000.000N", between STX and CR, with room for the padding of some models.
_LONGEST = 12

# The width is fixed, so that a lost character is no other weight: WW.WWW or WW.WW, some models with a zero more in
# front, leading zeros as spaces.
_WEIGHT = re.compile(rb"(\d\d\d?| {1,2}\d| \d\d)\.(\d{2,3})(N?)")
_STATUS = re.compile(rb" *\?(.)", re.DOTALL)

# Status bits (DIVA manual p. 45). Bit 6 is always set: it only makes the byte printable and is no error, although
# some drivers read it as "bad command". Bit 7 is the parity.
_MOTION, _OVER, _UNDER, _OUTSIDE_ZERO, _CENTRE, _NET, _ALWAYS = (1 << bit for bit in range(7))

_UNIT_BY_PLACES = {3: Unit.KILOGRAM, 2: Unit.POUND}


def decode(body: bytes, unit: Unit | None) -> Answer:
    """Turn what stood between STX and CR into a record. Never raises.

    A weight with the number of places of another unit is `Malformed("unit")`; with `unit` None, the places tell it.
    """
    status = _STATUS.fullmatch(body)
    if status:
        return _decode_status(status[1][0])
    weight = _WEIGHT.fullmatch(body)
    if not weight:
        return Malformed("digits")
    whole, places, net = weight.groups()
    shown = _UNIT_BY_PLACES[len(places)]
    if unit not in (None, shown):
        return Malformed("unit")
    value = Decimal(f"{int(whole)}.{places.decode()}")
    return Reading(value, shown, stable=True, net=bool(net), at_zero=not value)


def _decode_status(byte: int) -> Answer:
    if not byte & _ALWAYS:
        return Malformed("frame")
    return Reading(
        None,
        None,
        stable=not byte & _MOTION,
        net=bool(byte & _NET),
        in_motion=bool(byte & _MOTION),
        under_zero=bool(byte & _UNDER),
        over_capacity=bool(byte & _OVER),
        at_zero=bool(byte & _CENTRE),
    )


def preset_tare(grams: int, shown: Reading, unit: Unit | None) -> bytes | None:
    """Return the digital tare: five digits, read as WW.WWW kg or WWW.WW lb (p. 44). None for more than that."""
    unit = shown.unit or unit
    # 1 lb = 453.59237 g exactly; half a hundredth up.
    number = (grams * 10_000_000 * 2 + 45_359_237) // (2 * 45_359_237) if unit is Unit.POUND else grams
    return b"T%05d\r" % number if number <= 99_999 else None


class AnswerFramer(DelimitedFramer):
    """The framer of the protocol for a scale that is set to `unit`."""

    def __init__(self, unit: Unit | None) -> None:
        super().__init__(STX, CR, _LONGEST, lambda body: decode(body, unit))


def describe(frame: bytes) -> dict[str, object]:
    """One answer for a technician; the unit is the one its places tell."""
    return describe_last(AnswerFramer(None), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"8217": describe}
