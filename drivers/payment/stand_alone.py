"""A payment terminal without a link to the lane: staff key the amount in there, and say here what came of it."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from drivers.device import Category, Conditions, Finding, HealthLevel, Link, Sink
from drivers.payment.interface import (
    Approved,
    Attendance,
    CardDetails,
    DayNotEnded,
    Declined,
    DeclineReason,
    Diagnosed,
    NotRefunded,
    NotReversed,
    PaymentOutcome,
    PaymentRequest,
    Question,
    Refunded,
    RefundOutcome,
    Reversed,
    StaffConfirmationNeeded,
    TerminalInfo,
    Unknown,
)
from drivers.transport.waiting import Deadline, wait_readable

log = logging.getLogger(__name__)

# More digits than on any slip, and too few for a card number that somebody types in by mistake.
HIGHEST_SLIP_NUMBER: Final = 99_999_999
_OPERATOR: Final = re.compile(r"[\w.@-]{1,64}")
_IDLE_S: Final = 60.0
_NO_LINK: Final = "This terminal has no link to the lane: do it at the terminal itself."
_UNANSWERED: Final = "Staff has not said what the terminal did."


class StandAloneSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a terminal without a link. `confirm_timeout_s`: how long a question to staff stands."""

    driver: str
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "EUR"
    terminal_id: Annotated[str, msgspec.Meta(max_length=32)] = ""
    confirm_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 300.0


@dataclass(frozen=True, slots=True)
class _Answer:
    """What staff saw."""

    approved: bool
    slip_number: int


