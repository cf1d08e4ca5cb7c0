"""The receipt-printer category: a job with an id goes in, what became of it comes out."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class Align(enum.StrEnum):
    """Where text stands on the paper; in a line from right to left, LEFT is where it begins and RIGHT where it ends."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """One printed line. Longer than the paper is wide: wrapped at words by the encoder.

    Text is in the order it is read. With `rtl` the line runs from right to left; parts of it that must not be turned
    around (an amount, a Latin name) are put between U+2066 or U+2067 and U+2069, the isolates of Unicode UAX #9.
    """

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    double: bool = False
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Left text and right text on one line; the left is wrapped, the right (an amount) never is.

    With `rtl` the columns change sides, and `left` runs from right to left; an amount is read from the left always.
    """

    left: str
    right: str
    bold: bool = False
    double: bool = False
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code, centred."""

    content: str


class Symbology(enum.StrEnum):
    """Linear bar codes that every receipt printer knows."""

    EAN13 = "ean13"
    EAN8 = "ean8"
    CODE128 = "code128"


@dataclass(frozen=True, slots=True)
class Barcode:
    """A linear bar code with its digits below, centred.

    `content`: all 13 or 8 digits of an EAN, check digit included; for Code 128 printable ASCII.
    """

    content: str
    symbology: Symbology = Symbology.CODE128


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture such as a logo: `png` is the file, `alt` what stands for it where only text can be shown.

    Never enlarged; made smaller where it is wider than `width` of 100 hundredths of the paper. Grey is dithered.
    """

    png: bytes
    alt: str = ""
    align: Align = Align.CENTRE
    width: int = 100


Element = Text | Columns | Rule | QrCode | Barcode | Picture


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A document to print. `job_id` is unique for ever (it names sale and copy); the journal remembers it."""

    job_id: str
    elements: tuple[Element, ...]
    cut: bool = True


class PrintState(enum.StrEnum):
    """What became of a job.

    UNKNOWN: bytes were sent and no confirmation came, so paper may or may not have come out; such a job is never
    printed again silently. FAILED: nothing was printed, so the same job may be tried again.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PrintJobChanged:
    """A job reached a state. `message` and `remedy` are set for UNKNOWN and FAILED."""

    device: str
    job_id: str
    state: PrintState
    message: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DrawerLevel:
    """Pin 3 of the drawer connector at a printer: `high` or low. What that means depends on the drawer's wiring."""

    device: str
    high: bool


class DrawerPort(Protocol):
    """The drawer connector of a printer. Called on the printer's thread."""

    def pulse(self, pin: int, on_ms: int, off_ms: int) -> None:
        """Send one pulse to connector pin 2 (`pin` 0) or 5 (`pin` 1); never repeated by itself.

        `on_ms` 10 to 510, `off_ms` at least as long. Returns when it was sent; raises `DeviceError` where it was not,
        or where that cannot be known.
        """
        ...

    def drawer_level(self) -> bool | None:
        """What the sensor pin last was: high, low, or None where the printer does not say."""
        ...


class DisplayPort(Protocol):
    """The connector of a printer that a line display is wired to. Called on the printer's thread, between its jobs."""

    def pass_on(self, data: bytes) -> None:
        """Hand over bytes that select the display first and the printer again at their end.

        Raises `DeviceError` where the printer is gone. Whether the display showed it nobody knows.
        """
        ...


class ReceiptPrinter(Protocol):
    """A printer that says what became of a job. Called on the device's thread."""

    def print(self, job: PrintJob) -> PrintJobChanged:
        """Print and confirm; returns CONFIRMED, UNKNOWN or FAILED within the driver's deadline.

        A job id that is already CONFIRMED or UNKNOWN in the journal is not printed again; its state is returned.
        """
        ...
