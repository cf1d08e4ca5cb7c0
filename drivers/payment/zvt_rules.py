"""What a ZVT dialogue means for money: pure rules from what was said to an outcome, in doubt always `Unknown`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.payment.interface import (
    Approved,
    CardDetails,
    Declined,
    DeclineReason,
    NotRefunded,
    NotReversed,
    PaymentOutcome,
    PaymentRequest,
    Refunded,
    RefundOutcome,
    Reversed,
    Unknown,
)
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_receipts import receipts
from drivers.payment.zvt_records import Abort, Completion, StatusInformation

# PA00P015 chapter 10, result codes.
OK: Final = 0x00
NOT_REGISTERED: Final = 0x6B
ABORTED: Final = 0x6C
WRONG_CURRENCY: Final = 0x6F
NO_ANSWER: Final = 0x7D
NOT_POSSIBLE: Final = 0x83
DIAL_UP_FAULT: Final = 0x9B
BUSY: Final = 0x9C
RECEIVER_NOT_READY: Final = 0xA0
REMOTE_SILENT: Final = 0xA1
NO_CONNECTION: Final = 0xA3
ALREADY_REVERSED: Final = 0xB4
REMOTE_MAINTENANCE: Final = 0xE0

# A terminal that says one of these will say something else later: no reason to call for a person yet.
PASSING: Final = frozenset(
    {BUSY, DIAL_UP_FAULT, RECEIVER_NOT_READY, REMOTE_SILENT, NO_CONNECTION, NO_ANSWER, REMOTE_MAINTENANCE}
)
_REASONS: Final = {
    ABORTED: DeclineReason.CANCELLED,
    NO_ANSWER: DeclineReason.TIMED_OUT,
    REMOTE_SILENT: DeclineReason.TIMED_OUT,
    **dict.fromkeys(
        (NOT_REGISTERED, WRONG_CURRENCY, NOT_POSSIBLE, DIAL_UP_FAULT, BUSY, RECEIVER_NOT_READY, NO_CONNECTION),
        DeclineReason.UNAVAILABLE,
    ),
    REMOTE_MAINTENANCE: DeclineReason.UNAVAILABLE,
}

# PA00P015 table of intermediate statuses. The shopper's screen needs few words; the rest is on the terminal's own.
_STEPS: Final = {
    **dict.fromkeys((0x0A, 0x2A), "insert_card"),
    **dict.fromkeys((0x01, 0x02, 0x15), "enter_pin"),
    **dict.fromkeys((0x0B, *range(0x41, 0x68)), "remove_card"),
    **dict.fromkeys((0x04, 0x05, 0x06, 0x2B, 0x68, 0xD2, 0xD3, 0xF1, 0xF2, 0xF3), "processing"),
    **dict.fromkeys((0x00, 0x26, 0x27, 0x28, 0x29, 0x2C, 0x69, 0xE0, 0xE1), "follow_terminal"),
}

RECEIPT_NUMBERS: Final = 10_000

CONTRADICTION: Final = "The terminal contradicted itself about the result."


def step_of(code: int) -> str:
    """Screen word of an intermediate status: insert_card enter_pin remove_card processing follow_terminal wait."""
    return _STEPS.get(code, "wait")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was moved: why, and the terminal's code, "" where it gave none."""

    reason: DeclineReason
    code: str = ""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """What is so at the terminal cannot be learnt, and why."""

    reason: str


def charged(dialogue: Dialogue, request: PaymentRequest, device: str, terminal_id: str) -> PaymentOutcome:
    """What became of an authorisation (06 01); see `verdict` for what counts as what."""
    printed = receipts(dialogue.printed)
    match verdict(dialogue, request.amount_minor):
        case StatusInformation() as status:
            card = card_details(status, terminal_id)
            return Approved(device, request.reference, request.amount_minor, card, printed)
        case Refusal(reason, code):
            return Declined(device, request.reference, reason, code, printed)
        case NotKnown(reason):
            return Unknown(device, request.reference, reason)


