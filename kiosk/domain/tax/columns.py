"""The columns of a reckoning: what each price, net and tax of the lines comes to in whole amounts, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

from kiosk.domain.money import divide, to_step
from kiosk.domain.tax.algebra import MILLI, Linear, Part, Plan, plan
from kiosk.domain.tax.rules import MixedNet, TaxPer, TaxPolicy, TaxRule
from kiosk.domain.tax.spreading import Rank, Signature, apportion, share_out

_Key = tuple[TaxRule | str, bool]


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """A line before tax.

    `due_minor` is what the shelf says after all discounts; on a return it is negative, and so are `pieces` or `grams`.
    A tax per unit counts `grams` where there are any, otherwise `pieces`. `rules` and `exempt` are from `select`.
    """

    line: int
    due_minor: int
    pieces: int = 1
    grams: int = 0
    rules: tuple[TaxRule, ...] = ()
    exempt: tuple[TaxRule, ...] = ()


@dataclass(frozen=True, slots=True)
class _Share:
    """A `Linear` in whole parts of a minor unit."""

    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a line has in a column: one tax, or those of a group; their places in the plan, and what they are."""

    column: int
    positions: tuple[int, ...]
    shares: tuple[_Share, ...]


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A plan in whole parts, its taxes in columns, and what tells it apart from other plans."""

    plan: Plan
    in_price: tuple[int, ...]
    net: _Share
    taxes: tuple[_Cell, ...]
    signature: Signature


class Columns:
    """All amounts of a reckoning in whole steps of the currency; those of a line are in its place.

    `nets` holds the lines whose net is rounded by itself, `taxes` those of each line in the order of its plan.
    """

    def __init__(self, lines: Sequence[TaxableLine], policy: TaxPolicy) -> None:
        self._lines = lines
        self._policy = policy
        by_piece = policy.per is TaxPer.UNIT
        self._pieces = [abs(line.pieces) or 1 if by_piece else 1 for line in lines]
        plans = _plans(lines)
        distinct = {id(one): one for one in plans}
        self._parts = lcm(*(one.denominator for one in distinct.values()))
        self._numbers: dict[_Key, int] = {}
        scaled = {key: self._scaled(one) for key, one in distinct.items()}
        self._plans = [scaled[id(one)] for one in plans]
        self.rules = [part.rule for one in distinct.values() for part in one.parts]
        self.dues = self._due_column()
        self.nets = self._net_column()
        self.taxes = self._tax_columns()

    def plan_of(self, place: int) -> Plan:
        """The plan of the line in a place."""
        return self._plans[place].plan

    def tax_in_price(self, place: int) -> int:
        """All taxes that are part of a line's price."""
        taxes = self.taxes[place]
        return sum([taxes[position] for position in self._plans[place].in_price])

    def _due_column(self) -> list[int]:
        """Prices, which are in whole steps unless a weight or a discount left less."""
        step = self._policy.step_minor
        if step == 1:
            return [line.due_minor for line in self._lines]
        if self._policy.per is not TaxPer.DOCUMENT:
            return [to_step(line.due_minor, step, self._policy.rounding) for line in self._lines]
        return self._whole(range(len(self._lines)), [self._parts * line.due_minor for line in self._lines])

    def _net_column(self) -> dict[int, int]:
        apart = self._policy.mixed_net is MixedNet.ROUNDED
        places = [place for place, one in enumerate(self._plans) if one.plan.falls or (apart and one.plan.mixed)]
        nets = self._whole(places, [self._exact(self._plans[place].net, place) for place in places])
        return dict(zip(places, nets, strict=True))

    def _tax_columns(self) -> list[list[int]]:
        columns: list[list[tuple[int, _Cell, list[int]]]] = [[] for _ in self._numbers]
        for place, one in enumerate(self._plans):
            for cell in one.taxes:
                exact = [self._exact(share, place) for share in cell.shares]
                columns[cell.column].append((place, cell, exact))
        taxes = [[0] * len(one.plan.parts) for one in self._plans]
        for column in columns:
            amounts = self._whole([place for place, _, _ in column], [sum(exact) for _, _, exact in column])
            for (place, cell, exact), amount in zip(column, amounts, strict=True):
                for position, tax in zip(cell.positions, self._members(amount, exact), strict=True):
                    taxes[place][position] = tax
        return taxes

    def _members(self, amount: int, exact: Sequence[int]) -> Sequence[int]:
        """The amount of a group shared out to its taxes."""
        if len(exact) == 1:
            return (amount,)
        step = self._policy.step_minor
        return [share * step for share in share_out(amount // step, exact, self._parts * step, int)]

    def _exact(self, share: _Share, place: int) -> int:
        line = self._lines[place]
        exact = share.price * line.due_minor
        return exact + share.quantity * (line.grams or line.pieces * MILLI) if share.quantity else exact

    def _whole(self, places: Sequence[int], values: Sequence[int]) -> list[int]:
        """Exact amounts of the lines in `places` as whole steps, in minor units."""
        step = self._policy.step_minor
        unit, rounding = self._parts * step, self._policy.rounding
        if self._policy.per is TaxPer.DOCUMENT:
            steps = apportion(values, unit, rounding, lambda index: self._rank(places[index]))
        else:
            counts = [self._pieces[place] for place in places]
            rounded = zip(values, counts, strict=True)
            steps = [divide(value, unit * count, rounding) * count for value, count in rounded]
        return [amount * step for amount in steps] if step > 1 else steps

    def _scaled(self, one: Plan) -> _Scaled:
        """A plan in whole parts; rules (or groups) that are new get a column."""
        members: dict[_Key, list[int]] = {}
        for position, part in enumerate(one.parts):
            key = _key(part, self._policy)
            self._numbers.setdefault(key, len(self._numbers))
            members.setdefault(key, []).append(position)
        cells = tuple(
            _Cell(
                self._numbers[key],
                tuple(positions),
                tuple(_share(one.parts[position].tax, self._parts) for position in positions),
            )
            for key, positions in members.items()
        )
        return _Scaled(one, one.in_price, _share(one.net, self._parts), cells, one.signature)

    def _rank(self, place: int) -> Rank:
        """Decides between lines with the same right to an odd cent; nothing in it depends on the order of lines."""
        return self._plans[place].signature, self._lines[place].line


def _key(part: Part, policy: TaxPolicy) -> _Key:
    """What is rounded together: a rule, or a group where the policy says so; what is exempt never with what is paid."""
    return (part.rule.group, part.exempt) if policy.round_groups and part.rule.group else (part.rule, part.exempt)


def _share(amount: Linear, parts: int) -> _Share:
    return _Share((amount.price * parts).numerator, (amount.quantity * parts).numerator)


def _plans(lines: Sequence[TaxableLine]) -> list[Plan]:
    """A plan for each line, made once for all that have the same rules."""
    made: dict[tuple[tuple[int, ...], tuple[int, ...]], Plan] = {}
    plans = []
    for line in lines:
        key = tuple(map(id, line.rules)), tuple(map(id, line.exempt))
        if key not in made:
            made[key] = plan(line.rules, line.exempt)
        plans.append(made[key])
    return plans
