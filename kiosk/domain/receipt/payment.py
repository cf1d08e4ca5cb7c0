"""The money of a receipt: sums, means of payment, and the tax table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from drivers.printer.interface import Columns, Element, Text
from kiosk.domain.receipt.document import (
    CardPaid,
    CashPaid,
    MealVoucherPaid,
    Paid,
    PointsPaid,
    ReceiptDocument,
    Sums,
    TaxRow,
    ValuePaid,
    WalletPaid,
)
from kiosk.domain.receipt.lines import discount_element
from kiosk.domain.receipt.masking import tail
from kiosk.domain.receipt.voice import Voice

_INDENT = "  "


def sum_elements(sums: Sums, voice: Voice) -> Iterator[Element]:
    """Subtotal, discounts on everything, tax on top, total, and what cash rounds it to; each where it says more."""
    if sums.order_discounts or sums.added_tax_minor:
        yield Columns(voice.say("Subtotal"), voice.money(sums.subtotal_minor))
    for discount in sums.order_discounts:
        yield discount_element(discount, voice)
    if sums.added_tax_minor:
        yield Columns(voice.say("Tax"), voice.money(sums.added_tax_minor))
    yield Columns(voice.say("Total"), voice.money(sums.total_minor), bold=True, double=True)
    if sums.rounding_minor:
        yield Columns(voice.say("Rounding"), voice.money(sums.rounding_minor))
        yield Columns(voice.say("Rounded total"), voice.money(sums.total_minor + sums.rounding_minor), bold=True)


def tender_elements(tender: Paid, voice: Voice) -> Iterator[Element]:
    """One means of payment and what belongs to it."""
    match tender:
        case CardPaid():
            yield _paid(voice.name(tender.card_name) or voice.say("Card"), tender, voice)
            yield from _card(tender, voice)
        case CashPaid():
            yield from _cash(tender, voice)
        case ValuePaid():
            yield _paid(_instrument(tender.instrument, voice), tender, voice)
            yield from _value(tender, voice)
        case PointsPaid():
            yield _paid(voice.say("Loyalty points"), tender, voice)
            yield Text(f"{_INDENT}{voice.say('Points')}: {voice.figure(str(tender.points))}")
            yield from _unconfirmed(voice, offline=tender.offline)
        case MealVoucherPaid():
            yield _paid(voice.name(tender.issuer) or voice.say("Meal voucher"), tender, voice)
            yield Text(f"{_INDENT}{voice.say('for eligible goods of')} {voice.amount(tender.eligible_minor)}")
        case WalletPaid():
            yield _paid(voice.name(tender.provider), tender, voice)
            if tender.reference:
                yield Text(f"{_INDENT}{voice.figure(tender.reference)}")
        case _:
            assert_never(tender)


def tax_elements(document: ReceiptDocument, voice: Voice) -> Iterator[Element]:
    """The tax table, and the certificate of a customer who need not pay it."""
    for row in document.taxes:
        on = f"{voice.say('on')} {voice.amount(row.net_minor)}"
        yield Columns(f"{voice.figure(row.tax_code)}  {_rate(row, voice)}  {on}", voice.money(row.tax_minor))
    if document.tax_exemption:
        yield Text(f"{voice.say('Tax exempt')}: {voice.figure(document.tax_exemption)}")


def _rate(row: TaxRow, voice: Voice) -> str:
    if row.exempt:
        return voice.say("exempt")
    if row.rate_ppm == 0 and row.tax_minor:
        return voice.say("excise")
    return f"{voice.say('VAT')} {voice.figure(f'{voice.rate(row.rate_ppm)} %')}"


def _paid(label: str, tender: Paid, voice: Voice) -> Columns:
    words = f"{label} ({voice.say('refunded')})" if tender.amount_minor < 0 else label
    return Columns(words, voice.money(tender.amount_minor))


def _card(tender: CardPaid, voice: Voice) -> Iterator[Element]:
    if tender.masked_pan:
        yield Text(f"{_INDENT}{voice.figure(tender.masked_pan)}")
    numbers = [
        f"{voice.say(word)} {voice.figure(str(number))}"
        for word, number in (
            ("Terminal", tender.terminal_id),
            ("no.", tender.receipt_number),
            ("auth.", tender.authorisation_code),
        )
        if number
    ]
    if numbers:
        yield Text(_INDENT + "  ".join(numbers))


def _cash(tender: CashPaid, voice: Voice) -> Iterator[Element]:
    if tender.amount_minor < 0:
        yield _paid(voice.say("Cash"), tender, voice)
        return
    given = CashPaid(amount_minor=tender.given_minor, given_minor=tender.given_minor)
    yield _paid(voice.say("Cash"), given, voice)
    if tender.foreign_currency:
        yield Text(f"{_INDENT}{voice.figure(voice.foreign(tender.foreign_minor, tender.foreign_currency))}")
    if tender.change_minor:
        yield Columns(voice.say("Change"), voice.money(tender.change_minor))


def _instrument(instrument: str, voice: Voice) -> str:
    match instrument:
        case "gift_card":
            return voice.say("Gift card")
        case "store_credit":
            return voice.say("Store credit")
        case "voucher":
            return voice.say("Voucher")
        case _:
            return voice.name(instrument)


def _value(tender: ValuePaid, voice: Voice) -> Iterator[Element]:
    if tender.shown:
        yield Text(f"{_INDENT}{voice.figure(tail(tender.shown))}")
    if tender.balance_minor is not None:
        yield Text(f"{_INDENT}{voice.say('Balance')} {voice.amount(tender.balance_minor)}")
    yield from _unconfirmed(voice, offline=tender.offline)


def _unconfirmed(voice: Voice, *, offline: bool) -> Iterator[Element]:
    if offline:
        yield Text(_INDENT + voice.say("not yet confirmed"))
