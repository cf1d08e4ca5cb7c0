"""Keyboard layouts: which character a key position gives, by the level of Shift and AltGr.

Key codes name positions, not characters (linux/input-event-codes.h; KEY_Y is "z" on a German keyboard), so a reader of
key events must know the layout that is set *in the scanner*. Each row lists the characters of neighbouring keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# First key code of each row, left to right (linux/input-event-codes.h).
_DIGITS = tuple(range(2, 14))  # KEY_1 .. KEY_EQUAL
_UPPER = tuple(range(16, 28))  # KEY_Q .. KEY_RIGHTBRACE
_HOME = (*range(30, 42), 43)  # KEY_A .. KEY_APOSTROPHE, KEY_GRAVE, KEY_BACKSLASH
_LOWER = (86, *range(44, 54))  # KEY_102ND, KEY_Z .. KEY_SLASH
_SPACE = 57

# A place without a character in the rows below.
_NONE = "\0"

KEYPAD = dict(zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True)) | {
    55: "*",
    74: "-",
    78: "+",
    98: "/",
}
KEYPAD_POINT = 83


@dataclass(frozen=True, slots=True)
class Layout:
    """`levels[n]` maps a key code to its character: 0 plain, 1 Shift, 2 AltGr, 3 Shift and AltGr.

    `dead` are the characters that wait for the next one ("^" then "e" gives "ê", "^" then a space gives "^").
    `keypad_point` is what the keypad's decimal key gives.
    """

    levels: tuple[dict[int, str], ...]
    dead: frozenset[str] = frozenset()
    keypad_point: str = "."


def us() -> Layout:
    """Return the layout of the United States, which nearly all scanners are delivered with."""
    return Layout(
        (
            _level("1234567890-=", "qwertyuiop[]", "asdfghjkl;'`\\", "\\zxcvbnm,./"),
            _level("!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"~|', "|ZXCVBNM<>?"),
            {},
            {},
        ),
    )


def de() -> Layout:
    """Return the German layout (DIN 2137 T1), on which Y and Z trade places and three keys are dead."""
    return Layout(
        (
            _level("1234567890ß´", "qwertzuiopü+", "asdfghjklöä^#", "<yxcvbnm,.-"),
            _level('!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ°'", ">YXCVBNM;:_"),
            _level("\0²³\0\0\0{[]}\\\0", "@\0€\0\0\0\0\0\0\0\0~", "\0" * 13, "|\0\0\0\0\0\0µ\0\0\0"),
            {},
        ),
        dead=frozenset("´`^"),
        keypad_point=",",
    )


def by_name(name: str) -> Layout:
    """Return the layout `name` ("us" or "de"); KeyError for any other."""
    return {"us": us, "de": de}[name]()


def _level(digits: str, upper: str, home: str, lower: str) -> dict[int, str]:
    return {_SPACE: " ", **dict(_pairs(digits, upper, home, lower))}


def _pairs(*rows: str) -> Iterator[tuple[int, str]]:
    for codes, characters in zip((_DIGITS, _UPPER, _HOME, _LOWER), rows, strict=True):
        for code, character in zip(codes, characters, strict=True):
            if character != _NONE:
                yield code, character
