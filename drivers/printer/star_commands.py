"""StarPRNT and Star Line Mode bytes cut into commands, as a printer reads them; shares nothing with the encoder.

Lengths are those of Star Micronics' "StarPRNT Command Specifications" and "STAR Line Mode Command Specifications".
"""

from __future__ import annotations

from drivers.printer import commands

_ESC, _GS, _RS = 0x1B, 0x1D, 0x1E
_LF_NUL = b"\n\0"

# Bytes that follow a command of fixed length, by its name: ESC and a byte, or ESC, GS or RS, and a byte.
_FIXED: dict[bytes, int] = {
    **{b"\x1b" + bytes((name,)): 0 for name in b"@EF4501MPgp:O"},
    **{b"\x1b" + bytes((name,)): 1 for name in b"R/ -_WhdaJIzlQqB$UN\x06\x0c"},
    **{b"\x1b" + bytes((name,)): 2 for name in b"is\x07\x16"},
    **{b"\x1b\x1e" + bytes((name,)): 1 for name in b"FaERCrd"},
    **{b"\x1b\x1d" + bytes((name,)): 1 for name in b"ta"},
    **{b"\x1b\x1d" + bytes((name,)): 2 for name in b"AR"},
    b"\x1b\x1d\x03": 3,
    b"\x1b\x1d#": 8,
}
# Ends of those that say no length.
_ENDED: dict[bytes, bytes] = {b"\x1bb": b"\x1e", b"\x1bD": b"\0", b"\x1b#": _LF_NUL}
# Bytes of a column or of a row of pictures that name their columns or their bytes of a row.
_PICTURES = {b"\x1bK": 1, b"\x1bL": 1, b"\x1bX": 3, b"\x1bk": 24}
_LONGEST_NAME = 3
_LONGEST_CODE = 512  # without its end by then, it is none


class Splitter(commands.Splitter):
    """Cuts the stream. Never raises; an unknown command is as long as its name."""

    def _length(self, stream: bytearray, at: int) -> int | None:
        return _length(stream, at)

    def _name_size(self, raw: bytes) -> int:
        return len(_name(raw, 0) or b"")


def _name(stream: bytes | bytearray, at: int) -> bytes | None:
    """The name of the command at `at`, empty for text; None while it has not come."""
    first = stream[at]
    if first >= 0x20:
        return b""
    if first != _ESC:
        return bytes((first,))
    head = bytes(stream[at : at + _LONGEST_NAME])
    size = 3 if head[1:2] in (b"\x1d", b"\x1e") else 2
    return head[:size] if len(head) >= size else None


def _length(stream: bytearray, at: int) -> int | None:
    """How long the command at `at` is; None while its end has not come."""
    if at >= len(stream):
        return None
    name = _name(stream, at)
    if name is None:
        return None
    if not name:
        end = at + 1
        while end < len(stream) and stream[end] >= 0x20:
            end += 1
        return end - at
    more = _more(name, stream, at + len(name))
    return None if more is None or at + len(name) + more > len(stream) else len(name) + more


def _more(name: bytes, stream: bytearray, at: int) -> int | None:
    """How many bytes follow the name; None where that has not come."""
    if name in _ENDED:
        mark = _ENDED[name]
        # The four parameters of a bar code may be any byte, also that of its end.
        found = stream.find(mark, at + (4 if name == b"\x1bb" else 0))
        if found < 0:
            return 0 if len(stream) - at > _LONGEST_CODE else None
        return found + len(mark) - at
    if name in _PICTURES:
        head = stream[at : at + 2]
        return None if len(head) < 2 else 2 + int.from_bytes(head, "little") * _PICTURES[name]
    match name:
        case b"\x1b\x1dS":
            head = stream[at : at + 6]
            size = int.from_bytes(head[1:3], "little") * int.from_bytes(head[3:5], "little")
            return None if len(head) < 6 else 6 + size
        case b"\x1b\x1dy" | b"\x1b\x1dx":
            return _code(name, stream, at)
        case b"\x1b*":
            return _raster(stream, at)
        case _:
            return _FIXED.get(name, 0)


def _code(name: bytes, stream: bytearray, at: int) -> int | None:
    """`ESC GS y` (QR code) and `ESC GS x` (PDF417): S sets, D stores, P prints, I asks."""
    what = bytes(stream[at : at + 2])
    qr = name.endswith(b"y")
    if what[:1] in (b"P", b"I"):
        return 1
    if len(what) < 2:
        return None
    if what[:1] == b"S":
        return 3 if qr or what[1:2] != b"0" else 5
    if what[:1] != b"D":
        return 1
    skip = 3 if qr else 1  # D 1 m, or D
    size = stream[at + skip : at + skip + 2]
    return None if len(size) < 2 else skip + 2 + int.from_bytes(size, "little")


def _raster(stream: bytearray, at: int) -> int | None:
    """`ESC * r A`, `B`, `C` and `R` are bare, the others have a number that ends with NUL."""
    what = bytes(stream[at : at + 2])
    if len(what) < 2:
        return None
    if what[:1] != b"r" or what[1:2] in b"ABCR":
        return 2
    end = stream.find(0, at + 2)
    return None if end < 0 else end + 1 - at
