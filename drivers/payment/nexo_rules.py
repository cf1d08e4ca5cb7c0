"""What a nexo answer means for money: pure rules from what the terminal said to an outcome, in doubt `Unknown`.

Source: Adyen, "Handle responses", "Verify transaction status" and "Cancel an in-progress transaction"
(docs.adyen.com/point-of-sale).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from drivers.device import Condition, Severity
from drivers.payment import nexo_messages as nexo
from drivers.payment.interface import (
    Approved,
    CardDetails,
    Declined,
    DeclineReason,
    NotReversed,
    PaymentOutcome,
    PaymentRequest,
    Reversed,
    Unknown,
)
from drivers.payment.nexo_card import card_facts
from drivers.payment.nexo_journal import Payment
from drivers.payment.nexo_money import to_minor
from drivers.payment.nexo_receipt import receipts

# A service id is unique for 48 hours; what a terminal still knows of half that age is taken for the whole truth.
REMEMBERED_MS: Final = 24 * 3600 * 1000
_CANCELLED: Final = frozenset(("Cancel", "Aborted"))
_REFUSED: Final = frozenset(("Refusal", "InvalidCard", "WrongPIN", "PaymentRestriction"))
_UNAVAILABLE: Final = frozenset(
    (
        *("Busy", "DeviceOut", "InsertedCard", "LoggedOut", "MessageFormat", "NotAllowed"),
        *("UnavailableDevice", "UnavailableService", "UnreachableHost"),
    )
)


@dataclass(frozen=True, slots=True)
class Case:
    """The payment in question: what was asked for, by whom, of which terminal, and its number in our journal."""

    device: str
    request: PaymentRequest
    poi_id: str
    number: int

    def unknown(self, reason: str) -> Unknown:
        """Nobody knows yet."""
        return Unknown(self.device, self.request.reference, reason)

    def declined(self, reason: DeclineReason, code: str = "") -> Declined:
        """Not charged."""
        return Declined(self.device, self.request.reference, reason, code)

    def not_reversed(self, reason: str) -> NotReversed:
        """Still charged, or not known."""
        return NotReversed(self.device, self.request.reference, reason)


def charged(case: Case, paid: nexo.PaymentResponse, *, timed_out: bool = False) -> PaymentOutcome:
    """What a payment's own answer says.

    `Approved`: Success, for our reference, for exactly the amount asked for. `Declined`: Failure with a word that says
    so. A part of the amount, more than the amount (a tip) and whatever contradicts itself is `Unknown`: a person
    settles it, and `reverse` can take it back.
    """
    if not _ours(case, paid):
        return case.unknown("The terminal answered for another payment.")
    match paid.response.result:
        case "Success":
            return _approved(case, paid)
        case "Failure":
            return _declined(case, paid.response.error_condition, timed_out=timed_out)
        case "Partial":
            return case.unknown("The terminal charged a part of the amount only.")
        case _:
            return case.unknown("The terminal's answer has no result.")


def _ours(case: Case, paid: nexo.PaymentResponse) -> bool:
    theirs = paid.sale_data.sale_transaction_id if paid.sale_data else None
    return theirs is None or theirs.transaction_id in ("", case.request.reference)


def _approved(case: Case, paid: nexo.PaymentResponse) -> PaymentOutcome:
    amounts = paid.payment_result.amounts_resp if paid.payment_result else None
    if amounts is None or amounts.authorized_amount is None or amounts.currency not in ("", case.request.currency):
        return case.unknown("The terminal approved, but not in the currency it was asked for, or without an amount.")
    if to_minor(amounts.authorized_amount, case.request.currency) != case.request.amount_minor:
        return case.unknown("The terminal approved another amount than it was asked for.")
    facts = card_facts(paid)
    card = CardDetails(
        terminal_id=case.poi_id,
        receipt_number=case.number,
        trace_number=0,
        masked_pan=facts.masked_pan,
        card_name=facts.brand,
        authorisation_code=facts.authorisation_code,
        terminal_reference=identification(paid).transaction_id,
    )
    return Approved(case.device, case.request.reference, case.request.amount_minor, card, receipts(paid))


def _declined(case: Case, condition: str, *, timed_out: bool) -> PaymentOutcome:
    if condition in _CANCELLED:
        return case.declined(DeclineReason.TIMED_OUT if timed_out else DeclineReason.CANCELLED, condition)
    if condition in _REFUSED:
        return case.declined(DeclineReason.DECLINED, condition)
    if condition in _UNAVAILABLE:
        return case.declined(DeclineReason.UNAVAILABLE, condition)
    # InProgress, NotFound or a word that is none of the standard's: no clear no.
    return case.unknown("The terminal failed without saying whether it charged.")


def identification(paid: nexo.PaymentResponse) -> nexo.TransactionIdentification:
    """The terminal's own id of a payment; empty where it gave none."""
    found = paid.poi_data.poi_transaction_id if paid.poi_data else None
    return found or nexo.TransactionIdentification()


