"""One promotion on the pieces of a basket: as often as they and its limits allow, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk.domain.basket import Policies, Usage
from kiosk.domain.promotion.caps import UNLIMITED, budget_left, cut_reason, most_off, times_allowed, uses_spent
from kiosk.domain.promotion.goods import Choice, Shelf
from kiosk.domain.promotion.needs import Refusal, lacks
from kiosk.domain.promotion.offers import AmountOff, SetPrice
from kiosk.domain.promotion.picking import Picker, Picks
from kiosk.domain.promotion.pieces import NOBODY, Parts, Pieces, Run
from kiosk.domain.promotion.ready import Numbered, Ready, ReadyNeed, ReadyReward
from kiosk.domain.promotion.reasons import Reason
from kiosk.domain.promotion.rewards import amounts, cut
from kiosk.domain.promotion.sharing import share_out
from kiosk.domain.promotion.steps import rewards_given


@dataclass(frozen=True, slots=True)
class Effect:
    """What a promotion took off, in how many applications; `reason` where a cap or a budget cut it."""

    applications: int
    discount_minor: int
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What is the same for every promotion on a basket. `codes`: how many coupons one may use, by its index."""

    shelf: Shelf
    policies: Policies
    usage: dict[str, Usage]
    codes: dict[int, int]


def apply(ready: Ready, pieces: Pieces, scene: Scene) -> Effect | Refusal:
    """Apply a promotion to the pieces, or leave them as they are and say why."""
    if uses_spent(ready.promotion, scene.usage.get(ready.promotion.id)):
        return Refusal(Reason.BUDGET_SPENT)
    rewards = rewards_given(ready, scene.shelf, pieces)
    if isinstance(rewards, Refusal):
        return rewards
    for need in (*ready.holds, *ready.consumes):
        lack = lacks(need.need, need.choice, [pieces.positions[place] for place in scene.shelf.counted(need.choice)])
        if lack:
            return lack
    return _Work(ready, pieces, scene, rewards).done()


