"""A ZVT payment terminal, however it is connected; in doubt the outcome is `Unknown`, never a guess."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from drivers.device import Category, Condition, Conditions, DeviceError, Severity, Sink
from drivers.payment import zvt_commands as commands
from drivers.payment import zvt_rules as rules
from drivers.payment.interface import (
    Attendance,
    NotReversed,
    PaymentOutcome,
    PaymentRequest,
    RefundOutcome,
    Reversed,
)
from drivers.payment.zvt_link import AbortSignal
from drivers.payment.zvt_payments import ZvtPayments
from drivers.payment.zvt_records import StatusInformation
from drivers.payment.zvt_services import ZvtServices
from drivers.payment.zvt_session import CHECK, ZvtSession
from drivers.payment.zvt_settings import ZvtCommon
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

T = TypeVar("T")

log = logging.getLogger(__name__)

# PA00P015 2.1, bitmap 19 of the completion of a registration.
_INITIALISE: Final = 0x01
_DIAGNOSE: Final = 0x02


class ZvtDriver(ZvtServices):
    """See `Driver`, `PaymentTerminal` and `TerminalServices` for the contract, drivers/payment/README.md for the rules.

    After an unfinished dialogue the connection is given up; `listen` then raises and the supervisor opens again, or
    `enquire` does so itself. `connect` opens the way to the terminal, or raises `DeviceError`.
    """

    def __init__(self, alias: str, settings: ZvtCommon, sink: Sink, connect: Callable[[], Transport]) -> None:
        super().__init__(alias, settings, ZvtSession(alias, settings, connect, sink))
        self._sink = sink
        self._abort = AbortSignal()
        self._payments = ZvtPayments(alias, settings, self._session, sink, self._abort)
        self._health = Deadline(settings.health_interval_s)

    @property
    def category(self) -> Category:
        """Always a payment terminal."""
        return Category.PAYMENT_TERMINAL

    @property
    def attendance(self) -> Attendance:
        """As the settings say."""
        return self._settings.attendance

    def open(self) -> None:
        """Connect, register, and learn the last receipt number; emits `TerminalInfo` and `Conditions`.

        `DeviceError`, permanent where the terminal refuses the registration for good; see `ZvtSession.open`.
        """
        self._abort.open()
        self._session.open()
        dialogue = self._session.ask(commands.repeat_receipt(self._settings.password))
        if not dialogue.clean:
            raise DeviceError(f"The payment terminal registered us and then fell silent. {dialogue.broken}", CHECK)
        last = rules.last_transaction(dialogue)
        self._payments.learn_anew(last)
        self._sink(Conditions(_conditions(self._session.status, last)))
        self.answered()

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Acknowledge what the terminal says unasked, and ask how it is from time to time (05 01, charges nothing)."""
        fd = self._session.fileno()
        ready = wait_readable(self._health.left_s, fd, wake_fd)
        if fd in ready:
            self._unasked(emit)
        elif not ready:
            self.ask_how_it_is()

    def close(self) -> None:
        """Give connection and descriptors back."""
        if self._settings.log_off_at_close:
            self._session.log_off()
        self._session.close()
        self._abort.close()

    def authorise(self, request: PaymentRequest) -> PaymentOutcome:
        """Charge: 06 01, once for a reference, whatever becomes of it. See `zvt_rules.charged` for the outcomes."""
        return self._after(self._payments.authorise(request))

    def enquire(self, request: PaymentRequest, receipt_number: int | None) -> PaymentOutcome:
        """Ask for the last transaction (06 20) of an idle terminal; see `zvt_rules.settle` for the exact rule.

        Connects and registers anew where the connection was given up. A terminal that is still busy gives `Unknown`:
        what is running may yet charge. So does a last transaction that may belong to another reference.
        """
        return self._after(self._payments.enquire(request, receipt_number))

    def reverse(self, request: PaymentRequest, receipt_number: int) -> Reversed | NotReversed:
        """Take a charge back: 06 30 with its receipt number. No clear answer is `NotReversed`, saying so."""
        return self._after(self._payments.reverse(request, receipt_number))

    def refund(self, request: PaymentRequest) -> RefundOutcome:
        """Pay out: 06 31, once for a reference. `Unknown` is for a person: the terminal does not tell it apart."""
        return self._after(self._payments.refund(request))

    def abort(self) -> None:
        """Ask for an abort (06 B0) of what is running with a card; without it, nothing happens."""
        self._abort.set()

    def answered(self) -> None:
        """Note that the terminal has just answered: it need not be asked for a while."""
        super().answered()
        self._health = Deadline(self._settings.health_interval_s)

    def _after(self, outcome: T) -> T:
        """Pass an outcome on; a terminal that was busy with a person is not asked how it is at once."""
        self._health = Deadline(self._settings.health_interval_s)
        return outcome

    def _unasked(self, emit: Sink) -> None:
        for record in self._session.heard():
            log.warning("payment.unasked device=%s message=%s", self._alias, type(record).__name__)
            if isinstance(record, StatusInformation) and record.receipt_number is not None:
                self._payments.learn(record, emit=emit)


def _conditions(status: int, last: rules.LastTransaction) -> tuple[Condition, ...]:
    found: list[Condition] = []
    if status & _INITIALISE:
        message, remedy = "The payment terminal needs an initialisation.", "Start it from the terminal's own menu."
        found.append(Condition("initialisation_needed", Severity.FAULT, message, remedy))
    if status & _DIAGNOSE:
        message, remedy = "The payment terminal needs a diagnosis.", "Start it from the terminal's own menu."
        found.append(Condition("diagnosis_needed", Severity.WARNING, message, remedy))
    if isinstance(last, rules.NotKnown):
        remedy = "Have repeat receipt (06 20) enabled at the terminal; until then staff settle a lost answer by hand."
        found.append(Condition("last_transaction_unknown", Severity.WARNING, last.reason, remedy))
    return tuple(found)
