"""What a ledger entry can hold: every business fact of a lane, one record a kind.

The tag of a record is the `kind` of its entry. Amounts are minor units, weights grams, times RFC 3339 UTC.
Kinds are only ever added; a reader quarantines a kind it does not know, it never drops one.
"""

from __future__ import annotations

import msgspec


class SaleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as sold. `amount_minor` includes tax; `grams` is the net weight of a weighed good, else 0.

    `unit_price_minor` is per piece, or per kilogram where `grams` is set. `linked_to` is the line a deposit belongs to.
    """

    line: int
    sku: str
    name: str
    quantity: int
    grams: int = 0
    tare_grams: int = 0
    unit_price_minor: int
    amount_minor: int
    tax_code: str
    tax_rate_bp: int
    code: str = ""
    linked_to: int | None = None


class TaxTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Tax of all lines at one rate: `gross_minor` = `net_minor` + `tax_minor`."""

    tax_code: str
    tax_rate_bp: int
    gross_minor: int
    net_minor: int
    tax_minor: int


class CardTender(msgspec.Struct, frozen=True, kw_only=True):
    """A card payment as applied to a sale. `masked_pan` shows four digits at most."""

    attempt: str
    amount_minor: int
    terminal_id: str
    receipt_number: int
    trace_number: int
    masked_pan: str = ""
    card_name: str = ""
    authorisation_code: str = ""


class EpochOpened(msgspec.Struct, frozen=True, kw_only=True, tag="epoch_opened"):
    """First entry of every epoch. `previous_epoch` and `previous_head` are "" for a new device."""

    reason: str
    previous_epoch: str = ""
    previous_position: int = 0
    previous_head: str = ""


class LaneOpened(msgspec.Struct, frozen=True, kw_only=True, tag="lane_opened"):
    """An attendant opened the lane for selling."""

    operator: str
    business_day: str


class LaneClosed(msgspec.Struct, frozen=True, kw_only=True, tag="lane_closed"):
    """An attendant closed the lane."""

    operator: str


class LineVoided(msgspec.Struct, frozen=True, kw_only=True, tag="line_voided"):
    """A line was struck from an open transaction, by the shopper ("") or by an attendant."""

    sequence_number: int
    line: SaleLine
    operator: str = ""


class AgeApproved(msgspec.Struct, frozen=True, kw_only=True, tag="age_approved"):
    """An attendant decided that the shopper is old enough. The decision is kept, no date of birth ever."""

    sequence_number: int
    minimum_age: int
    operator: str


class PaymentAttempt(msgspec.Struct, frozen=True, kw_only=True, tag="payment_attempt"):
    """On disk before the terminal is asked. `receipt_before` is the terminal's last receipt number then."""

    attempt: str
    sequence_number: int
    amount_minor: int
    currency: str
    receipt_before: int | None = None


class PaymentResult(msgspec.Struct, frozen=True, kw_only=True, tag="payment_result"):
    """What became of an attempt.

    `outcome`: approved, declined, cancelled, timed_out, unavailable, not_charged, unknown, reversed, not_reversed.
    An attempt may pass through unknown and approved to reversed; the last result counts.
    """

    attempt: str
    outcome: str
    amount_minor: int = 0
    terminal_id: str = ""
    receipt_number: int = 0
    trace_number: int = 0
    code: str = ""


class Sale(msgspec.Struct, frozen=True, kw_only=True, tag="sale"):
    """A finished sale. `total_minor` is the sum of the lines and the sum of the tenders."""

    sequence_number: int
    business_day: str
    started_at: str
    currency: str
    language: str
    lines: tuple[SaleLine, ...]
    taxes: tuple[TaxTotal, ...]
    tenders: tuple[CardTender, ...]
    total_minor: int
    catalog_version: int


class TransactionCancelled(msgspec.Struct, frozen=True, kw_only=True, tag="transaction_cancelled"):
    """A transaction ended without a sale; its number stays used.

    `reason`: shopper, attendant, idle, or lost (with the lane's state; its lines are then not known).
    """

    sequence_number: int
    reason: str
    lines: tuple[SaleLine, ...]
    operator: str = ""


class ExceptionRaised(msgspec.Struct, frozen=True, kw_only=True, tag="exception_raised"):
    """Something a person has to settle. `owner` is a role: attendant, finance, it."""

    code: str
    owner: str
    detail: str
    sequence_number: int = 0


Content = (
    EpochOpened
    | LaneOpened
    | LaneClosed
    | LineVoided
    | AgeApproved
    | PaymentAttempt
    | PaymentResult
    | Sale
    | TransactionCancelled
    | ExceptionRaised
)


def kind_of(content: Content) -> str:
    """The entry kind of a content record, e.g. "sale"."""
    return str(type(content).__struct_config__.tag)
