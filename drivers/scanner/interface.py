"""The scanner category: codes come unasked; a scanner may be asked for one, to beep, and to be quiet."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

# ISO/IEC 15424: the letter of an AIM identifier says which symbology it is.
_SYMBOLOGIES = {
    "A": "code_39",
    "C": "code_128",
    "E": "ean_upc",
    "F": "codabar",
    "G": "code_93",
    "I": "itf",
    "J": "dotcode",
    "L": "pdf417",
    "Q": "qr",
    "d": "data_matrix",
    "e": "databar",
    "z": "aztec",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One code read by a scanner.

    `text` is the content without prefix, suffix and AIM identifier; `aim` is the AIM identifier ("]E0") where the
    scanner sends one, else "". `request` is that of the `scan_once` it answers, else "". Never logged: it may be a
    badge or a card.
    """

    device: str
    text: str
    aim: str = ""
    request: str = ""

    @property
    def symbology(self) -> str:
        """The symbology by the AIM identifier ("qr", "ean_upc"); "other" for a rare one, "" where none was sent."""
        return _SYMBOLOGIES.get(self.aim[1:2], "other") if self.aim else ""


@dataclass(frozen=True, slots=True)
class BadRead:
    """Bytes that were no whole code: too long, undecodable, or broken off. `reason` holds no part of the content."""

    device: str
    reason: str


class NoScanReason(enum.StrEnum):
    """Why a `scan_once` ended without a code."""

    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class NoScan:
    """The `scan_once` named `request` ended without a code."""

    device: str
    request: str
    reason: NoScanReason


class BarcodeScanner(Protocol):
    """A scanner that can be asked for something. Called on the device's thread, `cancel_scan` from any."""

    def scan_once(self, request: str, timeout_s: float) -> Scan | NoScan:
        """Wait up to `timeout_s` for one code, and take no second one for it.

        Pulls the trigger of a scanner that can be told to; works while disabled, and leaves it as it was. Bad reads on
        the way go to the sink. `DeviceError` or `OSError` where the scanner goes away.
        """
        ...

    def cancel_scan(self) -> None:
        """End a running `scan_once` early with `NoScan(CANCELLED)`. The one call that is made from another thread."""
        ...

    def beep(self, *, good: bool) -> bool:
        """Have the scanner sound a good or a bad read; False where it cannot be told to, so that the lane beeps."""
        ...

    def set_enabled(self, *, enabled: bool) -> bool:
        """Let codes through, or drop them; True where the scanner itself was told, and does not light up any more."""
        ...

    def clear_input(self) -> None:
        """Forget what has come in and was not handed over, and a code that has begun."""
        ...
