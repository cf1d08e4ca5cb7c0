"""A symbol's message and the text that a scanner sends for it, each made from the other (GS1 GenSpecs 5.1.2, 5.4).

A message is what `kiosk.domain.gs1.elements` reads, `FNC1` first, or plain data. "|" and `FNC1` part the message of a
linear symbol from that of the 2D component above it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.gs1.digital_link import is_web_address, read_digital_link
from kiosk.domain.gs1.elements import FNC1, read_elements
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.symbology import AIM_IDS, GS1_ONLY, Symbology, split_aim_id, symbology_of
from kiosk.domain.gtin import holds, is_digits

_COMPONENT = f"|{FNC1}"
_COMPONENT_SCANNED = "|]e0"
_LIMITED_LARGEST = "19999999999999"
_LENGTHS = {Symbology.EAN_13: 13, Symbology.EAN_8: 8, Symbology.UPC_A: 12, Symbology.UPC_E: 12}
_DATABAR_14 = frozenset(
    {
        Symbology.DATABAR_OMNIDIRECTIONAL,
        Symbology.DATABAR_TRUNCATED,
        Symbology.DATABAR_STACKED,
        Symbology.DATABAR_STACKED_OMNIDIRECTIONAL,
        Symbology.DATABAR_LIMITED,
    }
)
# A symbol with both kinds of data says by its id which it holds.
_GS1_FORM = {
    Symbology.QR: Symbology.GS1_QR,
    Symbology.DATA_MATRIX: Symbology.GS1_DATA_MATRIX,
    Symbology.DOTCODE: Symbology.GS1_DOTCODE,
}


@dataclass(frozen=True, slots=True)
class ScanData:
    """The message of one symbol, checked as far as its symbology demands."""

    symbology: Symbology
    message: str


def read_scan_data(text: str) -> ScanData | Problem:
    """What a scanner sent, its AIM id first, as the message of the symbol that it read.

    EAN and UPC symbols come as EAN-13 or EAN-8. A web address must be a Digital Link.
    """
    aim_id, content = split_aim_id(text)
    if not aim_id:
        return Problem("aim_id_missing", "The data does not begin with a symbology identifier.", 0)
    symbology = symbology_of(aim_id)
    if symbology is None or symbology not in AIM_IDS:
        return Problem("aim_id", "This symbology identifier is not one of GS1 data.", 0)
    if symbology in _LENGTHS:
        return _read_ean(symbology, content)
    if symbology in GS1_ONLY:
        wrong = _wrong_elements(FNC1 + content)
        return wrong or ScanData(symbology, FNC1 + content)
    if is_web_address(content):
        link = read_digital_link(content)
        if isinstance(link, Problem):
            return link
    return ScanData(symbology, content)


def write_scan_data(symbology: Symbology, message: str) -> str | Problem:
    """What a scanner sends for a symbol with `message`, its AIM id first.

    The message of an EAN, UPC or plain DataBar symbol is digits, or AI (01) with the GTIN in 14 digits.
    """
    linear, parted, component = message.partition(_COMPONENT)
    if symbology in _LENGTHS:
        primary = _primary(linear, _LENGTHS[symbology])
        padded = primary if isinstance(primary, Problem) else primary.zfill(max(13, len(primary)))
        if isinstance(padded, Problem):
            return padded
        digits = padded[-8:] if symbology is Symbology.EAN_8 else padded
        return f"{AIM_IDS[symbology]}{digits}{_COMPONENT_SCANNED if parted else ''}{component}"
    if symbology in _DATABAR_14:
        return _write_databar(symbology, linear, component)
    if not message.startswith(FNC1):
        if symbology in GS1_ONLY or symbology not in AIM_IDS:
            return Problem("fnc1_missing", "This symbol holds GS1 data only, and that begins with FNC1.", 0)
        return AIM_IDS[symbology] + message
    return _write_elements(_GS1_FORM.get(symbology, symbology), linear, component)


def _write_elements(symbology: Symbology, linear: str, component: str) -> str | Problem:
    if symbology not in GS1_ONLY:
        return Problem("no_gs1_data", "This symbology has no form for GS1 data.", 0)
    read = read_elements(linear)
    if isinstance(read, Problem):
        return read
    wrong = _wrong_elements(FNC1 + component) if component else None
    if wrong:
        return wrong
    if component and not read[-1].identifier.predefined and not linear.endswith(FNC1):
        linear += FNC1
    aim_id = AIM_IDS[Symbology.DATABAR_EXPANDED] if component else AIM_IDS[symbology]
    return f"{aim_id}{linear[1:]}{component}"


def _write_databar(symbology: Symbology, linear: str, component: str) -> str | Problem:
    primary = _primary(linear, 14)
    if isinstance(primary, Problem):
        return primary
    if symbology is Symbology.DATABAR_LIMITED and primary > _LIMITED_LARGEST:
        return Problem("too_large", "DataBar Limited holds numbers up to 19999999999999 only.", 0)
    wrong = _wrong_elements(FNC1 + component) if component else None
    return wrong or f"{AIM_IDS[symbology]}01{primary}{component}"


def _primary(linear: str, length: int) -> str | Problem:
    """The digits of a linear symbol, from themselves or from AI (01) with a GTIN that fits it."""
    filled = f"{FNC1}01{'0' * (14 - length)}"
    digits = linear.removeprefix(filled) if linear.startswith(filled) else linear
    if len(digits) != length or not is_digits(digits):
        return Problem("primary", f"The primary data must be {length} digits.", 0)
    if not holds(digits):
        return Problem("check_digit", "The check digit of the primary data is incorrect.", len(linear) - 1)
    return digits


def _read_ean(symbology: Symbology, content: str) -> ScanData | Problem:
    digits, parted, component = content.partition(_COMPONENT_SCANNED)
    primary = _primary(digits, _LENGTHS[symbology])
    if isinstance(primary, Problem):
        return primary
    if not parted:
        return ScanData(symbology, primary)
    wrong = _wrong_elements(FNC1 + component)
    return wrong or ScanData(symbology, f"{primary}{_COMPONENT}{component}")


def _wrong_elements(message: str) -> Problem | None:
    read = read_elements(message)
    return read if isinstance(read, Problem) else None
