"""The driver of an ESC/POS receipt printer on the network, on USB or on a serial line."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from drivers.device import Sink
from drivers.printer import pulse
from drivers.printer.encode import AUTOMATIC_STATUS, encode
from drivers.printer.journal import Journal
from drivers.printer.link import PrinterLink, Waits
from drivers.printer.parts import Parts
from drivers.printer.profile import Says, profile
from drivers.printer.receipt_driver import ReceiptDriver
from drivers.printer.settings import (
    AnyPrinterSettings,
    EscPosSerialSettings,
    EscPosSettings,
    EscPosUsbSettings,
)
from drivers.printer.watch import Watch
from drivers.printer.ways import Connect, Doors, OpenPort, OpenUsb
from drivers.transport import tcp
from drivers.transport.interface import Transport
from drivers.transport.serial import open_serial
from drivers.transport.usblp import open_usblp

__all__ = ["EscPosPrinter", "EscPosSerialSettings", "EscPosSettings", "EscPosUsbSettings"]


class EscPosPrinter(ReceiptDriver):
    """A receipt printer; see `ReceiptDriver` and `DisplayPort`. `open` asks DLE EOT 1 to 4.

    `data_folder` holds its journal. `connect(host, port, deadline_s)`, `open_port(path, line)` and `open_usb(node)`
    open the connection; which of them is used, the kind of `settings` says.
    """

    def __init__(  # noqa: PLR0913 # all after the folder have their values on a device
        self,
        alias: str,
        settings: AnyPrinterSettings,
        sink: Sink,
        data_folder: Path,
        *,
        waits: Waits | None = None,
        connect: Connect = tcp.connect,
        open_port: OpenPort = open_serial,
        open_usb: OpenUsb = open_usblp,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        model, doors = profile(settings.profile, settings.columns), Doors(connect, open_port, open_usb)
        super().__init__(alias, settings, model, sink, data_folder, waits=waits, doors=doors, clock_ms=clock_ms)

    def pulse(self, pin: int, on_ms: int, off_ms: int) -> None:
        """See `DrawerPort.pulse`. Without paper, too, where the model opens drawers in real time."""
        self._opened()
        at_once = self._model.real_time_pulse
        data = (pulse.real_time if at_once else pulse.in_stream)(pin, on_ms, off_ms)
        self._ready_for_pulse(real_time=at_once).link.send(data)

    def pass_on(self, data: bytes) -> None:
        """See `DisplayPort.pass_on`."""
        parts, jobs = self._opened()
        if jobs.lost is not None:
            raise jobs.lost
        parts.link.send(data)

    def recover(self) -> None:
        """A person says that the cause of a cutter or mechanism error is gone: tell the printer."""
        self._opened()[0].watch.recover()

    def _make_link(self, connection: Transport) -> PrinterLink:
        return PrinterLink(connection, self._waits, self._sink)

    def _make_parts(self, journal: Journal, link: PrinterLink) -> Parts:
        watch = Watch(self._alias, link, self._model)
        encoder = partial(encode, profile=self._model)
        return Parts(self._alias, self._sink, self._model, self._waits, journal, link, watch, encoder)

    def _switch_on(self, link: PrinterLink) -> None:
        if self._model.says is Says.AUTOMATIC:
            link.send(AUTOMATIC_STATUS)
