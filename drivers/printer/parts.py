"""The parts of one printer over one connection, handed to whatever works on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import Sink
from drivers.printer.interface import PrintJob
from drivers.printer.journal import Journal
from drivers.printer.link import PrinterLink, Waits
from drivers.printer.profile import PrinterProfile
from drivers.printer.watch import Watch


@dataclass(frozen=True, slots=True)
class Parts:
    """What an open printer consists of. `alias` is its name in the settings; its records go to `sink`.

    `encode` makes the bytes of a job, without the request for its proof.
    """

    alias: str
    sink: Sink
    model: PrinterProfile
    waits: Waits
    journal: Journal
    link: PrinterLink
    watch: Watch
    encode: Callable[[PrintJob], bytes]
