"""Tenders as applied: field for field those of the ledger, and a little more that only the settlement needs.

Names and tags are those of `kiosk/messages/tenders.py`, so that one conversion makes the one of the other; fields that
the ledger does not have are left out by it.
"""

from __future__ import annotations

import msgspec

from kiosk.domain.tender.kinds import TenderKind


class _Tender(msgspec.Struct, frozen=True, kw_only=True, tag_field="tender"):
    """`amount_minor` counts towards the total; below zero the money went back that way."""

    amount_minor: int


class CardTender(_Tender, frozen=True, kw_only=True, tag="card"):
    """A card payment; four digits of its number at most."""

    attempt: str
    terminal_id: str = ""
    receipt_number: int = 0
    trace_number: int = 0
    masked_pan: str = ""
    card_name: str = ""
    authorisation_code: str = ""
    original_attempt: str = ""
    partial: bool = False


class CashTender(_Tender, frozen=True, kw_only=True, tag="cash"):
    """`given_minor` - `change_minor` = `amount_minor`; it settles `amount_minor` - `rounding_minor` of the total."""

    given_minor: int
    change_minor: int = 0
    foreign_currency: str = ""
    foreign_minor: int = 0
    rate_ppm: int = 0
    rounding_minor: int = 0


class StoredValueTender(_Tender, frozen=True, kw_only=True, tag="stored_value"):
    """Gift card, store credit or voucher.

    A single-use value of `value_minor` is used up whole: `amount_minor` paid, `credit_minor` becomes a new store
    credit, `forfeited_minor` is lost. `valid_until` is an ISO date or "".
    """

    instrument: str
    account: str
    shown: str = ""
    offline: bool = False
    balance_minor: int | None = None
    value_minor: int = 0
    credit_minor: int = 0
    forfeited_minor: int = 0
    valid_until: str = ""
    partial: bool = False


class PointsTender(_Tender, frozen=True, kw_only=True, tag="points"):
    """Loyalty points at a fixed value."""

    member: str
    points: int
    offline: bool = False


class MealVoucherTender(_Tender, frozen=True, kw_only=True, tag="meal_voucher"):
    """For eligible goods only."""

    issuer: str
    account: str
    eligible_minor: int


class WalletTender(_Tender, frozen=True, kw_only=True, tag="wallet"):
    """A QR wallet or pay-later provider; `pay_later` says which of the two."""

    provider: str
    reference: str
    attempt: str
    pay_later: bool = False


Tender = CardTender | CashTender | StoredValueTender | PointsTender | MealVoucherTender | WalletTender


class CardFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal says of the card it charged."""

    terminal_id: str = ""
    receipt_number: int = 0
    trace_number: int = 0
    masked_pan: str = ""
    card_name: str = ""
    authorisation_code: str = ""


def kind_of(tender: Tender) -> TenderKind:
    """The kind of an applied tender."""
    match tender:
        case CardTender():
            return TenderKind.CARD
        case CashTender():
            return TenderKind.CASH
        case StoredValueTender():
            return TenderKind(tender.instrument)
        case PointsTender():
            return TenderKind.POINTS
        case MealVoucherTender():
            return TenderKind.MEAL_VOUCHER
        case WalletTender():
            return TenderKind.PAY_LATER if tender.pay_later else TenderKind.WALLET