def settled(
    case: Case, status: nexo.TransactionStatusResponse, sent: Payment | None, now_ms: int, settle_ms: int
) -> PaymentOutcome:
    """What became of an earlier payment, by what the terminal knows of it and what our journal does.

    =============================================  ==========================================================
    the terminal says                              outcome
    =============================================  ==========================================================
    Success, with the answer it gave then          as for that answer; a no is `Declined(NOT_CHARGED)`
    `InProgress`, `Busy` or any other failure      `Unknown`
    `NotFound`, sent `settle_ms` to 24 h ago       `Declined(NOT_CHARGED)`: it never came to the terminal
    `NotFound`, sent later, earlier, or who knows  `Unknown`; as our journal says where it had an answer once
    =============================================  ==========================================================
    """
    if status.response.result == "Success":
        return _repeated(case, status, sent)
    if not not_found(status):
        return case.unknown("The terminal is still at it, or cannot tell yet.")
    if sent is None:
        return case.unknown("Neither the terminal nor this device has a record of this payment.")
    if sent.state == "declined":
        return case.declined(DeclineReason.NOT_CHARGED)
    if sent.state != "sent":
        return case.unknown("The terminal does not know a payment any more that it approved.")
    if not settle_ms <= now_ms - sent.sent_ms <= REMEMBERED_MS:
        return case.unknown("The terminal does not know this payment: it may not have begun, or have forgotten it.")
    return case.declined(DeclineReason.NOT_CHARGED, "NotFound")


def not_found(status: nexo.TransactionStatusResponse) -> bool:
    """Whether the terminal says that it knows nothing of what it was asked about."""
    return status.response.result == "Failure" and status.response.error_condition == "NotFound"


def _repeated(case: Case, status: nexo.TransactionStatusResponse, sent: Payment | None) -> PaymentOutcome:
    paid = repeated_payment(status)
    if paid is None:
        return case.unknown("The terminal repeated something else than the payment.")
    if sent is not None and sent.state == "reversed":
        return case.unknown("The payment was charged and has been taken back.")
    outcome = charged(case, paid)
    if not isinstance(outcome, Declined):
        if sent is not None and sent.state == "declined":
            return case.unknown("The terminal contradicts what it said before.")
        return outcome
    if sent is not None and sent.state == "approved":
        return case.unknown("The terminal contradicts what it said before.")
    return replace(outcome, reason=DeclineReason.NOT_CHARGED)


def repeated_payment(status: nexo.TransactionStatusResponse) -> nexo.PaymentResponse | None:
    """The payment's answer in a status; None where there is none, or of another message than the one asked about."""
    found, asked = status.repeated_message_response, status.message_reference
    if found is None:
        return None
    theirs = found.message_header
    if theirs.message_category != "Payment":
        return None
    if asked is not None and asked.service_id and asked.service_id != theirs.service_id:
        return None
    return found.repeated_response_message_body.payment_response


def repeated_reversal(status: nexo.TransactionStatusResponse) -> nexo.ReversalResponse | None:
    """The reversal's answer in a status; None where there is none."""
    found = status.repeated_message_response
    if found is None or found.message_header.message_category != "Reversal":
        return None
    return found.repeated_response_message_body.reversal_response


def taken_back(case: Case, answer: nexo.ReversalResponse) -> Reversed | NotReversed:
    """What became of a reversal. `Reversed`: Success, for the whole amount (which is what no amount means)."""
    if answer.response.result == "Success":
        amount = answer.reversed_amount
        if amount is None or to_minor(amount, case.request.currency) == case.request.amount_minor:
            return Reversed(case.device, case.request.reference)
        return case.not_reversed("The terminal took back another amount than was charged.")
    if answer.response.result == "Failure" and answer.response.error_condition != "InProgress":
        code = answer.response.error_condition if answer.response.error_condition.isalpha() else "none"
        return case.not_reversed(f"The terminal refused the reversal (code {code[:40]}).")
    return case.not_reversed("It is not known whether the charge was reversed.")


def conditions(found: nexo.DiagnosisResponse) -> tuple[Condition, ...]:
    """What is so at a terminal, by its diagnosis."""
    status = found.poi_status or nexo.PoiStatus()
    seen: list[Condition] = []
    if status.global_status == "Maintenance":
        remedy = "Wait until it is done with it; it takes payments again by itself."
        seen.append(Condition("maintenance", Severity.FAULT, "The payment terminal is in maintenance.", remedy))
    if status.global_status == "Unreachable" or status.communication_ok_flag is False:
        remedy = "Check the terminal's own network connection."
        seen.append(Condition("host_unreachable", Severity.WARNING, "The terminal cannot reach its host.", remedy))
    elif any(host.is_reachable_flag is False for host in found.host_status):
        remedy = "Check the store's way to the internet, and its firewall."
        seen.append(Condition("host_unreachable", Severity.WARNING, "The terminal cannot reach its host.", remedy))
    if status.printer_status in ("PaperLow", "PaperOut", "PaperJam", "OutOfOrder"):
        remedy = "See to the terminal's own printer."
        seen.append(Condition("terminal_printer", Severity.WARNING, "The terminal's printer needs care.", remedy))
    return tuple(seen)
