"""A print job as the bytes of a Star printer, in StarPRNT or in Star Line Mode.

The two differ in how a picture is sent only. Source: Star Micronics, "StarPRNT Command Specifications" and "STAR Line
Mode Command Specifications".
"""

from __future__ import annotations

from PIL import Image

from drivers.printer.codes import barcode_bytes, qr_code
from drivers.printer.images import dots_of
from drivers.printer.interface import Barcode, Picture, PrintJob, QrCode, Symbology
from drivers.printer.profile import CodePage, PrinterProfile
from drivers.printer.star_profile import Dialect
from drivers.printer.writer import Writer

# ESC RS a 1: status by itself on changes.
AUTOMATIC_STATUS = b"\x1b\x1ea\x01"
# ESC ACK SOH: the status at once, whatever waits in the buffer.
ASK_STATUS = b"\x1b\x06\x01"
# ETB: worked off when all before it is printed; it raises a counter and has the status sent.
ETB = b"\x17"
# Every mode that a job uses, set one by one: font A, sign set of the USA, bold, inverse, underline, size, alignment,
# upside down, left margin. ESC @ and CAN would do it in one, but they begin the count of ETB anew, and CAN clears the
# buffer, where an earlier job may still wait for paper.
_BOLD, _PLAIN = b"\x1bE", b"\x1bF"
_SINGLE, _DOUBLE = b"\x1bi\x00\x00", b"\x1bi\x01\x01"
_LEFT, _CENTRE = b"\x1b\x1da\x00", b"\x1b\x1da\x01"
MODES = b"\x1b\x1eF\x00\x1bR\x00" + _PLAIN + b"\x1b5\x1b-\x00" + _SINGLE + _LEFT + b"\x12\x1bl\x00"
START = AUTOMATIC_STATUS + MODES
# ESC d 3: feed to the cutter, then cut all but one point.
CUT = b"\x1bd\x03"
_BAND = 24  # rows of ESC k
# ESC 0 sets lines 3 mm apart, which is 24 dots: bands touch. ESC z 1 sets them 4 mm apart again.
_BANDS_TOUCH, _LINES_APART = b"\x1b0", b"\x1bz\x01"
_SLICE_ROWS = 255
_QR_MOST_CELL, _QR_QUIET = 6, 8
_BAR_HEIGHT, _BAR_QUIET = 80, 20
_BAR_WIDTHS = ((2, 3), (1, 2))  # n3 of ESC b, and the dots of the narrowest bar it stands for
_KINDS = {Symbology.EAN8: 2, Symbology.EAN13: 3, Symbology.CODE128: 6}
_MODULES = {Symbology.EAN8: 67, Symbology.EAN13: 95}


def encode(job: PrintJob, profile: PrinterProfile, dialect: Dialect) -> bytes:
    """All bytes of `job`, without the ETB that confirm it; `EncodeError` as `drivers.printer.encode.encode`."""
    writer = _Writer(profile, dialect)
    for element in job.elements:
        writer.add(element)
    return START + bytes(writer.out) + (CUT if job.cut else b"")


class _Writer(Writer):
    """Says it in StarPRNT or in Star Line Mode."""

    def __init__(self, profile: PrinterProfile, dialect: Dialect) -> None:
        super().__init__(profile, {"align": _LEFT, "bold": _PLAIN, "size": _SINGLE})
        self._dialect = dialect

    def _graphic(self, element: QrCode | Barcode | Picture) -> None:
        match element:
            case QrCode(content):
                self._native(_qr(content, self._profile))
            case Barcode():
                self._native(_barcode(element, self._profile))
            case Picture():
                self._picture(dots_of(element, self._profile))

    def _align(self, *, centre: bool) -> None:
        self._mode("align", _CENTRE if centre else _LEFT)

    def _look(self, *, bold: bool, double: bool) -> None:
        self._mode("size", _DOUBLE if double else _SINGLE)
        self._mode("bold", _BOLD if bold else _PLAIN)

    def _choose(self, page: CodePage) -> bytes:
        return b"\x1b\x1dt" + bytes((page.number,))

    def _dots(self, image: Image.Image) -> bytes:
        return raster(image) if self._dialect == "star_prnt" else bands(image)


def raster(image: Image.Image) -> bytes:
    """`ESC GS S 1 xL xH yL yH 0` (StarPRNT): rows from the left, a 1 is black, in slices of 255 rows."""
    out = bytearray()
    for top in range(0, image.height, _SLICE_ROWS):
        rows, stride = _rows(image, top, min(_SLICE_ROWS, image.height - top))
        size = stride.to_bytes(2, "little") + (len(rows) // stride).to_bytes(2, "little")
        out += b"\x1b\x1dS\x01" + size + b"\x00" + rows
    return bytes(out)


def bands(image: Image.Image) -> bytes:
    """`ESC k n1 n2` (Star Line Mode): bands of 24 rows, each fed on by a line feed."""
    out = bytearray(_BANDS_TOUCH)
    for top in range(0, image.height, _BAND):
        rows, stride = _rows(image, top, _BAND)
        out += b"\x1bk" + stride.to_bytes(2, "little") + rows + b"\n"
    return bytes(out) + _LINES_APART


def _rows(image: Image.Image, top: int, height: int) -> tuple[bytes, int]:
    """`height` rows from `top` on, white below the image, and how many bytes a row has."""
    stride = (image.width + 7) // 8
    paper = Image.new("1", (stride * 8, height), 1)
    paper.paste(image.crop((0, top, image.width, min(top + height, image.height))), (0, 0))
    return bytes(byte ^ 0xFF for byte in paper.tobytes()), stride


def _qr(content: str, profile: PrinterProfile) -> bytes:
    """`ESC GS y`: model 2, level M, size of a cell, store, print."""
    cell = min(_QR_MOST_CELL, profile.dots // (qr_code(content).modules_count + _QR_QUIET))
    data = content.encode()
    stored = b"D1\x00" + len(data).to_bytes(2, "little") + data
    return b"".join(b"\x1b\x1dy" + part for part in (b"S0\x02", b"S1\x01", b"S2" + bytes((cell,)), stored, b"P"))


def _barcode(code: Barcode, profile: PrinterProfile) -> bytes:
    """`ESC b n1 n2 n3 n4 data RS`: kind, digits below and a line feed, width, height. In Code 128, `%0` is `%`."""
    barcode_bytes(code, profile)  # refuses what no printer can print
    modules = _MODULES.get(code.symbology, (len(code.content) + 2) * 11 + 13) + _BAR_QUIET
    width = next((n for n, dots in _BAR_WIDTHS if modules * dots <= profile.dots), _BAR_WIDTHS[-1][0])
    data = code.content.replace("%", "%0") if code.symbology is Symbology.CODE128 else code.content
    return b"\x1bb" + bytes((_KINDS[code.symbology], 2, width, _BAR_HEIGHT)) + data.encode("ascii") + b"\x1e"
