"""The driver of a Star receipt printer (StarPRNT or Star Line Mode) on the network, on USB or on a serial line."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from drivers.device import Sink
from drivers.printer.journal import Journal
from drivers.printer.link import PrinterLink, Waits
from drivers.printer.parts import Parts
from drivers.printer.receipt_driver import ReceiptDriver
from drivers.printer.star_encode import AUTOMATIC_STATUS, encode
from drivers.printer.star_link import StarLink
from drivers.printer.star_profile import dialect, profile
from drivers.printer.star_pulse import in_stream, real_time
from drivers.printer.star_settings import AnyStarSettings, StarSerialSettings, StarSettings, StarUsbSettings
from drivers.printer.watch import Watch
from drivers.printer.ways import Doors
from drivers.transport.interface import Transport

__all__ = ["StarPrinter", "StarSerialSettings", "StarSettings", "StarUsbSettings"]


class StarWatch(Watch):
    """Follows the status of one connection. A Star printer goes on by itself once its cover is closed again."""

    def recover(self) -> None:
        """Nothing is to be told."""


class StarPrinter(ReceiptDriver):
    """A receipt printer; see `ReceiptDriver`. `open` asks `ESC ACK SOH`; ETB is the proof of a job."""

    def __init__(  # noqa: PLR0913 # all after the folder have their values on a device
        self,
        alias: str,
        settings: AnyStarSettings,
        sink: Sink,
        data_folder: Path,
        *,
        waits: Waits | None = None,
        doors: Doors | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        model = profile(settings.profile, settings.columns)
        super().__init__(alias, settings, model, sink, data_folder, waits=waits, doors=doors, clock_ms=clock_ms)
        self._dialect = settings.mode or dialect(settings.profile)

    def pulse(self, pin: int, on_ms: int, off_ms: int) -> None:
        """See `DrawerPort.pulse`. Without paper, too: then for as long as the printer is set to, usually 200 ms."""
        self._opened()
        timed = in_stream(pin, on_ms, off_ms)
        link = self._ready_for_pulse(real_time=True).link
        link.send(timed if link.status.can_print else real_time(pin))

    def _make_link(self, connection: Transport) -> PrinterLink:
        return StarLink(connection, self._waits, self._sink)

    def _make_parts(self, journal: Journal, link: PrinterLink) -> Parts:
        watch = StarWatch(self._alias, link, self._model)
        encoder = partial(encode, profile=self._model, dialect=self._dialect)
        return Parts(self._alias, self._sink, self._model, self._waits, journal, link, watch, encoder)

    def _switch_on(self, link: PrinterLink) -> None:
        link.send(AUTOMATIC_STATUS)
