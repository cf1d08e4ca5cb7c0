"""What a bagging scale has to tell, out of all it says: a new weight at rest, and that it begins to move."""

from __future__ import annotations

from decimal import Decimal

from drivers.scale.interface import BagWeight
from drivers.scale.reading import GRAMS_PER_UNIT, Answer, Reading, Unit, to_grams

# A scale counts in ones, twos or fives of its last place (EN 45501, 3.2).
_COARSEST, _FINER = 5, (5, 2, 1)


class BagWatch:
    """Tells of a bagging scale what changes; no clock, no I/O.

    At rest, a weight is told when it differs from the last one told by more than the scale's division, and when the
    scale has come to rest; so is a scale that is below zero or over capacity (`grams` None). That it moves, or cannot
    say what lies on it, is told once, with the last weight. What is no reading is passed over.
    """

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._told: BagWeight | None = None
        # The weight told last, unrounded.
        self._exact: Decimal | None = None
        # The division in units of the last place: as coarse as all that was seen allows.
        self._step = _COARSEST

    def feed(self, answer: Answer) -> BagWeight | None:
        """Take one answer in; return what there is to tell, if anything."""
        if not isinstance(answer, Reading):
            return None
        if _unsure(answer):
            return self._move()
        if answer.over_capacity or answer.under_zero or (answer.value is not None and answer.value < 0):
            return self._rest(None, Decimal(0))
        if answer.value is not None and answer.unit is not None:
            return self._weigh(answer.value, answer.unit)
        return self._rest(Decimal(0), Decimal(0)) if answer.at_zero else None

    def _weigh(self, value: Decimal, unit: Unit) -> BagWeight | None:
        places = int(value.as_tuple().exponent)
        digits = int(value.scaleb(-places))
        self._step = next(step for step in _FINER if step <= self._step and digits % step == 0)
        division = Decimal(self._step).scaleb(places) * GRAMS_PER_UNIT[unit]
        return self._rest(value * GRAMS_PER_UNIT[unit], division)

    def _move(self) -> BagWeight | None:
        if self._told is not None and not self._told.stable:
            return None
        self._told = BagWeight(self._alias, None if self._told is None else self._told.grams, stable=False)
        return self._told

    def _rest(self, exact: Decimal | None, division: Decimal) -> BagWeight | None:
        if self._told is not None and self._told.stable and self._is_told(exact, division):
            return None
        self._exact = exact
        grams = None if exact is None else to_grams(exact, Unit.GRAM)
        self._told = BagWeight(self._alias, grams, stable=True)
        return self._told

    def _is_told(self, exact: Decimal | None, division: Decimal) -> bool:
        if exact is None or self._exact is None:
            return exact is self._exact
        return abs(exact - self._exact) <= division


def _unsure(answer: Reading) -> bool:
    """Whether nobody can know now what lies on the scale."""
    if answer.in_motion or answer.busy or answer.needs_zero or answer.fault:
        return True
    beyond = answer.over_capacity or answer.under_zero
    return not (answer.stable or beyond)
