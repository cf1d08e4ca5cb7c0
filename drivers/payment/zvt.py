"""A ZVT payment terminal over TCP: charge, ask, reverse, abort; in doubt the outcome is `Unknown`, never a guess."""

from __future__ import annotations

import logging
from collections.abc import Callable

from drivers.device import Category, Condition, Conditions, DeviceError, Severity, Sink
from drivers.payment import zvt_codec as codec
from drivers.payment import zvt_rules as rules
from drivers.payment.interface import (
    Attendance,
    Declined,
    DeclineReason,
    NotReversed,
    PaymentOutcome,
    PaymentProgress,
    PaymentRequest,
    Reversed,
    TerminalInfo,
    Unknown,
)
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_link import AbortSignal
from drivers.payment.zvt_records import IntermediateStatus, StatusInformation
from drivers.payment.zvt_session import CHECK, ZvtSession
from drivers.payment.zvt_settings import CURRENCIES, ZvtSettings
from drivers.transport import tcp
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

__all__ = ["ZvtSettings", "ZvtTerminal"]

log = logging.getLogger(__name__)


class ZvtTerminal:
    """See `PaymentTerminal` and `Driver` for the contract, drivers/payment/README.md for the rules.

    After an unfinished dialogue the connection is given up; `listen` then raises and the supervisor opens again, or
    `enquire` does so itself.
    """

    def __init__(
        self,
        alias: str,
        settings: ZvtSettings,
        sink: Sink,
        *,
        connect: Callable[[str, int, float], Transport] = tcp.connect,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._session = ZvtSession(alias, settings, connect)
        self._abort = AbortSignal()
        self._health = Deadline(settings.health_interval_s)
        self._last: int | None = None
        self._known_before: tuple[str, int | None] = ("", None)

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
        status = self._session.open()
        dialogue = self._session.ask(codec.repeat_receipt(self._settings.password))
        if not dialogue.clean:
            raise DeviceError(f"The payment terminal registered us and then fell silent. {dialogue.broken}", CHECK)
        last = rules.last_transaction(dialogue)
        self._learn(last)
        self._sink(Conditions(_conditions(status, last)))
        self._health = Deadline(self._settings.health_interval_s)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Acknowledge what the terminal says unasked, and ask how it is from time to time (05 01, charges nothing)."""
        fd = self._session.fileno()
        ready = wait_readable(self._health.left_s, fd, wake_fd)
        if fd in ready:
            self._unasked(emit)
        elif not ready:
            dialogue = self._session.ask(codec.status_enquiry(self._settings.password))
            self._health = Deadline(self._settings.health_interval_s)
            if not dialogue.clean:
                raise DeviceError(f"The payment terminal does not answer any more. {dialogue.broken}", CHECK)

    def close(self) -> None:
        """Give connection and descriptors back."""
        self._session.close()
        self._abort.close()

    def authorise(self, request: PaymentRequest) -> PaymentOutcome:
        """Charge: 06 01, once. See `zvt_rules.charged` for what counts as which outcome."""
        command = self._charge_command(request)
        if isinstance(command, Declined):
            return command
        if not self._quiet():
            return Declined(self._alias, request.reference, DeclineReason.UNAVAILABLE)
        self._known_before = (request.reference, self._last)
        self._abort.clear()
        shown = _Steps(self._alias, request.reference, self._sink)
        dialogue = self._session.transact(command, shown, self._abort)
        outcome = rules.charged(dialogue, request, self._alias, self._session.terminal_id)
        self._concluded("authorise", outcome, dialogue)
        if not isinstance(outcome, Unknown):
            self._learn(*dialogue.statuses[-1:])
        return outcome

    def enquire(self, request: PaymentRequest, receipt_number: int | None) -> PaymentOutcome:
        """Ask for the last transaction (06 20) of an idle terminal; see `zvt_rules.settle` for the exact rule.

        Connects and registers anew where the connection was given up. A terminal that is still busy gives `Unknown`:
        what is running may yet charge.
        """
        if receipt_number is None and self._known_before[0] == request.reference:
            receipt_number = self._known_before[1]
        try:
            if not self._session.connected:
                self._session.open()
            self._session.heard()
        except (DeviceError, OSError) as error:
            message = error.message if isinstance(error, DeviceError) else "The connection was lost."
            return Unknown(self._alias, request.reference, message)
        dialogue, last = self._ask_last()
        outcome = rules.settle(last, request, receipt_number, self._alias)
        self._concluded("enquire", outcome, dialogue)
        if not isinstance(last, rules.NotKnown):
            self._learn(last)
        return outcome

    def reverse(self, request: PaymentRequest, receipt_number: int) -> Reversed | NotReversed:
        """Take a charge back: 06 30 with its receipt number. No clear answer is `NotReversed`, saying so."""
        if not 0 < receipt_number <= codec.HIGHEST_RECEIPT_NUMBER:
            return NotReversed(self._alias, request.reference, "The charge has no receipt number of the terminal.")
        if not self._quiet():
            reason = "The terminal is not connected; it was not asked."
            return NotReversed(self._alias, request.reference, reason)
        dialogue = self._session.transact(codec.reversal(self._settings.password, receipt_number))
        outcome = rules.taken_back(dialogue, request, self._alias)
        self._concluded("reverse", outcome, dialogue)
        if isinstance(outcome, Reversed):
            self._learn(*dialogue.statuses[-1:])
        return outcome

    def abort(self) -> None:
        """Ask for an abort (06 B0) of the authorisation that is running; without one, nothing happens."""
        self._abort.set()

    def _charge_command(self, request: PaymentRequest) -> bytes | Declined:
        currency = CURRENCIES.get(request.currency)
        if request.currency != self._settings.currency or currency is None:
            code = f"{rules.WRONG_CURRENCY:02X}"
            return Declined(self._alias, request.reference, DeclineReason.UNAVAILABLE, code)
        if not 0 < request.amount_minor <= codec.HIGHEST_AMOUNT_MINOR:
            return Declined(self._alias, request.reference, DeclineReason.UNAVAILABLE)
        return codec.authorisation(request.amount_minor, currency)

    def _quiet(self) -> bool:
        """Whether the connection stands, with nothing left over in it. Nothing is sent but acknowledgements."""
        try:
            self._session.heard()
        except DeviceError:
            return False
        return True

    def _ask_last(self) -> tuple[Dialogue, rules.LastTransaction]:
        idle = self._session.ask(codec.status_enquiry(self._settings.password))
        if not idle.clean or idle.refusal == rules.BUSY:
            return idle, rules.NotKnown(idle.broken or "The terminal is still busy.")
        dialogue = self._session.ask(codec.repeat_receipt(self._settings.password))
        return dialogue, rules.last_transaction(dialogue)

    def _unasked(self, emit: Sink) -> None:
        for record in self._session.heard():
            log.warning("payment.unasked device=%s message=%s", self._alias, type(record).__name__)
            if isinstance(record, StatusInformation) and record.receipt_number is not None:
                self._last = record.receipt_number
                emit(TerminalInfo(self._alias, self._session.terminal_id, self._last))

    def _concluded(self, action: str, outcome: object, dialogue: Dialogue) -> None:
        refusal = "" if dialogue.refusal is None else f"{dialogue.refusal:02X}"
        log.info(
            "payment.concluded device=%s action=%s outcome=%s code=%s broken=%r",
            *(self._alias, action, type(outcome).__name__, refusal, dialogue.broken),
        )
        self._health = Deadline(self._settings.health_interval_s)

    def _learn(self, last: rules.LastTransaction | None = None) -> None:
        """Note the terminal's last receipt number where it was told, and say what is known by now."""
        match last:
            case StatusInformation(receipt_number=int(number)):
                self._last = number
            case rules.NoTransaction():
                # Known to have none: the first charge ever can be told from an older one, while this process lives.
                self._last = 0
            case _:
                pass
        self._sink(TerminalInfo(self._alias, self._session.terminal_id, self._last or None))


class _Steps:
    """Passes a running payment's steps on, each change once."""

    def __init__(self, alias: str, reference: str, sink: Sink) -> None:
        self._alias = alias
        self._reference = reference
        self._sink = sink
        self._shown = ""

    def __call__(self, status: IntermediateStatus) -> None:
        step = rules.step_of(status.code)
        if step != self._shown:
            self._shown = step
            self._sink(PaymentProgress(self._alias, self._reference, step))


def _conditions(status: int, last: rules.LastTransaction) -> tuple[Condition, ...]:
    found: list[Condition] = []
    if status & 0x01:
        message, remedy = "The payment terminal needs an initialisation.", "Start it from the terminal's own menu."
        found.append(Condition("initialisation_needed", Severity.FAULT, message, remedy))
    if status & 0x02:
        message, remedy = "The payment terminal needs a diagnosis.", "Start it from the terminal's own menu."
        found.append(Condition("diagnosis_needed", Severity.WARNING, message, remedy))
    if isinstance(last, rules.NotKnown):
        remedy = "Have repeat receipt (06 20) enabled at the terminal; until then staff settle a lost answer by hand."
        found.append(Condition("last_transaction_unknown", Severity.WARNING, last.reason, remedy))
    return tuple(found)
