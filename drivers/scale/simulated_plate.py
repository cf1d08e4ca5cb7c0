"""What lies on a simulated scale, and what the scale makes of it: one for all protocols."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from drivers.scale.framing import to_places
from drivers.scale.reading import Reading, Unit

CAPACITY_GRAMS = 15_000
# A scale takes what lies on it for nothing only near zero: 2 % of what it can weigh (EN 45501).
_ZERO_RANGE_GRAMS = CAPACITY_GRAMS // 50


@dataclass(slots=True)
class Plate:
    """The load, the zero point and the tare in grams; `motion`, `over` and `under` as if the load did it."""

    unit: Unit = Unit.KILOGRAM
    grams: int = 0
    zero_grams: int = 0
    tare_grams: int = 0
    motion: bool = False
    over: bool = False
    under: bool = False
    # How often something was put on it, so that the same weight again is a new one.
    loads: int = 0

    def load(self, grams: int) -> None:
        """Put `grams` on it in place of what was there."""
        self.grams = grams
        self.loads += 1
        self.over, self.under = grams > CAPACITY_GRAMS, grams < 0

    @property
    def shown_grams(self) -> int:
        """The net weight, below zero where a tare is held and nothing lies on it."""
        return self.grams - self.zero_grams - self.tare_grams

    @property
    def below_zero(self) -> bool:
        """Whether it shows less than nothing."""
        return self.under or self.shown_grams < 0

    @property
    def at_rest(self) -> bool:
        """Whether a stable weight of zero or more is shown."""
        return not (self.motion or self.over or self.below_zero)

    @property
    def at_zero(self) -> bool:
        """Whether it stands at its zero point."""
        return self.at_rest and self.grams == self.zero_grams

    def shown(self, places: int, unit: Unit | None = None) -> Decimal:
        """The net weight in `unit` (else its own) with so many places."""
        like = Reading(Decimal(0).scaleb(-places), unit or self.unit, stable=True)
        value = to_places(self.shown_grams, like)
        return Decimal(0) if value is None else value

    def zero(self) -> bool:
        """Take what lies on it for nothing; False where it moves, holds a tare or is too far from zero."""
        if self.motion or self.over or self.tare_grams or abs(self.grams) > _ZERO_RANGE_GRAMS:
            return False
        self.zero_grams, self.under = self.grams, False
        return True

    def tare(self, grams: int | None = None) -> bool:
        """Take `grams` off, or what lies on it now; False where it does not rest, or nothing lies on it."""
        taken = self.grams - self.zero_grams if grams is None else grams
        if self.motion or self.over or self.under or taken <= 0:
            return False
        self.tare_grams = taken
        return True
