"""QR codes and linear bar codes: checked, as the printer's own commands, and as dots for a model that has none."""

from __future__ import annotations

import qrcode
import qrcode.exceptions
from barcode.codex import Code128  # type: ignore[import-untyped] # python-barcode has no types
from barcode.ean import EAN8, EAN13  # type: ignore[import-untyped] # the same
from PIL import Image, ImageDraw

from drivers.printer.images import EncodeError
from drivers.printer.interface import Barcode, Symbology
from drivers.printer.layout import clean
from drivers.printer.profile import PrinterProfile
from drivers.printer.raster import Pen

_QR_MODULE_DOTS, _QR_QUIET_MODULES = 6, 8
_BAR_HEIGHT, _BAR_WIDTHS, _BAR_QUIET_MODULES = 80, (3, 2), 20
_HRI_BELOW = b"\x1dH\x02"
_REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
_DIGITS = {Symbology.EAN13: 13, Symbology.EAN8: 8}
_DIGIT_LINE = 28


def qr_bytes(content: str, profile: PrinterProfile) -> bytes:
    """`GS ( k` functions 165, 167, 169, 180 and 181: model 2, size, level M, store, print."""
    dots = _qr_dots(qr_code(content), profile)
    parts = (b"A2\x00", b"C" + bytes((dots,)), b"E1", b"P0" + content.encode(), b"Q0")
    return b"".join(b"\x1d(k" + (len(part) + 1).to_bytes(2, "little") + b"1" + part for part in parts)


def qr_dots(content: str, profile: PrinterProfile) -> Image.Image:
    """The same as dots."""
    code = qr_code(content)
    matrix = Image.new("1", (code.modules_count, code.modules_count), 1)
    matrix.putdata([0 if dark else 1 for line in code.get_matrix() for dark in line])
    return matrix.resize((code.modules_count * _qr_dots(code, profile),) * 2, Image.Resampling.NEAREST)


def qr_code(content: str) -> qrcode.QRCode:
    """The code of `content`; `EncodeError` where it is empty, too long, or holds control characters."""
    if not content or clean(content) != content:
        raise EncodeError(
            "The QR code of this document is empty or holds control characters.",
            "Check what the receipt puts into its QR code.",
        )
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    code.add_data(content.encode(), optimize=0)
    try:
        code.make(fit=True)
    except (qrcode.exceptions.DataOverflowError, ValueError) as error:
        raise EncodeError(
            f"The QR code of this document is too long: {len(content)} characters.",
            "Put less into it: a code holds about 2300 bytes.",
        ) from error
    return code


def barcode_bytes(code: Barcode, profile: PrinterProfile) -> bytes:
    """`GS h`, `GS w`, `GS H` and `GS k` function B (67 EAN-13, 68 EAN-8, 73 Code 128)."""
    width = _bar_width(code, profile)
    match code.symbology:
        case Symbology.EAN13:
            kind, data = 67, code.content.encode()
        case Symbology.EAN8:
            kind, data = 68, code.content.encode()
        case Symbology.CODE128:
            kind, data = 73, _code128(code.content)
    head = b"\x1dh" + bytes((_BAR_HEIGHT,)) + b"\x1dw" + bytes((width,)) + _HRI_BELOW
    return head + b"\x1dk" + bytes((kind, len(data))) + data


def barcode_dots(code: Barcode, profile: PrinterProfile) -> Image.Image:
    """The same as dots, with its content below."""
    width = _bar_width(code, profile)
    pattern = _pattern(code)
    image = Image.new("L", (len(pattern) * width, _BAR_HEIGHT + _DIGIT_LINE), 255)
    canvas = ImageDraw.Draw(image)
    for place, bar in enumerate(pattern):
        if bar == "1":
            canvas.rectangle((place * width, 0, (place + 1) * width - 1, _BAR_HEIGHT - 1), fill=0)
    pen = Pen()
    pen.draw(
        canvas, (max(0, (image.width - pen.width(code.content)) // 2), _BAR_HEIGHT + 2), code.content, 0, bold=False
    )
    return image.convert("1", dither=Image.Dither.NONE)


def _qr_dots(code: qrcode.QRCode, profile: PrinterProfile) -> int:
    modules: int = code.modules_count
    return min(_QR_MODULE_DOTS, profile.dots // (modules + _QR_QUIET_MODULES))


def _code128(content: str) -> bytes:
    """Set C for digits, two in a byte; set B for all else, and for digits that would be a real-time command."""
    if content.isdigit() and len(content) % 2 == 0:
        pairs = bytes(int(content[place : place + 2]) for place in range(0, len(content), 2))
        if not any(command in pairs for command in _REAL_TIME):
            return b"{C" + pairs
    return b"{B" + content.replace("{", "{{").encode()


def _bar_width(code: Barcode, profile: PrinterProfile) -> int:
    """Dots of the narrowest bar: the widest that leaves the paper a quiet zone."""
    modules = len(_pattern(code)) + _BAR_QUIET_MODULES
    for width in _BAR_WIDTHS:
        if modules * width <= profile.dots:
            return width
    raise EncodeError(
        f"A bar code of {len(code.content)} characters is wider than the paper.", "Print a QR code instead."
    )


def _pattern(code: Barcode) -> str:
    """The modules of a code, "1" for a bar; set B wherever the command for the printer has it, which is the widest."""
    content = code.content
    digits = _DIGITS.get(code.symbology)
    if digits is None:
        if not content or not content.isascii() or not content.isprintable() or len(content) > 100:
            raise _wrong(code, "holds printable ASCII")
        return str(Code128(content).build()[0])
    if len(content) != digits or not (content.isascii() and content.isdigit()):
        raise _wrong(code, f"has {digits} digits")
    made = EAN13(content) if code.symbology is Symbology.EAN13 else EAN8(content)
    if made.get_fullcode() != content:
        raise _wrong(code, f"ends with its check digit, here {made.get_fullcode()[-1]}")
    return str(made.build()[0]).replace("G", "1")


def _wrong(code: Barcode, rule: str) -> EncodeError:
    return EncodeError(
        f"A bar code of this document cannot be printed: {code.symbology.upper()} {rule}.",
        "Check what the document puts into its bar code.",
    )
