"""What a ledger entry can hold: every business fact of a lane, one record a kind.

The tag of a record is the `kind` of its entry. Amounts are minor units, weights grams, times RFC 3339 UTC.
Kinds are only ever added; a reader quarantines a kind it does not know, it never drops one.
"""

from __future__ import annotations

import msgspec

from kiosk.messages.tenders import Tender
from kiosk.messages.tills import (
    CashMoved,
    DrawerOpened,
    NumbersRestored,
    PriceOverridden,
    ReportTaken,
    ShiftCounted,
    ShiftOpened,
    ShiftResumed,
    ShiftSettled,
    ShiftSuspended,
    SignedOff,
    SignedOn,
    SignOnRefused,
    StoredValueChanged,
    TrainingEnded,
    TrainingStarted,
)


class DiscountGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What a promotion took off a line (> 0; < 0 where goods are returned); `order`: the line's share of an order's."""

    promotion: str
    name: str
    amount_minor: int
    order: bool = False


class TaxGiven(msgspec.Struct, frozen=True, kw_only=True):
    """One tax of a line that has several, or that is not in the shelf price."""

    tax_code: str
    tax_rate_ppm: int
    base_minor: int
    tax_minor: int
    exempt: bool = False


class ReturnOf(msgspec.Struct, frozen=True, kw_only=True):
    """Which line of which sale comes back, why, and what becomes of the goods: resell, damaged, vendor.

    Without a receipt the key is empty: store_id "" and sequence_number 0.
    """

    store_id: str
    workstation_id: str
    sequence_number: int
    line: int
    reason: str
    disposition: str


class SaleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as sold. `grams` is the net weight of a weighed good, else 0.

    `unit_price_minor` is per piece, or per kilogram where `grams` is set; `price_id` names the price it is from (""
    list price). `amount_minor` is what is paid for the line: after all `discounts`, taxes included. A line that comes
    back (`returned`) has quantity, grams and amounts below zero. `linked_to` is the line a deposit belongs to. `taxes`
    are empty where one tax, `tax_code`, is in the price.
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
    tax_rate_ppm: int
    code: str = ""
    linked_to: int | None = None
    price_id: str = ""
    discounts: tuple[DiscountGiven, ...] = ()
    taxes: tuple[TaxGiven, ...] = ()
    returned: ReturnOf | None = None
    serial_number: str = ""
    lot: str = ""
    department: str = ""


class TaxTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Tax of all lines at one rate: `gross_minor` = `net_minor` + `tax_minor`."""

    tax_code: str
    tax_rate_ppm: int
    gross_minor: int
    net_minor: int
    tax_minor: int


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
    """A finished transaction: goods sold, goods returned, or both.

    `total_minor` is the sum of the lines, and with `rounding_minor` (of cash) the sum of the tenders; below zero money
    was given back. `training` sales touch no stock, no fiscal unit and no total. `customer_id` is a number, no name.
    """

    sequence_number: int
    business_day: str
    started_at: str
    currency: str
    language: str
    lines: tuple[SaleLine, ...]
    taxes: tuple[TaxTotal, ...]
    tenders: tuple[Tender, ...]
    total_minor: int
    catalog_version: int
    rounding_minor: int = 0
    training: bool = False
    operator: str = ""
    shift: str = ""
    customer_id: str = ""
    tax_exemption: str = ""
    coupons: tuple[str, ...] = ()


class TransactionCancelled(msgspec.Struct, frozen=True, kw_only=True, tag="transaction_cancelled"):
    """A transaction ended without a sale; its number stays used.

    `reason`: shopper, attendant, idle, or lost (with the lane's state; its lines are then not known).
    """

    sequence_number: int
    reason: str
    lines: tuple[SaleLine, ...]
    operator: str = ""


class AttentionDecided(msgspec.Struct, frozen=True, kw_only=True, tag="attention_decided"):
    """A person solved one item of the attention list before payment. The decision is kept, no date of birth ever.

    `matter`: age, quantity, not_for_sale, recalled, expired, best_before, lot, serial_number, price, coupon, weight,
    security_tag, value, warranty, audit, return.
    Also second_person: `operator` approved what the attendant asked for (`reason`).
    `decision`: approved or refused. `operator` is "" where a rule decided; `line` 0 where it is about the whole basket.
    """

    sequence_number: int
    matter: str
    decision: str
    line: int = 0
    operator: str = ""
    reason: str = ""
    value: str = ""


class FiscalReceipt(msgspec.Struct, frozen=True, kw_only=True, tag="fiscal_receipt"):
    """A receipt of the fiscal chain; see `kiosk.domain.fiscal.interface` for `kind`, `number`, `at` and `record`.

    `system`: rksv. `sequence_number` is the sale's, 0 for a receipt without one. `code` is what is printed as a QR
    code, `notices` what the law wants said; `failed`: the signature unit did not answer, and both say so.
    `certificate` is the unit's (DER in base64), on the first receipt that it signs.
    """

    system: str
    kind: str
    number: str
    at: str
    record: str
    code: str
    notices: tuple[str, ...] = ()
    failed: bool = False
    certificate: str = ""
    sequence_number: int = 0


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
    | AttentionDecided
    | PriceOverridden
    | PaymentAttempt
    | PaymentResult
    | StoredValueChanged
    | Sale
    | TransactionCancelled
    | FiscalReceipt
    | SignedOn
    | SignedOff
    | SignOnRefused
    | ShiftOpened
    | CashMoved
    | DrawerOpened
    | ShiftSuspended
    | ShiftResumed
    | ShiftCounted
    | ShiftSettled
    | ReportTaken
    | NumbersRestored
    | TrainingStarted
    | TrainingEnded
    | ExceptionRaised
)


def kind_of(content: Content) -> str:
    """The entry kind of a content record, e.g. "sale"."""
    return str(type(content).__struct_config__.tag)
