"""What a Star printer can do, in the words of `profile.py`; and whether it speaks StarPRNT or Star Line Mode."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from drivers.printer.profile import CodePage, Cutter, PrinterProfile, Proof

StarName = Literal["star_mc_print2", "star_mc_print3", "star_tsp100iv", "star_tsp650ii", "star_tsp700ii"]
Dialect = Literal["star_prnt", "star_line"]

# Numbers of ESC GS t as in receipt-printer-encoder 4.0.1 (MIT), "star-prnt" and "star-line". CP858 leads: it is CP850
# with the euro sign. Star's table 0 is Star's own, and is not used.
_PAGES = (
    CodePage(4, "cp858"),
    CodePage(32, "cp1252"),
    CodePage(5, "cp852"),
    CodePage(10, "cp866"),
    CodePage(33, "cp1250"),
    CodePage(34, "cp1251"),
)
# Model: columns of font A and printable dots, 203 dpi (receipt-printer-encoder 4.0.1, MIT), and what it is set to when
# it leaves the factory (Star, "StarPRNT Command Specifications", model list).
_MODELS: dict[str, tuple[int, int, Dialect]] = {
    "star_mc_print2": (32, 384, "star_prnt"),
    "star_mc_print3": (48, 576, "star_prnt"),
    "star_tsp100iv": (48, 576, "star_prnt"),
    "star_tsp650ii": (48, 576, "star_line"),
    "star_tsp700ii": (48, 576, "star_line"),
}


def profile(name: str, columns: int | None = None) -> PrinterProfile:
    """The profile of that name, with another number of columns where given; `KeyError` where there is none.

    Raises `ValueError` where so many columns do not fit on the paper. `Proof.STATUS`: the ETB counter.
    """
    most, dots, _ = _MODELS[name]
    found = PrinterProfile(name, most, dots, _PAGES, Cutter.PARTIAL, Proof.STATUS, real_time_pulse=True)
    if columns is not None and columns * found.dots_per_column > dots:
        raise ValueError(f"`columns` must be at most {most} for the profile {name}")
    return found if columns is None else replace(found, columns=columns)


def dialect(name: str) -> Dialect:
    """What a model speaks when it leaves the factory."""
    return _MODELS[name][2]
