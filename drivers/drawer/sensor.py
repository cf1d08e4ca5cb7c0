"""What the sensor of a cash drawer means: pure, levels in, positions out."""

from __future__ import annotations

from typing import Literal

from drivers.drawer.interface import DrawerPosition

Wiring = Literal["learn", "high_is_open", "low_is_open", "none"]

# A drawer springs open at once; what changes later was done by a person.
KICK_WINDOW_S = 1.5


class Sensor:
    """Turns the level of a sensor pin into a position, UNKNOWN until the pin was seen both ways.

    A pin that is not wired never changes, and half of all drawers are wired the other way round. With "learn" the level
    that follows a kick within `KICK_WINDOW_S` is OPEN; a later kick that says the contrary makes it UNKNOWN again.
    """

    def __init__(self, wiring: Wiring = "learn") -> None:
        self._wiring = wiring
        self._open_level = {"high_is_open": True, "low_is_open": False}.get(wiring)
        self._level: bool | None = None
        self._seen: set[bool] = set()
        self._kick_until_s: float | None = None
        self._told = DrawerPosition.UNKNOWN

    @property
    def position(self) -> DrawerPosition:
        """What is known now."""
        if self._level is None or self._open_level is None or len(self._seen) < 2:
            return DrawerPosition.UNKNOWN
        return DrawerPosition.OPEN if self._level is self._open_level else DrawerPosition.CLOSED

    @property
    def in_words(self) -> str:
        """What is known of the wiring, for a technician."""
        if self._wiring == "none":
            return "no sensor is set up"
        if len(self._seen) < 2:
            return "its sensor was not seen both ways yet"
        if self._open_level is None:
            return "it is not known yet which level of its sensor is open: kick it once while it is closed"
        wiring = "high_is_open" if self._open_level else "low_is_open"
        learned = f' (learned: set sensor = "{wiring}")' if self._wiring == "learn" else ""
        return f"its sensor says {self.position}{learned}"

    def kicked(self, at_s: float) -> None:
        """A pulse was sent."""
        self._kick_until_s = at_s + KICK_WINDOW_S

    def see(self, level: bool | None, at_s: float) -> DrawerPosition | None:
        """Take in what the pin says now (None: cannot be read); returns the position where it is another than before.

        After a time without a level nothing is learned from the next: what was between is not known.
        """
        if self._wiring == "none":
            return None
        before, self._level = self._level, level
        if level is not None:
            self._seen.add(level)
            if before is not None and level is not before:
                self._learn(level, at_s)
        now = self.position
        changed, self._told = now is not self._told, now
        return now if changed else None

    def _learn(self, level: bool, at_s: float) -> None:
        due, self._kick_until_s = self._kick_until_s, None
        if self._wiring != "learn" or due is None or at_s > due:
            return
        self._open_level = level if self._open_level in (None, level) else None
