"""What is asked for in cash where the smallest coins are gone."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.money import Rounding, to_step


@dataclass(frozen=True, slots=True)
class CashTotal:
    """`total_minor` is asked for in cash, `rounding_minor` more (or less, below 0) than the total of the sale."""

    total_minor: int
    rounding_minor: int


def cash_total(total_minor: int, step_minor: int, rounding: Rounding = Rounding.HALF_UP) -> CashTotal:
    """A total in coins of `step_minor`. It is no tax matter: net and tax stay, the difference is booked on its own.

    A refund is rounded like the sale it takes back, so the two cancel out.
    """
    asked = to_step(total_minor, step_minor, rounding)
    return CashTotal(asked, asked - total_minor)
