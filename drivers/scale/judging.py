"""What a scale's answer means for a sale: is it a weight, why is it none, and what has a person to do."""

from __future__ import annotations

from drivers.device import Condition, Severity
from drivers.scale.interface import ScaleRefusal, WeighProblem
from drivers.scale.reading import Reading, Refused, to_grams

# The same good, put down again, may show one division more or less: 5 g on most checkout scales.
_SAME_WITHIN_GRAMS = 10


def sellable_grams(answer: Reading | Refused | None) -> int:
    """Whole grams of a weight that goods can be sold by; 0 for every other answer."""
    if not isinstance(answer, Reading) or answer.value is None or answer.unit is None:
        return 0
    troubled = answer.in_motion or answer.under_zero or answer.over_capacity or answer.busy or answer.needs_zero
    if troubled or answer.fault or not answer.stable or answer.value <= 0:
        return 0
    return to_grams(answer.value, answer.unit)


def is_empty(answer: Reading) -> bool:
    """Whether nothing lies on the scale, for certain."""
    if answer.in_motion or answer.over_capacity or answer.under_zero or answer.busy or answer.fault:
        return False
    return answer.stable and (answer.at_zero or answer.value == 0)


class LastGood:
    """Remembers what was weighed last for as long as, for all that is known, it lies there still."""

    def __init__(self) -> None:
        self._grams = 0

    def weighed(self, grams: int) -> None:
        """It was weighed with `grams`."""
        self._grams = grams

    def see(self, answer: Reading | Refused | None) -> None:
        """Forget it where the scale shows nothing, or another weight."""
        grams = sellable_grams(answer)
        gone = isinstance(answer, Reading) and (is_empty(answer) or answer.too_light)
        if gone or (grams and not self.is_there(grams)):
            self._grams = 0

    def is_there(self, grams: int) -> bool:
        """Whether a scale that shows `grams` may hold it still."""
        return bool(self._grams) and abs(grams - self._grams) <= _SAME_WITHIN_GRAMS


def problem_of(answer: Reading | Refused | None) -> WeighProblem:
    """Why `answer` gives no weight that can be sold by. Over capacity comes first: it lasts whatever else is so.

    None (a scale that answers new weights only has nothing new) is EMPTY.
    """
    if answer is None:
        return WeighProblem.EMPTY
    if isinstance(answer, Refused):
        return WeighProblem.NOT_READY
    if answer.over_capacity:
        return WeighProblem.OVER_CAPACITY
    if answer.in_motion:
        return WeighProblem.IN_MOTION
    if answer.under_zero or (answer.value is not None and answer.value < 0):
        return WeighProblem.UNDER_ZERO
    if answer.fault or answer.needs_zero or answer.busy:
        return WeighProblem.NOT_READY
    if answer.value is None:
        empty = answer.at_zero or answer.nothing_new or answer.too_light
        return WeighProblem.EMPTY if empty else WeighProblem.NOT_READY
    return WeighProblem.EMPTY if answer.stable else WeighProblem.IN_MOTION


def conditions_of(answer: Reading | Refused | None) -> tuple[Condition, ...]:
    """What a person has to do about the idle scale; motion passes by itself."""
    if not isinstance(answer, Reading):
        return ()
    if answer.fault:
        message, remedy = f"The scale reports a fault ({answer.fault}).", "Switch it off and on; else have it repaired."
        return (Condition("scale_fault", Severity.FAULT, message, remedy),)
    if answer.over_capacity and answer.under_zero:
        message = "There is too much on the scale, or less than nothing."
        remedy = "Clear the scale, see that its plate lies well, and zero it."
        return (Condition("out_of_range", Severity.FAULT, message, remedy),)
    if answer.over_capacity:
        message, remedy = "There is too much on the scale.", "Take the load off the scale."
        return (Condition("over_capacity", Severity.FAULT, message, remedy),)
    if answer.needs_zero:
        message, remedy = "The scale has not found its zero.", "Clear the plate, see that it lies well, and zero it."
        return (Condition("needs_zero", Severity.FAULT, message, remedy),)
    if problem_of(answer) is WeighProblem.UNDER_ZERO:
        message, remedy = "The scale stands below zero.", "Clear the scale, see that its plate lies well, and zero it."
        return (Condition("under_zero", Severity.FAULT, message, remedy),)
    return ()


def refusal_of(answer: Reading | Refused | None) -> ScaleRefusal:
    """Why a scale did not do what it was told, by its last answer."""
    if isinstance(answer, Refused):
        known = {str(reason): reason for reason in ScaleRefusal}
        return known.get(answer.reason, ScaleRefusal.REFUSED)
    if answer is None:
        return ScaleRefusal.REFUSED
    if answer.fault or answer.busy:
        return ScaleRefusal.NOT_READY
    match problem_of(answer):
        case WeighProblem.OVER_CAPACITY:
            return ScaleRefusal.OVER_CAPACITY
        case WeighProblem.IN_MOTION:
            return ScaleRefusal.IN_MOTION
        case WeighProblem.UNDER_ZERO:
            return ScaleRefusal.UNDER_ZERO
        case _:
            return ScaleRefusal.REFUSED
