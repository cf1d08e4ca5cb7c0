"""How much of a basket a restricted kind of tender may pay, by tags and departments of the goods."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.rules import EligibleGoods, TenderPolicy


class PayableLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as paid: `amount_minor` after all discounts, taxes included; below zero where goods come back."""

    line: int
    amount_minor: int
    department: str = ""
    tags: tuple[str, ...] = ()
    linked_to: int | None = None


def eligible(lines: Sequence[PayableLine], policy: TenderPolicy) -> dict[TenderKind, int]:
    """For each restricted kind, the most it may pay: what eligible goods come to, never below zero.

    Other tenders are taken to pay the other goods first, so that a shopper's benefits are not lost to the order.
    """
    return {kind: _sum(lines, goods) for kind, goods in policy.eligible.items()}


def _sum(lines: Sequence[PayableLine], goods: EligibleGoods) -> int:
    fit = {line.line: _fits(line, goods) for line in lines}
    owners = {line.line: line.linked_to if goods.linked and line.linked_to in fit else line.line for line in lines}
    return max(0, sum(line.amount_minor for line in lines if fit[owners[line.line] or line.line]))


def _fits(line: PayableLine, goods: EligibleGoods) -> bool:
    wanted = line.department in goods.departments or not set(goods.tags).isdisjoint(line.tags)
    return wanted and set(goods.except_tags).isdisjoint(line.tags)
