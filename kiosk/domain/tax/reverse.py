"""Prices under other taxes: the net that a wanted total leaves, and a shelf price where other taxes apply."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kiosk.domain.money import divide
from kiosk.domain.tax.algebra import MILLI, inverse, plan
from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.faults import TaxError
from kiosk.domain.tax.reckoning import TaxedLine, reckon
from kiosk.domain.tax.rules import TaxPolicy, TaxRule


def net_for_gross(line: TaxableLine, policy: TaxPolicy) -> TaxedLine:
    """The net and taxes of a line whose `due_minor` is to be all that it costs, taxes on top of prices included.

    The total is kept: 24.99 stays 24.99 where no net price plus its rounded tax would ever come to just that. What the
    customer is exempt from is no part of the total. `TaxError` where it is no whole number of the currency's steps.
    """
    if line.due_minor % policy.step_minor:
        raise TaxError(
            f"A total of {line.due_minor} cannot be kept: the currency's smallest amount is {policy.step_minor}.",
            "Give a total that is a multiple of it.",
        )
    inside = tuple(msgspec.structs.replace(rule, included=True) for rule in line.rules)
    outside = tuple(msgspec.structs.replace(rule, included=False) for rule in line.exempt)
    kept = TaxableLine(line.line, line.due_minor, line.pieces, line.grams, inside, outside)
    return reckon([kept], policy).lines[0]


def convert_price(
    price_minor: int, from_rules: Sequence[TaxRule], to_rules: Sequence[TaxRule], policy: TaxPolicy
) -> int:
    """The shelf price of a piece (or kilogram) where `to_rules` apply and not `from_rules`: its net stays the same.

    A price that one of its taxes comes on top of is a price before tax, and stays as it is. What `to_rules` have in the
    price is put into it, what they have on top is not.
    """
    if tuple(from_rules) == tuple(to_rules) or not all(rule.included for rule in from_rules):
        return price_minor
    net = plan(from_rules).net
    exact_net = net.price * price_minor + net.quantity * MILLI
    shown = inverse(plan(to_rules).net, to_rules)
    price = shown.price * exact_net + shown.quantity * MILLI
    return divide(price.numerator, price.denominator * policy.step_minor, policy.rounding) * policy.step_minor
