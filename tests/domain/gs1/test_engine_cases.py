"""The published cases of the GS1 Barcode Syntax Engine, every kind of them; "^" is FNC1 there."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.domain.gs1.associations import contradiction, missing_partner
from kiosk.domain.gs1.digital_link import read_digital_link, write_digital_link
from kiosk.domain.gs1.elements import FNC1, Elements, read_bracketed, read_elements, write_elements
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.scan_data import ScanData, read_scan_data, write_scan_data
from kiosk.domain.gs1.symbology import Symbology
from tests.domain.gs1.cases import cases

# Names of the engine; where a scanner's text does not tell symbols apart, the one that reading settles for.
SYMBOLOGIES = {
    "DM": Symbology.DATA_MATRIX,
    "DataBarExpanded": Symbology.DATABAR_EXPANDED,
    "DataBarLimited": Symbology.DATABAR_LIMITED,
    "DataBarOmni": Symbology.DATABAR_OMNIDIRECTIONAL,
    "DotCode": Symbology.DOTCODE,
    "GS1_128_CCA": Symbology.GS1_128,
    "GS1_128_CCC": Symbology.GS1_128,
    "QR": Symbology.QR,
    "UPCE": Symbology.UPC_E,
}
# The engine reads this link twice, with GTINs of fewer than 14 digits permitted and not.
SHORT_GTINS_REFUSED = {1491}


def with_carets(text: str) -> str:
    return text.replace(FNC1, "^")


def with_fnc1(text: str) -> str:
    return text.replace("^", FNC1)


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "bracketed_ai_to_element_string"))
def test_brackets_become_an_element_string(case: dict[str, Any]) -> None:
    found = read_bracketed(case["input"])
    assert (not isinstance(found, Problem)) == case["valid"]
    if not isinstance(found, Problem):
        assert with_carets(write_elements(found)) == case["expected"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "ai_lint"))
def test_a_value_that_breaks_a_rule_is_named(case: dict[str, Any]) -> None:
    found = read_bracketed(case["input"])
    assert isinstance(found, Problem)
    assert found.message == case["expected_error"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "ai_error_markup"))
def test_what_is_wrong_in_a_value_is_marked(case: dict[str, Any]) -> None:
    found = read_bracketed(case["input"])
    assert isinstance(found, Problem)
    assert found.markup == case["expected_markup"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "element_string_valid"))
def test_element_strings(case: dict[str, Any]) -> None:
    assert (not isinstance(read_elements(with_fnc1(case["input"])), Problem)) == case["valid"]


def fit_together(found: Elements | Problem) -> bool:
    return not isinstance(found, Problem) and not contradiction(found) and not missing_partner(found)


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "ai_association_rules"))
def test_what_may_stand_together(case: dict[str, Any]) -> None:
    assert fit_together(read_bracketed(case["input"])) == case["valid"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "digital_link_parse"))
def test_digital_links_are_read(case: dict[str, Any]) -> None:
    found = read_digital_link(case["input"], short_gtins=case["line"] not in SHORT_GTINS_REFUSED)
    assert (not isinstance(found, Problem)) == case["valid"]
    if not isinstance(found, Problem):
        assert with_carets(write_elements(found)) == case["expected_element_string"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "digital_link_generate"))
def test_digital_links_are_written(case: dict[str, Any]) -> None:
    found = read_bracketed(case["input"])
    assert not isinstance(found, Problem)
    assert write_digital_link(found, case["stem"]) == case["expected"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "scan_data_generate"))
def test_scan_data_is_written(case: dict[str, Any]) -> None:
    symbology = SYMBOLOGIES.get(case["symbology"])
    found = write_scan_data(symbology, with_fnc1(case["input"])) if symbology else None
    assert (found if isinstance(found, str) else None) == case["expected_scan_data"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine", "scan_data_process"))
def test_scan_data_is_read(case: dict[str, Any]) -> None:
    found = read_scan_data(case["scan_data"])
    assert isinstance(found, ScanData) == case["valid"]
    if isinstance(found, ScanData):
        assert found.symbology is SYMBOLOGIES[case["expected_symbology"]]
        plain = not found.message.startswith(FNC1)
        escaped = plain and found.message.lstrip("\\").startswith("^")
        assert ("\\" if escaped else "") + with_carets(found.message) == case["expected_data"]


@pytest.mark.parametrize("case", cases("gs1_syntax_engine"))
def test_no_kind_of_case_is_passed_over(case: dict[str, Any]) -> None:
    assert case["kind"] in {
        "ai_association_rules",
        "ai_error_markup",
        "ai_lint",
        "bracketed_ai_to_element_string",
        "digital_link_generate",
        "digital_link_parse",
        "element_string_valid",
        "scan_data_generate",
        "scan_data_process",
    }
