"""From the tenders of a sale to what a receipt says of them; account hashes and attempt names stay behind."""

from __future__ import annotations

from typing import assert_never

from kiosk.domain.receipt.document import (
    CardPaid,
    CashPaid,
    MealVoucherPaid,
    Paid,
    PointsPaid,
    ValuePaid,
    WalletPaid,
)
from kiosk.messages.tenders import (
    CardTender,
    CashTender,
    MealVoucherTender,
    PointsTender,
    StoredValueTender,
    Tender,
    WalletTender,
)


def is_offline(tender: Tender) -> bool:
    """Whether it was taken without asking headquarters, which may still refuse it."""
    return isinstance(tender, StoredValueTender | PointsTender) and tender.offline


def paid_by(tender: Tender) -> Paid:
    """What the receipt says of one tender."""
    match tender:
        case CardTender():
            return _card(tender)
        case CashTender():
            return _cash(tender)
        case StoredValueTender():
            return ValuePaid(
                amount_minor=tender.amount_minor,
                instrument=tender.instrument,
                shown=tender.shown,
                offline=tender.offline,
                balance_minor=tender.balance_minor,
            )
        case PointsTender():
            return PointsPaid(amount_minor=tender.amount_minor, points=tender.points, offline=tender.offline)
        case MealVoucherTender():
            eligible = tender.eligible_minor
            return MealVoucherPaid(amount_minor=tender.amount_minor, issuer=tender.issuer, eligible_minor=eligible)
        case WalletTender():
            return WalletPaid(amount_minor=tender.amount_minor, provider=tender.provider, reference=tender.reference)
        case _:
            assert_never(tender)


def _card(tender: CardTender) -> CardPaid:
    return CardPaid(
        amount_minor=tender.amount_minor,
        card_name=tender.card_name,
        masked_pan=tender.masked_pan,
        terminal_id=tender.terminal_id,
        receipt_number=tender.receipt_number,
        trace_number=tender.trace_number,
        authorisation_code=tender.authorisation_code,
    )


def _cash(tender: CashTender) -> CashPaid:
    return CashPaid(
        amount_minor=tender.amount_minor,
        given_minor=tender.given_minor,
        change_minor=tender.change_minor,
        foreign_currency=tender.foreign_currency,
        foreign_minor=tender.foreign_minor,
    )
