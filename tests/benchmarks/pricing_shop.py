"""A shop of 2,000 goods and 1,000 offers and a basket of 100 lines, that our engine and django-oscar's can both price.

Offers are those which both can express, each on two goods of its own with one price, whose percentages come out even:
so the same total is asked of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["percent", "off_each", "cheapest_free", "set_price", "off_together"]
KINDS: tuple[Kind, ...] = ("percent", "off_each", "cheapest_free", "set_price", "off_together")
GOODS = 2_000
OFFERS = GOODS // 2
LINES = 100


@dataclass(frozen=True, slots=True)
class Good:
    """A good; its number is its place in the shop."""

    number: int
    price_minor: int

    @property
    def sku(self) -> str:
        """The name both engines know it by."""
        return f"good-{self.number:04d}"


@dataclass(frozen=True, slots=True)
class Offer:
    """`kind` with its `value` (per cent, or minor units) on two goods, from so many `pieces` of them."""

    number: int
    kind: Kind
    goods: tuple[Good, Good]
    pieces: int
    value: int


def offers() -> list[Offer]:
    """All that are in force."""
    return [_offer(number) for number in range(OFFERS)]


def basket() -> Iterator[tuple[Good, int]]:
    """Goods and pieces of the 100 lines: pairs of goods from all over the shop, so that 50 offers see theirs."""
    for line in range(LINES):
        pair, second = divmod(line, 2)
        yield _good(pair * (GOODS // LINES) * 2 + second), 1 + (pair + second) % 3


def _offer(number: int) -> Offer:
    kind = KINDS[(number + number // (GOODS // LINES)) % len(KINDS)]
    goods = _good(2 * number), _good(2 * number + 1)
    pieces, value = {
        "percent": (1, 20),
        "off_each": (2, 30),
        "cheapest_free": (3, 0),
        "set_price": (3, goods[0].price_minor * 2 + 10),
        "off_together": (2, 100),
    }[kind]
    return Offer(number, kind, goods, pieces, value)


def _good(number: int) -> Good:
    return Good(number, 200 + number // 2 * 37 % 90 * 20)
