"""From a booked sale or a web order to what a return can go back to: lines as paid, with their taxes, and tenders."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Literal

import msgspec

from kiosk.domain.money import spread, tax_within
from kiosk.domain.pricing.document import PricedLine
from kiosk.domain.promotion.outcome import LineDiscount
from kiosk.domain.returning.origin import Origin, SaleKey, SoldLine
from kiosk.domain.tax.outcome import LineTax
from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.refund_records import Original
from kiosk.messages.contents import Sale, SaleLine, TaxTotal
from kiosk.messages.tenders import (
    CardTender,
    CashTender,
    MealVoucherTender,
    PointsTender,
    StoredValueTender,
    Tender,
    WalletTender,
)

WEB_STORE = "WEB"

_Taxes = dict[int, tuple[LineTax, ...]]


class WebOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order of the web shop as headquarters tells it: what was paid for each line, and with what.

    `placed_on` and `valid_until` are ISO dates. `store_id` is the web shop's: a store like any other.
    """

    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    placed_on: str
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    lines: tuple[SaleLine, ...]
    taxes: tuple[TaxTotal, ...] = ()
    tenders: tuple[Tender, ...] = ()
    valid_until: str = ""
    store_id: str = WEB_STORE
    status: Literal["paid", "open", "cancelled"] = "paid"


def origin_of(key: SaleKey, sale: Sale, valid_until: str = "", not_returnable: Collection[str] = ()) -> Origin | None:
    """What a return of a booked sale goes back to; None for a sale of training, or one that sold nothing.

    `not_returnable` are the skus that were sold for good.
    """
    if sale.training or not any(map(_was_sold, sale.lines)):
        return None
    return Origin(
        key=key,
        business_day=sale.business_day,
        currency=sale.currency,
        total_minor=sale.total_minor,
        lines=_sold_lines(sale.lines, sale.taxes, not_returnable),
        originals=originals(sale.tenders, sale.rounding_minor),
        valid_until=valid_until,
        traded=any(line.returned for line in sale.lines),
    )


def origin_of_order(order: WebOrder, not_returnable: Collection[str] = ()) -> Origin | None:
    """What a return of a web order goes back to; None where it was never paid, or was cancelled."""
    if order.status != "paid" or not order.lines:
        return None
    return Origin(
        key=SaleKey(order.store_id, order.order_id, 1),
        business_day=order.placed_on,
        currency=order.currency,
        total_minor=sum(line.amount_minor for line in order.lines),
        lines=_sold_lines(order.lines, order.taxes, not_returnable),
        originals=originals(order.tenders, 0),
        valid_until=order.valid_until,
    )


def originals(tenders: Iterable[Tender], rounding_minor: int) -> tuple[Original, ...]:
    """The tenders that paid, one a reference; all cash is one. Cash rounding counts for the shopper."""
    found: dict[tuple[TenderKind, str], Original] = {}
    for tender in tenders:
        if tender.amount_minor <= 0:
            continue
        one = _original(tender)
        known = found.get((one.kind, one.reference))
        if known:
            one = msgspec.structs.replace(
                one, paid_minor=one.paid_minor + known.paid_minor, points=one.points + known.points
            )
        found[one.kind, one.reference] = one
    cash = found.get((TenderKind.CASH, ""))
    if cash:
        paid = max(cash.paid_minor, cash.paid_minor - rounding_minor)
        found[TenderKind.CASH, ""] = msgspec.structs.replace(cash, paid_minor=paid)
    return tuple(found.values())


def reference_of(tender: Tender) -> tuple[TenderKind, str]:
    """Which original a tender is, or, where money goes back, which it goes back to."""
    match tender:
        case CardTender():
            return TenderKind.CARD, tender.original_attempt or tender.attempt
        case CashTender():
            return TenderKind.CASH, ""
        case StoredValueTender():
            return TenderKind(tender.instrument), tender.account
        case PointsTender():
            return TenderKind.POINTS, ""
        case MealVoucherTender():
            return TenderKind.MEAL_VOUCHER, tender.account
        case WalletTender():
            return TenderKind.WALLET, tender.reference


def _original(tender: Tender) -> Original:
    """The member of a points tender is left out: who brings goods back shows the card."""
    kind, reference = reference_of(tender)
    provider = shown = ""
    match tender:
        case WalletTender():
            provider = tender.provider
        case MealVoucherTender():
            provider = tender.issuer
        case StoredValueTender():
            shown = tender.shown
        case CardTender():
            shown = tender.masked_pan[-4:]
        case _:
            pass
    return Original(
        kind=kind,
        reference=reference,
        paid_minor=tender.amount_minor,
        provider=provider,
        shown=shown,
        points=tender.points if isinstance(tender, PointsTender) else 0,
    )


