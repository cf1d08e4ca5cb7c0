"""Whether a basket holds what a promotion needs, and which pieces an application uses up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kiosk.domain.promotion.goods import Choice
from kiosk.domain.promotion.offers import Need
from kiosk.domain.promotion.pieces import Parts, Position, Run
from kiosk.domain.promotion.reasons import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a promotion gives nothing, how far the basket is from it, and what stood in the way."""

    reason: Reason
    missing_pieces: int = 0
    missing_minor: int = 0
    by: str = ""


def count_of(positions: Iterable[Position]) -> tuple[int, int]:
    """Pieces, and what they cost before promotions."""
    pieces = value = 0
    for position in positions:
        pieces += position.count
        value += position.count * position.list_minor
    return pieces, value


def shortfall(pieces: int, value_minor: int, need_pieces: int, need_value_minor: int) -> Refusal | None:
    """What is missing of so many pieces and so much value; None where nothing is."""
    if pieces < need_pieces:
        return Refusal(Reason.NEEDS_PIECES, missing_pieces=need_pieces - pieces)
    if value_minor < need_value_minor:
        return Refusal(Reason.NEEDS_VALUE, missing_minor=need_value_minor - value_minor)
    return None


def lacks(need: Need, choice: Choice, held: Sequence[Position]) -> Refusal | None:
    """What a basket that holds these positions of the goods lacks of a need; None where it is met."""
    if need.all_of or need.distinct:
        skus = {position.sku for position in held}
        missing_kinds = max(len(choice.skus - skus) if need.all_of else 0, need.distinct - len(skus))
        if missing_kinds > 0:
            return Refusal(Reason.NEEDS_KINDS, missing_pieces=missing_kinds)
    return shortfall(*count_of(held), least_pieces(need), need.value_minor)


def least_pieces(need: Need) -> int:
    """Pieces it takes at least: a need that consumes takes one even where it names no number."""
    unmeasured = need.consumes and not (need.value_minor or need.all_of or need.distinct)
    return max(need.pieces, 1 if unmeasured else 0)


def chosen(need: Need, choice: Choice, positions: Sequence[Position], stock: Parts) -> Parts | None:
    """Pieces out of `stock`, first come first, that meet the need once; None where they do not."""
    taken = [0] * len(stock)
    if (need.all_of or need.distinct) and not _take_kinds(need, choice, positions, stock, taken):
        return None
    lacking = least_pieces(need) - sum(taken)
    for number, (_, available) in enumerate(stock):
        more = min(available - taken[number], max(lacking, 0))
        taken[number] += more
        lacking -= more
    if lacking > 0 or (need.value_minor and not _take_value(need, positions, stock, taken)):
        return None
    return [(run, n) for (run, _), n in zip(stock, taken, strict=True) if n]


def _take_value(need: Need, positions: Sequence[Position], stock: Parts, taken: list[int]) -> bool:
    prices = [positions[run.place].list_minor for run, _ in stock]
    worth = need.value_minor - sum(price * n for price, n in zip(prices, taken, strict=True))
    for number, ((_, available), price) in enumerate(zip(stock, prices, strict=True)):
        if worth > 0 and price:
            more = min(available - taken[number], -(-worth // price))
            taken[number] += more
            worth -= more * price
    return worth <= 0


def _take_kinds(need: Need, choice: Choice, positions: Sequence[Position], stock: Parts, taken: list[int]) -> bool:
    wanted = set(choice.skus) if need.all_of else set()
    seen: set[str] = set()
    for only_wanted in (True, False):
        for number, (run, _) in enumerate(stock):
            sku = positions[run.place].sku
            due = sku in wanted if only_wanted else len(seen) < need.distinct
            if due and sku not in seen:
                taken[number] += 1
                seen.add(sku)
    return wanted <= seen and len(seen) >= need.distinct


def dearest_first(runs: Iterable[Run], positions: Sequence[Position]) -> list[Run]:
    """Runs in the order in which pieces are used up: those that still cost most, then by list price and position."""
    return sorted(runs, key=lambda run: (-run.left, -positions[run.place].list_minor, run.place, run.taken))


def cheapest_first(runs: Iterable[Run], positions: Sequence[Position]) -> list[Run]:
    """Runs in the order in which a reward takes the cheapest."""
    return sorted(runs, key=lambda run: (run.left, positions[run.place].list_minor, run.place, run.taken))
