"""What a reward takes off the pieces that it reaches, to the cent and by the retailer's rounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.domain.basket import DiscountPer, Policies
from kiosk.domain.money import PPM, divide
from kiosk.domain.promotion.offers import AmountOff, FixedPrice, PercentOff
from kiosk.domain.promotion.pieces import Parts, Position, Run
from kiosk.domain.promotion.sharing import share_out, spread_within

# Rewards that reach a piece once, however often a promotion is applied, so that they are reckoned once, at the end.
Piecewise = PercentOff | FixedPrice | AmountOff


def amounts(reward: Piecewise, runs: list[Run], positions: Sequence[Position], policies: Policies) -> list[int]:
    """What comes off each run, all pieces of it together; never more than its room."""
    match reward:
        case PercentOff():
            return _percent(reward, runs, positions, policies)
        case FixedPrice():
            return [
                min(max(0, run.left - _fixed(reward, positions[run.place], policies)), run.room) * run.count
                for run in runs
            ]
        case AmountOff(per="piece"):
            return [min(reward.amount_minor, run.room) * run.count for run in runs]
        case AmountOff():
            return _by_place(runs, lambda part: share_out(reward.amount_minor, part, policies))


def _fixed(reward: FixedPrice, position: Position, policies: Policies) -> int:
    if position.weighed:
        return divide(reward.price_minor * position.grams, 1000, policies.weight_rounding)
    return reward.price_minor


def _percent(reward: PercentOff, runs: list[Run], positions: Sequence[Position], policies: Policies) -> list[int]:
    def base(run: Run) -> int:
        return positions[run.place].list_minor if policies.percent_of == "list" else run.left

    def rounded(value: int) -> int:
        return divide(value * reward.percent_ppm, PPM, policies.rounding)

    def shared(parts: Parts) -> list[int]:
        weights = [base(run) * count for run, count in parts]
        return share_out(rounded(sum(weights)), parts, policies, weights)

    match policies.discount_per:
        case DiscountPer.UNIT:
            return [min(rounded(base(run)), run.room) * run.count for run in runs]
        case DiscountPer.LINE:
            return _by_place(runs, shared)
        case DiscountPer.ORDER:
            return shared([(run, run.count) for run in runs])


def _by_place(runs: list[Run], shares: Callable[[Parts], list[int]]) -> list[int]:
    """Shares reckoned for the runs of each position alone."""
    found = [0] * len(runs)
    by_place: dict[int, list[int]] = {}
    for number, run in enumerate(runs):
        by_place.setdefault(run.place, []).append(number)
    for numbers in by_place.values():
        parts = [(runs[n], runs[n].count) for n in numbers]
        for number, share in zip(numbers, shares(parts), strict=True):
            found[number] = share
    return found


def cut(planned: list[int], allowed: int) -> list[int]:
    """The same amounts, made smaller in proportion so that they come to no more than `allowed`."""
    return planned if sum(planned) <= allowed else spread_within(allowed, planned, planned)
