"""Which offers may make a basket cheaper when a good is added."""

from __future__ import annotations

from kiosk.domain.promotion.offers import PriceEntry, Promotion, SetPrice


def may_lower_total(offer: Promotion | PriceEntry) -> bool:
    """Whether an offer says that one good more may lower the total.

    It says so where it needs something of the basket, has steps, a set price, or a limit on the pieces it reaches (the
    good may take the place of another); where its budget refuses rather than cuts (the good may bring it beyond the
    budget and so make room for a better promotion); and a price entry where it is for more than one piece.
    """
    if isinstance(offer, PriceEntry):
        return offer.pieces > 1
    caps = offer.caps
    return (
        bool(offer.needs or offer.steps)
        or any(isinstance(reward, SetPrice) or reward.pieces is not None for reward in offer.rewards)
        or (caps.budget_minor is not None and caps.budget_policy == "refuse")
    )
