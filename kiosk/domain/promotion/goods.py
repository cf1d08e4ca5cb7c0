"""Which positions of a basket a promotion's goods mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from kiosk.domain.promotion.offers import Goods
from kiosk.domain.promotion.pieces import Position

# What an index files goods under: ("sku", "4711"), ("department", "books"), ("tag", "organic").
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """`Goods` made ready for look-ups, one object for equal goods; `everything` where it names none."""

    skus: frozenset[str]
    names: tuple[Key, ...]
    excepted: frozenset[Key]
    everything: bool

    @staticmethod
    def of(goods: Goods, known: dict[Goods, Choice]) -> Choice:
        """The choice that a record of goods describes, out of those `known` so far."""
        choice = known.get(goods)
        if choice is None:
            names = _keys(goods.skus, goods.departments, goods.tags)
            excepted = frozenset(_keys(goods.except_skus, goods.except_departments, goods.except_tags))
            choice = known[goods] = Choice(frozenset(goods.skus), names, excepted, everything=not names)
        return choice


def _keys(skus: Iterable[str], departments: Iterable[str], tags: Iterable[str]) -> tuple[Key, ...]:
    return (*product(("sku",), skus), *product(("department",), departments), *product(("tag",), tags))


class Shelf:
    """The positions of one basket by sku, department and tag."""

    def __init__(self, positions: Sequence[Position]) -> None:
        self._positions = positions
        self._keys = [_keys((each.sku,), (each.department,), each.tags) for each in positions]
        self._by_key: dict[Key, list[int]] = {}
        for place, keys in enumerate(self._keys):
            for key in keys:
                self._by_key.setdefault(key, []).append(place)
        self._found: dict[tuple[Choice, str], tuple[int, ...]] = {}

    def names(self) -> Iterable[Key]:
        """All skus, departments and tags in the basket."""
        return self._by_key.keys()

    def counted(self, choice: Choice) -> tuple[int, ...]:
        """Places whose pieces count towards a need: no linked lines, and undiscountable goods only if named."""
        return self._look_up(choice, "counted")

    def touchable(self, choice: Choice, level: str) -> tuple[int, ...]:
        """Places that a reward of this level may reduce: price labels only if named, overrides by level "order".

        All of them count towards a need, too.
        """
        return self._look_up(choice, level)

    def _look_up(self, choice: Choice, purpose: str) -> tuple[int, ...]:
        found = self._found.get((choice, purpose))
        if found is None:
            suiting = (p for p in self._meant(choice) if self._suits(self._positions[p], choice, purpose))
            found = self._found[choice, purpose] = tuple(suiting)
        return found

    def _meant(self, choice: Choice) -> Iterable[int]:
        meant: Iterable[int] = range(len(self._positions))
        if not choice.everything:
            meant = sorted({place for key in choice.names for place in self._by_key.get(key, ())})
        if not choice.excepted:
            return meant
        return (place for place in meant if choice.excepted.isdisjoint(self._keys[place]))

    @staticmethod
    def _suits(position: Position, choice: Choice, purpose: str) -> bool:
        if position.linked:
            return False
        if purpose == "counted":
            return position.discountable or not choice.everything
        if not position.discountable or (position.labelled and choice.everything):
            return False
        return purpose == "order" or not position.overridden
