"""What a ZPL printer answers to ~HS and ~HI: lines from STX to ETX, taken apart. Pure.

Source: Zebra, "ZPL II Programming Guide", ~HS (Host Status Return) and ~HI (Host Identification).
"""

from __future__ import annotations

from dataclasses import dataclass

ASK_STATUS, ASK_IDENTITY = b"~HS", b"~HI"

_STX, _ETX = 0x02, 0x03
_LONGEST = 256
_BETWEEN = b"\r\n"
_FIELDS = (12, 11, 2)  # of the three lines of ~HS
_DPI = {"6": 152, "8": 203, "12": 300, "24": 600}  # by dots per millimetre
_SHOWN_BYTES = 32


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The three lines of ~HS. `formats` wait in its buffer, `remaining` labels of the batch are still to come."""

    media_out: bool = False
    paused: bool = False
    formats: int = 0
    full: bool = False
    partial: bool = False
    corrupt: bool = False
    cold: bool = False
    hot: bool = False
    head_open: bool = False
    ribbon_out: bool = False
    waiting: bool = False
    remaining: int = 0

    @property
    def can_print(self) -> bool:
        """Whether a label sent now would come out."""
        return not (self.media_out or self.paused or self.full or self.hot or self.head_open or self.ribbon_out)

    @property
    def idle(self) -> bool:
        """Whether nothing is left of what was sent."""
        return not (self.formats or self.remaining or self.partial)


@dataclass(frozen=True, slots=True)
class Identity:
    """The answer to ~HI. `dpi` is 0 where it does not say one that is known."""

    model: str
    version: str
    dpi: int


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no answer."""

    data: bytes


Reply = HostStatus | Identity | Noise


class Framer:
    """Takes the reply stream apart. Never raises; what comes in one piece or byte by byte gives the same replies."""

    def __init__(self) -> None:
        self._line: bytearray | None = None
        self._lines: list[list[str]] = []

    def feed(self, data: bytes) -> list[Reply]:
        """The answers that `data` completes, in order, and what was none."""
        return [found for byte in data for found in self._byte(byte)]

    @property
    def pending(self) -> bytes:
        """The bytes of a line that has begun."""
        return b"" if self._line is None else b"\x02" + bytes(self._line)

    def _byte(self, byte: int) -> list[Reply]:
        if byte == _STX:
            broken, self._line = self._line, bytearray()
            return [] if broken is None else [Noise(b"\x02" + bytes(broken))]
        if self._line is None:
            return [] if byte in _BETWEEN else [Noise(bytes((byte,)))]
        if byte == _ETX:
            line, self._line = bytes(self._line), None
            return self._whole(line)
        self._line.append(byte)
        if len(self._line) < _LONGEST:
            return []
        line, self._line = bytes(self._line), None
        return [Noise(b"\x02" + line)]

    def _whole(self, line: bytes) -> list[Reply]:
        text = line.decode("ascii", "replace").strip("\r\n ")
        fields = [field.strip() for field in text.split(",")]
        if all(field.isascii() and field.isdigit() for field in fields):
            return self._numbers(fields, line)
        self._lines.clear()
        if len(fields) < 4:
            return [Noise(line)]
        return [Identity(fields[0], fields[1], _DPI.get(fields[2], 0))]

    def _numbers(self, fields: list[str], line: bytes) -> list[Reply]:
        if len(fields) == _FIELDS[0]:
            self._lines = [fields]
            return []
        if not self._lines or len(fields) != _FIELDS[len(self._lines)]:
            self._lines.clear()
            return [Noise(line)]
        self._lines.append(fields)
        if len(self._lines) < len(_FIELDS):
            return []
        first, second, _ = self._lines
        self._lines = []
        return [_status(first, second)]


def describe(frame: bytes) -> dict[str, object]:
    """What a piece of a printer's answers says, as {"replies": [...]}; "rest" is what its last line still lacks."""
    framer = Framer()
    found: dict[str, object] = {"replies": [_in_words(reply) for reply in framer.feed(frame)]}
    if framer.pending:
        found["rest"] = framer.pending.hex(" ")
    return found


def redact(data: bytes) -> str:
    """A frame for the ring of last frames: its length and its first bytes, which are commands and status."""
    shown = data[:_SHOWN_BYTES].hex(" ")
    return shown if len(data) <= _SHOWN_BYTES else f"{len(data)} bytes: {shown} ..."


def _status(first: list[str], second: list[str]) -> HostStatus:
    """Lines 1 and 2: aaa,b,c,dddd,eee,f,g,h,iii,j,k,l and mmm,n,o,p,q,r,s,t,uuuuuuuu,v,www."""
    return HostStatus(
        media_out=_on(first[1]),
        paused=_on(first[2]),
        formats=int(first[4]),
        full=_on(first[5]),
        partial=_on(first[7]),
        corrupt=_on(first[9]),
        cold=_on(first[10]),
        hot=_on(first[11]),
        head_open=_on(second[2]),
        ribbon_out=_on(second[3]),
        waiting=_on(second[7]),
        remaining=int(second[8]),
    )


def _on(field: str) -> bool:
    return field.strip("0") != ""


def _in_words(reply: Reply) -> dict[str, object]:
    match reply:
        case HostStatus():
            flags = {name: getattr(reply, name) for name in HostStatus.__slots__}
            return {"kind": "status", "can_print": reply.can_print, "idle": reply.idle, **flags}
        case Identity(model, version, dpi):
            return {"kind": "identity", "model": model, "version": version, "dpi": dpi}
        case Noise(data):
            return {"kind": "noise", "value": data.hex(" ")}
