"""`python -m kiosk report`: what a person reads of reports and shifts in a ledger on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.messages.tills import ReportTaken
from tests.commands.till_files import lines_of, record, two_days
from tests.store.tills import Device

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return two_days(Device(tmp_path))


def run(*words: str | Path) -> int:
    return main(["report", *(str(word) for word in words)])


def test_an_x_report_shows_what_came_since_the_last_z(device: Device, capsys: Capture) -> None:
    before = lines_of(device)
    assert run("x", device.path) == 0
    out = capsys.readouterr().out
    assert "X report" in out
    assert "Net sales                                  €7.77" in out
    assert "2026-03-01 09:00 UTC                     0101/07" in out
    assert "Open shifts" in out
    assert "COPY" not in out
    assert lines_of(device) == before


def test_an_x_report_as_json(device: Device, capsys: Capture) -> None:
    assert run("x", device.path, "--json") == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert report["figures"]["tenders"] == {"cash": {"count": 1, "amount_minor": 777}}
    assert (report["kind"], report["number"], report["grand_before"]["sales_minor"]) == ("x", 2, 600)


def test_a_z_report_is_printed_again_as_a_copy(device: Device, capsys: Capture) -> None:
    assert run("z-reprint", device.path) == 0
    out = capsys.readouterr().out
    assert "Z report 1" in out
    assert out.count("*** COPY *** 1") == 2
    assert "Net sales                                  €5.40" in out


@pytest.mark.parametrize("choice", [("--number", "1"), ("--day", "2026-03-01")])
def test_a_z_report_is_found_by_number_and_day(device: Device, capsys: Capture, choice: tuple[str, str]) -> None:
    assert run("z-reprint", device.path, *choice, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["agrees"], said["report"]["number"]) == (True, 1)


@pytest.mark.parametrize("choice", [("--number", "2"), ("--day", "2026-03-02")])
def test_a_z_report_that_is_not_there_is_named(device: Device, capsys: Capture, choice: tuple[str, str]) -> None:
    assert run("z-reprint", device.path, *choice) == 2
    assert "no such Z report" in capsys.readouterr().err


def test_a_z_report_that_does_not_fit_its_entries_is_printed_and_said_to_be_wrong(
    device: Device, capsys: Capture
) -> None:
    device.damage(
        "update ledger set body = replace(body, '\"amount_minor\":600', '\"amount_minor\":900') where kind = 'sale'"
    )
    assert run("z-reprint", device.path) == 1
    printed = capsys.readouterr()
    assert "Z report 1" in printed.out
    assert "does not say what the entries before it come to" in printed.err


def test_a_z_report_that_cannot_be_read_is_an_error_with_a_remedy(device: Device, capsys: Capture) -> None:
    broken = ReportTaken(
        report_kind="z", number=2, business_day="2026-03-02", operator="eve", from_position=1, to_position=2, report="{"
    )
    record(device, broken)
    assert run("z-reprint", device.path) == 2
    assert "is damaged in the ledger" in capsys.readouterr().err


def test_a_settled_shift_is_shown(device: Device, capsys: Capture) -> None:
    assert run("shift", device.path) == 0
    out = capsys.readouterr().out
    assert "Shift settled" in out
    assert "Difference                                -€0.50" in out
    assert run("shift", device.path, "--shift", "0101-07-000001", "--json") == 0
    (shift,) = json.loads(capsys.readouterr().out)["shifts"]
    assert shift["settled"]["settlements"][0]["expected_minor"] == 10_040


def test_a_shift_that_is_not_settled_is_no_report_yet(device: Device, capsys: Capture) -> None:
    assert run("shift", device.path, "--shift", "0101-07-000002") == 2
    assert run("shift", device.path, "--day", "2030-01-01") == 2
    assert "no such settled shift" in capsys.readouterr().err


def test_paper_speaks_german(device: Device, capsys: Capture) -> None:
    assert run("x", device.path, "--language", "de") == 0
    assert "€" in capsys.readouterr().out


def test_an_empty_ledger_has_an_x_report_too(tmp_path: Path, capsys: Capture) -> None:
    device = Device(tmp_path)
    device.till().close()
    assert run("x", device.path) == 0
    assert "Net sales" in capsys.readouterr().out


def test_an_export_is_as_good_as_the_database(device: Device, capsys: Capture) -> None:
    export = device.folder / "export.jsonl"
    assert main(["ledger", "export", str(device.path), "--out", str(export)]) == 0
    assert run("x", device.path) == 0
    whole = capsys.readouterr().out
    assert run("x", export) == 0
    assert capsys.readouterr().out == whole


def test_a_kind_of_entry_that_is_not_known_is_said_and_not_left_out(device: Device, capsys: Capture) -> None:
    export = device.folder / "export.jsonl"
    main(["ledger", "export", str(device.path), "--out", str(export)])
    export.write_text(export.read_text().replace('type\\":\\"cash_moved', 'type\\":\\"cash_flown'))
    assert run("x", export) == 2
    assert "damaged, or newer" in capsys.readouterr().err


def test_what_is_no_ledger_is_said(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "x"
    path.write_text("nothing")
    assert run("x", path) == 2
    assert "is no ledger" in capsys.readouterr().err