def _sold_lines(
    lines: Iterable[SaleLine], table: Iterable[TaxTotal], not_returnable: Collection[str]
) -> tuple[SoldLine, ...]:
    every = tuple(lines)
    taxes = _taxes_by_line(every, table)
    return tuple(
        _sold_line(line, taxes[line.line], returnable=line.sku not in not_returnable)
        for line in every
        if _was_sold(line)
    )


def _was_sold(line: SaleLine) -> bool:
    return not line.returned and line.amount_minor >= 0 and line.quantity > 0


def _sold_line(line: SaleLine, taxes: tuple[LineTax, ...], *, returnable: bool) -> SoldLine:
    tax = sum(one.tax_minor for one in taxes)
    discounts = _discounts(line)
    priced = PricedLine(
        line=line.line,
        sku=line.sku,
        quantity=line.quantity,
        grams=line.grams,
        unit_price_minor=line.unit_price_minor,
        price_id=line.price_id,
        amount_minor=line.amount_minor + sum(one.amount_minor for one in discounts),
        discounts=discounts,
        due_minor=line.amount_minor,
        net_minor=line.amount_minor - tax,
        tax_minor=tax,
        gross_minor=line.amount_minor,
        taxes=taxes,
    )
    return SoldLine(priced, line.tax_code, line.tax_rate_ppm, line.linked_to, returnable, line.name, line.department)


def _discounts(line: SaleLine) -> tuple[LineDiscount, ...]:
    sums: dict[tuple[str, bool], int] = {}
    for one in line.discounts:
        sums[one.promotion, one.order] = sums.get((one.promotion, one.order), 0) + one.amount_minor
    return tuple(
        LineDiscount(promotion=promotion, amount_minor=amount, level="order" if order else "line")
        for (promotion, order), amount in sums.items()
    )


def _taxes_by_line(lines: tuple[SaleLine, ...], table: Iterable[TaxTotal]) -> _Taxes:
    """Each line's taxes. Lines with one tax in the price share what the table of the sale says of it, to the cent."""
    found = {line.line: _explicit(line) for line in lines if line.taxes}
    booked: dict[tuple[str, int], int] = {}
    for row in table:
        booked[row.tax_code, row.tax_rate_ppm] = booked.get((row.tax_code, row.tax_rate_ppm), 0) + row.tax_minor
    for taxes in found.values():
        for one in taxes:
            if (one.code, one.rate_ppm) in booked:
                booked[one.code, one.rate_ppm] -= one.tax_minor
    for key in {_tax_key(line) for line in lines if not line.taxes}:
        group = [line for line in lines if not line.taxes and _tax_key(line) == key]
        shares = _shared(booked.get(key, 0), group, key[1])
        found.update({line.line: (_implied(line, tax),) for line, tax in zip(group, shares, strict=True)})
    return found


def _shared(tax_minor: int, lines: list[SaleLine], rate_ppm: int) -> list[int]:
    """Shares of a tax by what was paid for each line; no line has more tax than it cost."""
    if any(line.amount_minor < 0 for line in lines):  # something came back without taxes of its own
        return [tax_within(line.amount_minor, rate_ppm) for line in lines]
    weights = [line.amount_minor for line in lines]
    return spread(tax_minor, weights) if any(weights) else [0] * len(lines)


def _tax_key(line: SaleLine) -> tuple[str, int]:
    return line.tax_code, line.tax_rate_ppm


def _implied(line: SaleLine, tax_minor: int) -> LineTax:
    base = line.amount_minor - tax_minor
    return LineTax(code=line.tax_code, rate_ppm=line.tax_rate_ppm, base_minor=base, tax_minor=tax_minor)


def _explicit(line: SaleLine) -> tuple[LineTax, ...]:
    sums: dict[tuple[str, int, bool], tuple[int, int]] = {}
    for one in line.taxes:
        key = (one.tax_code, one.tax_rate_ppm, one.exempt)
        base, tax = sums.get(key, (0, 0))
        sums[key] = (base + one.base_minor, tax + one.tax_minor)
    return tuple(
        LineTax(code=code, rate_ppm=rate, base_minor=base, tax_minor=tax, exempt=exempt)
        for (code, rate, exempt), (base, tax) in sums.items()
    )
