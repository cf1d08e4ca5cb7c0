"""Which rewards a promotion gives on a basket: all of its own, or that of the last step that the basket reaches."""

from __future__ import annotations

from kiosk.domain.promotion.goods import Shelf
from kiosk.domain.promotion.needs import Refusal, count_of, shortfall
from kiosk.domain.promotion.pieces import Pieces
from kiosk.domain.promotion.ready import Numbered, Ready, ReadyReward
from kiosk.domain.promotion.reasons import Reason


def rewards_given(ready: Ready, shelf: Shelf, pieces: Pieces) -> tuple[Numbered, ...] | Refusal:
    """Numbered rewards in the order in which they are given."""
    if not ready.steps:
        return ready.rewards
    step = _step(ready, shelf, pieces)
    return step if isinstance(step, Refusal) else ((0, step),)


def _step(ready: Ready, shelf: Shelf, pieces: Pieces) -> ReadyReward | Refusal:
    reached = None
    lack = None
    for step, reward in ready.steps:
        held = count_of(pieces.positions[place] for place in shelf.counted(reward.choice))
        missing = shortfall(*held, step.from_pieces, step.from_value_minor)
        reached = reached if missing else reward
        lack = lack or missing
    return reached or lack or Refusal(Reason.GIVES_NOTHING)
