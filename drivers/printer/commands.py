"""The ESC/POS byte stream cut into commands, as a printer reads it; shares nothing with the encoder.

Lengths are those of the Epson ESC/POS command reference; oddities of single commands are commented where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

_ESC, _FS, _GS, _DLE = 0x1B, 0x1C, 0x1D, 0x10

# Bytes that follow a command of fixed length, by its first two bytes.
_FIXED: dict[bytes, int] = {
    **{b"\x1b" + bytes((name,)): 0 for name in b"@2<Limuv"},
    **{b"\x1b" + bytes((name,)): 1 for name in b"!EaGdJtMR3- {VreKT?%QSU"},
    **{b"\x1b" + bytes((name,)): 2 for name in b"$\\cBf"},
    b"\x1bp": 3,
    b"\x1bW": 8,
    **{b"\x1d" + bytes((name,)): 0 for name in b":"},
    **{b"\x1d" + bytes((name,)): 1 for name in b"!BarhwHfIb|T/"},
    **{b"\x1d" + bytes((name,)): 2 for name in b"LWP$\\"},
    b"\x1d^": 3,
    b"\x1dQ": 2,
    b"\x1dz": 2,
    **{b"\x1c" + bytes((name,)): 0 for name in b".&"},
    **{b"\x1c" + bytes((name,)): 1 for name in b"!-WC"},
    **{b"\x1c" + bytes((name,)): 2 for name in b"Sp"},
    b"\x10\x05": 1,
}
_CUT_WITH_FEED = b"ABabgh"  # GS V takes a distance only with these
_REAL_TIME_LONG = (7, 8, 18)  # DLE EOT n a
_ENDED_BY_NUL = (b"\x1bD", b"\x1dk")  # tab stops; bar code of function A


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or a run of text where `name` is empty. `raw` is all of its bytes, `data` those after the name."""

    name: bytes
    data: bytes

    @property
    def raw(self) -> bytes:
        """The bytes as they came."""
        return self.name + self.data


class Splitter:
    """Cuts the stream. Never raises; unknown commands are two bytes long, as printers that do not know them take them.

    The same stream in other pieces gives the same commands, but for the place where a run of text is divided.
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Command]:
        """The commands that `data` completes."""
        self._rest += data
        found: list[Command] = []
        start = 0
        while (length := self._length(self._rest, start)) is not None:
            raw = bytes(self._rest[start : start + length])
            size = self._name_size(raw)
            found.append(Command(raw[:size], raw[size:]))
            start += length
        del self._rest[:start]
        return found

    @property
    def pending(self) -> bytes:
        """The bytes of a command that was begun."""
        return bytes(self._rest)

    def clear(self) -> None:
        """Forget a command that was begun."""
        self._rest.clear()

    def _length(self, stream: bytearray, at: int) -> int | None:
        """How long the command at `at` is; None while its end has not come."""
        return _length(stream, at)

    def _name_size(self, raw: bytes) -> int:
        """How many bytes of a whole command are its name."""
        return _name_size(raw)


def _name_size(raw: bytes) -> int:
    if raw[0] >= 0x20:
        return 0
    return 2 if raw[0] in (_ESC, _FS, _GS, _DLE) else 1


def _length(stream: bytearray, at: int) -> int | None:
    """How long the command at `at` is; None while its end has not come."""
    if at >= len(stream):
        return None
    first = stream[at]
    if first >= 0x20:
        end = at + 1
        while end < len(stream) and stream[end] >= 0x20:
            end += 1
        return end - at
    if first not in (_ESC, _FS, _GS, _DLE):
        return 1
    if at + 1 >= len(stream):
        return None
    length = _command_length(bytes(stream[at : at + 2]), stream, at + 2)
    return length if length is not None and at + length <= len(stream) else None


def _command_length(name: bytes, stream: bytearray, at: int) -> int | None:
    if name == b"\x1b=":
        return _elsewhere(stream, at)
    fixed = _FIXED.get(name)
    if fixed is not None:
        return 2 + fixed
    if name in (b"\x1b*", b"\x1d(", b"\x1d8", b"\x1dv", b"\x1d*", b"\x1dV", b"\x10\x04", b"\x10\x14"):
        return _variable(name, stream, at)
    if name == b"\x1dk" and at < len(stream) and stream[at] >= 65:  # function B: a length instead of an end
        return None if at + 1 >= len(stream) else 4 + stream[at + 1]
    if name in _ENDED_BY_NUL:
        end = stream.find(0, at + (name == b"\x1dk"))
        return None if end < 0 else end - at + 3
    return 2


def _elsewhere(stream: bytearray, at: int) -> int | None:
    """ESC = n without the printer's bit selects a line display: it takes all up to the next ESC =."""
    if at >= len(stream):
        return None
    if stream[at] & 1:
        return 3
    end = stream.find(b"\x1b=", at + 1)
    return None if end < 0 else end - at + 2


def _variable(name: bytes, stream: bytearray, at: int) -> int | None:
    """Commands whose first bytes say how many follow."""
    head = stream[at : at + 6]
    needed = {b"\x1b*": 3, b"\x1d(": 3, b"\x1d8": 5, b"\x1dv": 6, b"\x1d*": 2}.get(name, 1)
    if len(head) < needed:
        return None
    match name:
        case b"\x1b*":  # columns of 8 or of 24 dots
            more = 3 + (head[1] + 256 * head[2]) * (3 if head[0] in (32, 33) else 1)
        case b"\x1d(":
            more = 3 + head[1] + 256 * head[2]
        case b"\x1d8":
            more = 5 + int.from_bytes(head[1:5], "little")
        case b"\x1dv":
            more = 6 + (head[2] + 256 * head[3]) * (head[4] + 256 * head[5])
        case b"\x1d*":
            more = 2 + head[0] * head[1] * 8
        case b"\x1dV":
            more = 2 if head[0] in _CUT_WITH_FEED else 1
        case b"\x10\x04":
            more = 2 if head[0] in _REAL_TIME_LONG else 1
        case _:  # DLE DC4: drawer pulse and power-off take two more, clear buffer seven
            more = 8 if head[0] == 8 else 3
    return 2 + more
