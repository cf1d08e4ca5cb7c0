"""`python -m kiosk fiscal verify`: what an auditor sees, with official files as they are and with ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.domain.fiscal.interface import ReceiptKind
from kiosk.domain.fiscal.rksv.dep import export
from kiosk.domain.fiscal.rksv.keys import container
from tests.domain.fiscal.austria import AES_KEY, RUNS, Shop, run_in

Capture = pytest.CaptureFixture[str]


def run(dep: Path, keys: Path, *words: str) -> int:
    return main(["fiscal", "verify", str(dep), "--keys", str(keys), *words])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An export of three receipts and its keys."""
    shop = Shop()
    shop.make(ReceiptKind.START)
    shop.make(ReceiptKind.SALE, 1234)
    shop.make(ReceiptKind.SALE, 100, works=False)
    dep, keys = tmp_path / "dep.json", tmp_path / "keys.json"
    dep.write_text(json.dumps(export(shop.entries)), encoding="utf-8")
    unit = shop.units[0]
    keys.write_text(json.dumps(container(AES_KEY, {unit.serial: unit.certificate})), encoding="utf-8")
    return dep, keys


@pytest.mark.parametrize("name", RUNS)
def test_official_files_are_taken_as_they_are(shared_data: Path, name: str, capsys: Capture) -> None:
    folder = run_in(shared_data, name).folder
    assert run(folder / "dep-export.json", folder / "cryptographicMaterialContainer.json") == 0
    assert capsys.readouterr().out.endswith(": intact\n")


def test_an_intact_journal_is_one_line(files: tuple[Path, Path], capsys: Capture) -> None:
    assert run(*files) == 0
    said = "cash box S01/3: 3 receipts, 1 without a signature, turnover 1334 cents: intact\n"
    assert capsys.readouterr().out == said


def test_each_problem_is_named_with_its_receipt_and_a_remedy(files: tuple[Path, Path], capsys: Capture) -> None:
    dep, keys = files
    journal = json.loads(dep.read_text())
    del journal["Belege-Gruppe"][0]["Belege-kompakt"][1]
    dep.write_text(json.dumps(journal))
    assert run(dep, keys) == 1
    first, second, verdict = capsys.readouterr().out.splitlines()
    assert first.startswith("receipt 2 R3 broken_chain: its chaining value is not that of the receipt before it. ")
    assert second.startswith("receipt 2 R3 wrong_turnover: its counter says 1334 cents, the receipts add up to 100. ")
    assert verdict.endswith(": 2 problems")


def test_a_program_gets_one_json_object(files: tuple[Path, Path], capsys: Capture) -> None:
    dep, keys = files
    assert run(dep, keys, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {
        "intact": True,
        "cash_box_id": "S01/3",
        "receipts": 3,
        "unsigned": 1,
        "turnover_minor": 1334,
        "problems": [],
    }


def test_what_cannot_be_verified_is_said_with_a_remedy(
    files: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    dep, keys = files
    for wrong, said in (
        ((tmp_path / "none.json", keys), "none.json cannot be read"),
        ((dep, tmp_path / "none.json"), "none.json cannot be read"),
        ((keys, keys), "keys.json: This is no DEP export"),
        ((dep, dep), "dep.json: This is no container of keys."),
    ):
        assert run(*wrong) == 2
        problem, remedy = capsys.readouterr().err.splitlines()
        assert said in problem
        assert remedy
