"""The answers and commands of MT-SICS levels 0 and 1 (Mettler-Toledo scales): pure, bytes in, records out.

Lines that end with CR LF. `SI` asks for the weight of now: `S S` is a stable one, `S D` one that still moves, `S I` not
now, `S +` and `S -` beyond the range, `S L` a wrong parameter (Mettler-Toledo AL-IC operating instructions p. 72, JS
series p. 30, Reference Manual MT-SICS 11780711). `ES`, `ET` and `EL`: not understood, damaged on the way, not possible.
Some balances say `S A` for a stable weight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.framing import LineFramer, to_places
from drivers.scale.reading import Done, Framed, Malformed, Reading, Refused, Unit, describe_last

_LONGEST = 64
_VALUE = rb" +(-? *\d{1,8}(?:\.\d{1,6})?) +([A-Za-z%]{1,5}) *"
_WEIGHT = re.compile(rb"S +([SDA])" + _VALUE)
_ERROR = re.compile(rb"S +[SD] +Error +(\w{1,8}) *")
_NO_WEIGHT = re.compile(rb"S +([I+\-L]) *")
_ZERO = re.compile(rb"ZI? +([ADSI+\-L]) *")
_TARE = re.compile(rb"(?:T|TI|TA) +[SDA]" + _VALUE)
_NO_TARE = re.compile(rb"(?:T|TI|TA|TAC) +([I+\-L]) *")
_CLEARED = re.compile(rb"TAC +A *")
_RESTARTED = re.compile(rb'I4 +A +"[^"]*" *')
_GENERAL = {b"ES": Refused("syntax"), b"ET": Refused("transmission"), b"EL": Refused("logic")}

_NO_READING = {
    b"I": Reading(None, None, stable=False, busy=True),
    b"+": Reading(None, None, stable=False, over_capacity=True),
    b"-": Reading(None, None, stable=False, under_zero=True),
}
_REFUSALS = {b"I": "not_ready", b"+": "out_of_range", b"-": "out_of_range", b"L": "parameter"}


def decode(line: bytes) -> Framed:
    """Turn a line without its CR LF into a record. Never raises."""
    if line in _GENERAL:
        return _GENERAL[line]
    weight = _WEIGHT.fullmatch(line)
    if weight:
        return _decode_weight(*weight.groups())
    none = _NO_WEIGHT.fullmatch(line)
    if none:
        return _NO_READING.get(none[1]) or Refused(_REFUSALS[none[1]])
    error = _ERROR.fullmatch(line)
    if error:
        return Reading(None, None, stable=False, fault=f"error {error[1].decode()}")
    return _decode_command(line)


def _decode_weight(status: bytes, digits: bytes, name: bytes) -> Framed:
    value, unit = _decode_value(digits, name)
    if unit is None:
        return Malformed("unit")
    moving = status == b"D"
    return Reading(value, unit, stable=not moving, in_motion=moving, under_zero=value < 0)


def _decode_command(line: bytes) -> Framed:
    zero = _ZERO.fullmatch(line)
    if zero:
        return Refused(_REFUSALS[zero[1]]) if zero[1] in _REFUSALS else Done("zero")
    tare = _TARE.fullmatch(line)
    if tare:
        value, unit = _decode_value(tare[1], tare[2])
        return Malformed("unit") if unit is None else Done("tare", value, unit)
    if _CLEARED.fullmatch(line):
        return Done("clear_tare")
    refused = _NO_TARE.fullmatch(line)
    if refused:
        return Refused(_REFUSALS[refused[1]])
    # Sent by itself after power-on, with the serial number.
    return Done("restart") if _RESTARTED.fullmatch(line) else Malformed("frame")


def _decode_value(digits: bytes, name: bytes) -> tuple[Decimal, Unit | None]:
    unit = next((unit for unit in Unit if unit.value.encode() == name), None)
    return Decimal(digits.replace(b" ", b"").decode()), unit


def preset_tare(grams: int, shown: Reading, unit: Unit | None) -> bytes | None:
    """Return `TA value unit`, in the unit and with the places that the scale shows; None before it has shown any."""
    del unit
    value = to_places(grams, shown)
    return None if value is None else f"TA {value} {shown.unit}\r\n".encode()


class MtSicsFramer(LineFramer):
    """Cuts a stream of bytes into lines and reads them. The unit is in each line."""

    def __init__(self, unit: Unit | None = None) -> None:
        del unit
        super().__init__(decode, _LONGEST)


def describe(frame: bytes) -> dict[str, object]:
    """One line for a technician."""
    return describe_last(MtSicsFramer(), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"mt_sics": describe}
