"""What a printer model can do: paper width, code pages, cutter, and how it proves that a job is on paper."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

DOTS_PER_COLUMN = 12  # width of a letter of font A on every model here


class Cutter(enum.StrEnum):
    """What ends a document: the paper is cut but for one point, cut through, or only fed to the tear bar."""

    PARTIAL = "partial"
    FULL = "full"
    NONE = "none"


class Proof(enum.StrEnum):
    """How the printer proves that it has worked through a job.

    `PROCESS_ID`: `GS ( H` answers with an id of ours (Epson TM). `STATUS`: `GS r 1`, which every ESC/POS printer
    executes in buffer order, so that its answer comes only after all that was sent before it.
    """

    PROCESS_ID = "process_id"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class CodePage:
    """One character table of the printer: the `n` of `ESC t n` and Python's name for it."""

    number: int
    codec: str


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """A model. `columns` is of font A (12 dots a character), `dots` the printable width and a multiple of 8.

    `code_pages` are tried in this order; what none of them holds is printed as a picture.
    """

    name: str
    columns: int
    dots: int
    code_pages: tuple[CodePage, ...]
    cutter: Cutter
    proof: Proof
    native_qr: bool = True


# Numbers as in escpos-printer-db (MIT), profiles "TM-T88V" and "TM-T20II". CP858 leads: it is CP850 with the euro
# sign, which printers have had since 1998; CP1252 adds dashes and quotes; the others serve the rest of Europe.
_WESTERN = (CodePage(19, "cp858"), CodePage(16, "cp1252"))
_EUROPEAN = (*_WESTERN, CodePage(18, "cp852"), CodePage(17, "cp866"))
_EPSON = (
    *_EUROPEAN,
    CodePage(45, "cp1250"),
    CodePage(47, "cp1253"),
    CodePage(48, "cp1254"),
    CodePage(51, "cp1257"),
    CodePage(49, "cp1255"),  # Hebrew with the signs of shekel and euro; Arabic has no page whose letters join
)


def profile(name: str, columns: int | None = None) -> PrinterProfile:
    """The profile of that name, with another number of columns where given; `KeyError` where there is none.

    Raises `ValueError` where so many columns do not fit on the paper.

    `epson_tm_t88` 80 mm at 180 dpi; `epson_tm_t20` and `epson_tm_m30` 80 mm at 203 dpi; `generic_80mm` and
    `generic_58mm` printers that only promise the common core of ESC/POS.
    """
    found = _table()[name]
    if columns is not None and columns * DOTS_PER_COLUMN > found.dots:
        raise ValueError(f"`columns` must be at most {found.dots // DOTS_PER_COLUMN} for the profile {name}")
    return found if columns is None else replace(found, columns=columns)


def names() -> tuple[str, ...]:
    """The names of all profiles."""
    return tuple(_table())


def _table() -> dict[str, PrinterProfile]:
    return {
        "epson_tm_t88": PrinterProfile("epson_tm_t88", 42, 512, _EPSON, Cutter.PARTIAL, Proof.PROCESS_ID),
        "epson_tm_t20": PrinterProfile("epson_tm_t20", 48, 576, _EPSON, Cutter.PARTIAL, Proof.PROCESS_ID),
        "epson_tm_m30": PrinterProfile("epson_tm_m30", 48, 576, _EPSON, Cutter.PARTIAL, Proof.PROCESS_ID),
        "generic_80mm": PrinterProfile("generic_80mm", 48, 576, _EUROPEAN, Cutter.PARTIAL, Proof.STATUS),
        "generic_58mm": PrinterProfile("generic_58mm", 32, 384, _WESTERN, Cutter.NONE, Proof.STATUS, native_qr=False),
    }
