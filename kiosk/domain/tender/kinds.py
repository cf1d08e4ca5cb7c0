"""The kinds of tender there are, and which of them keep their value in an account of ours."""

from __future__ import annotations

import enum


class TenderKind(enum.StrEnum):
    """One way to pay. The last two are both a provider's conversation on the shopper's phone."""

    CARD = "card"
    CASH = "cash"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    VOUCHER = "voucher"
    POINTS = "points"
    MEAL_VOUCHER = "meal_voucher"
    WALLET = "wallet"
    PAY_LATER = "pay_later"


class Instrument(enum.StrEnum):
    """Stored value of our own issue. Amounts of `POINTS` are points, those of all others minor units."""

    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    VOUCHER = "voucher"
    POINTS = "points"
