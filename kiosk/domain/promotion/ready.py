"""A promotion made ready: its goods compiled, and what it takes to find it for a basket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.domain.promotion.goods import Choice
from kiosk.domain.promotion.offers import Goods, Need, Promotion, Reward, SetPrice, Step


@dataclass(frozen=True, slots=True)
class ReadyNeed:
    """A need with its goods."""

    need: Need
    choice: Choice


@dataclass(frozen=True, slots=True)
class ReadyReward:
    """A reward with its goods.

    `of_consumed` where it reaches pieces that an application consumes, `of_goods` where it reaches pieces of its own
    goods; a set price may do both.
    """

    reward: Reward
    choice: Choice
    of_consumed: bool
    of_goods: bool


Numbered = tuple[int, ReadyReward]


@dataclass(frozen=True, slots=True)
class Ready:
    """A promotion with its place in the order of promotions, its needs, and its rewards or steps.

    Numbered rewards stand in the order in which they are given: on consumed pieces, on others, on any of the goods.
    """

    index: int
    promotion: Promotion
    holds: tuple[ReadyNeed, ...]
    consumes: tuple[ReadyNeed, ...]
    rewards: tuple[Numbered, ...]
    steps: tuple[tuple[Step, ReadyReward], ...]
    reduces_consumed: bool

    @staticmethod
    def of(index: int, promotion: Promotion, known: dict[Goods, Choice]) -> Ready:
        """The promotion, made ready; equal goods share the choice in `known`."""
        needs = [ReadyNeed(need, Choice.of(need.goods, known)) for need in promotion.needs]
        rewards = tuple(_ready(reward, known) for reward in promotion.rewards)
        steps = tuple((step, _ready(step.reward, known)) for step in promotion.steps)
        return Ready(
            index,
            promotion,
            tuple(need for need in needs if not need.need.consumes),
            tuple(need for need in needs if need.need.consumes),
            tuple(sorted(enumerate(rewards), key=_turn)),
            steps,
            any(reward.of_consumed for reward in rewards) or any(reward.of_consumed for _, reward in steps),
        )

    def reduced_goods(self) -> Iterator[Choice]:
        """Goods of which the basket must hold a piece, or the promotion has nothing to reduce."""
        for _, reward in (*self.rewards, *self.steps):
            if reward.of_goods:
                yield reward.choice
            if reward.of_consumed:
                yield from (need.choice for need in self.consumes)


def _ready(reward: Reward, known: dict[Goods, Choice]) -> ReadyReward:
    choice = Choice.of(reward.goods, known)
    if isinstance(reward, SetPrice):
        return ReadyReward(reward, choice, of_consumed=True, of_goods=reward.pieces is not None)
    return ReadyReward(reward, choice, of_consumed=reward.of == "consumed", of_goods=reward.of != "consumed")


def _turn(numbered: Numbered) -> int:
    _, reward = numbered
    return 0 if reward.of_consumed else 1 if reward.reward.of == "others" else 2