def paid_out(dialogue: Dialogue, request: PaymentRequest, device: str, terminal_id: str) -> RefundOutcome:
    """What became of a refund (06 31); see `verdict` for what counts as what."""
    printed = receipts(dialogue.printed)
    match verdict(dialogue, request.amount_minor):
        case StatusInformation() as status:
            card = card_details(status, terminal_id)
            return Refunded(device, request.reference, request.amount_minor, card, printed)
        case Refusal(reason, code):
            return NotRefunded(device, request.reference, reason, code, printed)
        case NotKnown(reason):
            return Unknown(device, request.reference, reason)


def verdict(dialogue: Dialogue, amount_minor: int) -> StatusInformation | Refusal | NotKnown:
    """What became of a command that moves `amount_minor`.

    Done needs both: only results 00, for the amount asked for, and the completion after them. A refusal is one before
    anything began, or a last word with no result 00 before it. All else is not known.
    """
    if dialogue.contradicted:
        return NotKnown(CONTRADICTION)
    if dialogue.refused is not None:
        return Refusal(DeclineReason.UNAVAILABLE, f"{dialogue.refused:02X}")
    if dialogue.ended is None or not dialogue.begun:
        return NotKnown(dialogue.broken or "The terminal gave no answer.")
    results = {status.result_code for status in dialogue.statuses}
    if results == {OK} and isinstance(dialogue.ended, Completion):
        if dialogue.statuses[-1].amount_minor not in (None, amount_minor):
            return NotKnown("The terminal approved another amount than it was asked for.")
        return dialogue.statuses[-1]
    if results & {OK, None} or dialogue.refusal == OK:
        return NotKnown(CONTRADICTION)
    return _refusal(dialogue)


def _refusal(dialogue: Dialogue) -> Refusal | NotKnown:
    code = dialogue.statuses[-1].result_code if dialogue.statuses else dialogue.refusal
    if code is None:
        ended = isinstance(dialogue.ended, Abort)
        return Refusal(DeclineReason.DECLINED) if ended else NotKnown("The terminal ended without a result.")
    if dialogue.timed_out and code == ABORTED:
        return Refusal(DeclineReason.TIMED_OUT, f"{code:02X}")
    return Refusal(_REASONS.get(code, DeclineReason.DECLINED), f"{code:02X}")


def card_details(status: StatusInformation, terminal_id: str) -> CardDetails:
    """What the receipt needs; 0 for a number that the terminal did not give."""
    return CardDetails(
        terminal_id=status.terminal_id or terminal_id,
        receipt_number=status.receipt_number or 0,
        trace_number=status.trace_number or 0,
        masked_pan=status.masked_pan,
        card_name=status.card_name,
        authorisation_code=status.authorisation_code,
    )


@dataclass(frozen=True, slots=True)
class NoTransaction:
    """The terminal has carried out the question and has no transaction at all."""


LastTransaction = StatusInformation | NoTransaction | NotKnown


def last_transaction(dialogue: Dialogue) -> LastTransaction:
    """What repeat receipt (06 20) told of the terminal's last transaction.

    A terminal that took the command on and then found nothing ends with 06 1E 83. One that answers 84 83 does not
    know the command at all: that says nothing about its transactions.
    """
    if dialogue.contradicted:
        return NotKnown(CONTRADICTION)
    if isinstance(dialogue.ended, Completion) and dialogue.statuses:
        return dialogue.statuses[-1]
    if dialogue.begun and dialogue.refusal == NOT_POSSIBLE and not dialogue.statuses:
        return NoTransaction()
    if dialogue.refusal is not None:
        return NotKnown(f"The terminal does not tell its last transaction (code {dialogue.refusal:02X}).")
    return NotKnown(dialogue.broken or "The terminal told nothing of its last transaction.")


