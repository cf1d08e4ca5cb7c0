"""Whole files: formats, encodings, damage, counts that add up, real data, and the command."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headquarters.importer import Basis, ImportFailed, ImportResult, run, run_all
from headquarters.importer.basis import read_tax_rates
from headquarters.importer.command import add_arguments, run_command
from headquarters.importer.lines import LINE_MAX
from headquarters.importer.readers import COLUMNS
from kiosk.domain.catalog import Catalog, catalog_problems
from kiosk.domain.gtin import Gtin, expand_upc_e, holds

HEAD = "sku,name,department,price,tax_code,gtin"
MILK = "1,Milk 1 L,Dairy,1.29,Z,0012345678905"
TEA = "2,Tea,Tea & Coffee,3.49,Z,5901234123457"


def write(folder: Path, data: str | bytes, name: str = "goods.csv") -> Path:
    target = folder / name
    target.write_bytes(data if isinstance(data, bytes) else data.encode())
    return target


def adds_up(result: ImportResult) -> bool:
    report = result.report
    return (
        report["rows"] == report["accepted"] + report["repaired"] + report["refused"]
        and report["refused"] == sum(report["reasons"].values())
        and len(result.catalog.items) == report["accepted"] + report["repaired"]
        and report["repaired"] <= sum(report["repairs"].values())
        and not catalog_problems(result.catalog)
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_csv_is_read_however_it_was_saved(
    tmp_path: Path, separator: str, encoding: str, line_end: str, *, zipped: bool
) -> None:
    text = line_end.join([HEAD, MILK, "", TEA.replace("Tea,", "Thé vert,")]).replace(",", separator)
    data = text.encode(encoding)
    result = run(write(tmp_path, gzip.compress(data) if zipped else data), "csv")
    assert [item.name for item in result.catalog.items] == ["Milk 1 L", "Thé vert"]
    assert [code.code for code in result.catalog.codes] == ["00012345678905", "05901234123457"]
    assert (result.report["rows"], result.report["accepted"]) == (2, 2)


def test_bytes_that_are_not_utf_8_are_read_as_windows_1252_and_said(tmp_path: Path) -> None:
    data = f"{HEAD}\n{MILK}\n{TEA}\n".replace("Tea,", "Thé à 3 €,").encode("cp1252")
    result = run(write(tmp_path, data), "csv")
    assert [item.name for item in result.catalog.items] == ["Milk 1 L", "Thé à 3 €"]
    assert (result.report["accepted"], result.report["repairs"]) == (1, {"encoding": 1})


def test_decimal_commas_of_a_semicolon_file_are_read_and_said(tmp_path: Path) -> None:
    result = run(write(tmp_path, f"{HEAD};x".replace(",", ";").removesuffix(";x") + "\n1;Milk;Dairy;1,29;Z;\n"), "csv")
    assert result.catalog.items[0].price_minor == 129
    assert result.report["repairs"] == {"decimal_comma": 1}


def test_quoted_fields_may_hold_separators_and_quotes(tmp_path: Path) -> None:
    result = run(write(tmp_path, f'{HEAD}\n1,"Ham, ""cured""",Deli,2.00,Z,\n'), "csv")
    assert result.catalog.items[0].name == 'Ham, "cured"'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('1,"Milk,Dairy,1.29,Z,', "csv_broken"),
        ('1,"Milk"x,Dairy,1.29,Z,', "csv_broken"),
        ("1,Milk,Dairy,1.29,Z", "cell_count"),
        ("1,Milk,2 %,Dairy,1.29,Z,", "cell_count"),
        ("1," + "x" * (LINE_MAX + 5) + ",Dairy,1.29,Z,", "row_too_long"),
        ("1," + "x" * (LINE_MAX * 2 + 2) + ",Dairy,1.29,Z,", "row_too_long"),
        ("1," + "x" * 140_000 + ",Dairy,1.29,Z,", "csv_broken"),
    ],
)
def test_a_broken_csv_line_is_one_refused_row_and_the_next_is_read(tmp_path: Path, line: str, reason: str) -> None:
    result = run(write(tmp_path, f"{HEAD}\n{line}\n{TEA}\n"), "csv")
    assert result.report["reasons"] == {reason: 1}
    assert [item.sku for item in result.catalog.items] == ["2"]
    assert adds_up(result)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not_json"),
        ("{'sku': 1}", "not_json"),
        ('{"sku": "1"} {"sku": "2"}', "not_json"),
        ("[" * 100_000, "not_json"),
        ("[1, 2]", "not_an_object"),
        ("null", "not_an_object"),
        ('"text"', "not_an_object"),
        ("7", "not_an_object"),
        ('{"sku": {"a": 1}}', "field_not_text"),
        ('{"weight": 1}', "unknown_field"),
        ('{"name": "' + "x" * LINE_MAX + '"}', "row_too_long"),
    ],
)
def test_a_broken_json_line_is_one_refused_row_and_the_next_is_read(tmp_path: Path, line: str, reason: str) -> None:
    good = json.dumps({"sku": "2", "name": "Tea", "department": "Tea", "price": 3.49, "tax_code": "Z"})
    result = run(write(tmp_path, f"\ufeff{line}\n\n{good}"), "jsonl")
    assert result.report["reasons"] == {reason: 1}
    assert [item.price_minor for item in result.catalog.items] == [349]
    assert adds_up(result)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "lacks the column"),
        (b"\xff\xfe", "lacks the column"),
        (b"a,b,c\n1,2,3\n", "lacks the column"),
        (b"sku,name,department,price,tax_code,prise\n", "prise"),
        (b"sku,name,department,price,tax_code,sku\n", "twice"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00 a spreadsheet", "lacks the column"),
        (gzip.compress(f"{HEAD}\n{MILK}\n".encode() * 500)[:-20], "damaged gzip"),
        (b"\x1f\x8b\x08 no gzip", "damaged gzip"),
        (f"{HEAD}\n{MILK}".encode("utf-16")[:-1], "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused_whole(tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(ImportFailed, match=word) as failed:
        run(write(tmp_path, data), "csv")
    assert failed.value.remedy.endswith(".")


def test_a_missing_file_a_folder_and_a_wrong_format_are_said(tmp_path: Path) -> None:
    for source, fmt in ((tmp_path / "gone.csv", "csv"), (tmp_path, "csv"), (tmp_path / "a.xml", "xml")):
        with pytest.raises(ImportFailed):
            run(source, fmt)


def test_the_report_is_written_as_json_and_names_its_file(tmp_path: Path) -> None:
    result = run(write(tmp_path, f"{HEAD}\n{MILK}\n1,,Dairy,1,Z,\n"), "csv", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report == result.report
    assert (report["source"], report["format"], report["reasons"]) == ("goods.csv", "csv", {"name_missing": 1})


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="report"):
        run(write(tmp_path, f"{HEAD}\n{MILK}\n"), "csv", tmp_path / "gone" / "report.json")


def test_a_row_may_lead_to_an_item_of_another_file(tmp_path: Path) -> None:
    first = write(tmp_path, "sku,name,department,price,tax_code,deposit_sku\n1,Cola,Drinks,1.20,S,D\n", "a.csv")
    second = write(tmp_path, "sku,name,department,price,tax_code\nD,Deposit,Deposits,0.15,Z\n", "b.csv")
    assert run_all([first, second], "csv").report["accepted"] == 2
    assert run(first, "csv").report["reasons"] == {"reference_unknown": 1}


# Any text at all, and often nearly right, so that every branch is met.
nearly = {
    "sku": st.sampled_from(["1", "2", "D", "", "a b"]),
    "name": st.sampled_from(["Milk", " Milk ", "A &amp; B", "", "x" * 100]) | st.text(max_size=12),
    "department": st.sampled_from(["Dairy", "Dairy", ""]),
    "price": st.sampled_from(["1.29", "1,29", "", "0", "x"]),
    "tax_code": st.sampled_from(["Z", "Z", "Q"]),
    "gtin": st.sampled_from(["", "96385074", "12345678905", "04252614", "5901234123458"]) | st.text("0123456789 -"),
    "deposit_sku": st.sampled_from(["", "", "D", "gone"]),
    "alcohol_percent": st.sampled_from(["", "4", "700", "x"]),
    "sellable": st.sampled_from(["", "false", "?"]),
}
rows = st.lists(st.fixed_dictionaries(nearly), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rows)
def test_counts_add_up_whatever_the_rows_hold(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    as_json = "".join(json.dumps(row) + "\n" for row in rows)
    result = run(write(tmp_path, as_json, "goods.jsonl"), "jsonl")
    assert result.report["rows"] == len(rows)
    assert adds_up(result)
    assert all(holds(code.code) and len(code.code) == 14 for code in result.catalog.codes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rows)
def test_a_csv_and_json_lines_with_the_same_rows_make_the_same_catalog(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    flat = [{key: "".join(value.splitlines()) for key, value in row.items()} for row in rows]
    text = io.StringIO()
    table = csv.DictWriter(text, list(nearly), lineterminator="\n")
    table.writeheader()
    table.writerows(flat)
    from_csv = run(write(tmp_path, text.getvalue()), "csv")
    from_json = run(write(tmp_path, "".join(json.dumps(row) + "\n" for row in flat), "goods.jsonl"), "jsonl")
    assert from_csv.catalog == from_json.catalog
    assert from_csv.report["reasons"] == from_json.report["reasons"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["csv", "jsonl", "openfoodfacts"]))
def test_no_bytes_make_a_traceback(tmp_path: Path, noise: bytes, fmt: str) -> None:
    for data in (noise, HEAD.encode() + b"\n" + noise):
        try:
            result = run(write(tmp_path, data, "noise"), fmt, tmp_path / "report.json")
        except ImportFailed:
            continue
        assert adds_up(result)


def test_open_food_facts_rows_are_known_but_not_sold(tmp_path: Path) -> None:
    lines = [
        {"barcode": "0046100007587", "name": "Pepper Jack &quot;Stick&quot;", "image": "https://example.org/a.jpg"},
        {"barcode": "3266140055769", "name": "Bière", "alcohol_vol_pct": "5.2"},
        {"barcode": "2112345004990", "name": "Poulet"},
        {"barcode": "3266140055769", "name": "Bière", "alcohol_vol_pct": "5.2"},
    ]
    source = write(tmp_path, "\n".join(json.dumps(line) for line in lines), "off.jsonl")
    result = run(source, "openfoodfacts")
    assert [(item.sku, item.minimum_age, item.sellable) for item in result.catalog.items] == [
        ("00046100007587", 0, False),
        ("03266140055769", 18, False),
    ]
    assert result.report["reasons"] == {"code_of_another_shop": 1, "duplicate_same": 1}
    assert any("2 items cannot be sold" in remark for remark in result.report["remarks"])
    assert any("Open Food Facts contributors" in remark for remark in result.report["remarks"])


def test_real_rows_of_open_food_facts(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "catalog" / "off_products.jsonl.gz"
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        raw = [json.loads(line) for line in lines]
    result = run(source, "openfoodfacts", tmp_path / "report.json")
    assert adds_up(result)
    assert result.report["rows"] == len(raw) == 49_962
    assert (result.report["accepted"], result.report["repaired"], result.report["refused"]) == (40_535, 1_893, 7_534)
    assert all(holds(code.code) and len(code.code) == 14 for code in result.catalog.codes)
    assert not any(item.sellable for item in result.catalog.items)
    kept = {item.sku: item for item in result.catalog.items}
    strong = {row["barcode"].zfill(14) for row in raw if float(row.get("alcohol_vol_pct") or 0) > 0.5}
    assert len(strong & set(kept)) > 1_000
    assert all(kept[sku].minimum_age == 18 for sku in strong & set(kept))
    # No code was made up: each is what the file holds, with zeros in front, or the UPC-E of it.
    plain = {row["barcode"].zfill(14) for row in raw}
    expanded = {expand_upc_e(row["barcode"].zfill(8)) for row in raw}
    made_up = [sku for sku in kept if sku not in plain and Gtin(sku) not in expanded]
    assert made_up == []


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_the_command_saves_the_catalog_and_says_what_was_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved: list[Catalog] = []
    source = write(tmp_path, f"{HEAD}\n{MILK}\n3,Tea,Tea,x,Z,\n")
    assert run_command(parsed(str(source), "--format", "csv", "--catalog-version", "4"), saved.append) == 1
    assert [(catalog.version, len(catalog.items)) for catalog in saved] == [(4, 1)]
    out = capsys.readouterr().out
    assert "2 rows: 1 accepted, 0 repaired, 1 refused" in out
    assert "row 2 of goods.csv: 'x' is no price" in out


def test_the_command_says_zero_when_all_is_well(tmp_path: Path) -> None:
    saved: list[Catalog] = []
    assert run_command(parsed(str(write(tmp_path, f"{HEAD}\n{MILK}\n")), "--format", "csv"), saved.append) == 0
    assert len(saved) == 1


@pytest.mark.parametrize(
    "arguments",
    [["--format", "jsonl"], ["--format", "csv", "--currency", "EURO"], ["--format", "csv", "--tax-rates", "x"]],
)
def test_the_command_saves_nothing_where_nothing_was_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    saved: list[Catalog] = []
    assert run_command(parsed(str(write(tmp_path, f"{HEAD}\n{MILK}\n")), *arguments), saved.append) == 2
    assert saved == []
    assert capsys.readouterr().err.strip().endswith(".")


def test_another_country_brings_its_own_tax_rates(tmp_path: Path) -> None:
    rates = write(tmp_path, "code,percent,name\nA,23,VAT 23%\nB,8.5,VAT 8.5%\n", "rates.csv")
    source = write(tmp_path, f"{HEAD}\n1,Milk,Dairy,4.29,B,\n")
    saved: list[Catalog] = []
    arguments = parsed(str(source), "--format", "csv", "--currency", "PLN", "--tax-rates", str(rates))
    assert run_command(arguments, saved.append) == 0
    assert saved[0].currency == "PLN"
    assert [(rate.code, rate.rate_ppm) for rate in saved[0].tax_rates] == [("A", 230_000), ("B", 85_000)]


@pytest.mark.parametrize(
    "text", ["", "a,b,c\n", "code,percent,name\n", "code,percent,name\nA,x,n\n", "code,percent,name\nA,1,n\nA,2,n\n",
             "code,percent,name\nA,101,n\n", "code,percent,name\nA,1\n"]
)  # fmt: skip
def test_tax_rates_are_never_half_right(tmp_path: Path, text: str) -> None:
    with pytest.raises(ImportFailed):
        read_tax_rates(write(tmp_path, text))


def test_the_readme_names_every_column() -> None:
    readme = (Path(run.__code__.co_filename).parent / "README.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in readme] == []
    assert Basis().currency == "EUR"
