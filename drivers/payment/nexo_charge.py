"""One payment at a nexo terminal, from the entry in the journal to its one outcome."""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC, datetime
from decimal import Decimal

from drivers.device import DeviceError
from drivers.payment import nexo_codec as codec
from drivers.payment import nexo_messages as nexo
from drivers.payment import nexo_rules as rules
from drivers.payment.interface import DeclineReason, PaymentOutcome, PaymentProgress, PaymentRequest
from drivers.payment.nexo_desk import Desk
from drivers.payment.nexo_link import SILENT, Lost, Question, Reply
from drivers.payment.nexo_money import to_decimal
from drivers.transport.waiting import Deadline

log = logging.getLogger(__name__)


def authorise(desk: Desk, request: PaymentRequest) -> PaymentOutcome:
    """Charge `request`, once ever: connect, write down, send, wait. Never raises.

    `Declined` before the first byte; after it, only by the terminal's word.
    """
    case = desk.case(request)
    amount = to_decimal(request.amount_minor, request.currency)
    if amount is None or request.currency != desk.settings.currency:
        return case.declined(DeclineReason.UNAVAILABLE, "amount" if amount is None else "currency")
    desk.cancel.forget()
    service = codec.service_id(request.reference)
    try:
        before = desk.books.find(request.reference)
        if before is not None and before.state != "unsent":
            return case.unknown("This payment was sent before; it is asked about and never sent again.")
        question = desk.link.connect(_body(desk, request, amount), "Payment", service)
    except (DeviceError, OSError) as error:
        return _not_sent(case, error)
    with contextlib.closing(question):
        return _charge(desk, question, request, service)


def _body(desk: Desk, request: PaymentRequest, amount: Decimal) -> nexo.PaymentRequest:
    stamp = datetime.fromtimestamp(desk.clock_ms() / 1000, UTC).isoformat(timespec="milliseconds")
    return codec.payment_request(request.reference, amount, request.currency, stamp)


def _not_sent(case: rules.Case, error: DeviceError | OSError) -> PaymentOutcome:
    reason = error.message if isinstance(error, DeviceError) else "The connection was lost."
    log.warning("payment.not_sent device=%s reason=%r", case.device, reason)
    return case.declined(DeclineReason.UNAVAILABLE)


def _charge(desk: Desk, question: Question, request: PaymentRequest, service: str) -> PaymentOutcome:
    try:
        entry = desk.books.begin(request, service, desk.settings.poi_id, desk.clock_ms())
    except DeviceError as error:
        return _not_sent(desk.case(request), error)
    if entry is None:
        return desk.case(request).declined(DeclineReason.UNAVAILABLE)
    case = desk.case(request, entry.number)
    if desk.cancel.wanted:
        desk.note(lambda books: books.conclude(request.reference, "unsent"))
        return case.declined(DeclineReason.CANCELLED)
    lost = question.send(desk.settings.answer_timeout_s)
    if lost is not None:
        return case.unknown(lost.reason)
    desk.sink(PaymentProgress(desk.alias, request.reference, "insert_card"))
    reply, timed_out = _wait(desk, question, service)
    outcome = _outcome(desk, case, reply, timed_out=timed_out)
    desk.tell()
    return outcome


def _wait(desk: Desk, question: Question, service: str) -> tuple[Reply, bool]:
    """Wait for the answer; a cancel, and the end of patience, send an abort and wait on.

    The abort goes out on this thread: what answers the payment meanwhile waits on its own connection.
    """
    deadline, timed_out = Deadline(desk.settings.payment_limit_s), False
    while True:
        reply = question.wait(deadline, desk.cancel.fd)
        if reply is None:
            desk.cancel.hear()
            desk.send_abort(service)
        elif reply is SILENT and not timed_out:
            timed_out = True
            desk.send_abort(service)
            deadline = Deadline(desk.settings.answer_timeout_s)
        else:
            return reply, timed_out


def _outcome(desk: Desk, case: rules.Case, reply: Reply, *, timed_out: bool) -> PaymentOutcome:
    reference = case.request.reference
    if isinstance(reply, nexo.Message) and codec.is_reject(reply):
        desk.note(lambda books: books.conclude(reference, "declined"))
        return case.declined(DeclineReason.UNAVAILABLE, "Reject")
    if isinstance(reply, Lost):
        return case.unknown(reply.reason)
    if not isinstance(reply, nexo.Message) or reply.payment_response is None:
        return case.unknown("The terminal's answer is none to a payment.")
    outcome = rules.charged(case, reply.payment_response, timed_out=timed_out)
    desk.keep(reference, reply.payment_response, outcome)
    return outcome
