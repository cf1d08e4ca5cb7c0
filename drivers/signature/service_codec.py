"""The lines of a signing service: one JSON object each way, tied together by an id.

`{"id": 7, "do": "identify"}` is answered with `{"id": 7, "certificate": DER in base64}`, `{"id": 8, "do": "sign",
"data": base64}` with `{"id": 8, "signature": base64}`; either with `{"id": 8, "error": reason}`. The protocol is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

# What msgspec raises for a line that is no message: a text that is no UTF-8 and what is nested without end, too.
_WRONG = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# A receipt's text has some hundred bytes, a certificate a few thousand.
LONGEST_LINE = 65_536


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a lane asks."""

    id: int
    do: str
    data: bytes = b""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the service answers: exactly one of the last three."""

    id: int
    certificate: bytes = b""
    signature: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that is no answer."""


def line_of(message: Question | Answer) -> bytes:
    """The message as a line."""
    return msgspec.json.encode(message) + b"\n"


def answer_from(line: bytes) -> Answer | Noise:
    """Read a line of the service."""
    try:
        return msgspec.json.decode(line, type=Answer)
    except _WRONG:
        return Noise()


def question_from(line: bytes) -> Question | Noise:
    """Read a line of a lane."""
    try:
        return msgspec.json.decode(line, type=Question)
    except _WRONG:
        return Noise()


class LineFramer:
    """Cuts a stream of bytes into lines; one that grows past `LONGEST_LINE` is dropped with all that follows it."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in; return the lines that ended with them."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._rest = b"\x00"
        return [line if len(line) <= LONGEST_LINE else b"\x00" for line in lines]
