"""A print job as ESC/POS bytes.

Of python-escpos this uses the command constants and the picture format, not its `Dummy` printer, which was tried and
found wanting: it sends Chinese text as GB18030 whatever the printer has, prints `?` for what it cannot encode, takes
bold back with every change of size (`ESC ! 0`), refuses to centre a native QR code, and on import configures the root
logger and leaves a folder in /tmp.
"""

from __future__ import annotations

from escpos.constants import ESC, GS, HW_INIT, PAPER_FULL_CUT, TXT_SIZE, TXT_STYLE
from PIL import Image

from drivers.printer.codes import barcode_bytes, barcode_dots, qr_bytes, qr_dots
from drivers.printer.images import EncodeError, centred, dots_of, picture_bytes
from drivers.printer.interface import Barcode, Picture, PrintJob, QrCode
from drivers.printer.profile import CodePage, Cutter, PrinterProfile, Says
from drivers.printer.writer import Writer

__all__ = ["ASK_STATUS_IN_STREAM", "AUTOMATIC_STATUS", "START", "EncodeError", "ask_process_id", "encode"]

# GS a: status by itself on changes of the drawer, online state, errors and paper (bits 0 to 3).
AUTOMATIC_STATUS = b"\x1da\x0f"
# FS . ends Kanji mode: printers made for China start in it and would read two bytes of "ü€" as one GB18030 character.
START: bytes = HW_INIT + b"\x1c."
FEED_TO_TEAR_BAR: bytes = ESC + b"d\x06"
# GS V 66 0 feeds to the cutter by itself, on every model by its own distance (python-escpos feeds six lines).
FEED_AND_CUT_PARTIAL: bytes = GS + b"V\x42\x00"
ASK_STATUS_IN_STREAM: bytes = GS + b"r\x01"

_SIZE_NORMAL, _SIZE_DOUBLE = TXT_SIZE + b"\x00", TXT_SIZE + b"\x11"
_LEGACY_DOUBLE, _LEGACY_BOLD = 0x30, 0x08  # of ESC !


def encode(job: PrintJob, profile: PrinterProfile) -> bytes:
    """All bytes of `job` for a printer of that profile, without the request that asks for its confirmation.

    Raises `EncodeError` for a code that cannot be made of its content, and for a picture that is none.
    """
    writer = _Writer(profile)
    for element in job.elements:
        writer.add(element)
    return start(profile) + bytes(writer.out) + (_ending(profile) if job.cut else b"")


def start(profile: PrinterProfile) -> bytes:
    """What every job begins with; `GS a` again, because `ESC @` switches the automatic status off."""
    font = b"" if profile.print_mode is None else ESC + b"!" + bytes((profile.print_mode,))
    return START + (AUTOMATIC_STATUS if profile.says is Says.AUTOMATIC else b"") + font


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


class _Writer(Writer):
    """Says it in ESC/POS."""

    def __init__(self, profile: PrinterProfile) -> None:
        modes = {
            "align": TXT_STYLE["align"]["left"],
            "bold": TXT_STYLE["bold"][False],
            "size": _SIZE_NORMAL,
            "look": ESC + b"!" + bytes((profile.print_mode or 0,)),
        }
        super().__init__(profile, modes)

    def _graphic(self, element: QrCode | Barcode | Picture) -> None:
        profile = self._profile
        match element:
            case QrCode(content) if profile.native_qr:
                self._native(qr_bytes(content, profile))
            case QrCode(content):
                self._picture(centred(qr_dots(content, profile), profile.dots))
            case Barcode() if profile.native_barcode:
                self._native(barcode_bytes(element, profile))
            case Barcode():
                self._picture(centred(barcode_dots(element, profile), profile.dots))
            case Picture():
                self._picture(dots_of(element, profile))

    def _align(self, *, centre: bool) -> None:
        self._mode("align", TXT_STYLE["align"]["center" if centre else "left"])

    def _look(self, *, bold: bool, double: bool) -> None:
        plain = self._profile.print_mode
        if plain is None:
            self._mode("size", _SIZE_DOUBLE if double else _SIZE_NORMAL)
            self._mode("bold", TXT_STYLE["bold"][bold])
        else:  # one command for all of it
            look = plain | (_LEGACY_DOUBLE if double else 0) | (_LEGACY_BOLD if bold else 0)
            self._mode("look", ESC + b"!" + bytes((look,)))

    def _choose(self, page: CodePage) -> bytes:
        return bytes(ESC + b"t" + bytes((page.number,)))

    def _dots(self, image: Image.Image) -> bytes:
        return picture_bytes(image, self._profile)
