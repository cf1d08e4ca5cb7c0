"""Where words go on the paper: cleaning, measuring and wrapping of text, in character cells."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

# Signs that formatting libraries put into amounts and that no printer's table holds, and what a person reads there.
_READS_AS = str.maketrans({0x00A0: " ", 0x202F: " ", 0x2009: " ", 0x2007: " ", 0x2212: "-", 0x2011: "-"})
_ISOLATES, _ISOLATE_END = "\u2066\u2067", "\u2069"
# Besides isolates the two marks that stand for a letter without being seen.
_DIRECTIONS = _ISOLATES + _ISOLATE_END + "\u200e\u200f"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of print: `left` flush left, `right` flush right, together no wider than the paper."""

    left: str
    right: str = ""

    def joined(self, width: int) -> str:
        """The row as one string, `right` pushed to cell `width`."""
        if not self.right:
            return self.left
        return self.left + " " * (width - cells(self.left) - cells(self.right)) + self.right


def clean(text: str, *, rtl: bool = False) -> str:
    """`text` composed (NFC), its control characters turned into spaces and its invisible ones dropped.

    A name out of a catalog must never reach the printer as a command, nor turn the line around. Marks and isolates,
    which reach no further than their neighbours or their end, are kept for a line from right to left.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category not in ("Cf", "Cs") or (rtl and character in _DIRECTIONS):
            kept.append(character)
    return "".join(kept)


def plain(text: str) -> str:
    """`text` with no-break spaces and typographic minus signs as the printer has them; to be used after wrapping."""
    return text.translate(_READS_AS)


def cells(text: str) -> int:
    """How many character cells `text` takes: two for a wide East Asian character, none for a mark or an isolate."""
    return sum(_cells_of(character) for character in text)


def wrap(text: str, width: int, *, rtl: bool = False) -> list[str]:
    """Lines of at most `width` cells, broken at spaces, and within a word only where it is longer than a line.

    An indentation is kept, on every line that its paragraph takes, as long as it leaves half of the paper. With `rtl`
    an isolate that is broken goes on in the next line.
    """
    lines: list[str] = []
    for given in text.splitlines() or [""]:
        kept = clean(given, rtl=rtl)
        words = kept.strip(" ")
        indent = " " * (len(kept) - len(kept.lstrip(" ")))
        # A wide character takes two cells, so less than that is no paper at all.
        if not words or len(indent) > width // 2 or width - len(indent) < 2:
            indent = ""
        lines += [indent + line for line in _carried(_broken(words, width - len(indent)))]
    return [plain(line).rstrip(" ") for line in lines]


def _carried(lines: list[str]) -> list[str]:
    """`lines` with the isolates that are open at the end of one opened again in the next."""
    found: list[str] = []
    still_open = ""
    for line in lines:
        found.append(still_open + line)
        for character in line:
            if character == _ISOLATE_END:
                still_open = still_open[:-1]
            elif character in _ISOLATES:
                still_open += character
    return found


def _broken(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        for piece in _pieces(word, width):
            candidate = f"{line} {piece}" if line else piece
            if line and cells(candidate) > width:
                lines.append(line)
                line = piece
            elif line or piece:
                line = candidate
    return [*lines, line]


def columns(left: str, right: str, width: int, *, rtl: bool = False) -> list[Row]:
    """`left` wrapped beside `right`, which stands on the last line; on a line of its own where there is no room."""
    amount = plain(clean(right)).strip(" ")
    room = width - cells(amount) - 1
    # Under a third of the paper, wrapping the words costs more paper than a line for the amount; and a word that has
    # room without the amount is not broken for it.
    longest = max(map(cells, clean(left, rtl=rtl).split(" ")))
    if room < width // 3 or room < longest <= width:
        return [Row(line) for line in wrap(left, width, rtl=rtl)] + [Row("", part) for part in wrap(amount, width)]
    lines = wrap(left, room, rtl=rtl)
    return [*(Row(line) for line in lines[:-1]), Row(lines[-1], amount)]


def doubles(right: str, width: int) -> bool:
    """Whether an amount in letters of double width has room on one line; where it has not, it is printed plainly."""
    return cells(plain(clean(right)).strip(" ")) <= width // 2


def _cells_of(character: str) -> int:
    if unicodedata.combining(character) or character in _DIRECTIONS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _pieces(word: str, width: int) -> list[str]:
    if cells(word) <= width:
        return [word]
    pieces = [""]
    for character in word:
        if cells(pieces[-1]) + _cells_of(character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
