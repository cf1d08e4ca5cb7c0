"""Integer money: amounts are whole minor units (cents), and every rounding is one of the named ones here."""

from __future__ import annotations


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, halves away from zero, without ever leaving the integers. `denominator` > 0."""
    if denominator <= 0:
        raise ValueError("the denominator of a rounding is positive")
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def price_of_weight(price_per_kilogram_minor: int, grams: int) -> int:
    """Price in minor units of `grams` of a good, half up."""
    return round_half_up(price_per_kilogram_minor * grams, 1000)


def grams_for_price(price_minor: int, price_per_kilogram_minor: int) -> int:
    """The weight that a price label stands for, in grams, half up; 0 where the good has no price by weight."""
    return round_half_up(price_minor * 1000, price_per_kilogram_minor) if price_per_kilogram_minor > 0 else 0


def tax_within(gross_minor: int, rate_bp: int) -> int:
    """Tax contained in a gross amount at `rate_bp` hundredths of a per cent (2300 = 23 %), half up."""
    return round_half_up(gross_minor * rate_bp, 10_000 + rate_bp)
