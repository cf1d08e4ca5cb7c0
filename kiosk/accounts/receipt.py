"""From a booked sale, or one that was cancelled, to the facts of its receipt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from kiosk.accounts.receipt_lines import line_of, order_discounts
from kiosk.accounts.receipt_tenders import is_offline, paid_by
from kiosk.domain.receipt.document import (
    Fiscal,
    Header,
    Kind,
    Line,
    Marks,
    ReceiptDocument,
    Returns,
    Sums,
    TaxRow,
)
from kiosk.domain.receipt.masking import tail
from kiosk.messages.contents import FiscalReceipt, Sale, SaleLine, TransactionCancelled


@dataclass(frozen=True, slots=True)
class Shop:
    """What the store puts on every receipt. `return_days` 0: the receipt does not say how long goods may come back."""

    store_name: str
    store_id: str
    workstation_id: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    zone: tzinfo = UTC
    legal_texts: tuple[str, ...] = ()
    return_days: int = 0

    def local(self, moment: str) -> str:
        """An RFC 3339 time as the clock in the store shows it, to the second; as it stands where it is none."""
        try:
            return datetime.fromisoformat(moment).astimezone(self.zone).isoformat(timespec="seconds")
        except (ValueError, OverflowError):
            return moment


def receipt_of(
    sale: Sale, shop: Shop, *, fiscal: FiscalReceipt | None = None, token: str = "", offline: bool = False
) -> ReceiptDocument:
    """The receipt of a sale. `token` is the signed text for returns; `offline`: something on it is provisional."""
    lines = tuple(line_of(line) for line in sale.lines)
    return ReceiptDocument(
        currency=sale.currency,
        language=sale.language,
        header=_header(shop, sale.sequence_number, sale.started_at, sale.operator),
        marks=Marks(training=sale.training, offline=offline or any(is_offline(tender) for tender in sale.tenders)),
        lines=lines,
        sums=_sums(sale, lines),
        tenders=tuple(paid_by(tender) for tender in sale.tenders),
        taxes=_taxes(sale),
        tax_exemption=sale.tax_exemption,
        customer=tail(sale.customer_id),
        coupons=len(sale.coupons),
        fiscal=None if fiscal is None else fiscal_mark(fiscal),
        returns=Returns(days=shop.return_days) if sale.training else Returns(token=token, days=shop.return_days),
        legal_texts=shop.legal_texts,
    )


def void_of(cancelled: TransactionCancelled, shop: Shop, at: str, currency: str) -> ReceiptDocument:
    """What is printed of a transaction that ended without a sale: its lines, no sum, no payment; `at` is RFC 3339."""
    return ReceiptDocument(
        kind=Kind.VOID,
        currency=currency,
        language="",
        header=_header(shop, cancelled.sequence_number, at, cancelled.operator),
        lines=tuple(line_of(line) for line in cancelled.lines),
        legal_texts=shop.legal_texts,
    )


def fiscal_mark(fiscal: FiscalReceipt) -> Fiscal:
    """What the receipt shows of its place in the fiscal chain."""
    return Fiscal(receipt_id=fiscal.number, code=fiscal.code, notices=fiscal.notices)


def _header(shop: Shop, sequence_number: int, at: str, operator: str) -> Header:
    return Header(
        store_name=shop.store_name,
        address=shop.address,
        tax_id=shop.tax_id,
        store_id=shop.store_id,
        workstation_id=shop.workstation_id,
        sequence_number=sequence_number,
        at=shop.local(at),
        operator=operator,
    )


def _sums(sale: Sale, lines: Iterable[Line]) -> Sums:
    prices = [line.price for line in lines if line.price is not None]
    of_lines = sum(discount.amount_minor for price in prices for discount in price.discounts)
    return Sums(
        subtotal_minor=sum(price.asked_minor for price in prices) - of_lines,
        order_discounts=order_discounts(sale.lines),
        added_tax_minor=sum(price.added_tax_minor for price in prices),
        total_minor=sale.total_minor,
        rounding_minor=sale.rounding_minor,
    )


def _taxes(sale: Sale) -> tuple[TaxRow, ...]:
    """The table of the sale, and what its lines were exempt from, which no table of taxes due can say."""
    due = (
        TaxRow(tax_code=t.tax_code, rate_ppm=t.tax_rate_ppm, net_minor=t.net_minor, tax_minor=t.tax_minor)
        for t in sale.taxes
    )
    return (*due, *_exempt(sale.lines, {(tax.tax_code, tax.tax_rate_ppm) for tax in sale.taxes if not tax.tax_minor}))


def _exempt(lines: Iterable[SaleLine], said: set[tuple[str, int]]) -> tuple[TaxRow, ...]:
    bases: dict[tuple[str, int], int] = {}
    for tax in (tax for line in lines for tax in line.taxes if tax.exempt):
        key = (tax.tax_code, tax.tax_rate_ppm)
        bases[key] = bases.get(key, 0) + tax.base_minor
    return tuple(
        TaxRow(tax_code=code, rate_ppm=rate, net_minor=base, tax_minor=0, exempt=True)
        for (code, rate), base in sorted(bases.items())
        if (code, rate) not in said
    )
