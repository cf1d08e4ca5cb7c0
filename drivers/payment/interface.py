"""The payment-terminal category: every request ends in exactly one outcome, and `Unknown` is one of them.

No card number, track or PIN ever enters the process: amounts, our reference, an outcome and a masked number do.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Attendance(enum.StrEnum):
    """Whether a terminal may stand without staff beside it; an unattended lane refuses `ATTENDED`."""

    ATTENDED = "attended"
    SEMI_ATTENDED = "semi_attended"
    UNATTENDED = "unattended"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """`reference` is ours and unique for ever; `amount_minor` is in the minor unit of `currency` (ISO 4217 letters)."""

    reference: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class CardDetails:
    """What a receipt and a reconciliation need. `masked_pan` shows four digits at most.

    `terminal_reference` is the terminal's own id of the transaction, where it is a text and no number.
    """

    terminal_id: str
    receipt_number: int
    trace_number: int
    masked_pan: str = ""
    card_name: str = ""
    authorisation_code: str = ""
    terminal_reference: str = ""


class ReceiptKind(enum.StrEnum):
    """Whom a receipt that a terminal sent is for; UNNAMED where it did not say."""

    UNNAMED = "unnamed"
    MERCHANT = "merchant"
    CUSTOMER = "customer"
    ADMINISTRATION = "administration"


@dataclass(frozen=True, slots=True)
class TerminalReceipt:
    """A receipt as the terminal words it, line by line, without its sizes and positions.

    Whatever in it looks like a card number is masked down to its last four digits.
    """

    kind: ReceiptKind
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approved:
    """The terminal has charged `amount_minor` for `reference`. `receipts`: what it sent to be printed, if anything."""

    device: str
    reference: str
    amount_minor: int
    card: CardDetails
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """Not charged. `code` is the terminal's result code; `reason` is one of the words in `DeclineReason`."""

    device: str
    reference: str
    reason: DeclineReason
    code: str = ""
    receipts: tuple[TerminalReceipt, ...] = ()


class DeclineReason(enum.StrEnum):
    """Why nothing was charged."""

    DECLINED = "declined"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    UNAVAILABLE = "unavailable"
    NOT_CHARGED = "not_charged"


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request was sent and its outcome is not known. Never tried again as a new charge: ask with `enquire`."""

    device: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reversed:
    """The charge of `reference` has been taken back."""

    device: str
    reference: str


@dataclass(frozen=True, slots=True)
class NotReversed:
    """The charge of `reference` still stands (or may); a person has to settle it."""

    device: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentProgress:
    """What the terminal is waiting for, for the screen: "insert_card", "enter_pin", "remove_card", "processing".

    `text` is the terminal's own wording, or that of its protocol's manual in the language of the settings; "" if none.
    """

    device: str
    reference: str
    step: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class TerminalInfo:
    """What a terminal said of itself after opening and after each outcome.

    `last_receipt_number` is that of its last transaction (None: it has none). It is recorded with an attempt before
    the attempt is made, so that `enquire` can tell this charge from an older one.
    """

    device: str
    terminal_id: str
    last_receipt_number: int | None


@dataclass(frozen=True, slots=True)
class Refunded:
    """The terminal has paid `amount_minor` out to a card for `reference`."""

    device: str
    reference: str
    amount_minor: int
    card: CardDetails
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class NotRefunded:
    """Nothing was paid out. `code` is the terminal's result code."""

    device: str
    reference: str
    reason: DeclineReason
    code: str = ""
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class CardTotal:
    """What one kind of card came to: `count` transactions, `amount_minor` in all."""

    card_name: str
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class DayEnded:
    """The terminal has closed its day and handed it to its host. `request` is that of the call.

    None and () stand for what it did not tell; a terminal that had nothing to close tells none of it.
    """

    device: str
    request: str
    total_minor: int | None = None
    first_receipt_number: int | None = None
    last_receipt_number: int | None = None
    totals: tuple[CardTotal, ...] = ()
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class DayNotEnded:
    """The day is not closed, or it is not known whether it is; `reason` says which, for a person."""

    device: str
    request: str
    reason: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What came of a diagnosis or an initialisation; `text` for a technician, `receipts` what the terminal told."""

    device: str
    request: str
    passed: bool
    text: str
    receipts: tuple[TerminalReceipt, ...] = ()


class Question(enum.StrEnum):
    """What staff is asked about a terminal that has no link to the lane."""

    CHARGE = "charge"
    WAS_CHARGED = "was_charged"
    REVERSE = "reverse"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class StaffConfirmationNeeded:
    """Staff has to key `amount_minor` in at a terminal without a link, and `confirm` what came of it.

    `WAS_CHARGED` asks about an earlier charge: nothing may be keyed in for it.
    """

    device: str
    reference: str
    question: Question
    amount_minor: int
    currency: str


PaymentOutcome = Approved | Declined | Unknown
RefundOutcome = Refunded | NotRefunded | Unknown


class PaymentTerminal(Protocol):
    """A payment terminal. Called on the device's thread, except `abort`."""

    @property
    def attendance(self) -> Attendance:
        """What kind of lane this terminal may stand in."""
        ...

    def authorise(self, request: PaymentRequest) -> PaymentOutcome:
        """Charge. `Unknown` for every failure after the first byte was sent that is no answer; never raises."""
        ...

    def enquire(self, request: PaymentRequest, receipt_number: int | None) -> PaymentOutcome:
        """Ask what became of `request` without charging: `Approved`, `Declined(NOT_CHARGED)` or still `Unknown`.

        `receipt_number` is the terminal's last receipt number known *before* the request (None: not known), so an
        older charge of the same amount is not taken for this one.
        """
        ...

    def reverse(self, request: PaymentRequest, receipt_number: int) -> Reversed | NotReversed:
        """Take the charge with the terminal's `receipt_number` back."""
        ...

    def abort(self) -> None:
        """Ask the terminal to stop waiting for a card. Called from another thread; the outcome still comes."""
        ...


class TerminalServices(Protocol):
    """What a terminal can do besides charging. Called on the device's thread; none of it charges, none raises."""

    def refund(self, request: PaymentRequest) -> RefundOutcome:
        """Pay out to a card, once. `Unknown` for every failure after the first byte was sent; never tried again."""
        ...

    def end_of_day(self, request: str) -> DayEnded | DayNotEnded:
        """Close the terminal's day; `request` is ours, to know the answer by."""
        ...

    def diagnose(self, request: str) -> Diagnosed:
        """Have the terminal check itself and the way to its host. Starts no transaction."""
        ...


class StaffConfirmed(Protocol):
    """A terminal whose outcomes come from staff."""

    def confirm(self, reference: str, *, approved: bool, operator: str, slip_number: int = 0) -> bool:
        """Say what staff saw at the terminal. False, and nothing is changed, where it cannot be taken.

        Only while `reference` is asked about, and only with the id of the `operator` who answers for it.
        `slip_number` is the number on the terminal's slip, of eight digits at most. From any thread.
        """
        ...


class TerminalOutput(Protocol):
    """A terminal whose display and printer can be used. Called on the device's thread, while no payment is running.

    False where the terminal would not do it; `DeviceError` where it cannot be reached or does not answer.
    """

    def display(self, lines: Sequence[str]) -> bool:
        """Show lines to the shopper until the terminal has something of its own to show."""
        ...

    def print_receipt(self, text: str) -> bool:
        """Print a text, line by line."""
        ...
