"""A priced transaction in words: what each line costs and why, and why other promotions did not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kiosk.domain.pricing.document import Document, PricedLine, Result, Totals
from kiosk.domain.promotion.outcome import CouponOutcome, LineDiscount, PromotionOutcome
from kiosk.domain.promotion.reasons import Reason, sentence
from kiosk.domain.tax.outcome import TaxLine

_WIDTH = 64
_PRICE_FROM = {"": "", "label": "price label", "override": "price set by an operator"}


def explained(document: Document, result: Result) -> str:
    """The result as lines of plain text, for a person who asks why; amounts are in minor units, as in the result."""
    names = {one.id: one.name or one.id for one in document.promotions}
    blocks = (
        _heading(document),
        *(_line(line, names) for line in result.lines),
        (
            f"order: {names[one.promotion]} -{one.amount_minor} over {len(one.spread)} lines"
            for one in result.order_discounts
        ),
        _totals(result.totals, result.currency),
        map(_tax, result.taxes),
        map(_coupon, result.coupons),
        map(_promotion, result.promotions),
    )
    return "\n".join(_shown(line) for block in blocks for line in block) + "\n"


def _shown(line: str) -> str:
    """Without what a terminal would obey: the names are whatever the document says."""
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def _heading(document: Document) -> Iterator[str]:
    context = document.context
    when = context.local.isoformat(sep=" ")
    yield f"{document.id or 'transaction'}: store {context.store_id}, {when}, {context.channel}"


def _line(line: PricedLine, names: Mapping[str, str]) -> Iterator[str]:
    count = f"{line.grams} g" if line.grams else f"{line.quantity} x"
    source = _PRICE_FROM.get(line.price_id, f"price {line.price_id}")
    text = f"{line.line:>3} {line.sku}  {count} {line.unit_price_minor}{' (' + source + ')' if source else ''}"
    yield _right(text, line.amount_minor)
    for discount in line.discounts:
        yield _right(f"      {names[discount.promotion]}{_on(discount)}", -discount.amount_minor)
    if line.discounts:
        yield _right("      due", line.due_minor)


def _on(discount: LineDiscount) -> str:
    if discount.level == "order":
        return ", share of the order's"
    return f" on {discount.pieces} pieces" if discount.pieces > 1 else ""


def _totals(totals: Totals, currency: str) -> Iterator[str]:
    yield "-" * _WIDTH
    if totals.discount_minor:
        yield _right("before discounts", totals.before_discounts_minor)
        yield _right("discounts", -totals.discount_minor)
    yield _right("net", totals.net_minor)
    yield _right("tax", totals.tax_minor)
    yield _right(f"total {currency}", totals.total_minor)
    if totals.cash_rounding_minor:
        yield _right("total in cash", totals.cash_total_minor)


def _tax(tax: TaxLine) -> str:
    rate = "exempt" if tax.exempt else f"{tax.rate_ppm // 10_000}.{tax.rate_ppm % 10_000:04d} %"
    return _right(f"  {tax.code} {tax.name} {rate} on {tax.net_minor}", tax.tax_minor)


def _coupon(coupon: CouponOutcome) -> str:
    if not coupon.used:
        return f"coupon {coupon.code}: not used. {sentence(Reason(coupon.reason)) if coupon.reason else ''}".rstrip()
    return f"coupon {coupon.code}: used by {coupon.promotion}{', provisionally' if coupon.provisional else ''}"


def _promotion(promotion: PromotionOutcome) -> str:
    name = promotion.name or promotion.promotion
    why = " ".join(part for part in (promotion.detail, _missing(promotion)) if part)
    if promotion.applied:
        return _right(f"+ {name}: applied {promotion.applications} x. {why}".rstrip(), -promotion.discount_minor)
    return f"- {name}: {why}"


def _missing(promotion: PromotionOutcome) -> str:
    parts = []
    if promotion.missing_pieces:
        parts.append(f"{promotion.missing_pieces} more pieces")
    if promotion.missing_minor:
        parts.append(f"{promotion.missing_minor} more in value")
    missing = f"Missing: {' or '.join(parts)}." if parts else ""
    return f"{missing} By {promotion.by}.".strip() if promotion.by else missing


def _right(text: str, amount_minor: int) -> str:
    return f"{text:<{_WIDTH - 10}}{amount_minor:>10}"
