"""The exact share of each tax in a price: what a chain of rules comes to, solved once for all lines that have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import lcm

from kiosk.domain.money import PPM
from kiosk.domain.tax.faults import TaxError
from kiosk.domain.tax.rules import TaxKind, TaxRule

# Quantities are thousandths: of a piece, or of a kilogram, which is a gram.
MILLI = 1000


@dataclass(frozen=True, slots=True)
class Linear:
    """An amount that grows with a price (or with what the price is sought from) and with a quantity in thousandths."""

    price: Fraction
    quantity: Fraction

    def __add__(self, other: Linear) -> Linear:
        return Linear(self.price + other.price, self.quantity + other.quantity)

    def times(self, factor: Fraction) -> Linear:
        """All of it `factor` times."""
        return Linear(self.price * factor, self.quantity * factor)

    def after(self, inner: Linear) -> Linear:
        """The same amount, its price being what `inner` comes to."""
        return Linear(self.price * inner.price, self.quantity + self.price * inner.quantity)


ZERO = Linear(Fraction(), Fraction())
ONE = Linear(Fraction(1), Fraction())


@dataclass(frozen=True, slots=True)
class Part:
    """One rule of a plan: its exact tax on a line, and the places of the rules whose tax is part of its base."""

    rule: TaxRule
    exempt: bool
    tax: Linear
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules solved for the price a line shows: its exact net, and every tax, in the order they are reckoned.

    `falls`: an exempt tax was in the price, which therefore falls to the net and the taxes that remain. `mixed`: some
    taxes are in the price and others on top of it.
    """

    parts: tuple[Part, ...]
    net: Linear
    falls: bool
    mixed: bool

    @property
    def in_price(self) -> tuple[int, ...]:
        """Places of the taxes that the price contains."""
        return tuple(place for place, part in enumerate(self.parts) if part.rule.included and not part.exempt)

    @property
    def signature(self) -> tuple[tuple[str, int, bool], ...]:
        """What tells lines of different taxes apart, for whatever must not depend on the order of lines."""
        return tuple((part.rule.code, part.rule.rate_ppm, part.exempt) for part in self.parts)

    @property
    def denominator(self) -> int:
        """The least number that makes all of the plan's shares whole."""
        amounts = [self.net, *(part.tax for part in self.parts)]
        return lcm(*(share.denominator for amount in amounts for share in (amount.price, amount.quantity)))


def plan(rules: Sequence[TaxRule], exempt: Sequence[TaxRule] = ()) -> Plan:
    """Solve the rules for the price of a line; `exempt` ones count as part of a price that includes them, then fall."""
    ordered = sorted([*((rule, False) for rule in rules), *((rule, True) for rule in exempt)], key=_order)
    falls = any(rule.included for rule in exempt)
    paid = [rule for rule, free in ordered if not free]
    net, taxes = _solve(paid)
    if falls:
        net, _ = _solve([rule for rule, _ in ordered])
        taxes = _on_top_of(net, paid)
    amounts = iter(taxes)
    parts = tuple(
        Part(rule, free, ZERO if free else next(amounts), _sources([rule for rule, _ in ordered], place))
        for place, (rule, free) in enumerate(ordered)
    )
    return Plan(parts, net, falls, len({rule.included for rule in paid}) > 1)


def _order(entry: tuple[TaxRule, bool]) -> tuple[int, str]:
    return entry[0].sequence, entry[0].code


def _sources(rules: Sequence[TaxRule], place: int) -> tuple[int, ...]:
    """Places of the rules before `place` whose tax is in its base."""
    return tuple(before for before in range(place) if rules[before].compounds and rules[place].affected)


def _solve(rules: Sequence[TaxRule]) -> tuple[Linear, list[Linear]]:
    """The exact net and taxes in a price that contains those of the rules that are `included`."""
    net, *taxes = _unfold(rules)
    price = sum((tax for rule, tax in zip(rules, taxes, strict=True) if rule.included), net)
    found = inverse(price, rules)
    return net.after(found), [tax.after(found) for tax in taxes]


def _on_top_of(net: Linear, rules: Sequence[TaxRule]) -> list[Linear]:
    """The exact taxes on a net that is known."""
    own_net, *taxes = _unfold(rules)
    found = inverse(own_net, rules).after(net)
    return [tax.after(found) for tax in taxes]


def _unfold(rules: Sequence[TaxRule]) -> list[Linear]:
    """The net and each rule's tax, all by one unknown, which at first is the net.

    Taxes that are a share of the price with the tax in it, standing side by side on one base, share that price. It then
    is the unknown, since a tax of all of the price leaves no net that it could be reckoned from.
    """
    amounts = [ONE]
    steps = groupby(range(len(rules)), lambda place: _step(rules, place))
    for (kind, sources, *_), places in steps:
        members = [rules[place] for place in places]
        base = sum((amounts[1 + source] for source in sources), amounts[0])
        rates = [Fraction(rule.rate_ppm, PPM) for rule in members]
        if kind is TaxKind.PERCENT:
            amounts += [base.times(rate) for rate in rates]
        elif kind is TaxKind.PER_UNIT:
            amounts += [Linear(Fraction(), Fraction(rule.amount_minor, MILLI)) for rule in members]
        else:
            from_price = inverse(base, members).after(Linear(1 - sum(rates, Fraction()), Fraction()))
            amounts = [amount.after(from_price) for amount in amounts]
            amounts += [Linear(rate, Fraction()) for rate in rates]
    return amounts


def _step(rules: Sequence[TaxRule], place: int) -> tuple[TaxKind, tuple[int, ...], bool]:
    return rules[place].kind, _sources(rules, place), rules[place].included


def inverse(amount: Linear, rules: Sequence[TaxRule]) -> Linear:
    """The price that makes `amount` what is wanted; the rules it is reckoned by are named where there is none."""
    if amount.price <= 0:
        raise TaxError(
            f"The taxes {', '.join(rule.code for rule in rules)} take all of a price, or more.",
            "Check their rates, and which of them are included in prices.",
        )
    return Linear(1 / amount.price, -amount.quantity / amount.price)
