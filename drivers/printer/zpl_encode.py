"""A shelf label as ZPL II: name and small print above, price large, bar code below. Pure.

Source: Zebra, "ZPL II Programming Guide". No text can become a command: of its bytes, all but letters, digits and a few
signs are sent as ^FH hexadecimal, also within bar codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.printer.codes import barcode_dots, qr_code
from drivers.printer.images import EncodeError
from drivers.printer.interface import Barcode, Symbology
from drivers.printer.label_interface import LabelBarcode, LabelCode, LabelJob
from drivers.printer.layout import clean, plain
from drivers.printer.profile import CodePage, Cutter, PrinterProfile, Proof
from drivers.printer.zpl_text import Box, cut, escaped, text_field, width_of, wrapped

MOST_COPIES = 999
_SIZES_MM = range(10, 201)  # a side of a label
_DOTS_PER_MM = {152: 6, 203: 8, 300: 12, 600: 24}
# Tenths of a millimetre.
_MARGIN, _GAP = 20, 6
_NAME_HEIGHTS, _NAME_LINES = (50, 42, 34, 28), 2
_PRICE_HEIGHTS = (120, 100, 80, 65, 50, 40, 32)
_UNIT_HEIGHT, _SMALL_HEIGHT = 26, 22
_BAR_LEAST, _BAR_MOST, _DIGITS = 50, 100, 30
_MOST_SMALL = 4
_CODE128_SIGNS = {"^": "><", ">": ">0", "~": ">="}
_DIGITS_OF = {LabelCode.EAN13: 13, LabelCode.EAN8: 8, LabelCode.UPCA: 12}
_MODULES = {LabelCode.EAN13: 113, LabelCode.EAN8: 81, LabelCode.UPCA: 113}  # with their quiet zones
_COMMANDS = {LabelCode.EAN13: "^BEN,{h},Y,N", LabelCode.EAN8: "^B8N,{h},Y,N", LabelCode.UPCA: "^BUN,{h},Y,N,Y"}
# What a code is checked by; nothing of it is printed.
_CHECK = PrinterProfile("label", 600, 100_000, (CodePage(0, "ascii"),), Cutter.NONE, Proof.NONE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A label in dots."""

    width: int
    height: int
    per_mm: int

    def dots(self, tenths: int) -> int:
        """Tenths of a millimetre in dots."""
        return tenths * self.per_mm // 10


def encode(job: LabelJob, dpi: int) -> bytes:
    """All bytes of `job` for a printer of that resolution; `EncodeError` where it cannot be put on such a label."""
    if not 1 <= job.copies <= MOST_COPIES:
        raise EncodeError(f"A job has 1 to {MOST_COPIES} labels, not {job.copies}.", "Print fewer at once.")
    if dpi not in _DOTS_PER_MM or job.dpi not in (None, dpi):
        raise EncodeError(
            f"This label is made for {job.dpi} dpi, and the printer has {dpi}.", "Use a printer of that resolution."
        )
    if job.width_mm not in _SIZES_MM or job.height_mm not in _SIZES_MM:
        raise EncodeError("A label is 10 to 200 mm wide and high.", "Check the size in the settings of the labels.")
    per_mm = _DOTS_PER_MM[dpi]
    sheet = Sheet(job.width_mm * per_mm, job.height_mm * per_mm, per_mm)
    fields = "".join(_fields(job, sheet))
    head = f"^XA^CI28^LH0,0^PW{sheet.width}^LL{sheet.height}"
    return f"{head}{fields}^PQ{job.copies},0,0,N^XZ".encode("ascii")


