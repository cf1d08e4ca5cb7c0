"""A document as bytes for a printer, as a picture of the paper, or as text; for whoever has no printer at hand."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from drivers.device import DeviceError
from drivers.printer.encode import encode
from drivers.printer.interface import Align, Barcode, Columns, Element, Picture, PrintJob, QrCode, Rule, Text
from drivers.printer.layout import cells, columns, doubles, wrap
from drivers.printer.paper import read
from drivers.printer.picture import draw
from drivers.printer.profile import PrinterProfile, names, profile

_RIGHT_TO_LEFT_MARK = "\u200f"
_LEFT_TO_RIGHT, _ISOLATE_END = "\u2066", "\u2069"


def profile_names() -> tuple[str, ...]:
    """The printer models that a document can be rendered for."""
    return names()


def profile_columns(profile_name: str) -> int:
    """How many letters that printer puts on a line. `DeviceError` for an unknown profile."""
    return _profile(profile_name).columns


def to_escpos(elements: Sequence[Element], profile_name: str) -> bytes:
    """ESC/POS for a printer of that profile, cut included. `DeviceError` for an unknown profile or a bad QR code."""
    return encode(PrintJob("rendered", tuple(elements)), _profile(profile_name))


def to_png(elements: Sequence[Element], profile_name: str) -> bytes:
    """A PNG of the paper as that printer would leave it, drawn from the bytes it would get; errors as `to_escpos`."""
    image = draw(read(to_escpos(elements, profile_name)), _profile(profile_name).dots)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def to_text(elements: Iterable[Element], width: int) -> str:
    """Plain text, no line wider than `width` cells (8 or more), each ending with a newline.

    Text stays in the order it is read; a line from right to left begins with U+200F, so that a screen that knows
    such scripts shows it as the paper would.
    """
    if width < 8:
        raise ValueError("text needs 8 columns or more")
    return "".join(f"{line}\n" for element in elements for line in _lines(element, width))


def _lines(element: Element, width: int) -> Iterator[str]:
    match element:
        case Text(text, align, _, double, rtl):
            for line in wrap(text, width // 2 if double else width, rtl=rtl):
                yield _directed(_aligned(line, align, width), rtl=rtl)
        case Columns(left, right, _, double, rtl):
            half = double and doubles(right, width)
            for row in columns(left, right, width // 2 if half else width, rtl=rtl):
                gap = " " * (width - cells(row.left) - cells(row.right)) if row.right else ""
                amount = f"{_LEFT_TO_RIGHT}{row.right}{_ISOLATE_END}" if rtl and row.right else row.right
                yield _directed(row.left + gap + amount, rtl=rtl)
        case Rule():
            yield "-" * width
        case QrCode(content):
            yield from wrap(f"[QR {content}]", width)
        case Barcode(content, symbology):
            yield from wrap(f"[{symbology.upper()} {content}]", width)
        case Picture(_, alt, align):
            for line in wrap(f"[{alt}]", width) if alt else ():
                yield _aligned(line, align, width)


def _aligned(line: str, align: Align, width: int) -> str:
    room = width - cells(line)
    match align:
        case Align.LEFT:
            return line
        case Align.CENTRE:
            return (" " * (room // 2) + line).rstrip(" ")
        case Align.RIGHT:
            return " " * room + line


def _directed(line: str, *, rtl: bool) -> str:
    return _RIGHT_TO_LEFT_MARK + line if rtl else line


def _profile(name: str) -> PrinterProfile:
    try:
        return profile(name)
    except KeyError as error:
        raise DeviceError(f"There is no printer profile {name!r}.", f"Choose from {', '.join(names())}.") from error
