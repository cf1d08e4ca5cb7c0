"""Names as people typed them, or machines mangled them, to names that fit a screen and a receipt."""

from __future__ import annotations

import html
import re
import unicodedata

from headquarters.importer.outcome import Reason, Refused, Repair, short
from kiosk.domain.item import NAME_MAX

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_CP1252 = {number: bytes([number]).decode("cp1252", "ignore") or None for number in range(0x80, 0xA0)}
_C1 = re.compile("[\x80-\x9f]")


def name_of(raw: str) -> tuple[str, tuple[Repair, ...]] | Refused:
    """The name in `raw` with what had to be put right, or the reason why there is none."""
    text, repairs = raw, []
    for repair, mend in _MENDS:
        mended = mend(text)
        if mended != text:
            repairs.append(repair)
            text = mended
    if "�" in text or any(unicodedata.category(char) in {"Cs", "Co", "Cn"} for char in text):
        message = f"the name {short(text)} holds characters that were lost on the way"
        return Refused(Reason.NAME_DAMAGED, message, "Export the file again as UTF-8, or type the name anew.")
    if not any(char.isalnum() for char in text):
        message = f"the name {short(raw)} has no letter and no digit"
        return Refused(Reason.NAME_MISSING, message, "Give the good the name that the shopper shall read.")
    return text, tuple(repairs)


def _unescaped(text: str) -> str:
    """Entities resolved, twice at most (some exports escape twice), and tags dropped."""
    return _TAG.sub(" ", html.unescape(html.unescape(text))) if "&" in text or "<" in text else text


def _demangled(text: str) -> str:
    """UTF-8 that was read as Windows-1252 read right, and Windows-1252 that was read as Latin-1 likewise."""
    if text.isascii():
        return text
    try:
        text = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        # The usual case: it was no such mix-up. Only the second one is left to look for.
        return text.translate({number: char for number, char in _CP1252.items() if char}) if _C1.search(text) else text
    return text


def _visible(text: str) -> str:
    """Without control and invisible characters; those that end a line or stand for a gap become a space."""
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if char in "\t\n\r\v\f\x85\u2028\u2029" else char for char in text)
    return "".join(char for char in kept if unicodedata.category(char) not in {"Cc", "Cf"})


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _shortened(text: str) -> str:
    if len(text) <= NAME_MAX:
        return text
    cut = text[: NAME_MAX - 1]
    whole_words = cut.rsplit(" ", 1)[0] if " " in cut[NAME_MAX // 2 :] else cut
    return whole_words.rstrip(" ,;:-") + "…"


_MENDS = (
    (Repair.MOJIBAKE, _demangled),
    (Repair.HTML, _unescaped),
    (Repair.CONTROL_CHARACTERS, _visible),
    (Repair.TRIMMED, str.strip),
    (Repair.SPACES, _spaced),
    (Repair.NAME_SHORTENED, _shortened),
)
