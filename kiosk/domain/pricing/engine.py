"""Prices a transaction in one pure call: prices and promotions, then taxes, then totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.domain.basket import BasketLine, Coupon, Policies, Usage
from kiosk.domain.context import Context
from kiosk.domain.money import to_step
from kiosk.domain.pricing.document import ENGINE, Document, PricedLine, Result, Totals
from kiosk.domain.pricing.faults import DocumentError, Problem
from kiosk.domain.promotion.engine import AppliedLine, Offers
from kiosk.domain.promotion.offers import PriceEntry, Promotion
from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.faults import TaxError
from kiosk.domain.tax.reckoning import Reckoned, TaxedLine, reckon
from kiosk.domain.tax.rules import TaxRule
from kiosk.domain.tax.selection import select


@dataclass(frozen=True, slots=True)
class Pricing:
    """What is in force in a store, made ready once; a lane keeps one and prices with it at each scan."""

    offers: Offers
    taxes: tuple[TaxRule, ...]
    policies: Policies

    @classmethod
    def prepared(
        cls,
        promotions: Sequence[Promotion],
        prices: Sequence[PriceEntry],
        taxes: Sequence[TaxRule],
        policies: Policies,
    ) -> Pricing:
        """Compile the promotions and prices, those too that are not in force yet."""
        return cls(Offers.prepared(promotions, prices), tuple(taxes), policies)

    def price(
        self,
        context: Context,
        lines: Sequence[BasketLine],
        coupons: Sequence[Coupon] = (),
        usage: Sequence[Usage] = (),
        id: str = "",  # noqa: A002 - the name of the field in the document and in the result
    ) -> Result:
        """The priced transaction. The lines must fit each other, as `checks` demands of a document's.

        Raises `TaxError` where the taxes that fall on a line leave nothing of its price.
        """
        applied = self.offers.apply(lines, context, coupons, usage, self.policies)
        reckoned = reckon(self._taxable(context, lines, applied.lines), self.policies.tax)
        priced = tuple(map(_priced, lines, applied.lines, reckoned.lines))
        return Result(
            engine=ENGINE,
            id=id,
            currency=context.currency,
            lines=priced,
            order_discounts=applied.order_discounts,
            taxes=reckoned.table,
            totals=self._totals(applied.lines, reckoned),
            promotions=applied.promotions,
            coupons=applied.coupons,
        )

    def _taxable(
        self, context: Context, lines: Sequence[BasketLine], applied: Sequence[AppliedLine]
    ) -> list[TaxableLine]:
        codes = {line.tax_code for line in lines}
        selected = {code: select(self.taxes, code, context) for code in codes}
        return [
            TaxableLine(line.line, dues.due_minor, line.quantity, line.grams, *selected[line.tax_code])
            for line, dues in zip(lines, applied, strict=True)
        ]

    def _totals(self, applied: Sequence[AppliedLine], reckoned: Reckoned) -> Totals:
        before = sum(line.amount_minor for line in applied)
        total = reckoned.gross_minor
        cash_total = to_step(total, self.policies.cash_step_minor, self.policies.cash_rounding)
        return Totals(
            before_discounts_minor=before,
            discount_minor=before - sum(line.due_minor for line in applied),
            net_minor=reckoned.net_minor,
            tax_minor=reckoned.tax_minor,
            total_minor=total,
            cash_total_minor=cash_total,
            cash_rounding_minor=cash_total - total,
        )


def price(document: Document) -> Result:
    """Price a whole document, which `reading.read` has checked. `DocumentError` where its taxes cannot be reckoned."""
    pricing = Pricing.prepared(document.promotions, document.prices, document.taxes, document.policies)
    try:
        return pricing.price(document.context, document.lines, document.coupons, document.usage, document.id)
    except TaxError as error:
        problem = Problem(path="$.taxes", message=str(error), remedy=error.remedy)
        raise DocumentError((problem,)) from error


def _priced(line: BasketLine, applied: AppliedLine, taxed: TaxedLine) -> PricedLine:
    return PricedLine(
        line=line.line,
        sku=line.sku,
        quantity=line.quantity,
        grams=line.grams,
        unit_price_minor=applied.unit_price_minor,
        price_id=applied.price_id,
        amount_minor=applied.amount_minor,
        discounts=applied.discounts,
        due_minor=applied.due_minor,
        net_minor=taxed.net_minor,
        tax_minor=taxed.tax_minor,
        gross_minor=taxed.gross_minor,
        taxes=taxed.taxes,
    )
