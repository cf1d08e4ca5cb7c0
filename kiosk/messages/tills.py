"""Entries of cash accountability and of who did it: sign-on, shifts, cash moved, counts, reports, training."""

from __future__ import annotations

import msgspec


class SignedOn(msgspec.Struct, frozen=True, kw_only=True, tag="signed_on"):
    """An operator signed on. `method`: badge, nfc, pin, badge_and_pin. `offline`: against the local verifier."""

    operator: str
    roles: tuple[str, ...]
    method: str
    offline: bool = False


class SignedOff(msgspec.Struct, frozen=True, kw_only=True, tag="signed_off"):
    """An operator signed off; `reason`: person, idle, badge_removed, switched, expired, restart."""

    operator: str
    reason: str


class SignOnRefused(msgspec.Struct, frozen=True, kw_only=True, tag="sign_on_refused"):
    """A sign-on that failed. `operator` "" where nobody knows who it was.

    `reason`: unknown, pin, locked_out, expired.
    """

    operator: str
    method: str
    reason: str


class ShiftOpened(msgspec.Struct, frozen=True, kw_only=True, tag="shift_opened"):
    """A shift began on a till. `shift` names it for ever; `float_minor` is the cash in the drawer then."""

    shift: str
    till: str
    operator: str
    business_day: str
    currency: str
    float_minor: int = 0
    training: bool = False


class CashMoved(msgspec.Struct, frozen=True, kw_only=True, tag="cash_moved"):
    """Cash that came or went without a sale. `movement`: loan, pickup, paid_in, paid_out, safe_drop, bank_drop.

    `amount_minor` > 0 as counted; its direction is in the word. `approved_by` is the second person if one was needed.
    """

    shift: str
    till: str
    movement: str
    amount_minor: int
    reason: str
    operator: str
    approved_by: str = ""
    number: int = 0


class DrawerOpened(msgspec.Struct, frozen=True, kw_only=True, tag="drawer_opened"):
    """The drawer was opened. `cause`: sale, refund, no_sale, loan, pickup, paid_in, paid_out, count, forced."""

    till: str
    cause: str
    operator: str
    reason: str = ""
    sequence_number: int = 0


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of one kind of tender: `pieces` of each denomination for cash, or a sum."""

    tender: str
    amount_minor: int
    denominations: dict[str, int] = {}


class ShiftCounted(msgspec.Struct, frozen=True, kw_only=True, tag="shift_counted"):
    """A count, taken without showing what was expected (`blind`). The last one before the settlement counts."""

    shift: str
    till: str
    operator: str
    counts: tuple[Counted, ...]
    blind: bool = True


class ShiftSuspended(msgspec.Struct, frozen=True, kw_only=True, tag="shift_suspended"):
    """A shift was parked with its till insert; it goes on where it is resumed, on this workstation or another.

    `carried` is what it should hold then, by kind of tender: no count, and never shown to who counts.
    """

    shift: str
    till: str
    operator: str
    business_day: str
    currency: str
    carried: tuple[Counted, ...]
    training: bool = False


class ShiftResumed(msgspec.Struct, frozen=True, kw_only=True, tag="shift_resumed"):
    """A parked shift goes on at `till`. `from_workstation` and `carried` where it was parked at another workstation."""

    shift: str
    till: str
    operator: str
    business_day: str
    currency: str
    from_workstation: str = ""
    carried: tuple[Counted, ...] = ()
    training: bool = False


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of tender at the end of a shift: `difference_minor` = counted - expected."""

    tender: str
    expected_minor: int
    counted_minor: int
    difference_minor: int


class ShiftSettled(msgspec.Struct, frozen=True, kw_only=True, tag="shift_settled"):
    """A shift is over. `approved_by` is the second person where a difference was beyond what one may accept alone."""

    shift: str
    till: str
    operator: str
    settlements: tuple[Settlement, ...]
    approved_by: str = ""


class ReportTaken(msgspec.Struct, frozen=True, kw_only=True, tag="report_taken"):
    """An X or Z report. `number` counts Z reports of the workstation without a gap; an X report carries the next one.

    `from_position` and `to_position` are the entries of the ledger it covers; `report` is the report itself, JSON as it
    was printed, so that a reprint needs no reckoning.
    """

    report_kind: str
    number: int
    business_day: str
    operator: str
    from_position: int
    to_position: int
    report: str


class NumbersRestored(msgspec.Struct, frozen=True, kw_only=True, tag="numbers_restored"):
    """After a lost disk: the highest numbers headquarters knows of this workstation; ours go on behind them.

    The totals are the running sums that its Z reports carry, in minor units.
    """

    sequence_number: int
    z_number: int
    shifts: int
    sales_minor: int
    returns_minor: int


class TrainingStarted(msgspec.Struct, frozen=True, kw_only=True, tag="training_started"):
    """From here on sales are for practice."""

    operator: str


class TrainingEnded(msgspec.Struct, frozen=True, kw_only=True, tag="training_ended"):
    """Sales count again."""

    operator: str


class PriceOverridden(msgspec.Struct, frozen=True, kw_only=True, tag="price_overridden"):
    """A price was set by hand, per piece or kilogram, and approved by a second person."""

    sequence_number: int
    line: int
    sku: str
    from_minor: int
    to_minor: int
    reason: str
    operator: str
    approved_by: str


class StoredValueChanged(msgspec.Struct, frozen=True, kw_only=True, tag="stored_value_changed"):
    """Value put on or taken off a gift card, store credit, voucher or points account outside or inside a sale.

    `change`: issued, topped_up, redeemed, reversed, expired. `change_minor` < 0 where value went; for points
    it counts points. `account` is a keyed
    hash. `request` makes the change countable once at headquarters; `offline` as in the tender.
    """

    request: str
    instrument: str
    account: str
    change: str
    change_minor: int
    sequence_number: int = 0
    offline: bool = False
    valid_until: str = ""
