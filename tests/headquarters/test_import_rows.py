"""Rows of a retailer's own files: what is taken, what is put right, what is refused, and that nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headquarters.importer import Basis, ImportResult, run
from kiosk.domain.item import CodeKind, Component, Item, ItemCode, Unit

Import = Callable[..., ImportResult]
GOOD = {"sku": "1", "name": "Milk 1 L", "department": "Dairy", "price": "1.29", "tax_code": "Z"}


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Imports rows, each a change to a good one, as JSON lines."""

    def run_rows(*changes: dict[str, object], basis: Basis | None = None) -> ImportResult:
        lines = [json.dumps(GOOD | {"sku": str(number)} | change) for number, change in enumerate(changes, 1)]
        source = tmp_path / "goods.jsonl"
        source.write_text("\n".join(lines), encoding="utf-8")
        return run(source, "jsonl", basis=basis)

    return run_rows


def only(result: ImportResult) -> Item:
    (item,) = result.catalog.items
    return item


def test_every_column_arrives(imported: Import) -> None:
    deposit = {"sku": "D", "name": "Deposit", "price": "0.15"}
    full = {
        "sku": "0042", "name": "Box", "price": "12.5", "unit": "each", "gtin": "96385074",
        "carton_gtin": "15901234123454", "carton_quantity": "12", "item_number": "00042", "plu": "042",
        "picture": "box", "minimum_age": "16", "deposit_sku": "D", "components": "D*2|D", "style": "S", "size": "L",
        "colour": "red", "by_sight": True,
    }  # fmt: skip
    result = imported(deposit, full)
    item = result.catalog.items[1]
    assert item == Item(
        "0042", "Box", "Dairy", 1250, Unit.EACH, "Z", "042", "box", 16, 0, "D",
        (Component("D", 2), Component("D", 1)), "S", "L", "red", by_sight=True, sellable=True,
    )  # fmt: skip
    assert result.catalog.codes == (
        ItemCode("00000096385074", "0042"),
        ItemCode("15901234123454", "0042", 12),
        ItemCode("00042", "0042", kind=CodeKind.RCN),
    )
    assert result.report["accepted"] == 2