class StandAloneTerminal:
    """See `PaymentTerminal`, `TerminalServices` and `StaffConfirmed`. Attended only: a person answers for each outcome.

    There is nothing to connect to, so it is ready at once; whether the terminal is there, only staff can see. Each
    question goes out as `StaffConfirmationNeeded` and is answered by `confirm`. One that is not answered in time, or
    broken off, is `Unknown`, never `Declined`: the card may have been charged. `enquire` then asks again.
    """

    def __init__(self, alias: str, settings: StandAloneSettings, sink: Sink) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._news = threading.Condition()
        self._asked = ""
        self._answer: _Answer | None = None
        self._broken_off = False
        self._sent: dict[str, PaymentOutcome] = {}
        self._refunds: dict[str, RefundOutcome] = {}

    @property
    def category(self) -> Category:
        """Always a payment terminal."""
        return Category.PAYMENT_TERMINAL

    @property
    def attendance(self) -> Attendance:
        """Attended, whatever the settings: nobody else could answer."""
        return Attendance.ATTENDED

    def open(self) -> None:
        """Ready at once; emits `TerminalInfo` and, its link being unknown, `Conditions`."""
        self._sink(TerminalInfo(self._alias, self._settings.terminal_id, None))
        self._sink(Conditions((), Link.UNKNOWN))

    def listen(self, wake_fd: int, emit: Sink) -> None:  # noqa: ARG002 # nothing ever comes from a terminal without a link
        """Wait to be woken."""
        wait_readable(_IDLE_S, wake_fd)

    def close(self) -> None:
        """End a question that is still open."""
        self.abort()

    def check_health(self, level: HealthLevel) -> Finding:  # noqa: ARG002 # there is nothing to check at any level
        """Say that nothing can be checked from here."""
        return Finding(passed=True, text="A terminal without a link: only staff can see how it is.")

    def authorise(self, request: PaymentRequest) -> PaymentOutcome:
        """Ask staff to charge, once for a reference: a second time it tells what is known of the first."""
        reference = request.reference
        if reference in self._sent:
            return self._sent[reference]
        if request.currency != self._settings.currency or request.amount_minor <= 0:
            return Declined(self._alias, reference, DeclineReason.UNAVAILABLE)
        self._sent[reference] = Unknown(self._alias, reference, _UNANSWERED)
        answer = self._ask(Question.CHARGE, request)
        self._sent[reference] = self._charged(request, answer, DeclineReason.DECLINED)
        return self._sent[reference]

    def enquire(self, request: PaymentRequest, receipt_number: int | None) -> PaymentOutcome:  # noqa: ARG002 # staff look at the slip, not at a number
        """Ask staff whether an earlier charge was made; only their answer settles it."""
        known = self._sent.get(request.reference)
        if isinstance(known, Approved | Declined):
            return known
        answer = self._ask(Question.WAS_CHARGED, request)
        self._sent[request.reference] = self._charged(request, answer, DeclineReason.NOT_CHARGED)
        return self._sent[request.reference]

    def reverse(self, request: PaymentRequest, receipt_number: int) -> Reversed | NotReversed:  # noqa: ARG002 # same
        """Ask staff to take a charge back."""
        before = self._sent.get(request.reference)
        # From now on the charge is told from memory no more.
        self._sent[request.reference] = Unknown(self._alias, request.reference, "Its reversal was asked for.")
        answer = self._ask(Question.REVERSE, request)
        if answer is None:
            return NotReversed(self._alias, request.reference, f"It is not known whether it was. {_UNANSWERED}")
        if answer.approved:
            return Reversed(self._alias, request.reference)
        if before is not None:
            self._sent[request.reference] = before
        return NotReversed(self._alias, request.reference, "Staff says that the charge was not reversed.")

    def refund(self, request: PaymentRequest) -> RefundOutcome:
        """Ask staff to pay out to a card, once for a reference as with `authorise`."""
        reference = request.reference
        if reference in self._refunds:
            return self._refunds[reference]
        if request.currency != self._settings.currency or request.amount_minor <= 0:
            return NotRefunded(self._alias, reference, DeclineReason.UNAVAILABLE)
        self._refunds[reference] = Unknown(self._alias, reference, _UNANSWERED)
        answer = self._ask(Question.REFUND, request)
        if answer is not None and answer.approved:
            card = self._card(answer)
            self._refunds[reference] = Refunded(self._alias, reference, request.amount_minor, card)
        elif answer is not None:
            self._refunds[reference] = NotRefunded(self._alias, reference, DeclineReason.DECLINED)
        return self._refunds[reference]

    def end_of_day(self, request: str) -> DayNotEnded:
        """Cannot be done from here."""
        return DayNotEnded(self._alias, request, _NO_LINK)

    def diagnose(self, request: str) -> Diagnosed:
        """Cannot be done from here."""
        return Diagnosed(self._alias, request, passed=False, text=_NO_LINK)

    def abort(self) -> None:
        """Break the question off that is open, if one is: its outcome is `Unknown`. From any thread."""
        with self._news:
            self._broken_off = bool(self._asked)
            self._news.notify_all()

    def confirm(self, reference: str, *, approved: bool, operator: str, slip_number: int = 0) -> bool:
        """See `StaffConfirmed.confirm`."""
        if not _OPERATOR.fullmatch(operator) or not 0 <= slip_number <= HIGHEST_SLIP_NUMBER:
            return False
        with self._news:
            if self._asked != reference or self._answer is not None or self._broken_off:
                return False
            self._answer = _Answer(approved, slip_number)
            self._news.notify_all()
        log.info(
            "payment.confirmed device=%s reference=%s approved=%s operator=%s",
            *(self._alias, reference, approved, operator),
        )
        return True

    def _ask(self, question: Question, request: PaymentRequest) -> _Answer | None:
        """What staff says; None where they say nothing in time or it was broken off."""
        with self._news:
            self._asked, self._answer, self._broken_off = request.reference, None, False
        needed = (self._alias, request.reference, question, request.amount_minor, request.currency)
        self._sink(StaffConfirmationNeeded(*needed))
        deadline = Deadline(self._settings.confirm_timeout_s)
        with self._news:
            while self._answer is None and not self._broken_off and not deadline.passed:
                self._news.wait(deadline.left_s)
            answer, self._asked = self._answer, ""
        log.info("payment.answered device=%s question=%s answered=%s", self._alias, question, answer is not None)
        return answer

    def _charged(self, request: PaymentRequest, answer: _Answer | None, no: DeclineReason) -> PaymentOutcome:
        if answer is None:
            return Unknown(self._alias, request.reference, _UNANSWERED)
        if not answer.approved:
            return Declined(self._alias, request.reference, no)
        return Approved(self._alias, request.reference, request.amount_minor, self._card(answer))

    def _card(self, answer: _Answer) -> CardDetails:
        return CardDetails(self._settings.terminal_id or self._alias, answer.slip_number, 0)
