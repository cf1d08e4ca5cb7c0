"""Text for a display of single-byte cells: cut to its width, transliterated where it has no character. Pure."""

from __future__ import annotations

import unicodedata
from typing import Literal

CodePage = Literal["cp437", "cp850", "cp852", "cp858", "cp860", "cp863", "cp865", "cp866", "cp1252"]

# What Unicode does not take apart by itself, as it is written where the letter is missing.
_SIGNS = (
    "ß=ss ẞ=SS æ=ae Æ=AE œ=oe Œ=OE ø=o Ø=O ł=l Ł=L đ=d Đ=D ð=d Ð=D þ=th Þ=TH ı=i €=EUR £=GBP ¥=JPY "
    '–=- —=- −=- ‐=- ‑=- ‘=\' ’=\' ‚=, “=" ”=" „=" «=" »=" ‹=\' ›=\' …=... •=* ·=. ×=x ÷=/ ™=TM '
    "©=(c) ®=(R) °=o ¿=? ¡=! ½=1/2 ¼=1/4 ¾=3/4"
)
_LETTERS = (
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h ц=c ч=ch ш=sh "
    "щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=i"
)
_INSTEAD = dict(pair.split("=") for pair in _SIGNS.split())
_CYRILLIC = dict(pair.split("=") for pair in _LETTERS.split())

_UNKNOWN = "?"


def cells(text: str, columns: int, code_page: CodePage) -> bytes:
    """Return `text` as exactly `columns` bytes of the code page, padded with spaces; no byte is below 0x20.

    Characters that the page has not are written with others (ß as ss, é as e), and "?" stands for all else: each takes
    the cells it is written with, and what does not fit is cut.
    """
    shown = bytearray()
    for character in _plain(text):
        shown += _cell(character, code_page)
        if len(shown) >= columns:
            break
    return bytes(shown[:columns]).ljust(columns)


def shown(data: bytes, code_page: CodePage) -> str:
    """Return what stands in the cells of `data`."""
    return data.decode(code_page, errors="replace")


def _plain(text: str) -> str:
    """Composed, with spaces for control characters, and without what has no width of its own."""
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in {"Cc", "Zs", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in {"Cf", "Mn", "Me", "Cs"}:
            kept.append(character)
    return "".join(kept)


def _cell(character: str, code_page: CodePage) -> bytes:
    exact = _encoded(character, code_page)
    if exact:
        return exact
    written = _INSTEAD.get(character) or _cyrillic(character)
    if written is None:
        bases = unicodedata.normalize("NFKD", character)
        written = "".join(base for base in bases if not unicodedata.combining(base))
    spelt = b"".join(_encoded(letter, code_page) or b"" for letter in written)
    return spelt or (b"" if written == "" else _UNKNOWN.encode())


def _cyrillic(character: str) -> str | None:
    low = _CYRILLIC.get(character.lower())
    if low is None:
        return None
    return low if character.islower() else low.capitalize()


def _encoded(character: str, code_page: CodePage) -> bytes:
    try:
        data = character.encode(code_page)
    except UnicodeEncodeError:
        return b""
    # What a display does at 7F differs from model to model.
    return data if data[0] >= 0x20 and data[0] != 0x7F else b""
