"""The price that counts for a line: an operator's, a label's, one of the price entries in force, or the list price."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.basket import BasketLine
from kiosk.domain.context import Context, misfit
from kiosk.domain.item import Unit
from kiosk.domain.money import Rounding, divide
from kiosk.domain.promotion.offers import PriceEntry
from kiosk.domain.promotion.pieces import PricedPiece, pieces_of

LABEL = "label"
OVERRIDE = "override"


class PriceEntries:
    """Price entries by sku, in the order in which they win."""

    def __init__(self, prices: Sequence[PriceEntry]) -> None:
        self._by_sku: dict[str, list[PriceEntry]] = {}
        for entry in sorted(prices, key=lambda entry: (-entry.priority, entry.price_minor, entry.id)):
            self._by_sku.setdefault(entry.sku, []).append(entry)

    def priced(self, lines: Sequence[BasketLine], context: Context, rounding: Rounding) -> list[PricedPiece]:
        """Every line with the price that counts for it; weights are rounded by `rounding`."""
        pieces: dict[str, int] = {}
        for line in lines:
            if line.linked_to is None:
                pieces[line.sku] = pieces.get(line.sku, 0) + pieces_of(line)
        found = {sku: self._in_force(sku, count, context) for sku, count in pieces.items()}
        return [_priced(line, found.get(line.sku) or self._in_force(line.sku, 1, context), rounding) for line in lines]

    def _in_force(self, sku: str, pieces: int, context: Context) -> PriceEntry | None:
        for entry in self._by_sku.get(sku, ()):
            if entry.pieces <= pieces and misfit(entry.scope, context) is None:
                return entry
        return None


def _priced(line: BasketLine, entry: PriceEntry | None, rounding: Rounding) -> PricedPiece:
    if line.override is not None:
        return _at(line, line.override.price_minor, OVERRIDE, rounding)
    if line.label_price_minor is not None:
        return PricedPiece(line, line.unit_price_minor, LABEL, line.label_price_minor, 1)
    if entry is not None:
        return _at(line, entry.price_minor, entry.id, rounding)
    return _at(line, line.unit_price_minor, "", rounding)


def _at(line: BasketLine, price_minor: int, price_id: str, rounding: Rounding) -> PricedPiece:
    return PricedPiece(line, price_minor, price_id, amount(line, price_minor, rounding), pieces_of(line))


def amount(line: BasketLine, price_minor: int, rounding: Rounding) -> int:
    """What a line costs at a price per piece, or per kilogram of what is weighed."""
    if line.unit is Unit.KILOGRAM:
        return divide(price_minor * line.grams, 1000, rounding)
    return price_minor * line.quantity
