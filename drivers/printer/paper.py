"""ESC/POS bytes read back as what stands on the paper. An interpreter of its own, so that it can judge the encoder."""

from __future__ import annotations

import abc
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from drivers.printer.commands import Command, Splitter

# Upper half of PC853, which Python lacks.
_CP853 = (
    "ÇüéâäàĉçêëèïîìÄĈÉċĊôöòûùİÖÜĝ£Ĝ×ĵáíóúñÑĞğĤĥ�½Ĵş«»░▒▓│┤ÁÂÀŞ╣║╗╝Żż┐"
    "└┴┬├─┼Ŝŝ╚╔╩╦╠═╬¤��ÊËÈıÍÎÏ┘┌█▄�Ì▀ÓßÔÒĠġµĦħÚÛÙŬŭ�´\u00ad�ℓŉ˘§÷¸°¨˙�³²■\u00a0"
)
# Character tables by the n of ESC t n, as Epson numbers them (escpos-printer-db, profile TM-T88V).
# fmt: off
_CODECS = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737", 15: "iso8859_7",
    16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 32: "cp720", 33: "cp775", 34: "cp855", 35: "cp861",
    36: "cp862", 37: "cp864", 38: "cp869", 39: "iso8859_2", 40: "iso8859_15", 45: "cp1250", 46: "cp1251",
    47: "cp1253", 48: "cp1254", 49: "cp1255", 50: "cp1256", 51: "cp1257", 52: "cp1258",
}
# fmt: on
_BARCODES_A = ("UPC-A", "UPC-E", "EAN13", "EAN8", "CODE39", "ITF", "CODABAR")
_BARCODES_B = (*_BARCODES_A, "CODE93", "CODE128")
_TAB = 8


@dataclass(frozen=True, slots=True)
class Style:
    """How letters look. `width` and `height` are multiples, `font_b` the small font."""

    bold: bool = False
    underline: bool = False
    inverse: bool = False
    width: int = 1
    height: int = 1
    font_b: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Letters of one style."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. `align` is 0 left, 1 centre, 2 right."""

    spans: tuple[Span, ...]
    align: int

    @property
    def text(self) -> str:
        """The letters of the line."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots, `stride` bytes a row, a 1 is black."""

    stride: int
    rows: bytes
    align: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.rows) // self.stride if self.stride else 0


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code of modules `module` dots wide."""

    content: bytes
    module: int
    align: int


@dataclass(frozen=True, slots=True)
class Barcode:
    """A linear bar code, `height` dots high."""

    symbology: str
    content: str
    height: int
    align: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The cutter cut."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """The drawer was kicked on connector pin 2 (`pin` 0) or 5 (1)."""

    pin: int


Mark = Line | Picture | Qr | Barcode | Cut | Pulse


@dataclass(slots=True)
class _Modes:
    """What ESC @ resets."""

    style: Style = field(default_factory=Style)
    align: int = 0
    page: int = 0
    qr: bytes = b""
    qr_module: int = 3
    barcode_height: int = 162
    stored: Picture | None = None
    pdf417: bytes = b""
    chinese: bool = False


class Sheet(abc.ABC):
    """Executes commands and gives what each puts on the paper; the line being filled is kept until it is fed."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._strip = False  # of a picture in strips, which the next line feed only moves past

    @abc.abstractmethod
    def execute(self, command: Command) -> list[Mark]:
        """What `command` adds to the paper. Never raises; what does not print adds nothing."""

    @abc.abstractmethod
    def _alignment(self) -> int:
        """Where lines stand now: 0 left, 1 centre, 2 right."""

    def _line_feed(self) -> list[Mark]:
        after_strip, self._strip = self._strip and not self._spans, False
        return [] if after_strip else [self._line()]

    def _line(self) -> Line:
        line = Line(tuple(self._spans), self._alignment())
        self._spans = []
        return line

    def _flush(self) -> list[Mark]:
        return [self._line()] if self._spans else []

    def _feed(self, lines: int) -> list[Mark]:
        return [*self._flush(), *(self._line() for _ in range(lines - bool(self._spans)))]


