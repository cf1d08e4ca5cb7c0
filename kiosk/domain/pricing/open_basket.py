"""Prices an open transaction: what its lines cost now, with the promotions and taxes in force."""

from __future__ import annotations

from msgspec.structs import replace

from kiosk.domain.basket import BasketLine, Coupon
from kiosk.domain.context import Context
from kiosk.domain.pricing.document import PricedLine, Result
from kiosk.domain.pricing.engine import Pricing
from kiosk.domain.transaction import Discount, LineItem, Transaction


def repriced(transaction: Transaction, pricing: Pricing, context: Context) -> Transaction:
    """The transaction with every line at what it costs in `context`.

    Nobody has looked up how often its coupons were used before; the retailer's policy says whether they are taken.
    """
    result = pricing.price(
        context,
        tuple(_basket_line(line) for line in transaction.lines),
        tuple(Coupon(code=code, known=False) for code in transaction.coupons),
        (),
    )
    names = {outcome.promotion: outcome.name for outcome in result.promotions if outcome.applied}
    return replace(
        transaction,
        lines=tuple(
            _with_price(line, priced, names) for line, priced in zip(transaction.lines, result.lines, strict=True)
        ),
        taxes=result.taxes,
        used_coupons=_used(result),
    )


def _used(result: Result) -> tuple[str, ...]:
    return tuple(coupon.code for coupon in result.coupons if coupon.used)


def _basket_line(line: LineItem) -> BasketLine:
    return BasketLine(
        line=line.line,
        sku=line.sku,
        quantity=line.quantity,
        unit=line.unit,
        grams=line.grams,
        unit_price_minor=line.list_price_minor,
        label_price_minor=line.label_price_minor,
        department=line.department,
        tags=line.tags,
        tax_code=line.tax_code,
        discountable=line.discountable,
        floor_minor=line.floor_minor,
        linked_to=line.linked_to,
    )


def _with_price(line: LineItem, priced: PricedLine, names: dict[str, str]) -> LineItem:
    return replace(
        line,
        unit_price_minor=priced.unit_price_minor,
        price_id=priced.price_id,
        amount_minor=priced.amount_minor,
        due_minor=priced.gross_minor,
        discounts=tuple(
            Discount(
                promotion=discount.promotion,
                name=names.get(discount.promotion, "") or discount.promotion,
                amount_minor=discount.amount_minor,
                order=discount.level == "order",
            )
            for discount in priced.discounts
        ),
        taxes=priced.taxes,
    )
