"""The lane-light category: colours on a pole that staff see from afar."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class Colour(enum.StrEnum):
    """Lamps of a pole."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    BLUE = "blue"
    WHITE = "white"


class Blink(enum.StrEnum):
    """How a lamp burns. Meaning must never hang on the colour alone: urgent is always FAST."""

    OFF = "off"
    STEADY = "steady"
    SLOW = "slow"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Lamps:
    """What each lamp does; one that is not named is off."""

    lamps: tuple[tuple[Colour, Blink], ...] = ()


@dataclass(frozen=True, slots=True)
class LampsSet:
    """The light shows what was asked for."""

    device: str
    lamps: Lamps


@dataclass(frozen=True, slots=True)
class LampsNotSet:
    """The light did not take it; `message` and `remedy` for staff."""

    device: str
    message: str
    remedy: str


class LaneLight(Protocol):
    """A lane light. Called on the device's thread."""

    def show(self, lamps: Lamps) -> LampsSet | LampsNotSet:
        """Set all lamps at once; the light keeps them, blinking included, until the next call. Off when closed."""
        ...
