"""Star bytes read back as what stands on the paper; an interpreter of its own, so that it can judge the encoder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from drivers.printer.commands import Command
from drivers.printer.paper import Barcode, Cut, Mark, Picture, Pulse, Qr, Sheet, Span, Style, turned
from drivers.printer.star_commands import Splitter

# Upper half of Star's own table, as @point-of-sale/codepage-encoder 3.0.2 (MIT) has it under "star/standard".
_STANDARD = (
    "\u00a0�����������├�����▘▗▖▝╱╲◥◤┌┴┬┤�╳ÄÖÜß�ªº�¢½��¥¼Āëéèēêïíìīîöóòōôüúùūûç¿��Ēↄ¡ÅøØäáàāâ°℃℉ΩµΣσ��χ∞±÷π▌▄▀▐┼┘└┐█▒⏊����╭⏉��"
    "▁▍��▚▞◢◣�⏸╰╯╮"
)
# Character tables by the n of ESC GS t n (receipt-printer-encoder 4.0.1, MIT, "star-prnt").
# fmt: off
_CODECS = {
    1: "cp437", 4: "cp858", 5: "cp852", 6: "cp860", 7: "cp861", 8: "cp863", 9: "cp865", 10: "cp866", 11: "cp855",
    12: "cp857", 13: "cp862", 14: "cp864", 15: "cp737", 17: "cp869", 32: "cp1252", 33: "cp1250", 34: "cp1251",
}
# fmt: on
_BARCODES = ("UPC-E", "UPC-A", "EAN8", "EAN13", "CODE39", "ITF", "CODE128", "CODE93", "CODABAR", "GS1-128")
_DEPTH = 3  # bytes of a column of ESC X


@dataclass(slots=True)
class _Modes:
    """What ESC @ resets."""

    style: Style = field(default_factory=Style)
    align: int = 0
    page: int = 0
    qr: bytes = b""
    qr_cell: int = 3


class Paper(Sheet):
    """The paper of a Star printer; strips are those of ESC X and ESC k."""

    def __init__(self) -> None:
        super().__init__()
        self._modes = _Modes()

    def execute(self, command: Command) -> list[Mark]:
        """See `Sheet`."""
        n = command.data[0] if command.data else 0
        match command.name:
            case b"":
                self._spans.append(Span(_decode(command.data, self._modes.page), self._modes.style))
            case b"\n":
                return self._line_feed()
            case b"\x07" | b"\x1c" | b"\x1a" | b"\x19":
                return [Pulse(int(command.name in (b"\x1a", b"\x19")))]
            case b"\x1bd":
                return [*self._flush(), Cut()]
            case b"\x1ba":
                return self._feed(n)
            case b"\x1bb":
                return [*self._flush(), *self._barcode(command.data)]
            case b"\x1b\x1dy":
                return self._qr(command.data)
            case b"\x1b\x1dS" | b"\x1bX" | b"\x1bk":
                return self._picture(command.name, command.data)
            case _:
                self._set(command.name, n, command.data)
        return []

    def _set(self, name: bytes, n: int, data: bytes) -> None:
        modes = self._modes
        match name:
            case b"\x1b@":
                self._modes = _Modes()
                self._spans.clear()
            case b"\x1bi":  # the height and the width of letters, less one
                modes.style = replace(modes.style, height=(n & 7) + 1, width=(data[1] & 7) + 1)
            case b"\x1b\x1dt":
                modes.page = n
            case b"\x1b\x1da":
                modes.align = min(2, n & 3)  # 0 to 2 or '0' to '2'
            case b"\x1bE" | b"\x1bF":
                modes.style = replace(modes.style, bold=name == b"\x1bE")
            case _:
                modes.style = _styled(modes.style, name, n)

    def _qr(self, data: bytes) -> list[Mark]:
        match data[:2]:
            case b"S2":
                self._modes.qr_cell = data[2]
            case b"D1":
                self._modes.qr = data[5:]
            case _ if data[:1] == b"P":
                return [*self._flush(), Qr(self._modes.qr, self._modes.qr_cell, self._modes.align)]
        return []

    def _barcode(self, data: bytes) -> list[Mark]:
        if len(data) < 5:
            return []
        kind = data[0] & 0x0F if data[0] >= 0x30 else data[0]
        name = _BARCODES[kind] if kind < len(_BARCODES) else f"bar code {data[0]}"
        content = data[4:-1].decode("ascii", "replace")
        if name == "CODE128":
            content = content.replace("%0", "%")
        return [Barcode(name, content, data[3], self._modes.align)]

    def _picture(self, name: bytes, data: bytes) -> list[Mark]:
        align = self._modes.align
        if name == b"\x1b\x1dS":
            return [*self._flush(), Picture(int.from_bytes(data[1:3], "little"), data[6:], align)]
        self._strip = True
        size = int.from_bytes(data[:2], "little")
        if name == b"\x1bk":
            return [*self._flush(), Picture(size, data[2:], align)]
        return [*self._flush(), turned(size, _DEPTH, data[2:], align)]

    def _alignment(self) -> int:
        return self._modes.align


def read(data: bytes) -> list[Mark]:
    """All that `data` puts on the paper, in order."""
    paper = Paper()
    return [mark for command in Splitter().feed(data) for mark in paper.execute(command)]


def _styled(style: Style, name: bytes, n: int) -> Style:
    match name:
        case b"\x1b4" | b"\x1b5":
            return replace(style, inverse=name == b"\x1b4")
        case b"\x1b-":
            return replace(style, underline=n in (1, 0x31))
        case b"\x1b\x1eF":
            return replace(style, font_b=n & 3 == 1)
        case b"\x1bW":
            return replace(style, width=(n & 7) + 1)
        case b"\x1bh":
            return replace(style, height=(n & 7) + 1)
        case _:
            return style


def _decode(data: bytes, page: int) -> str:
    if page in _CODECS:
        return data.decode(_CODECS[page], "replace")
    return "".join(chr(byte) if byte < 0x80 else _STANDARD[byte - 0x80] for byte in data)
