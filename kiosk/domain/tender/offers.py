"""What a shopper holds out to pay with: one record a kind, with the facts that decide whether it may pay."""

from __future__ import annotations

from typing import Annotated

import msgspec

from kiosk.domain.tender.kinds import Instrument, TenderKind

Minor = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class _Offer(msgspec.Struct, frozen=True, kw_only=True, tag_field="offer"):
    """An `amount_minor` of None means: as much as is due and possible."""


class CardOffer(_Offer, frozen=True, kw_only=True, tag="card"):
    """A card, at the terminal."""

    amount_minor: Positive | None = None


class CashOffer(_Offer, frozen=True, kw_only=True, tag="cash"):
    """Cash that was counted: `given_minor` of ours, or `foreign_minor` of `foreign_currency`."""

    given_minor: Minor = 0
    foreign_currency: str = ""
    foreign_minor: Minor = 0


class StoredValueOffer(_Offer, frozen=True, kw_only=True, tag="stored_value"):
    """A gift card, store credit or voucher. `account` is the keyed hash of its number, `shown` its last four signs.

    `balance_minor` is what it is known to hold: from headquarters, a snapshot, or a signed token (None: not known).
    `valid_until` is the last ISO date it is good on ("": for ever). `offline`: nobody will be asked.
    """

    instrument: Instrument
    account: str
    currency: str
    shown: str = ""
    balance_minor: Minor | None = None
    valid_until: str = ""
    offline: bool = False
    amount_minor: Positive | None = None


class PointsOffer(_Offer, frozen=True, kw_only=True, tag="points"):
    """Points of a member. `points` None: as many as are due and there."""

    member: str
    balance: Minor
    points: Positive | None = None
    offline: bool = False


class MealVoucherOffer(_Offer, frozen=True, kw_only=True, tag="meal_voucher"):
    """A meal voucher or benefit card; `account` is a keyed hash."""

    issuer: str
    account: str
    amount_minor: Positive | None = None


class WalletOffer(_Offer, frozen=True, kw_only=True, tag="wallet"):
    """A provider on the shopper's phone."""

    provider: str
    pay_later: bool = False
    amount_minor: Positive | None = None


Offer = CardOffer | CashOffer | StoredValueOffer | PointsOffer | MealVoucherOffer | WalletOffer


def kind_of(offer: Offer) -> TenderKind:
    """The kind that an offer is of."""
    match offer:
        case CardOffer():
            return TenderKind.CARD
        case CashOffer():
            return TenderKind.CASH
        case StoredValueOffer():
            return TenderKind(offer.instrument)
        case PointsOffer():
            return TenderKind.POINTS
        case MealVoucherOffer():
            return TenderKind.MEAL_VOUCHER
        case WalletOffer():
            return TenderKind.PAY_LATER if offer.pay_later else TenderKind.WALLET
