"""Means of payment as applied to a transaction; below zero the money went back that way."""

from __future__ import annotations

import msgspec


class _Tender(msgspec.Struct, frozen=True, kw_only=True, tag_field="tender"):
    """`amount_minor` counts towards the total of the transaction, in its currency."""

    amount_minor: int


class CardTender(_Tender, frozen=True, kw_only=True, tag="card"):
    """A card payment. `attempt` names it for ever; `masked_pan` shows four digits at most.

    `original_attempt` is the attempt that a refund gives back. `partial`: the terminal approved less than was asked.
    """

    attempt: str
    terminal_id: str
    receipt_number: int
    trace_number: int
    masked_pan: str = ""
    card_name: str = ""
    authorisation_code: str = ""
    original_attempt: str = ""
    partial: bool = False


class CashTender(_Tender, frozen=True, kw_only=True, tag="cash"):
    """Cash. `given_minor` - `change_minor` = `amount_minor`; change is always in the currency of the transaction.

    Foreign cash: `foreign_minor` of `foreign_currency` was given, worth `given_minor` at `rate_ppm` millionths.
    """

    given_minor: int
    change_minor: int = 0
    foreign_currency: str = ""
    foreign_minor: int = 0
    rate_ppm: int = 0


class StoredValueTender(_Tender, frozen=True, kw_only=True, tag="stored_value"):
    """Gift card, store credit or voucher. `account` is a keyed hash of its number, `shown` at most its last four signs.

    `offline`: taken within the limits of a signed policy, without asking headquarters.
    """

    instrument: str
    account: str
    shown: str = ""
    offline: bool = False
    balance_minor: int | None = None


class PointsTender(_Tender, frozen=True, kw_only=True, tag="points"):
    """Loyalty points at a fixed value. `member` is a number, no name."""

    member: str
    points: int
    offline: bool = False


class MealVoucherTender(_Tender, frozen=True, kw_only=True, tag="meal_voucher"):
    """Meal vouchers or benefits, for eligible goods only: `eligible_minor` is what such goods came to."""

    issuer: str
    account: str
    eligible_minor: int


class WalletTender(_Tender, frozen=True, kw_only=True, tag="wallet"):
    """A QR wallet or pay-later provider, behind an adapter; `reference` is the provider's."""

    provider: str
    reference: str
    attempt: str


Tender = CardTender | CashTender | StoredValueTender | PointsTender | MealVoucherTender | WalletTender


def attempt_of(tender: Tender) -> str:
    """The attempt that brought the money of a tender, and may pay for one transaction only; "" where there is none."""
    return tender.attempt if isinstance(tender, CardTender | WalletTender) else ""
