"""The scale category: ask for a stable weight, get one that was taken after the request, or the reason why not."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Weight:
    """A stable weight taken after request `request` was made. `grams` is net of any tare the scale itself holds."""

    device: str
    request: str
    grams: int


class WeighProblem(enum.StrEnum):
    """Why there is no weight (yet). A weight is never guessed and never 0 instead of one of these."""

    IN_MOTION = "in_motion"
    UNDER_ZERO = "under_zero"
    OVER_CAPACITY = "over_capacity"
    EMPTY = "empty"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class NoWeight:
    """No stable weight. `final` says that the request has ended; without it, it is progress for the screen to show."""

    device: str
    request: str
    problem: WeighProblem
    final: bool


class Scale(Protocol):
    """A scale that can be asked for a weight. Called on the device's thread."""

    def weigh(self, request: str, timeout_s: float) -> Weight | NoWeight:
        """Wait up to `timeout_s` for a stable weight above zero taken after this call; see `Weight`, `NoWeight`.

        Progress (`NoWeight(final=False)`) is emitted to the driver's sink whenever the problem changes.
        """
        ...

    def cancel_weigh(self) -> None:
        """End a running `weigh` early with `NoWeight(final=True)`. The one call that is made from another thread."""
        ...
