"""What devices a workstation has, by interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.device import DeviceChanged, Driver, HealthLevel, Lifecycle
from drivers.display.interface import LineDisplay
from drivers.drawer.interface import CashDrawer
from drivers.identity import Hint
from drivers.payment.interface import PaymentTerminal
from drivers.printer.interface import DisplayPort, DrawerPort, ReceiptPrinter
from drivers.scale.interface import Scale
from drivers.scanner.interface import BarcodeScanner
from drivers.signal.interface import LaneLight
from drivers.signature.interface import SignatureUnit
from drivers.supervisor import Supervisor
from drivers.transport.tap import Frame, Tap
from drivers.transport.waiting import Deadline


class ScaleDriver(Driver, Scale, Protocol):
    """A driver of a scale."""


class ScannerDriver(Driver, BarcodeScanner, Protocol):
    """A driver of a bar-code scanner."""


class PrinterDriver(Driver, ReceiptPrinter, DrawerPort, DisplayPort, Protocol):
    """A driver of a receipt printer."""

    def interrupt(self) -> None:
        """End a wait for paper early; the job's outcome still comes. From any thread."""
        ...


class TerminalDriver(Driver, PaymentTerminal, Protocol):
    """A driver of a payment terminal."""


class SignatureDriver(Driver, SignatureUnit, Protocol):
    """A driver of a signature unit."""


class DrawerDriver(Driver, CashDrawer, Protocol):
    """A driver of a cash drawer."""


class DisplayDriver(Driver, LineDisplay, Protocol):
    """A driver of a line display."""


class LightDriver(Driver, LaneLight, Protocol):
    """A driver of a lane light."""


@dataclass(frozen=True, slots=True)
class Devices:
    """The supervised devices of a workstation; None or () where it has none of a category."""

    scanners: tuple[Supervisor[ScannerDriver], ...] = ()
    scale: Supervisor[ScaleDriver] | None = None
    bagging_scale: Supervisor[Driver] | None = None
    printer: Supervisor[PrinterDriver] | None = None
    label_printer: Supervisor[Driver] | None = None
    terminal: Supervisor[TerminalDriver] | None = None
    signature_unit: Supervisor[SignatureDriver] | None = None
    nfc_readers: tuple[Supervisor[Driver], ...] = ()
    drawer: Supervisor[DrawerDriver] | None = None
    displays: tuple[Supervisor[DisplayDriver], ...] = ()
    light: Supervisor[LightDriver] | None = None
    keypad: Supervisor[Driver] | None = None
    jack: Supervisor[Driver] | None = None
    taps: tuple[tuple[str, Tap], ...] = ()

    def start(self) -> None:
        """Start all of them; each tells by `DeviceChanged` how it fares."""
        for device in self.all():
            device.start()

    def opening(self) -> Iterator[DeviceChanged]:
        """What is so of each device at the start, before its thread has said anything."""
        for device in self.all():
            yield DeviceChanged(device.name, device.driver.category, Lifecycle.OPENING)

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop all of them at the same time, in `timeout_s` at most. What a person waits for at them is broken off."""
        deadline = Deadline(timeout_s)
        for device in self.all():
            device.request_stop()
        for scanner in self.scanners:
            scanner.interrupt(lambda driver: driver.cancel_scan())
        if self.scale is not None:
            self.scale.interrupt(lambda scale: scale.cancel_weigh())
        if self.printer is not None:
            self.printer.interrupt(lambda printer: printer.interrupt())
        if self.terminal is not None:
            self.terminal.interrupt(lambda terminal: terminal.abort())
        if self.signature_unit is not None:
            self.signature_unit.interrupt(lambda unit: unit.give_up())
        for device in self.all():
            device.stop(deadline.left_s)
        for _, tap in self.taps:
            tap.close()

    def retry_now(self) -> None:
        """Try lost devices again without waiting: a person has acted."""
        for device in self.all():
            device.retry_now()

    def hint(self, hint: Hint) -> None:
        """Pass on what `Hotplug` tells, to the devices it may be meant for."""
        for device in self.all():
            device.hint(hint)

    def check_health(self, level: HealthLevel) -> None:
        """Check all of them; one `HealthReport` of each comes to the sink."""
        for device in self.all():
            device.check_health(level)

    def frames(self) -> dict[str, tuple[Frame, ...]]:
        """The last frames of each device by its alias, as they may be shown in a bug report."""
        return {alias: tap.frames() for alias, tap in self.taps}

    def all(self) -> Iterator[Supervisor[Any]]:
        """All of them."""
        single: tuple[Supervisor[Any] | None, ...] = (
            self.scale,
            self.bagging_scale,
            self.printer,
            self.label_printer,
            self.terminal,
            self.signature_unit,
            self.drawer,
            self.light,
            self.keypad,
            self.jack,
        )
        yield from self.scanners
        yield from (device for device in single if device is not None)
        yield from self.nfc_readers
        yield from self.displays
