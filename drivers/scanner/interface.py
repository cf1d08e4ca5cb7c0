"""The scanner category: one record, since a scanner only ever speaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scan:
    """One code read by a scanner.

    `text` is the content without prefix, suffix and AIM identifier; `aim` is the AIM identifier ("]E0") where the
    scanner sends one, else "". Never logged: it may be a badge or a card.
    """

    device: str
    text: str
    aim: str = ""


@dataclass(frozen=True, slots=True)
class BadRead:
    """Bytes that were no whole code: too long, undecodable, or broken off. `reason` holds no part of the content."""

    device: str
    reason: str
