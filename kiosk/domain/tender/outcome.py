"""What an offer of payment can come to, and what the world answers to an ask: values, each with its own name."""

from __future__ import annotations

import enum

import msgspec

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.records import CardFacts


class Reason(enum.StrEnum):
    """Why a tender was refused."""

    NOTHING_DUE = "nothing_due"
    BUSY = "busy"
    NOT_TAKEN = "not_taken"
    ATTENDED_ONLY = "attended_only"
    ONLINE_ONLY = "online_only"
    TOO_MANY = "too_many"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"
    OVER_TENDER = "over_tender"
    NOT_ELIGIBLE = "not_eligible"
    CASH_LAST = "cash_last"
    CURRENCY = "currency"
    EXPIRED = "expired"
    EMPTY = "empty"
    USED_ALREADY = "used_already"
    NOT_YOURS = "no_such_tender"
    MORE_THAN_PAID = "more_than_paid"
    SNAPSHOT_OLD = "snapshot_old"
    UNKNOWN_ACCOUNT = "unknown_account"
    BLOCKED = "blocked"
    CARD_LIMIT = "card_limit"
    DEVICE_LIMIT = "device_limit"
    DAY_LIMIT = "day_limit"
    OFFLINE_OFF = "offline_off"


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing has changed. `sentence` is for the shopper; `limit_minor` is what would be possible, where that helps."""

    reason: Reason
    sentence: str
    remedy: str
    limit_minor: int | None = None


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """`attended`: staff stands at the lane. `today` is the business day, an ISO date."""

    attended: bool
    online: bool
    today: str


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """`amount_minor` was charged, redeemed or given back for `attempt`; maybe less than was asked.

    For single-use value it is the value that was used up. `reference` is a wallet provider's.
    """

    attempt: str
    amount_minor: int
    card: CardFacts | None = None
    balance_minor: int | None = None
    reference: str = ""


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was charged."""

    attempt: str
    reason: str


class InDoubt(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody knows yet. The ask stays open, and nothing else is asked until it is known."""

    attempt: str


class Reversed(msgspec.Struct, frozen=True, kw_only=True):
    """What `attempt` charged has been given back."""

    attempt: str


class NotReversed(msgspec.Struct, frozen=True, kw_only=True):
    """What `attempt` charged still stands, or may."""

    attempt: str
    reason: str


Answer = Approved | Declined | InDoubt | Reversed | NotReversed


class Reverse(msgspec.Struct, frozen=True, kw_only=True, tag="reverse"):
    """To do: give back what `attempt` charged; answered by `Reversed` or `NotReversed`.

    `kind` is None for an attempt that this settlement never made; the ledger knows it.
    """

    attempt: str
    kind: TenderKind | None
    amount_minor: int


class GiveBack(msgspec.Struct, frozen=True, kw_only=True, tag="give_back"):
    """To do: hand so much cash back out of the drawer, in the currency of the transaction."""

    amount_minor: int


class Trouble(msgspec.Struct, frozen=True, kw_only=True, tag="trouble"):
    """To do: an exception entry; the fields are those of `ExceptionRaised`."""

    code: str
    owner: str
    detail: str


Effect = Reverse | GiveBack | Trouble
