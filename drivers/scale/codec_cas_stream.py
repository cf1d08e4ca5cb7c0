"""The lines that CAS scales and indicators send all the time, unasked: pure, bytes in, records out.

22 bytes: `ST,GS,` device id, lamps, `,` eight characters of weight, a space, `kg` CR LF; `US` moves, `OL` is beyond its
range, `NT` is net. Lamps: bit 0 at zero, bit 4 the weight is held (CAS CI-600D manual p. 74, NT-200 p. 48, PDI p. 37).
The short form has STX before it, neither id nor lamps, and CR only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.framing import LineFramer
from drivers.scale.reading import Framed, Malformed, Reading, Unit, describe_last

# A line with as much noise before it.
_LONGEST = 64
_AT_ZERO, _HELD = 0x01, 0x10

_HEAD = rb"(ST|US|OL),(GS|NT),"
_LONG = re.compile(_HEAD + rb"[\x21-\x7e]([\x00-\xff]),([-+ 0-9.]{8})[\x00-\xff]([A-Za-z ]{2})", re.DOTALL)
_SHORT = re.compile(_HEAD + rb"([-+ 0-9.]{1,10}) ?([A-Za-z]{1,2}) ?")
_VALUE = re.compile(rb" *([-+]?) *(\d{1,8}(?:\.\d{0,5})?) *")


def decode(line: bytes) -> Framed:
    """Turn a line without its CR or LF into a record. Never raises."""
    whole = _LONG.fullmatch(line)
    if whole:
        state, kind, lamps, digits, name = whole.groups()
        return _reading(state, kind, lamps[0], digits, name)
    short = _SHORT.fullmatch(line[line.rfind(b"\x02") + 1 :]) if b"\x02" in line else None
    if short:
        state, kind, digits, name = short.groups()
        return _reading(state, kind, 0, digits, name)
    return Malformed("frame")


def _reading(state: bytes, kind: bytes, lamps: int, digits: bytes, name: bytes) -> Framed:
    unit = next((unit for unit in Unit if unit.value.encode() == name.strip().lower()), None)
    if unit is None:
        return Malformed("unit")
    found = _VALUE.fullmatch(digits)
    below = bool(found and found[1] == b"-")
    if state == b"OL":
        return Reading(None, None, stable=False, over_capacity=not below, under_zero=below)
    if not found:
        return Malformed("digits")
    value = Decimal(found[2].decode()) * (-1 if below else 1)
    held = bool(lamps & _HELD)
    return Reading(
        value,
        unit,
        stable=state == b"ST" and not held,
        net=kind == b"NT",
        in_motion=state == b"US",
        under_zero=value < 0,
        at_zero=bool(lamps & _AT_ZERO) and value == 0,
        # A held weight is not the one of now.
        busy=held,
    )


class CasStreamFramer(LineFramer):
    """Cuts a stream of bytes into lines and reads them. The unit is in each line."""

    def __init__(self, unit: Unit | None = None) -> None:
        del unit
        super().__init__(decode, _LONGEST)
        self._begun = False

    def reset(self) -> None:
        """Forget a line that has begun; the rest of it is passed over."""
        super().reset()
        self._begun = False

    def feed(self, data: bytes) -> list[Framed]:
        """See `LineFramer.feed`."""
        answers = super().feed(data)
        if answers and not self._begun:
            self._begun = True
            if answers[0] == Malformed("frame"):
                return answers[1:]
        return answers


def describe(frame: bytes) -> dict[str, object]:
    """One line for a technician."""
    return describe_last(CasStreamFramer(), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"cas_stream": describe}
