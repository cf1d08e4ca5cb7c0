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


@dataclass(frozen=True, slots=True)
class BagWeight:
    """What lies on a bagging scale now; told whenever it changes, without being asked.

    `grams` is the last stable weight (None: there has been none since the scale was opened, or it is below zero or
    over capacity), `stable` is False from when it begins to move until it rests again.
    """

    device: str
    grams: int | None
    stable: bool


class ScaleRefusal(enum.StrEnum):
    """Why a scale was not zeroed or tared. NOT_SUPPORTED: its protocol has no such command, or confirms it by nothing.

    TARED: it holds a tare already, which has to be cleared first. REFUSED: it gave no reason.
    """

    NOT_SUPPORTED = "not_supported"
    NOT_READY = "not_ready"
    IN_MOTION = "in_motion"
    UNDER_ZERO = "under_zero"
    OVER_CAPACITY = "over_capacity"
    OUT_OF_RANGE = "out_of_range"
    TARED = "tared"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ZeroDone:
    """The scale stands at zero, as it says itself."""

    device: str
    request: str


@dataclass(frozen=True, slots=True)
class TareDone:
    """The scale holds another tare. `grams`: 0 it holds none, None it has weighed one and does not say how much."""

    device: str
    request: str
    grams: int | None


@dataclass(frozen=True, slots=True)
class ScaleRefused:
    """The scale was not zeroed or tared, and weighs on as before."""

    device: str
    request: str
    reason: ScaleRefusal


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

    def zero(self, request: str) -> ZeroDone | ScaleRefused:
        """Have the scale take what lies on it for nothing; it does so only near zero. At most 8 s."""
        ...

    def tare(self, request: str, grams: int | None = None) -> TareDone | ScaleRefused:
        """Have the scale take `grams` off every weight, or what lies on it now (None). At most 8 s."""
        ...

    def clear_tare(self, request: str) -> TareDone | ScaleRefused:
        """Have the scale take nothing off any more. At most 8 s."""
        ...
