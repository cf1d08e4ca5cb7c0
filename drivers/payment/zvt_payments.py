"""The commands of a ZVT terminal that move money: each sent once, each with one outcome, in doubt `Unknown`."""

from __future__ import annotations

import logging
from typing import Final

from drivers.device import DeviceError, Sink
from drivers.payment import zvt_codec as codec
from drivers.payment import zvt_commands as commands
from drivers.payment import zvt_rules as rules
from drivers.payment.interface import (
    Approved,
    Declined,
    DeclineReason,
    NotRefunded,
    NotReversed,
    PaymentOutcome,
    PaymentProgress,
    PaymentRequest,
    Refunded,
    RefundOutcome,
    Reversed,
    TerminalInfo,
    Unknown,
)
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_ledger import Ledger
from drivers.payment.zvt_link import AbortSignal
from drivers.payment.zvt_records import IntermediateStatus, StatusInformation
from drivers.payment.zvt_session import ZvtSession
from drivers.payment.zvt_settings import CURRENCIES, ZvtCommon
from drivers.payment.zvt_texts import status_text

log = logging.getLogger(__name__)

_Outcome = PaymentOutcome | RefundOutcome | Reversed | NotReversed

_SENT_BEFORE: Final = "It was sent before, and what became of it is not known. Enquire."


