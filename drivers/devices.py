"""What devices a workstation has, by interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.device import DeviceChanged, Driver, Lifecycle
from drivers.payment.interface import PaymentTerminal
from drivers.printer.interface import ReceiptPrinter
from drivers.scale.interface import Scale
from drivers.signature.interface import SignatureUnit
from drivers.supervisor import Supervisor
from drivers.transport.waiting import Deadline


class ScaleDriver(Driver, Scale, Protocol):
    """A driver of a scale."""


class PrinterDriver(Driver, ReceiptPrinter, Protocol):
    """A driver of a receipt printer."""

    def interrupt(self) -> None:
        """End a wait for paper early; the job's outcome still comes. From any thread."""
        ...


class TerminalDriver(Driver, PaymentTerminal, Protocol):
    """A driver of a payment terminal."""


class SignatureDriver(Driver, SignatureUnit, Protocol):
    """A driver of a signature unit."""


@dataclass(frozen=True, slots=True)
class Devices:
    """The supervised devices of a workstation; None where it has none of a category."""

    scanners: tuple[Supervisor[Driver], ...] = ()
    scale: Supervisor[ScaleDriver] | None = None
    printer: Supervisor[PrinterDriver] | None = None
    terminal: Supervisor[TerminalDriver] | None = None
    signature_unit: Supervisor[SignatureDriver] | None = None

    def start(self) -> None:
        """Start all of them; each tells by `DeviceChanged` how it fares."""
        for device in self._all():
            device.start()

    def opening(self) -> Iterator[DeviceChanged]:
        """What is so of each device at the start, before its thread has said anything."""
        for device in self._all():
            yield DeviceChanged(device.name, device.driver.category, Lifecycle.OPENING)

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop all of them at the same time, in `timeout_s` at most. What a person waits for at them is broken off."""
        deadline = Deadline(timeout_s)
        for device in self._all():
            device.request_stop()
        if self.scale is not None:
            self.scale.interrupt(lambda scale: scale.cancel_weigh())
        if self.printer is not None:
            self.printer.interrupt(lambda printer: printer.interrupt())
        if self.terminal is not None:
            self.terminal.interrupt(lambda terminal: terminal.abort())
        if self.signature_unit is not None:
            self.signature_unit.interrupt(lambda unit: unit.give_up())
        for device in self._all():
            device.stop(deadline.left_s)

    def retry_now(self) -> None:
        """Try lost devices again without waiting: something was plugged in, or a person has acted."""
        for device in self._all():
            device.retry_now()

    def _all(self) -> Iterator[Supervisor[Any]]:
        yield from self.scanners
        for device in (self.scale, self.printer, self.terminal, self.signature_unit):
            if device is not None:
                yield device