@pytest.mark.parametrize(
    ("written", "code", "repairs"),
    [
        ("0012345678905", "00012345678905", set()),
        ("012345678905", "00012345678905", set()),
        ("00012345678905", "00012345678905", set()),
        ("12345678905", "00012345678905", {"code_leading_zero"}),
        (12345678905, "00012345678905", {"code_leading_zero"}),
        ("5901234123457", "05901234123457", set()),
        (5901234123457, "05901234123457", set()),
        (" 5901234123457 ", "05901234123457", {"trimmed"}),
        ("5-901234-123457", "05901234123457", {"code_separators"}),
        ("5 901234 123457", "05901234123457", {"code_separators"}),
        ("04252614", "00042100005264", {"code_upc_e"}),
        ("4252614", "00042100005264", {"code_leading_zero", "code_upc_e"}),
        ("2112345004990", "02112345004990", set()),
    ],
)
def test_codes_keep_their_zeros_and_are_put_right_only_on_proof(
    imported: Import, written: object, code: str, repairs: set[str]
) -> None:
    result = imported({"gtin": written})
    assert [found.code for found in result.catalog.codes] == [code]
    assert set(result.report["repairs"]) == repairs


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gtin": "5901234123458"}, "code_check_digit"),
        ({"gtin": "04252613"}, "code_check_digit"),
        ({"gtin": "02345678905"}, "code_length"),
        ({"gtin": "12345678901"}, "code_length"),
        ({"gtin": "123456"}, "code_length"),
        ({"gtin": "0000000000000"}, "code_all_zero"),
        ({"gtin": "5,90123E+12"}, "code_scientific"),
        ({"gtin": 5.90123e12}, "code_scientific"),
        ({"gtin": "59O1234123457"}, "code_not_digits"),
        ({"gtin": "٥٩٠١٢٣٤١٢٣٤٥٧"}, "code_not_digits"),
        ({"gtin": "9901234567899"}, "code_is_coupon"),
        ({"item_number": "123"}, "item_number"),
        ({"sku": " "}, "sku_missing"),
        ({"sku": "a b"}, "item_unfit"),
        ({"name": " "}, "name_missing"),
        ({"name": "★★★"}, "name_missing"),
        ({"name": "Mil�"}, "name_damaged"),
        ({"name": "Milk \ud800"}, "name_damaged"),
        ({"name": "Milk \udc80\ud800"}, "name_damaged"),
        ({"department": ""}, "item_unfit"),
        ({"department": "\ud800"}, "item_unfit"),
        ({"price": ""}, "price_missing"),
        ({"price": None}, "price_missing"),
        ({"price": "€1.29"}, "price_unreadable"),
        ({"price": "1.299"}, "price_unreadable"),
        ({"price": "1.299,00"}, "price_unreadable"),
        ({"price": "-1.29"}, "price_unreadable"),
        ({"price": "1e3"}, "price_unreadable"),
        ({"price": "NaN"}, "price_unreadable"),
        ({"price": "٣"}, "price_unreadable"),
        ({"price": "9999999999"}, "price_unreadable"),
        ({"price": 0}, "item_unfit"),
        ({"unit": "lb"}, "unit_unknown"),
        ({"tax_code": "Q"}, "tax_code_unknown"),
        ({"sellable": "maybe"}, "flag_unreadable"),
        ({"tare_grams": "10 g", "unit": "kg"}, "number_unreadable"),
        ({"tare_grams": "9" * 400, "unit": "kg"}, "number_unreadable"),
        ({"minimum_age": "120"}, "item_unfit"),
        ({"alcohol_percent": "strong"}, "alcohol_unreadable"),
        ({"alcohol_percent": "-4"}, "alcohol_unreadable"),
        ({"alcohol_percent": "NaN"}, "alcohol_unreadable"),
        ({"components": "1*x"}, "components_unreadable"),
        ({"components": "1*0"}, "components_unreadable"),
        ({"carton_gtin": "15901234123454"}, "number_unreadable"),
        ({"gtin": "96385074", "carton_gtin": "96385074", "carton_quantity": "2"}, "duplicate_other"),
        ({"deposit_sku": "gone"}, "reference_unknown"),
        ({"by_sight": True}, "item_unfit"),
        ({"prise": "1.29"}, "unknown_field"),
        ({"components": [{"sku": "2"}]}, "field_not_text"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_remedy(imported: Import, change: dict[str, object], reason: str) -> None:
    result = imported(change, {})
    assert result.report["reasons"] == {reason: 1}
    (example,) = result.report["examples"]
    assert (example["row"], example["reason"], example["source"]) == (1, reason, "goods.jsonl")
    assert example["message"]
    assert example["remedy"].endswith(".")
    assert only(result).sku == "2"
    assert result.catalog.codes == ()


@pytest.mark.parametrize(
    ("written", "name", "repairs"),
    [
        ("Crème brûlée", "Crème brûlée", set()),
        ("緑茶", "緑茶", set()),
        ("A&W root beer", "A&W root beer", set()),
        (" Milk ", "Milk", {"trimmed"}),
        ("Milk  1 L", "Milk 1 L", {"spaces"}),
        ("Ben &amp; Co &quot;dark&quot;", 'Ben & Co "dark"', {"html"}),
        ("Ben &amp;amp; Co", "Ben & Co", {"html"}),
        ("<b>Milk</b>", "Milk", {"html", "trimmed"}),
        ("CrÃ¨me", "Crème", {"mojibake"}),
        ("B\x9cuf", "Bœuf", {"mojibake"}),
        ("Mi\x00lk", "Milk", {"control_characters"}),
        ("Mi\u200blk", "Milk", {"control_characters"}),
        ("Milk\u202e", "Milk", {"control_characters"}),
        ("Milk\n1 L", "Milk 1 L", {"control_characters"}),
    ],
)
def test_names_are_made_fit_to_read(imported: Import, written: str, name: str, repairs: set[str]) -> None:
    result = imported({"name": written})
    assert only(result).name == name
    assert set(result.report["repairs"]) == repairs
    assert result.report["repaired"] == bool(repairs)


def test_a_long_name_is_cut_at_a_word(imported: Import) -> None:
    result = imported({"name": "Strawberry " * 10}, {"name": "x" * 300})
    first, second = (item.name for item in result.catalog.items)
    assert first == "Strawberry " * 6 + "Strawberry…"
    assert second == "x" * 79 + "…"
    assert result.report["repairs"]["name_shortened"] == 2


@pytest.mark.parametrize(
    ("written", "minor"), [("1.29", 129), (1.1, 110), ("1.1", 110), (3, 300), ("0.05", 5), ("1,29", 129)]
)
def test_prices_are_exact(imported: Import, written: object, minor: int) -> None:
    assert only(imported({"price": written})).price_minor == minor


def test_a_currency_has_its_own_decimals(imported: Import) -> None:
    assert only(imported({"price": "300"}, basis=Basis(currency="JPY"))).price_minor == 300
    assert only(imported({"price": "1.250"}, basis=Basis(currency="KWD"))).price_minor == 1250
    assert imported({"price": "1.5"}, basis=Basis(currency="JPY")).report["reasons"] == {"price_unreadable": 1}


def test_without_a_price_a_good_is_known_but_not_sold(imported: Import) -> None:
    result = imported({"price": "", "sellable": False})
    assert (only(result).price_minor, only(result).sellable) == (0, False)
    assert result.report["remarks"] == ["Without a price or marked so: 1 items cannot be sold until priced."]


@pytest.mark.parametrize(
    ("percent", "age"), [("", 0), ("0", 0), ("0.5", 0), ("0.51", 18), ("4,3 %", 18), (40, 18), ("6580", 18)]
)
def test_alcohol_above_half_a_percent_is_for_adults(imported: Import, percent: object, age: int) -> None:
    result = imported({"alcohol_percent": percent})
    assert only(result).minimum_age == age
    assert ("alcohol_impossible" in result.report["repairs"]) == (percent == "6580")


def test_an_age_is_never_lowered_by_the_alcohol(imported: Import) -> None:
    assert only(imported({"alcohol_percent": "5", "minimum_age": "21"})).minimum_age == 21
    assert only(imported({"alcohol_percent": "0", "minimum_age": "16"})).minimum_age == 16


def test_the_first_row_with_a_code_wins(imported: Import) -> None:
    code = {"gtin": "96385074"}
    result = imported(code, code | {"sku": "1"}, code | {"name": "Butter"}, {"sku": "1", "name": "Tea"})
    assert only(result).name == "Milk 1 L"
    assert result.report["reasons"] == {"duplicate_same": 1, "duplicate_other": 1, "sku_duplicate": 1}
    assert all("row 1 of goods.jsonl" in example["message"] for example in result.report["examples"])


def test_one_code_in_two_forms_is_one_code(imported: Import) -> None:
    result = imported({"gtin": "012345678905"}, {"gtin": "00012345678905", "name": "Tea"})
    assert result.report["reasons"] == {"duplicate_other": 1}


def test_a_plu_belongs_to_one_good(imported: Import) -> None:
    result = imported({"plu": "4011"}, {"plu": "4011", "name": "Tea"})
    assert result.report["reasons"] == {"plu_duplicate": 1}


def test_a_refused_deposit_takes_along_what_leads_to_it(imported: Import) -> None:
    result = imported(
        {"deposit_sku": "D"}, {"components": "1*2", "name": "  Box"}, {"sku": "D", "price": "?"}, {"name": "Tea"}
    )
    assert [item.name for item in result.catalog.items] == ["Tea"]
    assert result.report["reasons"] == {"reference_unknown": 2, "price_unreadable": 1}
    assert (result.report["accepted"], result.report["repaired"], result.report["repairs"]) == (1, 0, {})


def test_only_a_few_examples_are_kept_and_none_is_long(imported: Import) -> None:
    result = imported(*[{"name": "Milk", "price": "x" * 5000}] * 20)
    assert result.report["reasons"] == {"price_unreadable": 20}
    assert len(result.report["examples"]) == 5
    assert all(len(example["message"]) < 500 for example in result.report["examples"])
