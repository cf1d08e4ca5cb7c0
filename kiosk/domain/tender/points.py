"""Loyalty points at a fixed value: what a purchase earns, and what a balance is worth."""

from __future__ import annotations

from kiosk.domain.tender.rules import PointsRules


def earned(paid_minor: int, rules: PointsRules) -> int:
    """Points for `paid_minor`, which is what was paid by tenders that earn; goods returned take points back.

    Full steps only, towards zero: two halves of a purchase never earn more than the whole.
    """
    points = abs(paid_minor) // rules.earn_per_minor * rules.earn_points
    return points if paid_minor >= 0 else -points


def redeemable(balance: int, due_minor: int, rules: PointsRules) -> tuple[int, int]:
    """(points, what they are worth) that a balance can pay of `due_minor`, in whole steps; (0, 0) where none."""
    steps = min(balance // rules.step_points, max(0, due_minor) // rules.step_minor)
    points = steps * rules.step_points
    return (points, steps * rules.step_minor) if points >= max(rules.minimum_points, 1) else (0, 0)
