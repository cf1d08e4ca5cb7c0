"""What a scanner sends for a symbol, both ways, and what no scanner of such a symbol sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.gs1.elements import FNC1, Elements, write_elements
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.scan_data import ScanData, read_scan_data, write_scan_data
from kiosk.domain.gs1.symbology import AIM_IDS, GS1_ONLY, Symbology, split_aim_id, symbology_of, symbology_read
from tests.domain.gs1.parts import element_lists


@given(element_lists(), st.sampled_from(sorted(GS1_ONLY - {Symbology.GS1_128_COMPOSITE})))
def test_elements_come_through_every_gs1_symbol(elements: Elements, symbology: Symbology) -> None:
    message = write_elements(elements)
    assert read_scan_data(str(write_scan_data(symbology, message))) == ScanData(symbology, message)


@given(element_lists())
def test_a_component_comes_through_beside_an_ean(elements: Elements) -> None:
    message = f"4006381333931|{write_elements(elements)}"
    scanned = write_scan_data(Symbology.EAN_13, message)
    assert isinstance(scanned, str)
    assert scanned.startswith("]E04006381333931|]e0")
    assert read_scan_data(scanned) == ScanData(Symbology.EAN_13, message)


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    assert isinstance(read_scan_data(text), ScanData | Problem)
    for symbology in Symbology:
        assert isinstance(write_scan_data(symbology, text), str | Problem)
        assert isinstance(write_scan_data(symbology, FNC1 + text), str | Problem)


@pytest.mark.parametrize(
    ("symbology", "message", "scanned"),
    [
        (Symbology.EAN_8, "96385074", "]E496385074"),
        (Symbology.EAN_8, f"{FNC1}0100000096385074", "]E496385074"),
        (Symbology.UPC_A, "036000291452", "]E00036000291452"),
        (Symbology.EAN_13, f"{FNC1}0104006381333931", "]E04006381333931"),
        (Symbology.DATABAR_LIMITED, "09520123456788", "]e00109520123456788"),
        (Symbology.QR, "plain ^ text", "]Q1plain ^ text"),
        (Symbology.GS1_128, f"{FNC1}10A|{FNC1}21B", f"]e010A{FNC1}21B"),
        (Symbology.GS1_128, f"{FNC1}17260531|{FNC1}21B", "]e01726053121B"),
    ],
)
def test_scanners_send(symbology: Symbology, message: str, scanned: str) -> None:
    assert write_scan_data(symbology, message) == scanned


@pytest.mark.parametrize(
    ("symbology", "message", "code"),
    [
        (Symbology.EAN_13, "4006381333932", "check_digit"),
        (Symbology.EAN_13, "400638133393", "primary"),
        (Symbology.UPC_A, f"{FNC1}0104006381333931", "primary"),
        (Symbology.GS1_128, "10ABC", "fnc1_missing"),
        (Symbology.GS1_128, f"{FNC1}8912", "unknown_ai"),
        (Symbology.GS1_128, f"{FNC1}10A|{FNC1}8912", "unknown_ai"),
        (Symbology.DATABAR_LIMITED, "20000000000004", "too_large"),
        (Symbology.CODE_39, f"{FNC1}10A", "no_gs1_data"),
    ],
)
def test_what_a_symbol_cannot_hold_is_refused(symbology: Symbology, message: str, code: str) -> None:
    found = write_scan_data(symbology, message)
    assert isinstance(found, Problem)
    assert found.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4006381333931", "aim_id_missing"),
        ("]A0ABC", "aim_id"),
        ("]E04006381333932", "check_digit"),
        ("]E04006381333931|]e08912", "unknown_ai"),
        ("]C1", "empty"),
        ("]Q1https://example.com/offers", "no_key"),
    ],
)
def test_what_no_scanner_sends_is_refused(text: str, code: str) -> None:
    found = read_scan_data(text)
    assert isinstance(found, Problem)
    assert found.code == code


@pytest.mark.parametrize(
    ("aim_id", "content", "symbology"),
    [
        ("]E0", "4006381333931", Symbology.EAN_13),
        ("]E0", "036000291452", Symbology.UPC_A),
        ("]E0", "04252614", Symbology.UPC_E),
        ("]A4", "X", Symbology.CODE_39),
        ("]L2", "X", Symbology.PDF417),
        ("]z0", "X", Symbology.AZTEC),
        ("]X0", "X", None),
        ("", "X", None),
    ],
)
def test_an_identifier_names_its_symbology(aim_id: str, content: str, symbology: Symbology | None) -> None:
    assert split_aim_id(aim_id + content) == (aim_id, content)
    assert symbology_read(aim_id, content) is symbology


def test_every_id_that_is_written_is_known() -> None:
    assert all(symbology_of(aim_id) is not None for aim_id in AIM_IDS.values())