class Paper(Sheet):
    """The paper of an ESC/POS printer."""

    def __init__(self) -> None:
        super().__init__()
        self._modes = _Modes()

    def execute(self, command: Command) -> list[Mark]:
        """See `Sheet`."""
        match command.name[:1]:
            case b"":
                self._write(_decode(command.data, self._modes.page, chinese=self._modes.chinese))
            case b"\n":
                return self._line_feed()
            case b"\t":
                column = sum(len(span.text) * span.style.width for span in self._spans)
                self._write(" " * (_TAB - column % _TAB))
            case b"\x1b":
                return self._escape(command.name[1:], command.data)
            case b"\x1d":
                return self._group(command.name[1:], command.data)
            case b"\x1c" if command.name[1:] in (b"&", b"."):
                self._modes.chinese = command.name[1:] == b"&"
        return []

    def _escape(self, name: bytes, data: bytes) -> list[Mark]:
        n = data[0] if data else 0
        match name:
            case b"@":
                self._modes = _Modes()
                self._spans.clear()
            case b"a":
                self._modes.align = n & 3  # 0 to 2 or '0' to '2'
            case b"t":
                self._modes.page = n
            case b"d" | b"J":
                return self._feed(n if name == b"d" else n // 24)
            case b"i" | b"m":
                return [*self._flush(), Cut()]
            case b"p":
                return [Pulse(n & 1)]
            case b"*":
                return self._columns(data)
            case _:
                self._modes.style = _styled(self._modes.style, name, n)
        return []

    def _group(self, name: bytes, data: bytes) -> list[Mark]:
        n = data[0] if data else 0
        modes = self._modes
        match name:
            case b"!":
                modes.style = replace(modes.style, width=(n >> 4 & 7) + 1, height=(n & 7) + 1)
            case b"B":
                modes.style = replace(modes.style, inverse=bool(n & 1))
            case b"V":
                return [*self._flush(), Cut()]
            case b"h":
                modes.barcode_height = n
            case b"k":
                return [*self._flush(), self._barcode(data)]
            case b"v":
                return [*self._flush(), Picture(data[2] + 256 * data[3], data[6:], modes.align)]
            case b"(":
                return self._extended(data[:1], data[3:])
        return []

    def _extended(self, kind: bytes, data: bytes) -> list[Mark]:
        """`GS ( k` for QR codes and `GS ( L` for graphics."""
        modes = self._modes
        if kind == b"k" and data[:1] == b"1":
            match data[1:2]:
                case b"C" if len(data) > 2:
                    modes.qr_module = data[2]
                case b"P":
                    modes.qr = data[3:]
                case b"Q":
                    return [*self._flush(), Qr(modes.qr, modes.qr_module, modes.align)]
        if kind == b"k" and data[:1] == b"0":
            return self._pdf417(data)
        if kind == b"L" and data[1:2] == b"p" and len(data) > 10:
            modes.stored = Picture((data[6] + 256 * data[7] + 7) // 8, data[10:], modes.align)
        if kind == b"L" and data[1:2] in (b"2", b"\x02") and modes.stored is not None:
            return [*self._flush(), modes.stored]
        return []

    def _pdf417(self, data: bytes) -> list[Mark]:
        if data[1:2] == b"P":
            self._modes.pdf417 = data[3:]
        if data[1:2] != b"Q":
            return []
        content = self._modes.pdf417.decode("utf-8", "replace")
        return [*self._flush(), Barcode("PDF417", content, self._modes.barcode_height, self._modes.align)]

    def _write(self, text: str) -> None:
        self._spans.append(Span(text, self._modes.style))

    def _alignment(self) -> int:
        return self._modes.align

    def _barcode(self, data: bytes) -> Barcode:
        kind, table = (data[0] - 65, _BARCODES_B) if data[0] >= 65 else (data[0], _BARCODES_A)
        content = data[2:] if data[0] >= 65 else data[1:].rstrip(b"\0")
        name = table[kind] if kind < len(table) else f"bar code {data[0]}"
        return Barcode(name, content.decode("ascii", "replace"), self._modes.barcode_height, self._modes.align)

    def _columns(self, data: bytes) -> list[Mark]:
        """ESC *, in columns of 8 or of 24 dots."""
        depth = 3 if data[0] in (32, 33) else 1
        self._strip = True
        return [*self._flush(), turned(data[1] + 256 * data[2], depth, data[3:], self._modes.align)]


def turned(width: int, depth: int, data: bytes, align: int) -> Picture:
    """A picture whose dots come column by column, `depth` bytes each, the top dot as the highest bit."""
    stride = (width + 7) // 8
    rows = bytearray(stride * depth * 8)
    for x in range(width):
        column = int.from_bytes(data[x * depth : (x + 1) * depth], "big")
        for y in range(depth * 8):
            if column >> (depth * 8 - 1 - y) & 1:
                rows[y * stride + x // 8] |= 0x80 >> x % 8
    return Picture(stride, bytes(rows), align)


def _styled(style: Style, name: bytes, n: int) -> Style:
    """`style` after `ESC name n`."""
    match name:
        case b"!":
            size = replace(style, width=2 if n & 0x20 else 1, height=2 if n & 0x10 else 1)
            return replace(size, bold=bool(n & 0x08), underline=bool(n & 0x80), font_b=bool(n & 0x01))
        case b"E" | b"G":
            return replace(style, bold=bool(n & 1))
        case b"-":
            return replace(style, underline=n not in (0, 0x30))
        case b"M":
            return replace(style, font_b=n in (1, 0x31))
        case _:
            return style


def read(data: bytes) -> list[Mark]:
    """All that `data` puts on the paper, in order."""
    paper = Paper()
    return [mark for command in Splitter().feed(data) for mark in paper.execute(command)]


def text_of(marks: Iterable[Mark], columns: int = 42) -> str:
    """The paper as plain text, `columns` wide; codes and pictures are named in square brackets."""
    return "".join(f"{_as_text(mark, columns)}\n" for mark in _joined(marks) if not isinstance(mark, Pulse))


def _joined(marks: Iterable[Mark]) -> Iterator[Mark]:
    """`marks` with the slices of a picture put together."""
    last: Mark | None = None
    for mark in marks:
        if isinstance(last, Picture) and isinstance(mark, Picture) and last.stride == mark.stride:
            last = replace(last, rows=last.rows + mark.rows)
            continue
        if last is not None:
            yield last
        last = mark
    if last is not None:
        yield last


def _as_text(mark: Mark, columns: int) -> str:
    match mark:
        case Line(spans, align):
            taken = sum(_cells(span.text) * span.style.width for span in spans)
            room = max(0, columns - taken)
            return (" " * (room * align // 2) + mark.text).rstrip()
        case Qr(content):
            return f"[QR {content.decode('utf-8', 'replace')}]"
        case Barcode(symbology, content):
            return f"[{symbology} {content}]"
        case Picture(stride):
            return f"[picture {stride * 8} x {mark.height}]"
        case Cut():
            return "- " * (columns // 2)
        case Pulse():
            return ""


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _decode(data: bytes, page: int, *, chinese: bool = False) -> str:
    if chinese:
        return data.decode("gb18030", "replace")
    if page == 12:
        return "".join(chr(byte) if byte < 0x80 else _CP853[byte - 0x80] for byte in data)
    text = data.decode(_CODECS.get(page, "ascii"), "replace")
    # PC857 gave 0xD5 to the euro sign in 1998; Python's table is older.
    return text.replace("�", "€") if page == 13 and data.count(0xD5) == text.count("�") else text
