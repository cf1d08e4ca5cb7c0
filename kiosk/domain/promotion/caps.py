"""How often a promotion may be applied to a basket, and how much it may take off."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.basket import Usage
from kiosk.domain.promotion.offers import Promotion, SetPrice
from kiosk.domain.promotion.ready import Numbered, Ready
from kiosk.domain.promotion.reasons import Reason

# More applications than any basket has pieces, more money than any basket costs.
UNLIMITED = 1 << 60


def times_allowed(ready: Ready, rewards: Sequence[Numbered], codes: int) -> int:
    """Applications in one basket: again only where one uses pieces up, or one for each of several coupons."""
    promotion = ready.promotion
    if not promotion.repeats:
        return 1
    limit = promotion.caps.applications or UNLIMITED
    if promotion.coupon and promotion.coupon.per_basket > 1:
        return min(limit, codes)
    uses_up = ready.consumes or any(isinstance(each.reward, SetPrice) and each.reward.pieces for _, each in rewards)
    return limit if uses_up else 1


def uses_spent(promotion: Promotion, usage: Usage | None) -> bool:
    """Whether the budget of uses, of which each basket takes one, is spent."""
    limit = promotion.caps.budget_uses
    return limit is not None and (usage.uses if usage else 0) >= limit


def budget_left(promotion: Promotion, usage: Usage | None) -> int:
    """Minor units that the budget still holds."""
    budget = promotion.caps.budget_minor
    return UNLIMITED if budget is None else max(0, budget - (usage.spent_minor if usage else 0))


def most_off(promotion: Promotion, usage: Usage | None) -> int:
    """The most that may come off a basket: a budget that refuses does not cut."""
    cap = promotion.caps.discount_minor
    cap = UNLIMITED if cap is None else cap
    return min(cap, budget_left(promotion, usage)) if promotion.caps.budget_policy == "cut" else cap


def cut_reason(promotion: Promotion, usage: Usage | None) -> Reason:
    """What cuts a discount first: the cap of a basket or the budget."""
    cap = promotion.caps.discount_minor
    return Reason.BUDGET_CUT if cap is None or budget_left(promotion, usage) < cap else Reason.CAPPED
