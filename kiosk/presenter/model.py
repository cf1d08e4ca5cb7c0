"""The presenter model: a screen as an ordered list of items, with no notion of pixels or of Kivy."""

from __future__ import annotations

import enum
from dataclasses import dataclass

# Sizes a finger needs (facts: Colle & Hiszem 2004, VVSG): primary controls and the least of any other, in millimetres.
PRIMARY_MM = 20.0
LEAST_MM = 12.7


class Role(enum.StrEnum):
    """What an item is to a person, whatever it looks like."""

    TITLE = "title"
    TEXT = "text"
    AMOUNT = "amount"
    LINE = "line"
    BUTTON = "button"
    TILE = "tile"
    PICTURE = "picture"
    NOTICE = "notice"
    STATUS = "status"


class Tone(enum.StrEnum):
    """How an item matters; never the only sign of it."""

    NEUTRAL = "neutral"
    PRIMARY = "primary"
    GOOD = "good"
    CAUTION = "caution"
    DANGER = "danger"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a screen.

    `id` is stable over time and unique on its screen; `text` is what stands there, `detail` a smaller second line,
    `amount` a right-hand value; `speech` what is said ("" = `text`). `picture` is the stem of a picture. `action` is
    the event that is posted when a person presses it (None: cannot be pressed). `least_mm` is the least height and
    width of what can be pressed.
    """

    id: str
    role: Role
    text: str
    speech: str = ""
    detail: str = ""
    amount: str = ""
    picture: str = ""
    enabled: bool = True
    selected: bool = False
    tone: Tone = Tone.NEUTRAL
    least_mm: float = LEAST_MM
    action: object | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """What one state shows. `name` picks the layout; `items` are in reading, focus and speaking order.

    `overlay` is a screen shown over this one, which then cannot be pressed.
    """

    name: str
    language: str
    items: tuple[Item, ...]
    overlay: Screen | None = None

    @property
    def top(self) -> Screen:
        """The screen that takes touches: the overlay where there is one."""
        return self.overlay.top if self.overlay else self

    def item(self, item_id: str) -> Item:
        """The item with this id, on the topmost screen; `KeyError` where there is none."""
        for item in self.top.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)
