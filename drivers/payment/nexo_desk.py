"""What all that is done with a nexo terminal shares: its link, its journal, its settings and who is told."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.device import Conditions, DeviceError, Sink
from drivers.payment import nexo_codec as codec
from drivers.payment import nexo_messages as nexo
from drivers.payment import nexo_rules as rules
from drivers.payment.interface import (
    Approved,
    Declined,
    PaymentOutcome,
    PaymentRequest,
    TerminalInfo,
)
from drivers.payment.nexo_journal import Journal
from drivers.payment.nexo_link import Cancel, Connect, Lost, NexoLink, Reply
from drivers.payment.nexo_settings import NexoSettings

log = logging.getLogger(__name__)

CHECK: Final = "Check that it is switched on and that its local integration is enabled in Adyen's Customer Area."
_KEY: Final = "Compare key_file, key_identifier and key_version with the terminal's settings in Adyen's Customer Area."


class Desk:
    """One terminal's link, journal and cancel; to be used on one thread, apart from `cancel`."""

    def __init__(
        self, alias: str, settings: NexoSettings, sink: Sink, connect: Connect, clock_ms: Callable[[], int]
    ) -> None:
        self.alias = alias
        self.settings = settings
        self.sink = sink
        self.link = NexoLink(settings, sink, connect)
        self.cancel = Cancel()
        self.clock_ms = clock_ms
        self._journal: Journal | None = None

    @property
    def books(self) -> Journal:
        """The journal; `DeviceError` while it is closed."""
        if self._journal is None:
            raise DeviceError("The payment terminal is not open.", "Wait until it is ready.")
        return self._journal

    def open(self, path: Path) -> None:
        """Open the journal and take cancels from now on."""
        self._journal = self._journal or Journal(path)
        self.cancel.open()

    def close(self) -> None:
        """Give the journal and the descriptors back."""
        self.cancel.close()
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

    def case(self, request: PaymentRequest, number: int = 0) -> rules.Case:
        """The payment in question; `number` as in the journal, 0 where it is not there."""
        return rules.Case(self.alias, request, self.settings.poi_id, number)

    def note(self, write: Callable[[Journal], None]) -> None:
        """Write to the journal; a full disk must not turn a known outcome into an unknown one."""
        try:
            write(self.books)
        except DeviceError as error:
            log.warning("payment.journal device=%s reason=%r remedy=%r", self.alias, error.message, error.remedy)

    def keep(self, reference: str, paid: nexo.PaymentResponse, outcome: PaymentOutcome) -> None:
        """Write down what is known of a payment, before it is told."""
        found = rules.identification(paid)
        if found.transaction_id:
            self.note(lambda books: books.identify(reference, found.transaction_id, found.time_stamp))
        if isinstance(outcome, Approved):
            self.note(lambda books: books.conclude(reference, "approved"))
        elif isinstance(outcome, Declined):
            self.note(lambda books: books.conclude(reference, "declined"))

    def tell(self) -> None:
        """Say what the journal's last number is now."""
        try:
            last = self.books.last(self.settings.poi_id)
        except DeviceError:
            return
        self.sink(TerminalInfo(self.alias, self.settings.poi_id, last.number if last else None))

    def send_abort(self, service: str) -> None:
        """Ask for the end of a payment, on a connection of its own; what comes of it is told on the payment's."""
        body = nexo.AbortRequest(codec.reference_to(self.link.ends, "Payment", service), "MerchantAbort")
        with contextlib.suppress(DeviceError, OSError):
            self.link.ask(body, "Abort")

    def answer(self, body: nexo.Body, category: str) -> Reply | None:
        """Ask what needs nobody at the terminal; `DeviceError` where no answer comes."""
        reply = self.link.ask(body, category)
        if isinstance(reply, Lost):
            raise DeviceError(f"The payment terminal gave no answer. {reply.reason}", CHECK)
        return reply

    def diagnose(self, *, host: bool, wake_fd: int = -1) -> Conditions | None:
        """Ask how the terminal is; None where it was woken meanwhile. `DeviceError` where the terminal cannot work.

        Permanent where it takes no message of ours, or says nothing that our key fits. `host` asks for Adyen, too.
        """
        reply = self.link.ask(nexo.DiagnosisRequest(host_diagnosis_flag=host), "Diagnosis", wake_fd=wake_fd)
        return None if reply is None else Conditions(rules.conditions(_diagnosis(reply)))


def _diagnosis(reply: Reply) -> nexo.DiagnosisResponse:
    """The diagnosis in an answer. A busy terminal is a terminal that answers."""
    if isinstance(reply, Lost):
        remedy = _KEY if reply.wrong_key else CHECK
        message = f"The payment terminal gave no answer to a diagnosis. {reply.reason}"
        raise DeviceError(message, remedy, permanent=reply.wrong_key)
    if isinstance(reply, nexo.Message):
        if codec.is_reject(reply):
            raise DeviceError("The payment terminal takes no message of ours.", _KEY, permanent=True)
        found = reply.diagnosis_response
        if found is not None and (found.response.result == "Success" or found.response.error_condition == "Busy"):
            return found
    raise DeviceError("The payment terminal is not able to work.", "See its display, and restart it.")
