"""The cash-drawer category: it is kicked open, and says open or closed where its sensor is wired."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class DrawerPosition(enum.StrEnum):
    """UNKNOWN until the sensor has been seen both ways: it is often not wired, or wired the other way round."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DrawerChanged:
    """The sensor of the drawer says something new."""

    device: str
    position: DrawerPosition


@dataclass(frozen=True, slots=True)
class DrawerKicked:
    """A pulse was sent for `request`. Whether the drawer opened is for its sensor to say."""

    device: str
    request: str


@dataclass(frozen=True, slots=True)
class DrawerStuck:
    """The drawer was not opened for `request`, or it cannot be known; a pulse is never repeated by itself."""

    device: str
    request: str
    message: str
    remedy: str


class CashDrawer(Protocol):
    """A cash drawer. Called on the device's thread."""

    def kick(self, request: str) -> DrawerKicked | DrawerStuck:
        """Send one pulse. Never sends a second one for the same `request`."""
        ...
