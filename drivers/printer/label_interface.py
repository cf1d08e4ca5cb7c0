"""The label-printer category: a shelf label with an id goes in, what became of it comes out."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from drivers.printer.interface import PrintJobChanged


class LabelCode(enum.StrEnum):
    """Bar codes of a shelf label."""

    EAN13 = "ean13"
    EAN8 = "ean8"
    UPCA = "upca"
    CODE128 = "code128"
    QR = "qr"


@dataclass(frozen=True, slots=True)
class LabelBarcode:
    """`content`: all digits of an EAN or UPC, check digit included; printable ASCII for Code 128; any text for QR."""

    content: str
    symbology: LabelCode = LabelCode.EAN13


@dataclass(frozen=True, slots=True)
class ShelfLabel:
    """What a shelf label says. Prices are text, as the caller formats money: "3,98 €", "7,96 €/kg".

    A long `name` is wrapped and made smaller; what still has no room ends with "…". `lines` are small print.
    """

    name: str
    price: str
    unit_price: str = ""
    barcode: LabelBarcode | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelJob:
    """Labels to print. `job_id` is unique for ever; the journal remembers it.

    The size is that of the label without its backing, in millimetres. `dpi` is what the label was made for, 203, 300
    or 600; None: for whatever the printer has.
    """

    job_id: str
    label: ShelfLabel
    copies: int = 1
    width_mm: int = 60
    height_mm: int = 40
    dpi: int | None = None


class LabelPrinter(Protocol):
    """A label printer that says what became of a job. Called on the device's thread."""

    def print_label(self, job: LabelJob) -> PrintJobChanged:
        """Print and confirm; returns CONFIRMED, UNKNOWN or FAILED within the driver's deadline.

        A job id that is already CONFIRMED or UNKNOWN in the journal is not printed again; its state is returned.
        """
        ...