def settle(last: LastTransaction, request: PaymentRequest, before: int | None, device: str) -> PaymentOutcome:
    """What became of an earlier `request`, by the terminal's last transaction and the last receipt number `before` it.

    `before` is None where it is not known, 0 where it is known that the terminal had no transaction yet.

    =====================================================  =================================
    last transaction                                       outcome
    =====================================================  =================================
    none, and `before` is None or 0                        `Declined(NOT_CHARGED)`
    its number is `before` (not 0)                         `Declined(NOT_CHARGED)`
    newer than `before`, same amount, result 00, charge    `Approved`
    anything else, and anything where `before` is None     `Unknown`
    =====================================================  =================================

    "Newer" is up to half of the 10,000 numbers ahead, so 9999 -> 1 is newer and a counter that was set back is not.
    """
    not_charged = Declined(device, request.reference, DeclineReason.NOT_CHARGED)
    if isinstance(last, NoTransaction):
        return _doubt(device, request, "The terminal has lost its transactions.") if before else not_charged
    if isinstance(last, NotKnown):
        return _doubt(device, request, last.reason)
    if before is None:
        return _doubt(device, request, "The terminal's receipt number before this payment is not known.")
    if before and last.receipt_number == before:
        return not_charged
    if objection := _objection(last, request, before):
        return _doubt(device, request, objection)
    return Approved(device, request.reference, request.amount_minor, card_details(last, ""))


def number_of(last: LastTransaction) -> int:
    """The receipt number of the terminal's last transaction, 0 where there is none."""
    return last.receipt_number or 0 if isinstance(last, StatusInformation) else 0


def _objection(last: StatusInformation, request: PaymentRequest, before: int) -> str:
    if last.receipt_number is None:
        return "The terminal's last transaction has no receipt number."
    if before and not 0 < (last.receipt_number - before) % RECEIPT_NUMBERS < RECEIPT_NUMBERS // 2:
        return "The terminal's receipt numbers have been set back."
    if last.original_trace is not None:
        return "The terminal's last transaction is a reversal."
    if last.result_code != OK:
        return "The terminal's last transaction failed."
    if last.amount_minor != request.amount_minor:
        return "The terminal's last transaction has another amount."
    return ""


def _doubt(device: str, request: PaymentRequest, reason: str) -> Unknown:
    return Unknown(device, request.reference, reason)


def taken_back(dialogue: Dialogue, request: PaymentRequest, device: str) -> Reversed | NotReversed:
    """What became of a reversal (06 30).

    `Reversed` only by the terminal's own word: result 00 and completion, or "already reversed" (B4).
    """
    if dialogue.contradicted:
        return NotReversed(
            device, request.reference, f"It is not known whether the charge was reversed. {CONTRADICTION}"
        )
    results = {status.result_code for status in dialogue.statuses}
    if dialogue.refusal == ALREADY_REVERSED or results == {ALREADY_REVERSED}:
        return Reversed(device, request.reference)
    if results == {OK} and isinstance(dialogue.ended, Completion):
        if dialogue.statuses[-1].amount_minor in (None, request.amount_minor):
            return Reversed(device, request.reference)
        return NotReversed(device, request.reference, "The terminal reversed a charge of another amount.")
    code = reversal_refused(dialogue)
    if code is not None:
        return NotReversed(device, request.reference, f"The terminal refused the reversal (code {code:02X}).")
    why = dialogue.broken or "The terminal gave no clear answer."
    return NotReversed(device, request.reference, f"It is not known whether the charge was reversed. {why}")


def reversal_refused(dialogue: Dialogue) -> int | None:
    """The code with which a reversal was refused for certain; None where it was not, or is not known to be."""
    results = {status.result_code for status in dialogue.statuses}
    if dialogue.contradicted or not dialogue.settled or dialogue.broken or results & {OK, None}:
        return None
    return dialogue.statuses[-1].result_code if dialogue.statuses else dialogue.refusal
