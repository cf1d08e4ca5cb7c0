"""What promotions did, put back on the lines that the shopper sees."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.basket import BasketLine
from kiosk.domain.promotion.applying import Effect
from kiosk.domain.promotion.needs import Refusal
from kiosk.domain.promotion.offers import Promotion
from kiosk.domain.promotion.outcome import LineDiscount, OrderDiscount, PromotionOutcome, SpreadShare
from kiosk.domain.promotion.pieces import Pieces, PricedPiece
from kiosk.domain.promotion.reasons import sentence

Discounts = tuple[LineDiscount, ...]


def line_discounts(lines: Sequence[PricedPiece], pieces: Pieces, promotions: Sequence[Promotion]) -> list[Discounts]:
    """What came off each line. Of alike pieces in several lines those that cost least belong to the smallest."""
    taken: list[dict[int, tuple[int, int]]] = [{} for _ in lines]
    for position, runs in zip(pieces.positions, pieces.runs, strict=True):
        if not any(run.taken for run in runs):
            continue
        # The larger line first: which of two lines of one good was scanned first must not move a cent of tax.
        numbers = sorted(position.lines, key=lambda number: (-lines[number].count, lines[number].line.line))
        free = {number: lines[number].count for number in numbers}
        for run in sorted(runs, key=lambda run: (-run.left, run.taken)):
            left = run.count
            for number in numbers:
                count = min(left, free[number])
                free[number] -= count
                left -= count
                for promotion, each in run.taken if count else ():
                    amount, reached = taken[number].get(promotion, (0, 0))
                    taken[number][promotion] = (amount + each * count, reached + count)
    return [tuple(_discount(promotions[i], *of[i]) for i in sorted(of)) for of in taken]


def _discount(promotion: Promotion, amount: int, count: int) -> LineDiscount:
    return LineDiscount(promotion=promotion.id, amount_minor=amount, pieces=count, level=promotion.level)


def order_discounts(lines: Sequence[BasketLine], discounts: Sequence[Discounts]) -> tuple[OrderDiscount, ...]:
    """The discounts of level "order", each with the shares of the lines, in the order in which they came off."""
    spread: dict[str, list[SpreadShare]] = {}
    for line, of_line in zip(lines, discounts, strict=True):
        for discount in of_line:
            if discount.level == "order":
                share = SpreadShare(line=line.line, amount_minor=discount.amount_minor)
                spread.setdefault(discount.promotion, []).append(share)
    return tuple(
        OrderDiscount(promotion=promotion, amount_minor=sum(s.amount_minor for s in shares), spread=tuple(shares))
        for promotion, shares in spread.items()
    )


def outcome_of(promotion: Promotion, finding: Effect | Refusal) -> PromotionOutcome:
    """What became of a promotion, in words."""
    if isinstance(finding, Effect):
        return PromotionOutcome(
            promotion=promotion.id,
            name=promotion.name,
            applied=True,
            applications=finding.applications,
            discount_minor=finding.discount_minor,
            reason=finding.reason or "",
            detail=sentence(finding.reason) if finding.reason else "",
        )
    return PromotionOutcome(
        promotion=promotion.id,
        name=promotion.name,
        applied=False,
        reason=finding.reason,
        detail=sentence(finding.reason),
        missing_pieces=finding.missing_pieces,
        missing_minor=finding.missing_minor,
        by=finding.by,
    )
