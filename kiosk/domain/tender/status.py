"""What has become of one payment over its life: authorised, captured, voided, refunded, disputed; never below zero."""

from __future__ import annotations

import enum

import msgspec
from msgspec.structs import replace


class PaymentState(enum.StrEnum):
    """Where a payment stands, as an order shows it."""

    NONE = "none"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    VOIDED = "voided"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


class Happened(enum.StrEnum):
    """What a provider or a lane reports of a payment."""

    AUTHORISED = "authorised"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    CHARGE_BACK_WON = "charge_back_won"


class PaymentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One report; `event` is its id, and one that was heard before changes nothing. `amount_minor` > 0."""

    event: str
    what: Happened
    amount_minor: int


class PaymentStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one attempt in minor units; always refunded + charged back <= captured <= authorised."""

    attempt: str
    authorised_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    charged_back_minor: int = 0
    voided: bool = False
    heard: frozenset[str] = frozenset()

    @property
    def refundable_minor(self) -> int:
        """The most that may still be refunded; what the bank took back is not refunded a second time."""
        return self.captured_minor - self.refunded_minor - self.charged_back_minor

    @property
    def state(self) -> PaymentState:
        """The one word for it."""
        if self.voided:
            return PaymentState.VOIDED
        if self.charged_back_minor:
            return PaymentState.CHARGED_BACK
        if self.refunded_minor:
            whole = self.refunded_minor == self.captured_minor
            return PaymentState.REFUNDED if whole else PaymentState.PARTLY_REFUNDED
        if self.captured_minor:
            return PaymentState.CAPTURED
        return PaymentState.AUTHORISED if self.authorised_minor else PaymentState.NONE


class Impossible(msgspec.Struct, frozen=True, kw_only=True):
    """A report that cannot be true of this payment; a person has to look at it."""

    attempt: str
    event: str
    detail: str


def after(status: PaymentStatus, event: PaymentEvent) -> PaymentStatus | Impossible:
    """The payment after a report. Reports are told in the order in which they happened."""
    if event.event in status.heard:
        return status
    if event.amount_minor <= 0:
        return Impossible(attempt=status.attempt, event=event.event, detail="an amount above zero is missing")
    changed = replace(_changed(status, event), heard=status.heard | {event.event})
    wrong = _wrong(changed)
    return Impossible(attempt=status.attempt, event=event.event, detail=wrong) if wrong else changed


def _changed(status: PaymentStatus, event: PaymentEvent) -> PaymentStatus:
    amount = event.amount_minor
    match event.what:
        case Happened.AUTHORISED:
            return replace(status, authorised_minor=status.authorised_minor + amount)
        case Happened.CAPTURED:
            return replace(status, captured_minor=status.captured_minor + amount)
        case Happened.VOIDED:
            return replace(status, voided=True)
        case Happened.REFUNDED:
            return replace(status, refunded_minor=status.refunded_minor + amount)
        case Happened.CHARGED_BACK:
            return replace(status, charged_back_minor=status.charged_back_minor + amount)
        case Happened.CHARGE_BACK_WON:
            return replace(status, charged_back_minor=status.charged_back_minor - amount)


def _wrong(status: PaymentStatus) -> str:
    if status.voided and (status.captured_minor or status.refunded_minor):
        return "a voided payment was captured or refunded"
    if status.captured_minor > status.authorised_minor:
        return "more was captured than authorised"
    if status.charged_back_minor < 0:
        return "more disputes were won than there were"
    if status.refundable_minor < 0:
        return "more went back than was captured"
    return ""