@dataclass(slots=True)
class _Work:
    """A promotion at work on a basket."""

    ready: Ready
    pieces: Pieces
    scene: Scene
    rewards: Sequence[Numbered]
    discount: int = 0
    most: int = UNLIMITED
    is_cut: bool = False
    lack: Refusal | None = None
    picker: Picker = field(init=False)
    places: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.picker = Picker(self.ready, self.pieces, self.scene.shelf)
        reached = [self.scene.shelf.counted(need.choice) for need in self.ready.consumes]
        reached += [self.picker.places(reward) for _, reward in self.rewards if reward.of_goods]
        self.places = sorted(set().union(*reached))

    def done(self) -> Effect | Refusal:
        """Apply as often as may be, reckon what is reckoned once, and undo it all where that gives nothing."""
        promotion = self.ready.promotion
        usage = self.scene.usage.get(promotion.id)
        self.most = most_off(promotion, usage)
        times = self._applications()
        self._piecewise()
        spent = self.discount > budget_left(promotion, usage) or not self.most
        if spent or not self.discount:
            lack = None if times else self.lack
            refusal = Refusal(Reason.BUDGET_SPENT) if spent else lack or self._nothing()
            self.pieces.undo(self.places, self.ready.index)
            return refusal
        if not promotion.stacks:
            self._seal()
        self.pieces.settle(self.places, finished=True)
        return Effect(times, self.discount, cut_reason(promotion, usage) if self.is_cut else None)

    def _applications(self) -> int:
        times, limit = 0, times_allowed(self.ready, self.rewards, self.scene.codes.get(self.ready.index, 0))
        while times < limit:
            if times:
                self.pieces.settle(self.places, finished=False)
            more = self._application(limit - times)
            if not more:
                break
            times += more
        return times

    def _application(self, limit: int) -> int:
        """Apply once, or as many times over as that means pieces of the same runs; 0 where it gives nothing."""
        picks = self.picker.picks(self.rewards)
        if not isinstance(picks, Picks):
            self.lack = self._short(picks) if picks else None
            return 0
        times = 1 if limit == 1 else min(limit, self._alike(picks))
        for parts in (picks.consumed, *picks.others.values()):
            for number, (run, count) in enumerate(parts):
                part = self.pieces.carve(run, count * times)
                part.consumed_by, part.mine = self.ready.index, True
                parts[number] = (part, count)
        gains = [self._give(number, reward, picks, times) for number, reward in self.rewards]
        if any(gains):
            return times
        for run in (run for place in self.places for run in self.pieces.runs[place] if run.mine):
            run.consumed_by, run.mine = NOBODY, False
        return 0

    def _alike(self, picks: Picks) -> int:
        """How many applications in a row take the same pieces: as long as none of the runs gives out."""
        if self.most < UNLIMITED:
            return 1
        rounds = UNLIMITED
        for number, ready in self.rewards:
            if not ready.of_consumed and ready.reward.of == "goods":
                rounds = min(rounds, self._rounds(number, ready))
        per: dict[int, tuple[Run, int]] = {}
        for run, count in picks.parts():
            per[id(run)] = (run, count + per.get(id(run), (run, 0))[1])
        return min((rounds, *(run.count // count for run, count in per.values()))) if per else 1

    def _rounds(self, number: int, ready: ReadyReward) -> int:
        """How many times over a reward on any of the goods gives something: an amount until nothing is left."""
        reward = ready.reward
        if not isinstance(reward, AmountOff) or reward.per != "together" or reward.pieces or not reward.amount_minor:
            return 1
        room = sum(run.room * run.count for run in self.picker.reducible(ready, number))
        return max(1, -(-room // reward.amount_minor))

    def _give(self, number: int, ready: ReadyReward, picks: Picks, times: int) -> bool:
        """Give one reward; whether it takes anything off, or may when it is reckoned."""
        reward = ready.reward
        if isinstance(reward, SetPrice):
            parts = picks.consumed + picks.others.get(number, [])
            worth = sum(run.left * per for run, per in parts)
            picks.consumed, gain = self._take(parts, worth - reward.price_minor, times)
            return gain > 0
        if isinstance(reward, AmountOff) and reward.per == "together":
            parts = self._reached(number, ready, picks, again=True)
            everything = reward.of == "goods" and reward.pieces is None
            amount, rounds = (reward.amount_minor * times, 1) if everything else (reward.amount_minor, times)
            parts, gain = self._take(parts, amount, rounds)
            picks.consumed += parts if reward.of == "consumed" else []
            return gain > 0
        parts = self._reached(number, ready, picks)
        fresh = any(run.room and not run.reached >> number & 1 for run, _ in parts)
        for run, _ in parts:
            run.reached |= 1 << number
        picks.consumed += parts if reward.of == "consumed" else []
        return fresh

    def _reached(self, number: int, ready: ReadyReward, picks: Picks, *, again: bool = False) -> Parts:
        """The pieces that a reward reaches in this application; `again`: though it has reached them before."""
        if ready.reward.of == "consumed":
            return self.picker.of_consumed(ready, picks.consumed)
        if ready.reward.of == "others":
            return picks.others.get(number, [])
        parts = [(self.pieces.carve(run, count), count) for run, count in self.picker.next_of_goods(ready, number)]
        for part, _ in parts if again and ready.reward.pieces else ():
            part.reached |= 1 << number
        return parts

    def _take(self, parts: Parts, amount: int, times: int) -> tuple[Parts, int]:
        """Take an amount off parts, `times` over; the parts that they fall into, and what came off in all."""
        amount = min(max(amount, 0), sum(run.room * per for run, per in parts))
        left = self.most - self.discount
        self.is_cut |= amount > left
        amount = min(amount, left)
        after: Parts = []
        gain = 0
        for (run, per), share in zip(parts, share_out(amount, parts, self.scene.policies), strict=True):
            after += self.pieces.take_off(run, share, per, self.ready.index) if share else [(run, per)]
            gain += share * times
        self.discount += gain
        return after, gain

    def _piecewise(self) -> None:
        """Reckon the rewards that reach a piece once."""
        for number, ready in self.rewards:
            reward = ready.reward
            if isinstance(reward, SetPrice) or (isinstance(reward, AmountOff) and reward.per == "together"):
                continue
            runs = [run for place in self.places for run in self.pieces.runs[place] if run.reached >> number & 1]
            off = amounts(reward, runs, self.pieces.positions, self.scene.policies)
            left = self.most - self.discount
            self.is_cut |= sum(off) > left
            for run, amount in zip(runs, cut(off, left), strict=True):
                self.discount += amount
                if amount:
                    self.pieces.take_off(run, amount, run.count, self.ready.index)

    def _seal(self) -> None:
        for run in (run for place in self.places for run in self.pieces.runs[place]):
            run.sealed |= bool(run.taken) and run.taken[-1][0] == self.ready.index

    def _short(self, need: ReadyNeed) -> Refusal:
        places = self.scene.shelf.counted(need.choice)
        if any(run.consumed or not self.picker.open(run) for place in places for run in self.pieces.runs[place]):
            return Refusal(Reason.PIECES_TAKEN)
        return Refusal(Reason.NEEDS_PIECES, missing_pieces=self.picker.short_of(need))

    def _nothing(self) -> Refusal:
        """Why the promotion takes nothing off, though the basket holds what it needs."""
        touchable = {place for choice in self.ready.reduced_goods() for place in self._touchable(choice)}
        own = {*self.places, *(place for _, reward in self.rewards for place in self.picker.places(reward))}
        runs = [run for place in own & touchable for run in self.pieces.runs[place]]
        if not runs:
            return Refusal(Reason.NO_GOODS)
        if not any(run.room and self.picker.open(run) for run in runs):
            floored = any(run.left and not run.room for run in runs)
            return Refusal(Reason.FLOOR_REACHED if floored else Reason.NOTHING_LEFT)
        return Refusal(Reason.GIVES_NOTHING)

    def _touchable(self, choice: Choice) -> tuple[int, ...]:
        return self.scene.shelf.touchable(choice, self.ready.promotion.level)
