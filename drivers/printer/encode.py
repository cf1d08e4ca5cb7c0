"""A print job as ESC/POS bytes.

Of python-escpos this uses the command constants and the picture format, not its `Dummy` printer, which was tried and
found wanting: it sends Chinese text as GB18030 whatever the printer has, prints `?` for what it cannot encode, takes
bold back with every change of size (`ESC ! 0`), refuses to centre a native QR code, and on import configures the root
logger and leaves a folder in /tmp.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby

import qrcode
import qrcode.exceptions
from escpos.constants import ESC, GS, HW_INIT, PAPER_FULL_CUT, TXT_SIZE, TXT_STYLE
from escpos.image import EscposImage
from PIL import Image

from drivers.device import DeviceError
from drivers.printer.bidi import figure, visual
from drivers.printer.interface import Align, Columns, Element, PrintJob, QrCode, Rule, Text
from drivers.printer.layout import Row, clean, columns, doubles, wrap
from drivers.printer.profile import DOTS_PER_COLUMN, CodePage, Cutter, PrinterProfile
from drivers.printer.raster import picture_of

# GS a: status by itself on changes of online state, errors and paper (bits 1 to 3, not the drawer).
AUTOMATIC_STATUS = b"\x1da\x0e"
# FS . ends Kanji mode: printers made for China start in it and would read two bytes of "ü€" as one GB18030 character.
# GS a again, because ESC @ switches the automatic status off.
START: bytes = HW_INIT + b"\x1c." + AUTOMATIC_STATUS
FEED_TO_TEAR_BAR: bytes = ESC + b"d\x06"
# GS V 66 0 feeds to the cutter by itself, on every model by its own distance (python-escpos feeds six lines).
FEED_AND_CUT_PARTIAL: bytes = GS + b"V\x42\x00"
ASK_STATUS_IN_STREAM: bytes = GS + b"r\x01"

_SIZE_NORMAL, _SIZE_DOUBLE = TXT_SIZE + b"\x00", TXT_SIZE + b"\x11"
_SLICE_ROWS = 255  # of a picture: more and yH of GS v 0 is no longer 0, which cheap printers insist on
_QR_MODULE_DOTS, _QR_QUIET_MODULES = 6, 8
# A picture must not hold a real-time command: the printer would obey it in passing (DLE EOT, DLE ENQ, DLE DC4).
# Changing the second byte blackens one dot more.
_DEFUSED = ((b"\x10\x04", b"\x10\x06"), (b"\x10\x05", b"\x10\x07"), (b"\x10\x14", b"\x10\x16"))


class EncodeError(DeviceError):
    """A job that cannot be put on paper; nothing of it was sent."""


def encode(job: PrintJob, profile: PrinterProfile) -> bytes:
    """All bytes of `job` for a printer of that profile, without the request that asks for its confirmation.

    Raises `EncodeError` for a QR code that is empty, too long, or holds control characters.
    """
    writer = _Writer(profile)
    for element in job.elements:
        writer.add(element)
    return START + bytes(writer.out) + (_ending(profile) if job.cut else b"")


def ask_process_id(process_id: bytes) -> bytes:
    """`GS ( H` function 48: answer `37 22 <process_id> 00` once all before it is worked through (Epson, 4 bytes)."""
    return b"\x1d(H\x06\x00\x30\x30" + process_id


def _ending(profile: PrinterProfile) -> bytes:
    match profile.cutter:
        case Cutter.PARTIAL:
            return FEED_AND_CUT_PARTIAL
        case Cutter.FULL:
            return FEED_TO_TEAR_BAR + bytes(PAPER_FULL_CUT)
        case Cutter.NONE:
            return FEED_TO_TEAR_BAR


class _Writer:
    """Collects bytes and remembers the printer's modes, so that a mode is sent only where it changes."""

    def __init__(self, profile: PrinterProfile) -> None:
        self.out = bytearray()
        self._profile = profile
        self._page: CodePage | None = None
        self._modes: dict[str, bytes] = {  # what ESC @ leaves behind
            "align": TXT_STYLE["align"]["left"],
            "bold": TXT_STYLE["bold"][False],
            "size": _SIZE_NORMAL,
        }

    def add(self, element: Element) -> None:
        width = self._profile.columns
        match element:
            case Text(text, align, bold, double, rtl):
                for line in wrap(text, width // 2 if double else width, rtl=rtl):
                    self._row(_text_row(visual(line, rtl=rtl), align, rtl=rtl), align, bold=bold, double=double)
            case Columns(left, right, bold, double, rtl):
                large = double and doubles(right, width)
                for row in columns(left, right, width // 2 if large else width, rtl=rtl):
                    self._row(_columns_row(row, rtl=rtl), Align.LEFT, bold=bold, double=large)
            case Rule():
                self._row(Row("─" * width if self._pages_for("─") else "-" * width), Align.LEFT)
            case QrCode(content):
                self._qr(content)

    def _row(self, row: Row, align: Align, *, bold: bool = False, double: bool = False) -> None:
        width = self._profile.columns // 2 if double else self._profile.columns
        text = row.joined(width)
        if not all(self._pages_for(character) for character in set(text)):
            self._picture(self._drawn(row, align, bold=bold, double=double))
            return
        self._mode("align", TXT_STYLE["align"]["center" if align is Align.CENTRE else "left"])
        self._mode("size", _SIZE_DOUBLE if double else _SIZE_NORMAL)
        self._mode("bold", TXT_STYLE["bold"][bold])
        self._text(text)
        self.out += b"\n"

    def _text(self, text: str) -> None:
        # A page that holds the whole line saves changing back and forth within it.
        for page in self._candidates():
            if _encodable(text, page):
                self._in_page(text, page)
                return
        for page, run in groupby(text, lambda character: self._pages_for(character)[0]):
            self._in_page("".join(run), page)

    def _in_page(self, text: str, page: CodePage) -> None:
        if page != self._page and not text.isascii():
            self.out += ESC + b"t" + bytes((page.number,))
            self._page = page
        self.out += text.encode(page.codec)

    def _candidates(self) -> tuple[CodePage, ...]:
        return (*((self._page,) if self._page else ()), *self._profile.code_pages)

    def _pages_for(self, character: str) -> list[CodePage]:
        return [page for page in self._candidates() if _encodable(character, page)]

    def _mode(self, name: str, command: bytes) -> None:
        if self._modes[name] != command:
            self._modes[name] = command
            self.out += command

    def _drawn(self, row: Row, align: Align, *, bold: bool, double: bool) -> Image.Image:
        image = picture_of(row.left, row.right, self._profile.columns * DOTS_PER_COLUMN, bold=bold, double=double)
        box = image.point(lambda level: 255 - level).getbbox()
        if align is Align.CENTRE and box is not None:
            return _centred(image.crop((0, 0, box[2], image.height)), self._profile.dots)
        return image

    def _picture(self, image: Image.Image) -> None:
        """`GS v 0` in slices; `image` holds its own alignment."""
        self._mode("align", TXT_STYLE["align"]["left"])
        for top in range(0, image.height, _SLICE_ROWS):
            part = EscposImage(image.crop((0, top, image.width, min(top + _SLICE_ROWS, image.height))))
            size = part.width_bytes.to_bytes(2, "little") + part.height.to_bytes(2, "little")
            self.out += GS + b"v0\x00" + size + _defused(part.to_raster_format())

    def _qr(self, content: str) -> None:
        code = _qr_code(content)
        dots = min(_QR_MODULE_DOTS, self._profile.dots // (code.modules_count + _QR_QUIET_MODULES))
        if not self._profile.native_qr:
            matrix = Image.new("1", (code.modules_count, code.modules_count), 1)
            matrix.putdata([0 if dark else 1 for line in code.get_matrix() for dark in line])
            image = matrix.resize((code.modules_count * dots,) * 2, Image.Resampling.NEAREST)
            self._picture(_centred(image, self._profile.dots))
            return
        self._mode("align", TXT_STYLE["align"]["center"])
        data = content.encode()
        self.out += _two_d(b"A2\x00") + _two_d(b"C" + bytes((dots,))) + _two_d(b"E1")  # model 2, size, level M
        self.out += _two_d(b"P0" + data) + _two_d(b"Q0")  # store, print


def _text_row(line: str, align: Align, *, rtl: bool) -> Row:
    """Flush right by spaces: ESC a 2 would miss the column of the amounts where dots are left over."""
    if align is Align.CENTRE:
        return Row(line.strip(" "))
    flush_right = (align is Align.RIGHT) != rtl
    return Row("", line) if flush_right else Row(line)


def _columns_row(row: Row, *, rtl: bool) -> Row:
    words, amount = visual(row.left, rtl=rtl), figure(row.right)
    return Row(amount, words) if rtl else Row(words, amount)


def _two_d(parameters: bytes) -> bytes:
    """`GS ( k pL pH 49 fn ...`, symbol type 49 = QR code (Epson ESC/POS, GS ( k <Function 165..181>)."""
    return b"\x1d(k" + (len(parameters) + 1).to_bytes(2, "little") + b"1" + parameters


def _qr_code(content: str) -> qrcode.QRCode:
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


def _encodable(text: str, page: CodePage) -> bool:
    if any(unicodedata.combining(character) for character in text):
        return False  # a printer gives a mark a cell of its own, beside its letter
    try:
        text.encode(page.codec)
    except UnicodeEncodeError:
        return False
    return True


def _centred(image: Image.Image, dots: int) -> Image.Image:
    paper = Image.new("1", (dots, image.height), 1)
    paper.paste(image, ((dots - image.width) // 2, 0))
    return paper


def _defused(data: bytes) -> bytes:
    for command, harmless in _DEFUSED:
        data = data.replace(command, harmless)
    return data
