"""The answer of Adam Equipment scales to `P` (print): pure, bytes in, records out.

`  1.234kg`, in some label formats with a sign, a G or N in front, blanks and a CR LF (Adam CPWplus manual p. 16;
AZextra label format 3). A scale prints stable weights only, and each only once:
no answer means that there is nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from drivers.scale.reading import Answer, Malformed, Reading, Unit, describe_last

_LONGEST = 32
_LINE = re.compile(rb" *(?:([GN]|GW|NW|GS|NT)[ :,]*)?([+-]?) *(\d{1,6}(?:\.\d{1,5})?) *(kg|g|lb|oz)", re.IGNORECASE)
_LAST_LETTERS = frozenset(b"gGbBzZ")
_ENDS = frozenset(b"\r\n")
_NET = (b"N", b"NW", b"NT")


def decode(text: bytes) -> Answer:
    """Turn a line, up to its unit, into a record. Never raises."""
    found = _LINE.fullmatch(text)
    if not found:
        return Malformed("frame")
    kind, sign, digits, unit = found.groups()
    value = Decimal(digits.decode()) * (-1 if sign == b"-" else 1)
    net = kind is not None and kind.upper() in _NET
    name = Unit(unit.decode().lower())
    return Reading(value, name, stable=True, net=net, under_zero=value < 0, at_zero=not value)


class AdamFramer:
    """Cuts a stream of bytes at the letters of a unit, for not every label format ends its lines."""

    def __init__(self, unit: Unit | None = None) -> None:
        del unit
        self._text = bytearray()
        self._noise = False

    @property
    def noise(self) -> bool:
        """Whether anything has come in since `reset` that was no whole answer."""
        return self._noise or bool(self._text.strip())

    def reset(self) -> None:
        """Forget an answer that has begun."""
        self._text.clear()
        self._noise = False

    def feed(self, data: bytes) -> list[Answer]:
        """Take bytes in; return the answers that ended with them."""
        answers: list[Answer] = []
        for byte in data:
            if byte in _ENDS:
                if self._text.strip():
                    answers.append(Malformed("frame"))
                self._text.clear()
                continue
            # Once too long, a line stays none up to its end.
            if len(self._text) <= _LONGEST:
                self._text.append(byte)
            if byte in _LAST_LETTERS and len(self._text) <= _LONGEST and _LINE.fullmatch(self._text):
                answers.append(decode(bytes(self._text)))
                self._text.clear()
        return answers


def describe(frame: bytes) -> dict[str, object]:
    """One line for a technician."""
    return describe_last(AdamFramer(), frame)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"adam": describe}
