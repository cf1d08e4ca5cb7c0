"""What the keys of a tactile keypad mean, by profile: key names of linux/input-event-codes.h -> meanings. Pure.

Storm keypads send function keys beyond F12, so that they mean nothing to other programs; the manuals of the Audio-Nav
(p. 28) and the EZ-Key (p. 34) name usage 72 (F23) for "<<". A keypad that was customised with Storm's utility sends
what was chosen there: `keys` in the settings says so.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Literal

from evdev import ecodes

from drivers.keypad.interface import Key

Profile = Literal["storm_ez_access", "storm_nav_pad", "generic_numpad", "none"]


class Jack(enum.StrEnum):
    """What a keypad with a headset jack sends as a key when something is plugged in or pulled out."""

    IN = "headset_in"
    OUT = "headset_out"


Meaning = Key | Jack

_STORM: dict[str, Meaning] = {
    "KEY_F15": Jack.IN,
    "KEY_F16": Jack.OUT,
    "KEY_F17": Key.HELP,
    "KEY_F18": Key.UP,
    "KEY_F19": Key.DOWN,
    "KEY_F20": Key.SELECT,
    "KEY_VOLUMEUP": Key.LOUDER,
    "KEY_VOLUMEDOWN": Key.SOFTER,
}
_DIGITS: dict[str, Meaning] = {f"KEY_KP{digit}": Key(str(digit)) for digit in range(10)}
_ROW: dict[str, Meaning] = {f"KEY_{digit}": Key(str(digit)) for digit in range(10)}

PROFILES: dict[Profile, dict[str, Meaning]] = {
    # EZ Access: next and back go through what is on the screen, in its order.
    "storm_ez_access": {**_STORM, "KEY_F21": Key.RIGHT, "KEY_F23": Key.BACK},
    "storm_nav_pad": {**_STORM, "KEY_F21": Key.RIGHT, "KEY_F23": Key.LEFT, "KEY_F22": Key.BACK},
    "generic_numpad": {
        **_DIGITS,
        **_ROW,
        "KEY_UP": Key.UP,
        "KEY_DOWN": Key.DOWN,
        "KEY_LEFT": Key.LEFT,
        "KEY_RIGHT": Key.RIGHT,
        "KEY_ENTER": Key.SELECT,
        "KEY_KPENTER": Key.SELECT,
        "KEY_ESC": Key.BACK,
        "KEY_BACKSPACE": Key.CLEAR,
        "KEY_KPDOT": Key.CLEAR,
        "KEY_KPSLASH": Key.HELP,
        "KEY_KPASTERISK": Key.REPEAT,
        "KEY_F1": Key.HELP,
        "KEY_KPPLUS": Key.LOUDER,
        "KEY_KPMINUS": Key.SOFTER,
        "KEY_VOLUMEUP": Key.LOUDER,
        "KEY_VOLUMEDOWN": Key.SOFTER,
        "KEY_PAGEUP": Key.FASTER,
        "KEY_PAGEDOWN": Key.SLOWER,
    },
    "none": {},
}


def key_map(profile: Profile, keys: Mapping[str, str]) -> dict[int, Meaning]:
    """Return key code -> meaning: the profile, with `keys` (name -> meaning, "" for none) over it.

    `ValueError` names what is no key and what is no meaning.
    """
    found = {_code(name): meaning for name, meaning in PROFILES[profile].items()}
    for name, meaning in keys.items():
        code = _code(name if name.startswith("KEY_") else f"KEY_{name}")
        if meaning:
            found[code] = _meaning(meaning)
        else:
            found.pop(code, None)
    if not found:
        raise ValueError("no key has a meaning: choose a profile, or name keys")
    return found


def _code(name: str) -> int:
    code = ecodes.ecodes.get(name)
    if not isinstance(code, int):
        raise ValueError(f"{name} is no key (see `evtest`)")  # noqa: TRY004 # a wrong value of a setting, not a wrong type
    return code


def _meaning(text: str) -> Meaning:
    if text in list(Jack):
        return Jack(text)
    if text in list(Key):
        return Key(text)
    raise ValueError(f"{text!r} is no meaning; there are: {', '.join([*Key, *Jack])}")
