"""The basket as promotions see it: one position per kind of piece, in an order that scanning cannot change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kiosk.domain.basket import BasketLine
from kiosk.domain.item import Unit
from kiosk.domain.money import Rounding, divide


@dataclass(frozen=True, slots=True)
class PricedPiece:
    """A line with the price that counts: `unit_price_minor` from `price_id`, `amount_minor` for its `count` pieces."""

    line: BasketLine
    unit_price_minor: int
    price_id: str
    amount_minor: int
    count: int


def pieces_of(line: BasketLine) -> int:
    """Pieces of the line; what is weighed or carries a price label is one."""
    one = line.unit is Unit.KILOGRAM or (line.label_price_minor is not None and line.override is None)
    return 1 if one else line.quantity


@dataclass(frozen=True, slots=True)
class Position:
    """All pieces of the basket that are alike in all that pricing looks at, whichever lines they came in.

    `list_minor` is what one piece costs before promotions, `floor_minor` the least it may cost after them.
    """

    list_minor: int
    sku: str
    department: str
    tags: tuple[str, ...]
    grams: int
    weighed: bool
    floor_minor: int
    price_id: str
    tax_code: str
    discountable: bool
    labelled: bool
    overridden: bool
    linked: bool
    count: int
    lines: tuple[int, ...]


# All fields of a position but the last two.
_Kind = tuple[int, str, str, tuple[str, ...], int, bool, int, str, str, bool, bool, bool, bool]


NOBODY = -1


@dataclass(slots=True)
class Run:
    """Equal pieces of one position, and what promotions did to each of them.

    `left` is what a piece still costs, `room` how much of that may still come off, `taken` what came off, promotion by
    promotion. `consumed_by`: the promotion that has used them up. `sealed`: a promotion that does not stack has reduced
    them. `reached` (a bit for each reward) and `mine` (consumed by the application at work) are notes of the promotion
    at work.
    """

    place: int
    count: int
    left: int
    room: int
    taken: tuple[tuple[int, int], ...] = ()
    consumed_by: int = NOBODY
    sealed: bool = False
    reached: int = 0
    mine: bool = False

    @property
    def consumed(self) -> bool:
        """Whether a need has used them up."""
        return self.consumed_by != NOBODY

    def state(self) -> tuple[object, ...]:
        """All but the count: runs of equal state are one run."""
        return self.taken, self.consumed_by, self.sealed, self.reached, self.mine


# Runs, each with how many of its pieces one application means.
Parts = list[tuple[Run, int]]


class Pieces:
    """The runs of every position, to be split and reduced; positions stand in canonical order."""

    def __init__(self, positions: Sequence[Position], runs: list[list[Run]]) -> None:
        self.positions = positions
        self.runs = runs

    @staticmethod
    def laid_out(positions: Sequence[Position]) -> Pieces:
        """Untouched pieces."""
        return Pieces(
            positions,
            [[Run(n, p.count, p.list_minor, max(0, p.list_minor - p.floor_minor))] for n, p in enumerate(positions)],
        )

    def undo(self, places: Iterable[int], promotion: int) -> None:
        """Give back all that a promotion, the last one at work, took off and consumed."""
        for place in places:
            for run in self.runs[place]:
                if run.taken and run.taken[-1][0] == promotion:
                    run.left += run.taken[-1][1]
                    run.room += run.taken[-1][1]
                    run.taken = run.taken[:-1]
                if run.consumed_by == promotion:
                    run.consumed_by = NOBODY
        self.settle(places, finished=True)

    def carve(self, run: Run, count: int) -> Run:
        """`count` pieces of a run as a run of their own."""
        if count == run.count:
            return run
        part = Run(run.place, count, run.left, run.room, run.taken, run.consumed_by, run.sealed, run.reached, run.mine)
        run.count -= count
        self.runs[run.place].append(part)
        return part

    def take_off(self, run: Run, share: int, per: int, promotion: int) -> Parts:
        """Take `share` off every `per` pieces of a run, as evenly as whole minor units go; the parts it falls into."""
        each, odd = divmod(share, per)
        parts = [(run, per - odd)]
        if odd:
            part = self.carve(run, odd * (run.count // per))
            _reduce(part, each + 1, promotion)
            parts.append((part, odd))
        if each:
            _reduce(run, each, promotion)
        return parts

    def settle(self, places: Iterable[int], *, finished: bool) -> None:
        """Forget the notes of an application (`finished`: of the promotion), and make equal runs one again."""
        for place in places:
            if len(self.runs[place]) == 1:
                run = self.runs[place][0]
                run.mine, run.reached = False, 0 if finished else run.reached
                continue
            kept: dict[tuple[object, ...], Run] = {}
            for run in self.runs[place]:
                run.mine = False
                run.reached = 0 if finished else run.reached
                same = kept.setdefault(run.state(), run)
                if same is not run:
                    same.count += run.count
            self.runs[place] = list(kept.values())


def _reduce(run: Run, each: int, promotion: int) -> None:
    run.left -= each
    run.room -= each
    if run.taken and run.taken[-1][0] == promotion:
        run.taken = (*run.taken[:-1], (promotion, run.taken[-1][1] + each))
    else:
        run.taken = (*run.taken, (promotion, each))


def positions_of(lines: Sequence[PricedPiece], weight_rounding: Rounding) -> tuple[Position, ...]:
    """The positions that lines add up to, cheapest kind of piece first; ties by sku and all else that they are."""
    found: dict[_Kind, list[int]] = {}
    for number, priced in enumerate(lines):
        found.setdefault(_kind(priced, weight_rounding), []).append(number)
    return tuple(
        Position(*kind, count=sum(lines[n].count for n in numbers), lines=tuple(numbers))
        for kind, numbers in sorted(found.items())
    )


def _kind(priced: PricedPiece, weight_rounding: Rounding) -> _Kind:
    """What makes pieces alike: the fields of a position in their order, which is also the order of positions."""
    line = priced.line
    weighed = line.unit is Unit.KILOGRAM
    floor = line.floor_minor or 0
    return (
        priced.amount_minor // priced.count,
        line.sku,
        line.department,
        tuple(sorted(set(line.tags))),
        line.grams,
        weighed,
        divide(floor * line.grams, 1000, weight_rounding) if weighed else floor,
        priced.price_id,
        line.tax_code,
        line.discountable,
        line.label_price_minor is not None and line.override is None,
        line.override is not None,
        line.linked_to is not None,
    )
