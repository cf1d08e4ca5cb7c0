"""The keypad category: a tactile keypad for people who do not use the screen, and the jack their headset goes into."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Key(enum.StrEnum):
    """What a key of a tactile keypad means (EN 301 549 and ADA 707: all that speech needs)."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    SELECT = "select"
    BACK = "back"
    HELP = "help"
    REPEAT = "repeat"
    LOUDER = "louder"
    SOFTER = "softer"
    FASTER = "faster"
    SLOWER = "slower"
    CLEAR = "clear"
    DIGIT_0 = "0"
    DIGIT_1 = "1"
    DIGIT_2 = "2"
    DIGIT_3 = "3"
    DIGIT_4 = "4"
    DIGIT_5 = "5"
    DIGIT_6 = "6"
    DIGIT_7 = "7"
    DIGIT_8 = "8"
    DIGIT_9 = "9"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key went down, or is held and repeats. A digit may be part of a PIN: never logged."""

    device: str
    key: Key
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class HeadsetChanged:
    """A headset was plugged into the jack, or pulled out."""

    device: str
    plugged: bool
