"""What a tender does to a till: which kind it is counted as, and what it puts into or takes out of the drawer."""

from __future__ import annotations

from kiosk.messages.tenders import (
    CardTender,
    CashTender,
    MealVoucherTender,
    PointsTender,
    StoredValueTender,
    Tender,
    WalletTender,
)

CASH = "cash"


def kind_of_tender(tender: Tender) -> str:
    """The kind a report lists it under: cash, cash:USD, card, stored_value:gift_card, points, wallet:NAME..."""
    match tender:
        case CashTender(foreign_currency=currency):
            return f"{CASH}:{currency}" if currency else CASH
        case CardTender():
            return "card"
        case StoredValueTender(instrument=instrument):
            return f"stored_value:{instrument}"
        case PointsTender():
            return "points"
        case MealVoucherTender():
            return "meal_voucher"
        case WalletTender(provider=provider):
            return f"wallet:{provider}"


def put_in(tender: Tender) -> tuple[tuple[str, int], ...]:
    """By kind, what a till holds more (or, below zero, less) after it, each in its own currency's minor units.

    Foreign cash stays what it is, and its change leaves in the currency of the sale.
    """
    if isinstance(tender, CashTender) and tender.foreign_currency:
        return (
            (kind_of_tender(tender), tender.foreign_minor),
            (CASH, tender.amount_minor - tender.given_minor),
        )
    return ((kind_of_tender(tender), tender.amount_minor),)


def taken_offline(tender: Tender) -> bool:
    """Whether it was taken without asking headquarters."""
    return isinstance(tender, StoredValueTender | PointsTender) and tender.offline