def _fields(job: LabelJob, sheet: Sheet) -> Iterator[str]:
    """From the top: name, small print; from the bottom: bar code; between them price and price per unit."""
    label = job.label
    left, inner = sheet.dots(_MARGIN), sheet.width - 2 * sheet.dots(_MARGIN)
    gap = sheet.dots(_GAP)
    top = left
    height, lines = _fitting_name(label.name, sheet, inner)
    yield text_field(lines, Box(left, top, inner, height))
    top += len(lines) * height + gap
    small = sheet.dots(_SMALL_HEIGHT)
    for line in label.lines[:_MOST_SMALL]:
        yield text_field([cut(line, small, inner)], Box(left, top, inner, small))
        top += small + gap // 2
    bottom = sheet.height - left
    if label.barcode is not None:
        room = bottom - top - sheet.dots(_PRICE_HEIGHTS[-1]) - (sheet.dots(_UNIT_HEIGHT) if label.unit_price else 0)
        bottom, field = _code(label.barcode, sheet, bottom, room)
        yield field
        bottom -= gap
    unit = sheet.dots(_UNIT_HEIGHT)
    if label.unit_price:
        bottom -= unit
        yield text_field([cut(label.unit_price, unit, inner)], Box(left, bottom, inner, unit, "R"))
        bottom -= gap // 2
    price = _fitting_price(label.price, sheet, inner, bottom - top)
    yield text_field([plain(clean(label.price))], Box(left, bottom - price, inner, price, "R"))


def _fitting_name(name: str, sheet: Sheet, width: int) -> tuple[int, list[str]]:
    """The largest letters in which the name has room; in the smallest ones, its end is cut off."""
    height, lines = 0, [""]
    for tenths in _NAME_HEIGHTS:
        height = sheet.dots(tenths)
        lines = wrapped(name, height, width)
        if len(lines) <= _NAME_LINES:
            return height, lines
    return height, [*lines[: _NAME_LINES - 1], cut(" ".join(lines[_NAME_LINES - 1 :]), height, width)]


def _fitting_price(price: str, sheet: Sheet, width: int, room: int) -> int:
    text = plain(clean(price))
    for tenths in _PRICE_HEIGHTS:
        height = sheet.dots(tenths)
        if height <= room and width_of(text, height) <= width:
            return height
    # A price that is cut off is a wrong price.
    raise EncodeError("There is no room for the price on this label.", "Use larger labels, or less small print.")


def _code(code: LabelBarcode, sheet: Sheet, bottom: int, room: int) -> tuple[int, str]:
    """The bar code that ends at `bottom`, and where it begins."""
    left, inner = sheet.dots(_MARGIN), sheet.width - 2 * sheet.dots(_MARGIN)
    if code.symbology is LabelCode.QR:
        modules = qr_code(code.content).modules_count
        module = min(10, inner // modules, room // modules)
        if module < 2:
            raise _no_room()
        y = bottom - module * modules
        return y, f"^FO{left},{y}^BQN,2,{module}^FH^FDMA,{escaped(code.content)}^FS"
    data, modules = _data(code)
    module = min(sheet.per_mm // 2, inner // modules)
    height = min(sheet.dots(_BAR_MOST), room - sheet.dots(_DIGITS))
    if module < max(1, sheet.per_mm // 4) or height < sheet.dots(_BAR_LEAST):
        raise _no_room()
    y = bottom - height - sheet.dots(_DIGITS)
    command = _COMMANDS.get(code.symbology, "^BCN,{h},Y,N,N").format(h=height)
    return y, f"^FO{left + 9 * module},{y}^BY{module}{command}^FH^FD{escaped(data)}^FS"


def _data(code: LabelBarcode) -> tuple[str, int]:
    """What goes into ^FD, and how many modules wide the code is with its quiet zones; `EncodeError` for a wrong one."""
    digits = _DIGITS_OF.get(code.symbology)
    # A UPC-A is the EAN-13 that begins with 0.
    kind = Symbology.CODE128 if digits is None else Symbology.EAN8 if digits == 8 else Symbology.EAN13
    if digits is not None and len(code.content) != digits:
        raise EncodeError(f"A {code.symbology.upper()} has {digits} digits.", "Check the article's number.")
    barcode_dots(Barcode(code.content.zfill(13) if digits == 12 else code.content, kind), _CHECK)
    if digits is not None:  # the printer adds the check digit, which was found to be the right one
        return code.content[:-1], _MODULES[code.symbology]
    if code.content.isdigit() and len(code.content) % 2 == 0:
        return f">;{code.content}", (len(code.content) // 2 + 2) * 11 + 13 + 20
    signs = "".join(_CODE128_SIGNS.get(sign, sign) for sign in code.content)
    return f">:{signs}", (len(code.content) + 2) * 11 + 13 + 20


def _no_room() -> EncodeError:
    return EncodeError("There is no room for the bar code on this label.", "Use larger labels, or less small print.")
