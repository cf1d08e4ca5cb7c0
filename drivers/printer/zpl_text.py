"""Text for a ZPL label: escaped, measured, wrapped, cut off, and drawn where the printer has no letters for it. Pure.

Source: Zebra, "ZPL II Programming Guide", ^FB, ^FD, ^FH and ^GF.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from drivers.printer.bidi import visual
from drivers.printer.layout import clean, plain
from drivers.printer.raster import Pen

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;!?()/+-=%*'#")
# Widths of letters of font 0, in hundredths of its height, rounded up so that a line never is wider than reckoned.
_NARROW, _WIDE = frozenset("ijlt.,:;|!'()[] Ifr"), frozenset("MW@%mw—…ŒÆœæ€")
_NARROW_W, _USUAL_W, _UPPER_W, _WIDE_W = 32, 58, 70, 98


@dataclass(frozen=True, slots=True)
class Box:
    """Where lines of text stand, in dots: the upper left corner, how wide, and how high a line is. `align`: L or R."""

    x: int
    y: int
    width: int
    height: int
    align: str = "L"


def escaped(text: str) -> str:
    """`text` as the data of a ^FH^FD field in UTF-8 (^CI28)."""
    return "".join(chr(byte) if byte in _SAFE else f"_{byte:02X}" for byte in text.encode())


def width_of(text: str, height: int) -> int:
    """Dots that a line of font 0 takes at most, at letters `height` dots high."""
    hundredths = sum(_letter_width(letter) for letter in text)
    return -(-hundredths * height // 100)


def wrapped(text: str, height: int, width: int) -> list[str]:
    """Lines of at most `width` dots, broken at spaces, and within a word only where it is wider than a line."""
    lines = [""]
    for word in plain(clean(text)).split():
        for piece in _pieces(word, height, width):
            candidate = f"{lines[-1]} {piece}" if lines[-1] else piece
            if width_of(candidate, height) <= width:
                lines[-1] = candidate
            else:
                lines.append(piece)
    return lines


def cut(text: str, height: int, width: int) -> str:
    """`text` as far as it has room on one line, with a "…" where it has not."""
    text = plain(clean(text)).strip()
    if width_of(text, height) <= width:
        return text
    while text and width_of(f"{text}…", height) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def text_field(lines: list[str], box: Box) -> str:
    """A block of text; what font 0 has no letters for is drawn."""
    if not all(_has(letter) for line in lines for letter in line):
        boxes = (replace(box, y=box.y + n * box.height) for n in range(len(lines)))
        return "".join(map(_drawn, lines, boxes))
    # Of a block, `\&` breaks a line and a backslash stands for itself only if doubled.
    data = "\\&".join(escaped(line).replace("_5C", "_5C_5C") for line in lines)
    font, block = f"^A0N,{box.height},{box.height}", f"^FB{box.width},{len(lines)},0,{box.align},0"
    return f"^FO{box.x},{box.y}{font}{block}^FH^FD{data}^FS"


def _drawn(line: str, box: Box) -> str:
    """^GFA: rows from the left in hexadecimal, a 1 is black."""
    text = visual(line, rtl=False)
    px = max(8, box.height * 4 // 5)
    pen = Pen(px)
    text = pen.spelled(text)
    if pen.width(text) > box.width:
        pen = Pen(max(8, px * box.width // pen.width(text)))
    stride = (box.width + 7) // 8
    image = Image.new("L", (stride * 8, box.height), 255)
    left = box.width - pen.width(text) if box.align == "R" else 0
    pen.draw(ImageDraw.Draw(image), (left, 0), text, 0, bold=False)
    rows = bytes(byte ^ 0xFF for byte in image.point(lambda level: 255 if level > 140 else 0).convert("1").tobytes())
    return f"^FO{box.x},{box.y}^GFA,{len(rows)},{len(rows)},{stride},{rows.hex().upper()}^FS"


def _has(letter: str) -> bool:
    """Whether font 0 has a letter: Latin with its accents, and signs of money and print."""
    return letter < "\u0180" or letter in "‘’“”„–—…•€™"


def _letter_width(letter: str) -> int:
    if letter in _NARROW:
        return _NARROW_W
    if letter in _WIDE or not _has(letter):
        return _WIDE_W
    return _UPPER_W if letter.isupper() else _USUAL_W


def _pieces(word: str, height: int, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, height) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
