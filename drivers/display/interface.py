"""The line-display category: two lines of text towards the shopper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shown:
    """Both lines were handed to the display for `request`. Such displays do not answer: handed over, not seen."""

    device: str
    request: str


@dataclass(frozen=True, slots=True)
class NotShown:
    """The display took nothing; `message` and `remedy` for staff."""

    device: str
    request: str
    message: str
    remedy: str


class LineDisplay(Protocol):
    """A display of two lines. Called on the device's thread."""

    @property
    def columns(self) -> int:
        """Characters in a line."""
        ...

    def show(self, request: str, upper: str, lower: str) -> Shown | NotShown:
        """Show two lines; what is longer than `columns` is cut, what the display has no character for is replaced."""
        ...

    def clear(self, request: str) -> Shown | NotShown:
        """Make both lines empty."""
        ...
