"""Performs effects: each becomes one request on a device's own thread, whose outcome comes back as an event.

A device that is not there is an outcome too: every request is answered exactly once, so no screen waits for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from drivers.devices import Devices
from drivers.drawer.interface import DrawerStuck
from drivers.payment.interface import (
    Declined,
    DeclineReason,
    NotReversed,
    PaymentRequest,
    Unknown,
)
from drivers.printer.interface import PrintJob, PrintJobChanged, PrintState
from drivers.scale.interface import NoWeight, WeighProblem
from drivers.signature.interface import SignatureFailed, SigningRequest
from kiosk.checkout.effects import (
    AbortPayment,
    Append,
    BookSale,
    CancelWeigh,
    Effect,
    EnquirePayment,
    KickDrawer,
    PrintReceipt,
    PrintReport,
    RequestPayment,
    ReversePayment,
    SignReceipt,
    Weigh,
)
from kiosk.checkout.events import Event
from kiosk.checkout.flow.over import TERMINAL_AWAY
from kiosk.messages.contents import PaymentAttempt

NOBODY = "none"
SET_UP = "Name one under [devices] in the settings."


@dataclass(frozen=True, slots=True)
class Performer:
    """`compose` makes the print job of a booked sale or a report, or None where there is none."""

    devices: Devices
    post: Callable[[Event], None]
    compose: Callable[[PrintReceipt | PrintReport], PrintJob | None]
    weigh_timeout_s: int
    sign_timeout_s: float

    def __call__(self, effect: Effect) -> None:  # noqa: C901, PLR0912 - one case per effect
        """Start what the effect asks for; never blocks."""
        match effect:
            case RequestPayment(attempt):
                self._authorise(attempt)
            case EnquirePayment(attempt):
                self._enquire(attempt)
            case ReversePayment(attempt, receipt_number):
                self._reverse(attempt, receipt_number)
            case AbortPayment():
                if self.devices.terminal:
                    self.devices.terminal.interrupt(lambda terminal: terminal.abort())
            case Weigh(request):
                self._weigh(request)
            case CancelWeigh():
                if self.devices.scale:
                    self.devices.scale.interrupt(lambda scale: scale.cancel_weigh())
            case SignReceipt(reference, data):
                self._sign(reference, data)
            case PrintReceipt() | PrintReport():
                self._print(effect)
            case KickDrawer(request):
                self._kick(request)
            case Append() | BookSale():
                """In the ledger already: these are never performed."""
            case _ as never:
                assert_never(never)

    def _authorise(self, attempt: PaymentAttempt) -> None:
        request, reference = _request(attempt), attempt.attempt
        terminal = self.devices.terminal
        if terminal is None:
            self.post(Declined(NOBODY, reference, DeclineReason.UNAVAILABLE))
            return
        terminal.submit(
            lambda driver: driver.authorise(request),
            not_ready=Declined(terminal.name, reference, DeclineReason.UNAVAILABLE),
            lost=Unknown(terminal.name, reference, "the terminal was lost while it was asked"),
        )

    def _enquire(self, attempt: PaymentAttempt) -> None:
        request = _request(attempt)
        terminal = self.devices.terminal
        if terminal is None:
            self.post(Unknown(NOBODY, attempt.attempt, "there is no payment terminal"))
            return
        unknown = Unknown(terminal.name, attempt.attempt, "the terminal is not there to be asked")
        terminal.submit(lambda driver: driver.enquire(request, attempt.receipt_before), not_ready=unknown, lost=unknown)

    def _reverse(self, attempt: PaymentAttempt, receipt_number: int) -> None:
        request = _request(attempt)
        terminal = self.devices.terminal
        if terminal is None:
            self.post(NotReversed(NOBODY, attempt.attempt, TERMINAL_AWAY))
            return
        terminal.submit(
            lambda driver: driver.reverse(request, receipt_number),
            not_ready=NotReversed(terminal.name, attempt.attempt, TERMINAL_AWAY),
            lost=NotReversed(terminal.name, attempt.attempt, "the terminal was lost while it was asked"),
        )

    def _weigh(self, request: str) -> None:
        scale, timeout_s = self.devices.scale, float(self.weigh_timeout_s)
        if scale is None:
            self.post(NoWeight(NOBODY, request, WeighProblem.NOT_READY, final=True))
            return
        none = NoWeight(scale.name, request, WeighProblem.NOT_READY, final=True)
        scale.submit(lambda driver: driver.weigh(request, timeout_s), not_ready=none, lost=none)

    def _sign(self, reference: str, data: bytes) -> None:
        unit = self.devices.signature_unit
        if unit is None:
            self.post(SignatureFailed(NOBODY, reference, "There is no signature unit.", SET_UP))
            return
        request, timeout_s = SigningRequest(reference, data), self.sign_timeout_s
        failed = SignatureFailed(unit.name, reference, "The signature unit is not ready.", "")
        unit.submit(lambda driver: driver.sign(request, timeout_s), not_ready=failed, lost=failed)

    def _kick(self, request: str) -> None:
        drawer = self.devices.drawer
        if drawer is None:
            self.post(DrawerStuck(NOBODY, request, "There is no cash drawer.", SET_UP))
            return
        away = DrawerStuck(drawer.name, request, "The cash drawer is not connected.", "Open it with its key.")
        lost = DrawerStuck(drawer.name, request, "The drawer was lost while it was opened.", "See if it is open.")
        drawer.submit(lambda driver: driver.kick(request), not_ready=away, lost=lost)

    def _print(self, effect: PrintReceipt | PrintReport) -> None:
        printer, job = self.devices.printer, self.compose(effect)
        if printer is None or job is None:
            what = "There is no receipt printer." if job else "The sale is not in the ledger."
            self.post(PrintJobChanged(NOBODY, effect.job_id, PrintState.FAILED, what, SET_UP))
            return
        printer.submit(
            lambda driver: driver.print(job),
            not_ready=PrintJobChanged(printer.name, job.job_id, PrintState.FAILED, "The printer is not ready.", ""),
            lost=PrintJobChanged(printer.name, job.job_id, PrintState.UNKNOWN, "The printer was lost.", ""),
        )


def _request(attempt: PaymentAttempt) -> PaymentRequest:
    return PaymentRequest(attempt.attempt, attempt.amount_minor, attempt.currency)
