"""Right-to-left text for printers that only print from left to right: letters joined, then put in the paper's order."""

from __future__ import annotations

import unicodedata

from arabic_reshaper import ArabicReshaper
from bidi import get_display
from bidi.mirror import MIRRORED

LEFT_TO_RIGHT, RIGHT_TO_LEFT, ISOLATE_END = "\u2066", "\u2067", "\u2069"
ISOLATES = LEFT_TO_RIGHT + RIGHT_TO_LEFT + ISOLATE_END
_MARK = "\u200f"  # stands for a letter that runs from right to left
_UNSEEN = ISOLATES + _MARK + "\u200e"
# Stands behind a sign that may have to be mirrored. The algorithm passes over it and keeps it at the sign's side, so
# where it comes out in front, the sign was turned around. python-bidi 0.6 reorders but does not mirror (UAX #9, L4).
_BESIDE = "\u200c"
# A letter of the line's own direction, as its last: a line's end counts as one anyway, but signs there that nobody sees
# would otherwise be put at the edge of the paper instead of beside their neighbour.
_ENDS = {False: "x", True: "\u05d0"}
# The one ligature that Arabic must have; the ornamental ones are in few fonts.
_LIGATURES = {
    "ARABIC LIGATURE ALLAH": False,
    "ARABIC LIGATURE LAM WITH ALEF": True,
    "ARABIC LIGATURE LAM WITH ALEF WITH HAMZA ABOVE": True,
    "ARABIC LIGATURE LAM WITH ALEF WITH HAMZA BELOW": True,
    "ARABIC LIGATURE LAM WITH ALEF WITH MADDA ABOVE": True,
}


def turned(text: str) -> bool:
    """Whether any letter of `text` is written from right to left."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def visual(text: str, *, rtl: bool) -> str:
    """One line of print in the order it stands on the paper, from the left (Unicode UAX #9); `rtl` is its direction.

    Arabic letters become their joined forms, brackets are mirrored, isolates obeyed and dropped. Vowel points of Hebrew
    and Arabic are dropped too: no printer puts them in their place. Signs that turn text around by force are dropped.
    """
    if not rtl and not turned(text):
        return _seen(text)
    bare = "".join(
        sign for sign in text if sign in _UNSEEN or not (_is_point(sign) or unicodedata.category(sign) == "Cf")
    )
    joined = _joined(bare) if any(unicodedata.bidirectional(sign) == "AL" for sign in bare) else bare
    marked = "".join(sign + _BESIDE if sign in MIRRORED else sign for sign in joined)
    end = _ENDS[rtl]
    shown = get_display(marked + ISOLATE_END * _open_isolates(bare) + end, base_dir="R" if rtl else "L")
    # It gives str for str; its type says that bytes would come back as bytes.
    line = shown if isinstance(shown, str) else shown.decode()
    return _seen(_mirrored(line.removeprefix(end) if rtl else line.removesuffix(end)))


def figure(text: str) -> str:
    """An amount in the order it stands on the paper: read from the left, also where its currency has Arabic letters.

    The full stop of such an abbreviation stays with it.
    """
    strong = [kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")]
    return visual(text + _MARK if strong and strong[-1] != "L" else text, rtl=False)


def _open_isolates(text: str) -> int:
    depth = 0
    for sign in text:
        if sign == ISOLATE_END:
            depth = max(0, depth - 1)
        elif sign in ISOLATES:
            depth += 1
    return depth


def _joined(text: str) -> str:
    return str(ArabicReshaper({"delete_harakat": True, "support_zwj": False, **_LIGATURES}).reshape(text))


def _mirrored(shown: str) -> str:
    found: list[str] = []
    place = 0
    while place < len(shown):
        if shown[place] == _BESIDE and place + 1 < len(shown):
            found.append(MIRRORED.get(shown[place + 1], shown[place + 1]))
            place += 2
        else:
            found.append(shown[place])
            place += 2 if shown[place] in MIRRORED else 1
    return "".join(found)


def _seen(text: str) -> str:
    return "".join(character for character in text if character not in _UNSEEN)


def _is_point(character: str) -> bool:
    return unicodedata.bidirectional(character) == "NSM" and (
        "\u0591" <= character <= "\u05c7" or "\u0610" <= character <= "\u06ed" or "\u08d3" <= character <= "\u08ff"
    )
