"""What became of an earlier payment at a nexo terminal, and taking one back: asked about first, never guessed."""

from __future__ import annotations

from drivers.device import DeviceError
from drivers.payment import nexo_codec as codec
from drivers.payment import nexo_messages as nexo
from drivers.payment import nexo_rules as rules
from drivers.payment.interface import Declined, DeclineReason, NotReversed, PaymentOutcome, PaymentRequest, Reversed
from drivers.payment.nexo_desk import Desk
from drivers.payment.nexo_journal import Payment
from drivers.payment.nexo_link import Lost


def enquire(desk: Desk, request: PaymentRequest, receipt_number: int | None) -> PaymentOutcome:
    """Learn what became of `request`: from the journal where it is certain, else by TransactionStatus. Never raises.

    `receipt_number`: the journal's last number before the payment. Where the journal reaches back to it and knows
    nothing of `request`, and neither does the terminal, it was never sent.
    """
    try:
        sent = desk.books.find(request.reference)
        last = desk.books.last(desk.settings.poi_id)
    except DeviceError as error:
        return desk.case(request).unknown(error.message)
    case = desk.case(request, sent.number if sent else 0)
    if sent is not None and sent.poi_id != desk.settings.poi_id:
        return case.unknown(f"This payment was sent to another terminal ({sent.poi_id}).")
    if sent is not None and sent.state == "unsent":
        return case.declined(DeclineReason.NOT_CHARGED)
    reaches_back = receipt_number is not None and last is not None and 0 < receipt_number <= last.number
    return _ask(desk, case, sent, never_sent=sent is None and reaches_back)


def _ask(desk: Desk, case: rules.Case, sent: Payment | None, *, never_sent: bool) -> PaymentOutcome:
    reference = case.request.reference
    status = _status(desk, "Payment", sent.service_id if sent else codec.service_id(reference))
    if isinstance(status, str):
        return case.unknown(status)
    settle_ms = int(desk.settings.settle_s * 1000)
    if never_sent and rules.not_found(status):
        return case.declined(DeclineReason.NOT_CHARGED, "NotFound")
    outcome = rules.settled(case, status, sent, desk.clock_ms(), settle_ms)
    paid = rules.repeated_payment(status)
    if sent is not None and sent.state in ("sent", "approved"):
        if paid is not None:
            desk.keep(reference, paid, outcome)
        elif isinstance(outcome, Declined):
            desk.note(lambda books: books.conclude(reference, "declined"))
    return outcome


def _status(desk: Desk, category: str, service: str) -> nexo.TransactionStatusResponse | str:
    """What the terminal knows of an earlier message, or why that cannot be learnt."""
    body = nexo.TransactionStatusRequest(codec.reference_to(desk.link.ends, category, service))
    try:
        reply = desk.link.ask(body, "TransactionStatus")
    except (DeviceError, OSError) as error:
        return _why(error)
    if isinstance(reply, Lost):
        return reply.reason
    if not isinstance(reply, nexo.Message) or reply.transaction_status_response is None:
        return "The terminal's answer is none to this question."
    return reply.transaction_status_response


def reverse(desk: Desk, request: PaymentRequest, receipt_number: int) -> Reversed | NotReversed:
    """Take a charge back by the terminal's id of it, which the journal kept. Never raises.

    A reversal whose answer was lost is asked about before another one is sent.
    """
    case = desk.case(request, receipt_number)
    try:
        sent = desk.books.find(request.reference)
        if sent is None or not sent.terminal_reference:
            return case.not_reversed("The terminal's id of this charge is not known; it was not asked.")
        if receipt_number not in (0, sent.number) or sent.poi_id != desk.settings.poi_id:
            return case.not_reversed(
                "The journal's charge of this reference is another one; the terminal was not asked."
            )
        if sent.state == "reversed":
            return Reversed(desk.alias, request.reference)
        outcome = (_earlier(desk, case, sent) if sent.reversals else None) or _send(desk, case, sent)
    except (DeviceError, OSError) as error:
        return case.not_reversed(f"{_why(error)} It was not asked.")
    if isinstance(outcome, Reversed):
        desk.note(lambda books: books.conclude(request.reference, "reversed"))
    return outcome


def _earlier(desk: Desk, case: rules.Case, sent: Payment) -> Reversed | NotReversed | None:
    """What became of the last try; None where it is certain that nothing did, so that another may be sent."""
    status = _status(desk, "Reversal", _service(sent.reference, sent.reversals))
    if isinstance(status, str):
        return case.not_reversed(f"It is not known whether the charge was reversed. {status}")
    answer = rules.repeated_reversal(status)
    if status.response.result == "Success" and answer is not None:
        failed = answer.response.result == "Failure" and answer.response.error_condition != "InProgress"
        return None if failed else rules.taken_back(case, answer)
    since_ms = desk.clock_ms() - sent.reversal_sent_ms
    settled = desk.settings.settle_s * 1000 <= since_ms <= rules.REMEMBERED_MS
    if rules.not_found(status) and settled:
        return None
    return case.not_reversed("It is not known whether the charge was reversed; the terminal cannot tell yet.")


def _send(desk: Desk, case: rules.Case, sent: Payment) -> Reversed | NotReversed:
    body = codec.reversal_request(sent.reference, sent.terminal_reference, sent.terminal_time)
    number = desk.books.begin_reversal(sent.reference, desk.clock_ms())
    reply = desk.link.ask(body, "Reversal", service=_service(sent.reference, number))
    if isinstance(reply, nexo.Message):
        if codec.is_reject(reply):
            return case.not_reversed("The terminal refused the reversal (code Reject).")
        if reply.reversal_response is not None:
            return rules.taken_back(case, reply.reversal_response)
    why = reply.reason if isinstance(reply, Lost) else "The terminal gave no clear answer."
    return case.not_reversed(f"It is not known whether the charge was reversed. {why}")


def _service(reference: str, number: int) -> str:
    return codec.service_id("reversal", reference, str(number))


def _why(error: DeviceError | OSError) -> str:
    return error.message if isinstance(error, DeviceError) else "The connection to the terminal was lost."
