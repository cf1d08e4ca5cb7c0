"""Integer money: amounts are whole minor units (cents), and each rounding and each spreading is a named one."""

from __future__ import annotations

import enum
from collections.abc import Sequence

PPM = 1_000_000


class Rounding(enum.StrEnum):
    """What becomes of a fraction of a minor unit. Up and down are meant away from zero and towards it."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    HALF_DOWN = "half_down"
    UP = "up"
    DOWN = "down"


class Spreading(enum.StrEnum):
    """Who gets the odd cents when an amount is spread over several.

    LARGEST_REMAINDER: those who were rounded down most, the first of equals. FIRST: the first ones, a cent each.
    LAST_TAKES_REST: every share rounded on its own, and the last one takes what is left.
    """

    LARGEST_REMAINDER = "largest_remainder"
    FIRST = "first"
    LAST_TAKES_REST = "last_takes_rest"


def divide(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """`numerator / denominator` as a whole number, without ever leaving the integers. `denominator` > 0."""
    if denominator <= 0:
        raise ValueError("the denominator of a rounding is positive")
    sign = -1 if numerator < 0 else 1
    whole, rest = divmod(abs(numerator), denominator)
    match rounding:
        case Rounding.UP:
            more = rest > 0
        case Rounding.DOWN:
            more = False
        case Rounding.HALF_UP:
            more = 2 * rest >= denominator
        case Rounding.HALF_DOWN:
            more = 2 * rest > denominator
        case Rounding.HALF_EVEN:
            more = 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
    return sign * (whole + more)


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, halves away from zero. `denominator` > 0."""
    return divide(numerator, denominator)


def to_step(amount_minor: int, step_minor: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The multiple of `step_minor` that an amount rounds to, such as 5 where the smallest coin is 5 cents."""
    return divide(amount_minor, step_minor, rounding) * step_minor


def spread(
    total_minor: int,
    weights: Sequence[int],
    how: Spreading = Spreading.LARGEST_REMAINDER,
    rounding: Rounding = Rounding.DOWN,
) -> list[int]:
    """Shares of `total_minor` in proportion to `weights` (each >= 0), which add up to it to the cent.

    Where all weights are 0 the shares are equal. `rounding` matters to LAST_TAKES_REST alone: the others round every
    share down and hand out what is left, one minor unit each.
    """
    if not weights:
        if total_minor:
            raise ValueError("there is nobody to spread an amount over")
        return []
    if not any(weights):
        weights = [1] * len(weights)
    if total_minor < 0:
        return [-share for share in spread(-total_minor, weights, how, rounding)]
    whole = sum(weights)
    if how == Spreading.LAST_TAKES_REST:
        shares = [divide(total_minor * weight, whole, rounding) for weight in weights[:-1]]
        return [*shares, total_minor - sum(shares)]
    shares = [total_minor * weight // whole for weight in weights]
    order: Sequence[int] = [place for place, weight in enumerate(weights) if weight]
    if how == Spreading.LARGEST_REMAINDER:
        order = sorted(order, key=lambda place: -(total_minor * weights[place] % whole))
    for place in order[: total_minor - sum(shares)]:
        shares[place] += 1
    return shares


def price_of_weight(price_per_kilogram_minor: int, grams: int) -> int:
    """Price in minor units of `grams` of a good, half up."""
    return round_half_up(price_per_kilogram_minor * grams, 1000)


def grams_for_price(price_minor: int, price_per_kilogram_minor: int) -> int:
    """The weight that a price label stands for, in grams, half up; 0 where the good has no price by weight."""
    return round_half_up(price_minor * 1000, price_per_kilogram_minor) if price_per_kilogram_minor > 0 else 0


def tax_within(gross_minor: int, rate_ppm: int) -> int:
    """Tax contained in a gross amount at `rate_ppm` parts per million (230,000 is 23 %), half up."""
    return round_half_up(gross_minor * rate_ppm, PPM + rate_ppm)
