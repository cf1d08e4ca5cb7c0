"""A payment terminal over nexo Retailer, in Adyen's local form: charge, ask, reverse, abort; in doubt `Unknown`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from drivers.device import Category, Conditions, Finding, HealthLevel, Sink
from drivers.payment import nexo_charge, nexo_codec, nexo_settle, nexo_tls
from drivers.payment import nexo_messages as nexo
from drivers.payment.interface import (
    Attendance,
    Declined,
    NotReversed,
    PaymentOutcome,
    PaymentRequest,
    Reversed,
)
from drivers.payment.nexo_desk import CHECK, Desk
from drivers.payment.nexo_link import Connect
from drivers.payment.nexo_settings import NexoSettings, read_key
from drivers.transport.waiting import Deadline, wait_readable

__all__ = ["NexoSettings", "NexoTerminal"]

log = logging.getLogger(__name__)


def wall_ms() -> int:
    """The wall time in milliseconds."""
    return time.time_ns() // 1_000_000


Outcome = TypeVar("Outcome")


class NexoTerminal:
    """See `PaymentTerminal`, `TerminalOutput` and `Driver` for the contract, `nexo_rules` for what counts as what.

    Each question has a connection of its own. What is about to be sent stands in `payment-<alias>.db` in `data_folder`
    before the first byte goes out; a reference is sent once, ever.
    """

    def __init__(  # noqa: PLR0913 # the first four are what such a driver takes; the others are for tests and recording
        self,
        alias: str,
        settings: NexoSettings,
        sink: Sink,
        data_folder: Path,
        *,
        connect: Connect = nexo_tls.connect,
        clock_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._settings = settings
        self._path = data_folder / f"payment-{alias}.db"
        self._desk = Desk(alias, settings, sink, connect, clock_ms)
        self._health = Deadline(0)
        self._told: Conditions | None = None
        self._answered_ms = 0

    @property
    def category(self) -> Category:
        """Always a payment terminal."""
        return Category.PAYMENT_TERMINAL

    @property
    def attendance(self) -> Attendance:
        """As the settings say."""
        return self._settings.attendance

    def open(self) -> None:
        """Read the key, open the journal, abort a payment left behind, and return once a diagnosis was answered.

        Emits `TerminalInfo` and `Conditions`. `DeviceError`, permanent where a person has to act: a wrong key, file or
        certificate, or a terminal that takes no message of ours.
        """
        desk = self._desk
        desk.link.use(read_key(self._settings))
        desk.open(self._path)
        self._told = None
        last = desk.books.last(self._settings.poi_id)
        limit_ms = self._settings.payment_limit_s * 1000
        if last is not None and last.state == "sent" and desk.clock_ms() - last.sent_ms < limit_ms:
            # A lane that lost its power may have left it waiting for a card; nobody is to pay for that basket now.
            desk.send_abort(last.service_id)
        self._diagnose(host=False)
        desk.tell()

    def listen(self, wake_fd: int, emit: Sink) -> None:  # noqa: ARG002 # a terminal says nothing by itself
        """Ask from time to time how the terminal is (a diagnosis, which charges nothing)."""
        if not wait_readable(self._health.left_s, wake_fd):
            self._diagnose(host=False, wake_fd=wake_fd)

    def close(self) -> None:
        """Give the journal and the descriptors back."""
        self._desk.close()

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: when it last answered. Else a diagnosis that includes its way to Adyen. Never a payment."""
        if level is HealthLevel.INTERNAL:
            silent_s = (self._desk.clock_ms() - self._answered_ms) // 1000
            passed = self._answered_ms > 0 and silent_s <= 2 * self._settings.health_interval_s
            return Finding(passed, f"The terminal answered {silent_s} s ago.", "" if passed else CHECK)
        found = self._diagnose(host=True)
        if found is not None and found.conditions:
            return Finding(False, found.conditions[0].message, found.conditions[0].remedy)
        return Finding(True, f"{self._settings.poi_id} has answered a diagnosis and reaches its host.")

    def authorise(self, request: PaymentRequest) -> PaymentOutcome:
        """Charge: one PaymentRequest, once. See `nexo_rules.charged` for what counts as which outcome."""
        return self._concluded("authorise", nexo_charge.authorise(self._desk, request))

    def enquire(self, request: PaymentRequest, receipt_number: int | None) -> PaymentOutcome:
        """Ask what became of `request`, by TransactionStatus; see `nexo_rules.settled` for the exact rule."""
        return self._concluded("enquire", nexo_settle.enquire(self._desk, request, receipt_number))

    def reverse(self, request: PaymentRequest, receipt_number: int) -> Reversed | NotReversed:
        """Take a charge back by the terminal's id of it. No clear answer is `NotReversed`, saying so."""
        return self._concluded("reverse", nexo_settle.reverse(self._desk, request, receipt_number))

    def abort(self) -> None:
        """End the authorisation that is running (an AbortRequest goes out on another connection); else nothing."""
        self._desk.cancel.want()

    def display(self, lines: Sequence[str]) -> bool:
        """See `TerminalOutput.display`."""
        shown = nexo.DisplayOutput("CustomerDisplay", "Display", nexo_codec.text_output(lines))
        match self._desk.answer(nexo.DisplayRequest([shown]), "Display"):
            case nexo.Message(display_response=nexo.DisplayResponse(output_result=[first, *_])):
                return first.response.result == "Success"
        return False

    def print_receipt(self, text: str) -> bool:
        """See `TerminalOutput.print_receipt`."""
        printed = nexo.PrintOutput("Document", "PrintEnd", nexo_codec.text_output(text.splitlines()))
        match self._desk.answer(nexo.PrintRequest(printed), "Print"):
            case nexo.Message(print_response=nexo.PrintResponse(response=response)):
                return response.result == "Success"
        return False

    def _diagnose(self, *, host: bool, wake_fd: int = -1) -> Conditions | None:
        found = self._desk.diagnose(host=host, wake_fd=wake_fd)
        if found is not None:
            self._answered()
            if found != self._told:
                self._told = found
                self._desk.sink(found)
        return found

    def _answered(self) -> None:
        self._answered_ms = self._desk.clock_ms()
        self._health = Deadline(self._settings.health_interval_s)

    def _concluded(self, action: str, outcome: Outcome) -> Outcome:
        code = outcome.code if isinstance(outcome, Declined) else ""
        log.info(
            "payment.concluded device=%s action=%s outcome=%s code=%s",
            *(self._desk.alias, action, type(outcome).__name__, code),
        )
        return outcome
