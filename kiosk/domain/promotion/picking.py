"""Which pieces one application of a promotion uses up and which it reduces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kiosk.domain.promotion.caps import UNLIMITED
from kiosk.domain.promotion.goods import Shelf
from kiosk.domain.promotion.needs import cheapest_first, chosen, dearest_first, least_pieces
from kiosk.domain.promotion.offers import SetPrice
from kiosk.domain.promotion.pieces import Parts, Pieces, Run
from kiosk.domain.promotion.ready import Numbered, Ready, ReadyNeed, ReadyReward


@dataclass(slots=True)
class Picks:
    """Pieces of one application: those its needs consume, and by number of the reward those it reduces and uses up."""

    consumed: Parts = field(default_factory=list)
    others: dict[int, Parts] = field(default_factory=dict)

    def parts(self) -> Iterable[tuple[Run, int]]:
        """All of them."""
        yield from self.consumed
        for parts in self.others.values():
            yield from parts


@dataclass(frozen=True, slots=True)
class Picker:
    """Finds pieces for a promotion among those of a basket."""

    ready: Ready
    pieces: Pieces
    shelf: Shelf

    def picks(self, rewards: Sequence[Numbered]) -> Picks | ReadyNeed | None:
        """Pieces of the next application; the need that finds too few, or None where a set does not come together."""
        found, used = Picks(), dict[int, int]()
        first_others = {place for _, reward in rewards if reward.reward.of == "others" for place in self.places(reward)}
        stocks = [(need, self._consumable(need)) for need in self.ready.consumes]
        for need, stock in sorted(stocks, key=lambda each: _count(each[1])):
            runs = dearest_first(stock, self.pieces.positions)
            if first_others:
                runs.sort(key=lambda run: run.place in first_others)
            part = chosen(need.need, need.choice, self.pieces.positions, list(_stock(runs, used)))
            if part is None:
                return need
            found.consumed += _booked(part, used)
        for number, reward in rewards:
            wanted = reward.reward.pieces
            if reward.reward.of == "others" or (isinstance(reward.reward, SetPrice) and wanted):
                part = _first(wanted, _stock(self.reducible(reward, number, unconsumed=True), used))
                if isinstance(reward.reward, SetPrice) and sum(n for _, n in part) < (wanted or 0):
                    return None
                found.others[number] = _booked(part, used)
        return found

    def short_of(self, need: ReadyNeed) -> int:
        """Pieces that are missing for a need; at least one."""
        return max(1, least_pieces(need.need) - _count(self._consumable(need)))

    def places(self, reward: ReadyReward) -> tuple[int, ...]:
        """Places that a reward may reduce."""
        return self.shelf.touchable(reward.choice, self.ready.promotion.level)

    def reducible(self, reward: ReadyReward, number: int, *, unconsumed: bool = False) -> list[Run]:
        """Runs that a reward may still reduce and has not reached, in the order in which it takes them."""
        order = cheapest_first if reward.reward.pick == "cheapest" else dearest_first
        runs = (
            run
            for place in self.places(reward)
            for run in self.pieces.runs[place]
            if run.room and self.open(run) and not run.reached >> number & 1 and not (unconsumed and run.consumed)
        )
        return order(runs, self.pieces.positions)

    def next_of_goods(self, reward: ReadyReward, number: int) -> Parts:
        """The first of those, as many as one application reaches."""
        return _first(reward.reward.pieces, ((run, run.count) for run in self.reducible(reward, number)))

    def open(self, run: Run) -> bool:
        """Whether promotions that do not stack leave a run to this one."""
        return not run.sealed and (self.ready.promotion.stacks or not run.taken)

    def of_consumed(self, reward: ReadyReward, consumed: Parts) -> Parts:
        """The pieces of `consumed` that a reward reduces, carved out of it; they are taken out of the list."""
        allowed = None if reward.choice.everything else set(self.places(reward))
        order = cheapest_first if reward.reward.pick == "cheapest" else dearest_first
        per = {id(run): count for run, count in consumed}
        runs = order((run for run, _ in consumed if allowed is None or run.place in allowed), self.pieces.positions)
        wanted = {id(run): n for run, n in _first(reward.reward.pieces, [(run, per[id(run)]) for run in runs])}
        found, rest = [], []
        for run, count in consumed:
            n = wanted.get(id(run), 0)
            times = run.count // count
            if n:
                found.append((self.pieces.carve(run, n * times), n))
            if n < count:
                rest.append((run, count - n))
        consumed[:] = rest
        return found

    def _consumable(self, need: ReadyNeed) -> list[Run]:
        reduces = self.ready.reduces_consumed
        level = self.ready.promotion.level
        places = self.shelf.touchable(need.choice, level) if reduces else self.shelf.counted(need.choice)
        runs = (run for place in places for run in self.pieces.runs[place])
        return [run for run in runs if not run.consumed and (not reduces or self.open(run))]


def _count(runs: Iterable[Run]) -> int:
    return sum(run.count for run in runs)


def _stock(runs: Iterable[Run], used: dict[int, int]) -> Iterator[tuple[Run, int]]:
    return ((run, run.count - used.get(id(run), 0)) for run in runs)


def _booked(parts: Parts, used: dict[int, int]) -> Parts:
    for run, count in parts:
        used[id(run)] = used.get(id(run), 0) + count
    return parts


def _first(wanted: int | None, stock: Iterable[tuple[Run, int]]) -> Parts:
    """The first `wanted` pieces of a stock, or all of it."""
    found = []
    left = UNLIMITED if wanted is None else wanted
    for run, available in stock:
        count = min(available, left)
        left -= count
        if count:
            found.append((run, count))
        if not left:
            break
    return found
