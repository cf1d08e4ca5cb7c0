"""Symbologies and the identifiers that scanners send for them (ISO/IEC 15424, "AIM ids")."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from types import MappingProxyType

from kiosk.domain.gtin import is_digits

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")


class Symbology(enum.StrEnum):
    """What a bar code is printed as. Several share an AIM id; a scanner's text does not tell those apart."""

    EAN_13 = "ean_13"
    EAN_8 = "ean_8"
    UPC_A = "upc_a"
    UPC_E = "upc_e"
    EAN_ADD_ON_2 = "ean_add_on_2"
    EAN_ADD_ON_5 = "ean_add_on_5"
    EAN_13_WITH_ADD_ON = "ean_13_with_add_on"
    ITF = "itf"
    CODE_39 = "code_39"
    CODE_93 = "code_93"
    CODE_128 = "code_128"
    GS1_128 = "gs1_128"
    GS1_128_COMPOSITE = "gs1_128_composite"
    DATABAR_OMNIDIRECTIONAL = "databar_omnidirectional"
    DATABAR_TRUNCATED = "databar_truncated"
    DATABAR_STACKED = "databar_stacked"
    DATABAR_STACKED_OMNIDIRECTIONAL = "databar_stacked_omnidirectional"
    DATABAR_LIMITED = "databar_limited"
    DATABAR_EXPANDED = "databar_expanded"
    DATA_MATRIX = "data_matrix"
    GS1_DATA_MATRIX = "gs1_data_matrix"
    QR = "qr"
    GS1_QR = "gs1_qr"
    DOTCODE = "dotcode"
    GS1_DOTCODE = "gs1_dotcode"
    PDF417 = "pdf417"
    AZTEC = "aztec"


# What is taken for the symbol where a scanner sends this id.
_BY_AIM_ID: Mapping[str, Symbology] = MappingProxyType(
    {
        "]E0": Symbology.EAN_13,
        "]E1": Symbology.EAN_ADD_ON_2,
        "]E2": Symbology.EAN_ADD_ON_5,
        "]E3": Symbology.EAN_13_WITH_ADD_ON,
        "]E4": Symbology.EAN_8,
        "]I0": Symbology.ITF,
        "]I1": Symbology.ITF,
        "]C0": Symbology.CODE_128,
        "]C1": Symbology.GS1_128,
        "]G0": Symbology.CODE_93,
        "]e0": Symbology.DATABAR_EXPANDED,
        "]d0": Symbology.DATA_MATRIX,
        "]d1": Symbology.DATA_MATRIX,
        "]d2": Symbology.GS1_DATA_MATRIX,
        "]Q0": Symbology.QR,
        "]Q1": Symbology.QR,
        "]Q2": Symbology.QR,
        "]Q3": Symbology.GS1_QR,
        "]J0": Symbology.DOTCODE,
        "]J1": Symbology.GS1_DOTCODE,
    }
)
_BY_LETTER: Mapping[str, Symbology] = MappingProxyType(
    {"A": Symbology.CODE_39, "L": Symbology.PDF417, "z": Symbology.AZTEC}
)

# What is sent in front of each symbol's text; plain data, and the GS1 data of the same symbol.
AIM_IDS: Mapping[Symbology, str] = MappingProxyType(
    {
        Symbology.EAN_13: "]E0",
        Symbology.UPC_A: "]E0",
        Symbology.UPC_E: "]E0",
        Symbology.EAN_8: "]E4",
        Symbology.GS1_128: "]C1",
        Symbology.DATA_MATRIX: "]d1",
        Symbology.GS1_DATA_MATRIX: "]d2",
        Symbology.QR: "]Q1",
        Symbology.GS1_QR: "]Q3",
        Symbology.DOTCODE: "]J0",
        Symbology.GS1_DOTCODE: "]J1",
        Symbology.GS1_128_COMPOSITE: "]e0",
        Symbology.DATABAR_EXPANDED: "]e0",
        Symbology.DATABAR_OMNIDIRECTIONAL: "]e0",
        Symbology.DATABAR_TRUNCATED: "]e0",
        Symbology.DATABAR_STACKED: "]e0",
        Symbology.DATABAR_STACKED_OMNIDIRECTIONAL: "]e0",
        Symbology.DATABAR_LIMITED: "]e0",
    }
)

# Symbols that hold nothing but elements.
GS1_ONLY = frozenset(
    {
        Symbology.GS1_128,
        Symbology.GS1_128_COMPOSITE,
        Symbology.DATABAR_EXPANDED,
        Symbology.GS1_DATA_MATRIX,
        Symbology.GS1_QR,
        Symbology.GS1_DOTCODE,
    }
)


def split_aim_id(text: str) -> tuple[str, str]:
    """The AIM id in front of `text`, or "", and what is behind it."""
    match = _AIM.match(text)
    return (match.group(), text[match.end() :]) if match else ("", text)


def symbology_of(aim_id: str) -> Symbology | None:
    """The symbology that `aim_id` stands for, as far as a shop meets it."""
    return _BY_AIM_ID.get(aim_id) or _BY_LETTER.get(aim_id[1:2])


def symbology_read(aim_id: str, content: str) -> Symbology | None:
    """As `symbology_of`, but UPC told from EAN-13 by how many digits were sent, where the scanner adds no zero."""
    if aim_id == "]E0" and is_digits(content):
        if len(content) in {6, 7, 8}:
            return Symbology.UPC_E
        return Symbology.UPC_A if len(content) == 12 else Symbology.EAN_13
    return symbology_of(aim_id)
