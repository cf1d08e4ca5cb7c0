"""The payment-terminal category: every request ends in exactly one outcome, and `Unknown` is one of them.

No card number, track or PIN ever enters the process: amounts, our reference, an outcome and a masked number do.
"""

from __future__ import annotations

import enum
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
    """What a receipt and a reconciliation need. `masked_pan` shows four digits at most."""

    terminal_id: str
    receipt_number: int
    trace_number: int
    masked_pan: str = ""
    card_name: str = ""
    authorisation_code: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """The terminal has charged `amount_minor` for `reference`."""

    device: str
    reference: str
    amount_minor: int
    card: CardDetails


@dataclass(frozen=True, slots=True)
class Declined:
    """Not charged. `code` is the terminal's result code; `reason` is one of the words in `DeclineReason`."""

    device: str
    reference: str
    reason: DeclineReason
    code: str = ""


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
    """What the terminal is waiting for, for the screen: "insert_card", "enter_pin", "remove_card", "processing"."""

    device: str
    reference: str
    step: str


@dataclass(frozen=True, slots=True)
class TerminalInfo:
    """What a terminal said of itself after opening and after each outcome.

    `last_receipt_number` is that of its last transaction (None: it has none). It is recorded with an attempt before
    the attempt is made, so that `enquire` can tell this charge from an older one.
    """

    device: str
    terminal_id: str
    last_receipt_number: int | None


PaymentOutcome = Approved | Declined | Unknown


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
