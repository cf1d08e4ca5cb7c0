"""What a printer model can do: paper width, code pages, cutter, and how it proves that a job is on paper."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

DOTS_PER_COLUMN = 12  # width of a letter of font A on every thermal printer here


class Cutter(enum.StrEnum):
    """What ends a document: the paper is cut but for one point, cut through, or only fed to the tear bar."""

    PARTIAL = "partial"
    FULL = "full"
    NONE = "none"


class Proof(enum.StrEnum):
    """How the printer proves that it has worked through a job.

    `PROCESS_ID`: `GS ( H` answers with an id of ours (Epson TM). `STATUS`: `GS r 1`, which an ESC/POS printer executes
    in buffer order, so that its answer comes only after all that was sent before it. `NONE`: it cannot; every job that
    was handed over stays UNKNOWN.
    """

    PROCESS_ID = "process_id"
    STATUS = "status"
    NONE = "none"


class Says(enum.StrEnum):
    """What the printer says of itself.

    `AUTOMATIC`: it answers DLE EOT and sends its status by itself (`GS a`). `ASKED`: it answers DLE EOT only.
    `NOTHING`: it answers nothing, or lies; what it sends is not listened to, and `Proof.NONE` goes with it.
    """

    AUTOMATIC = "automatic"
    ASKED = "asked"
    NOTHING = "nothing"


class Images(enum.StrEnum):
    """How a picture is sent: in rows (`GS v 0`), or in strips of 8 dots by columns (`ESC *`) to a needle printer."""

    RASTER = "raster"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class CodePage:
    """One character table of the printer: the `n` of `ESC t n` and Python's name for it."""

    number: int
    codec: str


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """A model. `columns` is of its plain font, `dots` the printable width and a multiple of 8.

    `code_pages` are tried in this order; what none of them holds is printed as a picture. `print_mode`: the bits of
    `ESC !` that select the plain font of a printer that knows no `GS !`, None where it knows it. `row_dpi` and `dpi`
    differ where dots are not square. `real_time_pulse`: opens the drawer at once, also without paper (`DLE DC4`).
    `continues`: after an error it can go on from the line where it stopped (`DLE ENQ 1`), and need not start empty.
    """

    name: str
    columns: int
    dots: int
    code_pages: tuple[CodePage, ...]
    cutter: Cutter
    proof: Proof
    native_qr: bool = True
    native_barcode: bool = True
    says: Says = Says.AUTOMATIC
    images: Images = Images.RASTER
    print_mode: int | None = None
    dpi: int = 203
    row_dpi: int = 203
    dots_per_column: int = DOTS_PER_COLUMN
    real_time_pulse: bool = False
    continues: bool = True


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
    """
    found = _table()[name]
    if columns is not None and columns * found.dots_per_column > found.dots:
        raise ValueError(f"`columns` must be at most {found.dots // found.dots_per_column} for the profile {name}")
    return found if columns is None else replace(found, columns=columns)


def names() -> tuple[str, ...]:
    """The names of all profiles."""
    return tuple(_table())


def _table() -> dict[str, PrinterProfile]:
    models = (*_thermal(), *_needle(), *_plain())
    return {model.name: model for model in models}


def _thermal() -> tuple[PrinterProfile, ...]:
    """Widths, fonts and tables by receipt-printer-encoder 4.0.1 (MIT) and escpos-printer-db (MIT).

    T88 (V, VI, VII) 80 mm at 180 dpi; T20 (II, III) and m30 (II, III) 80 mm at 203 dpi; T70 has the older tables and
    needs `GS r`. Citizen CT-S310II and CT-S651: 203 dpi, tables of their own numbers. Bixolon SRP-350: 180 dpi, no QR.
    """
    cut, id_, status = Cutter.PARTIAL, Proof.PROCESS_ID, Proof.STATUS
    return (
        PrinterProfile("epson_tm_t88", 42, 512, _EPSON, cut, id_, dpi=180, row_dpi=180, real_time_pulse=True),
        PrinterProfile("epson_tm_t20", 48, 576, _EPSON, cut, id_, real_time_pulse=True),
        PrinterProfile("epson_tm_m30", 48, 576, _EPSON, cut, id_, real_time_pulse=True),
        PrinterProfile("epson_tm_t70", 42, 512, _EUROPEAN, cut, status, dpi=180, row_dpi=180, real_time_pulse=True),
        PrinterProfile("citizen_ct_s", 48, 576, _EUROPEAN, cut, status),
        PrinterProfile(
            "bixolon_srp_350", 42, 512, (CodePage(19, "cp858"),), cut, status, native_qr=False, dpi=180, row_dpi=180
        ),
    )


def _needle() -> tuple[PrinterProfile, ...]:
    """TM-U220, 76 mm: 400 half dots in 40 columns of font B (7 x 9), `ESC *` strips 8/72 inch high.

    TM-U220 specification: `ESC !` bit 0 selects font B; there is no `GS !`, no bar code and no QR code.
    """
    return (
        PrinterProfile(
            "epson_tm_u220",
            40,
            400,
            _EUROPEAN,
            Cutter.PARTIAL,
            Proof.STATUS,
            native_qr=False,
            native_barcode=False,
            images=Images.COLUMNS,
            print_mode=0x01,
            dpi=160,
            row_dpi=72,
            dots_per_column=10,
            real_time_pulse=True,
            continues=False,  # the specification has DLE ENQ 2 only
        ),
    )


def _plain() -> tuple[PrinterProfile, ...]:
    """Printers that only promise the common core of ESC/POS.

    `zj_58` (ZJ-58, ZJ-5870, POS-5890 and what is sold under a hundred names) has no sensor that can be believed: some
    say "offline" for ever, some answer a `DLE EOT` with the state of an hour ago. It is not asked.
    """
    return (
        PrinterProfile("generic_80mm", 48, 576, _EUROPEAN, Cutter.PARTIAL, Proof.STATUS),
        PrinterProfile("generic_58mm", 32, 384, _WESTERN, Cutter.NONE, Proof.STATUS, native_qr=False),
        PrinterProfile(
            "zj_58",
            32,
            384,
            (CodePage(16, "cp1252"), CodePage(18, "cp852"), CodePage(17, "cp866")),
            Cutter.NONE,
            Proof.NONE,
            native_qr=False,
            native_barcode=False,
            says=Says.NOTHING,
        ),
    )