class ZvtPayments:
    """What moves money, over one session. Used on the device's thread only.

    After an `Unknown` the connection is given up: what is asked next is asked of a terminal that has been opened anew.
    """

    def __init__(self, alias: str, settings: ZvtCommon, session: ZvtSession, sink: Sink, abort: AbortSignal) -> None:
        self._alias = alias
        self._settings = settings
        self._session = session
        self._sink = sink
        self._abort = abort
        self._last: int | None = None
        self._charges: Ledger[_Outcome] = Ledger()

    def authorise(self, request: PaymentRequest) -> PaymentOutcome:
        """See `ZvtDriver.authorise`."""
        if (sent := self._charges.of(request.reference)) is not None:
            if isinstance(sent.outcome, Approved | Declined):
                return sent.outcome
            return Unknown(self._alias, request.reference, _SENT_BEFORE)
        code = self._objection(request)
        if code is not None or not self._quiet():
            return Declined(self._alias, request.reference, DeclineReason.UNAVAILABLE, code or "")
        command = commands.authorisation(request.amount_minor, CURRENCIES[request.currency])
        dialogue = self._send(request.reference, request.reference, command)
        outcome = rules.charged(dialogue, request, self._alias, self._session.terminal_id)
        self._concluded("authorise", outcome, dialogue)
        self._settle(request.reference, outcome)
        if not isinstance(outcome, Unknown):
            self.learn(*dialogue.statuses[-1:])
        return outcome

    def refund(self, request: PaymentRequest) -> RefundOutcome:
        """See `ZvtDriver.refund`."""
        key = f"refund of {request.reference}"
        if (sent := self._charges.of(key)) is not None:
            if isinstance(sent.outcome, Refunded | NotRefunded):
                return sent.outcome
            return Unknown(self._alias, request.reference, _SENT_BEFORE)
        code = self._objection(request)
        if code is not None or not self._quiet():
            return NotRefunded(self._alias, request.reference, DeclineReason.UNAVAILABLE, code or "")
        currency = CURRENCIES[request.currency]
        command = commands.refund(self._settings.password, request.amount_minor, currency)
        dialogue = self._send(key, request.reference, command)
        outcome = rules.paid_out(dialogue, request, self._alias, self._session.terminal_id)
        self._concluded("refund", outcome, dialogue)
        self._settle(key, outcome)
        if not isinstance(outcome, Unknown):
            self.learn(*dialogue.statuses[-1:])
        return outcome

    def reverse(self, request: PaymentRequest, receipt_number: int) -> Reversed | NotReversed:
        """See `ZvtDriver.reverse`."""
        if not 0 < receipt_number <= codec.HIGHEST_RECEIPT_NUMBER:
            return NotReversed(self._alias, request.reference, "The charge has no receipt number of the terminal.")
        if not self._quiet():
            reason = "The terminal is not connected; it was not asked."
            return NotReversed(self._alias, request.reference, reason)
        key = f"reversal of {receipt_number}"
        # From now on nothing about the charge is told from memory.
        self._charges.forget(request.reference, receipt_number)
        dialogue = self._send(key, request.reference, commands.reversal(self._settings.password, receipt_number))
        outcome = rules.taken_back(dialogue, request, self._alias)
        self._concluded("reverse", outcome, dialogue)
        if isinstance(outcome, Reversed):
            told = dialogue.statuses[-1].receipt_number if dialogue.statuses else None
            self._charges.settle(key, outcome, told or 0)
            self.learn(*dialogue.statuses[-1:])
        elif rules.reversal_refused(dialogue) is not None:
            self._charges.settle(key, outcome, 0)
        else:
            self._session.close()
        return outcome

    def enquire(self, request: PaymentRequest, receipt_number: int | None) -> PaymentOutcome:
        """See `ZvtDriver.enquire`."""
        sent = self._charges.of(request.reference)
        if sent is not None and isinstance(sent.outcome, Approved | Declined):
            return sent.outcome
        before = receipt_number if sent is None or sent.before is None else sent.before
        try:
            if not self._session.connected:
                self._session.open()
            self._session.heard()
        except (DeviceError, OSError) as error:
            message = error.message if isinstance(error, DeviceError) else "The connection was lost."
            return Unknown(self._alias, request.reference, message)
        dialogue, last = self._ask_last()
        outcome = rules.settle(last, request, before, self._alias)
        if isinstance(outcome, Approved) and (why := self._charges.claim(request.reference, rules.number_of(last))):
            outcome = Unknown(self._alias, request.reference, why)
        self._concluded("enquire", outcome, dialogue)
        self._settle(request.reference, outcome, give_up=False)
        if isinstance(last, rules.NotKnown):
            self._session.close()
        else:
            self.learn_anew(last)
        return outcome

    def learn_anew(self, last: rules.LastTransaction) -> None:
        """Note what was answered to the question for the last transaction; what was known before counts no more."""
        self._last = None
        self.learn(last)

    def learn(self, last: rules.LastTransaction | None = None, *, emit: Sink | None = None) -> None:
        """Note the terminal's last receipt number where it was told, and say what is known by now."""
        match last:
            case StatusInformation(receipt_number=int(number)):
                self._last = number
            case rules.NoTransaction():
                # Known to have none: the first charge ever can be told from an older one, while this process lives.
                self._last = 0
            case _:
                pass
        (emit or self._sink)(TerminalInfo(self._alias, self._session.terminal_id, self._last or None))

    def _objection(self, request: PaymentRequest) -> str | None:
        """Why nothing is sent for `request`: a code, "" for none; None where there is no objection."""
        if request.currency != self._settings.currency or request.currency not in CURRENCIES:
            return f"{rules.WRONG_CURRENCY:02X}"
        return None if 0 < request.amount_minor <= codec.HIGHEST_AMOUNT_MINOR else ""

    def _quiet(self) -> bool:
        """Whether the connection stands, with nothing left over in it. Nothing is sent but acknowledgements."""
        try:
            self._session.heard()
        except DeviceError:
            return False
        return True

    def _send(self, key: str, reference: str, command: bytes) -> Dialogue:
        self._charges.send(key, self._last)
        self._abort.clear()
        shown = _Steps(self._alias, reference, self._settings.language, self._sink)
        return self._session.transact(command, shown, self._abort)

    def _settle(self, key: str, outcome: PaymentOutcome | RefundOutcome, *, give_up: bool = True) -> None:
        match outcome:
            case Approved(card=card) | Refunded(card=card):
                self._charges.settle(key, outcome, card.receipt_number or None)
            case Declined() | NotRefunded():
                self._charges.settle(key, outcome, 0)
            case Unknown() if give_up:
                self._session.close()

    def _ask_last(self) -> tuple[Dialogue, rules.LastTransaction]:
        idle = self._session.ask(commands.status_enquiry(self._settings.password))
        if not idle.clean or idle.refusal == rules.BUSY:
            return idle, rules.NotKnown(idle.broken or "The terminal is still busy.")
        dialogue = self._session.ask(commands.repeat_receipt(self._settings.password))
        return dialogue, rules.last_transaction(dialogue)

    def _concluded(self, action: str, outcome: object, dialogue: Dialogue) -> None:
        refusal = "" if dialogue.refusal is None else f"{dialogue.refusal:02X}"
        log.info(
            "payment.concluded device=%s action=%s outcome=%s code=%s broken=%r",
            *(self._alias, action, type(outcome).__name__, refusal, dialogue.broken),
        )


class _Steps:
    """Passes a running payment's steps on, each change once."""

    def __init__(self, alias: str, reference: str, language: str, sink: Sink) -> None:
        self._alias = alias
        self._reference = reference
        self._language = language
        self._sink = sink
        self._shown = ("", "")

    def __call__(self, status: IntermediateStatus) -> None:
        now = (rules.step_of(status.code), status.text or status_text(status.code, self._language))
        if now != self._shown:
            self._shown = now
            self._sink(PaymentProgress(self._alias, self._reference, *now))
