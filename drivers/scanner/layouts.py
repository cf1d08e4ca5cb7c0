"""Keyboard layouts: which character a key position gives, by the level of Shift and AltGr.

Key codes name positions, not characters (linux/input-event-codes.h; KEY_Y is "z" on a German keyboard), so a reader of
key events must know the layout that is set *in the scanner*. Scanners follow the layouts of Windows.

Source: xkeyboard-config 2.35.1 (the symbols files of the same names, `gb` for uk), which agree with Windows but for
what is said below; a test compares them where libxkbcommon is installed. After Windows: the key between left Shift and
Z is a backslash on us and pl; "~" of pl, AltGr 2 and 7 of fr, AltGr 4 of es are dead; AltGr 1 of ch is "¦". Of AltGr
only what is printed on keys is taken over: more would hide a wrong layout.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Key codes, left to right (linux/input-event-codes.h), in the order of the rows below.
_CODES = (
    *(41, *range(2, 14)),  # KEY_GRAVE, KEY_1 .. KEY_EQUAL
    *range(16, 28),  # KEY_Q .. KEY_RIGHTBRACE
    *(*range(30, 41), 43),  # KEY_A .. KEY_APOSTROPHE, KEY_BACKSLASH
    *(86, *range(44, 54)),  # KEY_102ND, KEY_Z .. KEY_SLASH
)
_SPACE = 57

KEYPAD = dict(zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True)) | {
    55: "*",
    74: "-",
    78: "+",
    98: "/",
}
KEYPAD_POINT = 83

# A place without a character. A combining character is a dead key: it waits for the letter it belongs to.
_NONE = "∅"

# By layout: plain, Shift, AltGr, Shift and AltGr; each in four rows of keys, with a space between two rows.
_TABLES: dict[str, tuple[str, ...]] = {
    "us": (
        "`1234567890-= qwertyuiop[] asdfghjkl;'\\ \\zxcvbnm,./",
        '~!@#$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:"| |ZXCVBNM<>?',
    ),
    "uk": (
        "`1234567890-= qwertyuiop[] asdfghjkl;'# \\zxcvbnm,./",
        '¬!"£$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:@~ |ZXCVBNM<>?',
        "¦∅∅∅€∅∅∅∅∅∅∅∅ ∅∅é∅∅∅úíó∅∅∅ á∅∅∅∅∅∅∅∅∅∅∅ ∅∅∅∅∅∅∅∅∅∅∅",
    ),
    "de": (
        "\u03021234567890ß\u0301 qwertzuiopü+ asdfghjklöä# <yxcvbnm,.-",
        "°!\"§$%&/()=?\u0300 QWERTZUIOPÜ* ASDFGHJKLÖÄ' >YXCVBNM;:_",
        "∅∅²³∅½¬{[]}\\∅ @∅€∅∅∅∅∅∅∅∅~ ∅∅∅∅∅∅∅∅∅∅∅∅ |∅∅¢∅∅∅µ∅∅∅",
    ),
    "fr": (
        "²&é\"'(-è_çà)= azertyuiop\u0302$ qsdfghjklmù* <wxcvbn,;:!",
        "~1234567890°+ AZERTYUIOP\u0308£ QSDFGHJKLM%µ >WXCVBN?./§",
        "¬∅\u0303#{[|\u0300\\^@]} ∅∅€∅∅∅∅∅∅∅∅¤ @∅∅∅∅∅∅∅∅µ∅∅ |∅∅¢∅∅∅∅∅∅∅",
    ),
    "es": (
        "º1234567890'¡ qwertyuiop\u0300+ asdfghjklñ\u0301ç <zxcvbnm,.-",
        'ª!"·$%&/()=?¿ QWERTYUIOP\u0302* ASDFGHJKLÑ\u0308Ç >ZXCVBNM;:_',
        "\\|@#\u0303½¬{[]}\\∅ @∅€∅∅∅∅∅∅∅[] ∅∅∅∅∅∅∅∅∅∅{} |∅∅¢∅∅∅µ∅∅∅",
    ),
    "it": (
        "\\1234567890'ì qwertyuiopè+ asdfghjklòàù <zxcvbnm,.-",
        '|!"£$%&/()=?^ QWERTYUIOPé* ASDFGHJKLç°§ >ZXCVBNM;:_',
        "¬∅²³∅½¬{[]}`~ @∅€∅∅∅∅∅∅∅[] ∅∅∅∅∅∅∅∅∅@#∅ ∅∅∅¢∅∅∅µ∅∅∅",
        "∅∅∅∅∅∅∅∅∅∅∅∅∅ ∅∅∅∅∅∅∅∅∅∅{} ∅∅∅∅∅∅∅∅∅∅∅∅ ∅∅∅∅∅∅∅∅∅∅∅",
    ),
    "ch": (
        "§1234567890'\u0302 qwertzuiopü\u0308 asdfghjklöä$ <yxcvbnm,.-",
        '°+"*ç%&/()=?\u0300 QWERTZUIOPè! ASDFGHJKLéà£ >YXCVBNM;:_',
        "¬¦@#∅½¬|¢]}\u0301\u0303 @∅€∅∅∅∅∅∅∅[] ∅∅∅∅∅∅∅∅∅∅{} \\∅∅¢∅∅∅µ∅∅∅",
    ),
    "be": (
        "²&é\"'(§è!çà)- azertyuiop\u0302$ qsdfghjklmùµ <wxcvbn,;:=",
        "³1234567890°_ AZERTYUIOP\u0308* QSDFGHJKLM%£ >WXCVBN?./+",
        "¬|@#∅½^{[{}\\∅ @∅€∅∅∅∅∅∅∅[] ∅∅∅∅∅∅∅∅∅∅\u0301\u0300 \\∅∅¢∅∅∅∅∅∅\u0303",
    ),
    "pt": (
        "\\1234567890'« qwertyuiop+\u0301 asdfghjklçº\u0303 <zxcvbnm,.-",
        '|!"#$%&/()=?» QWERTYUIOP*\u0300 ASDFGHJKLÇª\u0302 >ZXCVBNM;:_',
        "¬∅@£§½¬{[]}\\∅ @∅€∅∅∅∅∅∅∅\u0308∅ ∅∅∅∅∅∅∅∅∅∅∅∅ \\∅∅¢∅∅∅µ∅∅∅",
    ),
    "pl": (
        "`1234567890-= qwertyuiop[] asdfghjkl;'\\ \\zxcvbnm,./",
        '\u0303!@#$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:"| |ZXCVBNM<>?',
        "∅∅∅∅∅€∅∅∅∅∅∅∅ ∅∅ę∅∅∅∅∅ó∅∅∅ ąś∅∅∅∅∅∅ł∅∅∅ ∅żźć∅∅ń∅∅∅∅",
        "∅∅∅∅∅∅∅∅∅∅∅∅∅ ∅∅Ę∅∅∅∅∅Ó∅∅∅ ĄŚ∅∅∅∅∅∅Ł∅∅∅ ∅ŻŹĆ∅∅Ń∅∅∅∅",
    ),
    "dk": (
        "½1234567890+\u0301 qwertyuiopå\u0308 asdfghjklæø' <zxcvbnm,.-",
        '§!"#¤%&/()=?\u0300 QWERTYUIOPÅ\u0302 ASDFGHJKLÆØ* >ZXCVBNM;:_',
        "∅∅@£$½∅{[]}∅| @∅€∅∅∅∅∅∅∅∅\u0303 ∅∅∅∅∅∅∅∅∅∅∅∅ \\∅∅∅∅∅∅µ∅∅∅",
    ),
    "no": (
        "|1234567890+\\ qwertyuiopå\u0308 asdfghjkløæ' <zxcvbnm,.-",
        '§!"#¤%&/()=?\u0300 QWERTYUIOPÅ\u0302 ASDFGHJKLØÆ* >ZXCVBNM;:_',
        "¦∅@£$½∅{[]}∅\u0301 @∅€∅∅∅∅∅∅∅∅\u0303 ∅∅∅∅∅∅∅∅∅∅∅∅ ½∅∅∅∅∅∅µ∅∅∅",
    ),
    "se": (
        "§1234567890+\u0301 qwertyuiopå\u0308 asdfghjklöä' <zxcvbnm,.-",
        '½!"#¤%&/()=?\u0300 QWERTYUIOPÅ\u0302 ASDFGHJKLÖÄ* >ZXCVBNM;:_',
        "∅∅@£$€∅{[]}\\∅ @∅€∅∅∅∅∅∅∅∅\u0303 ∅∅∅∅∅∅∅∅∅∅∅∅ |∅∅∅∅∅∅µ∅∅∅",
    ),
}

# Layouts on which Caps Lock is a Shift Lock, which takes digits with it.
_SHIFT_LOCK = frozenset({"fr", "be"})
_KEYPAD_COMMA = frozenset({"de", "fr", "es", "it", "be", "pt", "dk", "no", "se"})

# What a dead key gives where no letter takes it: the sign standing by itself.
_SPACING = {"\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0303": "~", "\u0308": "¨"}

NAMES = tuple(_TABLES)


@dataclass(frozen=True, slots=True)
class Layout:
    """`levels[n]` maps a key code to its character: 0 plain, 1 Shift, 2 AltGr, 3 Shift and AltGr.

    A combining character there is a dead key ("^" then "e" gives "ê", "^" then a space gives "^"). `keypad_point` is
    what the keypad's decimal key gives, `shift_lock` that Caps Lock holds Shift for every key, not for letters only.
    """

    name: str
    levels: tuple[dict[int, str], ...]
    keypad_point: str = "."
    shift_lock: bool = False


def by_name(name: str) -> Layout:
    """Return the layout `name` (one of NAMES); KeyError for any other."""
    levels = tuple(dict(_pairs(row)) for row in _TABLES[name])
    empty: tuple[dict[int, str], ...] = ({},) * (4 - len(levels))
    point = "," if name in _KEYPAD_COMMA else "."
    return Layout(name, levels + empty, point, name in _SHIFT_LOCK)


def is_dead(character: str) -> bool:
    """Whether a character of a layout is a dead key."""
    return bool(unicodedata.combining(character))


def standing(dead: str) -> str:
    """Return the sign of a dead key by itself."""
    return _SPACING[dead]


def compose(dead: str, character: str) -> str:
    """Return what a dead key and the character after it give: one letter, the sign (for a space), or both."""
    if character == " ":
        return standing(dead)
    composed = unicodedata.normalize("NFC", character + dead)
    return composed if len(composed) == 1 else standing(dead) + character


def _pairs(rows: str) -> Iterator[tuple[int, str]]:
    yield _SPACE, " "
    for code, character in zip(_CODES, rows.replace(" ", ""), strict=True):
        if character != _NONE:
            yield code, character
