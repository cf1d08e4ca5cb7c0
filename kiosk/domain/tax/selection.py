"""Which tax rules fall on a line, and from which of them the customer is exempt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kiosk.domain.context import Context, misfit
from kiosk.domain.tax.rules import TaxRule

ALL_TAXES = "*"
_EVER = datetime.min.replace(tzinfo=UTC)


def select(
    rules: Iterable[TaxRule], tax_code: str, context: Context
) -> tuple[tuple[TaxRule, ...], tuple[TaxRule, ...]]:
    """The rules that a line with `tax_code` pays, and those it would pay were the customer not exempt.

    Both are ordered by `sequence`, then code. Of several rules with one code that are in force, the one with the latest
    `valid_from` counts (the last in the list among equals), so a new rate may be sent ahead of its day without closing
    the old one. Lines with the same tax code get the same rules: ask once per code, not once per line.
    """
    in_force: dict[str, TaxRule] = {}
    for rule in rules:
        if (not rule.tax_codes or tax_code in rule.tax_codes) and misfit(rule.scope, context) is None:
            other = in_force.get(rule.code)
            if other is None or _begin(rule, context) >= _begin(other, context):
                in_force[rule.code] = rule
    ordered = sorted(in_force.values(), key=lambda rule: (rule.sequence, rule.code))
    exempt = set(context.customer.tax_exempt)
    free = tuple(rule for rule in ordered if rule.code in exempt or ALL_TAXES in exempt)
    return tuple(rule for rule in ordered if rule not in free), free


def _begin(rule: TaxRule, context: Context) -> datetime:
    begin = rule.scope.valid_from
    if begin is None:
        return _EVER
    return begin if begin.tzinfo else begin.replace(tzinfo=ZoneInfo(context.time_zone))
