"""`python -m kiosk receipt`: any entry of a till.db, an export or a file, in every format; exit codes say what was."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from drivers.printer.paper import Line, read
from kiosk.__main__ import main
from kiosk.domain.receipt import ReceiptDocument
from kiosk.messages.contents import LineVoided
from kiosk.messages.tills import CashMoved, DrawerOpened
from kiosk.store.ledger_files import export_lines, open_ledger
from tests.accounts.receipt_samples import body, fiscal, lines, sale
from tests.store.tills import Device, cancelled

MOVED = CashMoved(shift="s", till="t", movement="loan", amount_minor=5000, reason="change", operator="aoife")


@pytest.fixture
def till(tmp_path: Path) -> Path:
    """A ledger with a sale, its fiscal receipt, a voided line, a cancelled transaction and a drawer that was opened."""
    device = Device(tmp_path)
    till = device.till()
    till.book(sale(tenders=()), (), b"lane")
    till.record((fiscal(failed=True), LineVoided(sequence_number=42, line=lines()[0])), b"lane")
    till.record((cancelled(42), DrawerOpened(till="t", cause="no_sale", operator="aoife", reason="change")), b"lane")
    till.close()
    return device.path


@pytest.fixture
def export(till: Path, tmp_path: Path) -> Path:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(export_lines(open_ledger(till))))
    return path


def run(*arguments: str | Path | int) -> int:
    return main(["receipt", *map(str, arguments)])


def test_the_sale_of_that_number_with_its_fiscal_mark(till: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(till, "--number", "41") == 0
    out = capsys.readouterr().out
    assert "Total                               €39.30" in out
    assert "Sicherheitseinrichtung ausgefallen" in out
    assert "COPY" not in out


def test_without_a_choice_it_is_what_was_handed_out_last(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(export) == 0
    assert "transaction cancelled" in capsys.readouterr().out


def test_an_entry_by_its_place(till: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = [row for row in open_ledger(till).rows() if "drawer_opened" in row.sealed.body]
    assert run(till, "--entry", f"{row.epoch}:{row.sealed.position}") == 0
    assert "Drawer opened" in capsys.readouterr().out


def test_all_of_a_ledger_as_text(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(export, "--all") == 0
    out = capsys.readouterr().out
    for part in ("epoch opened", "0101/07/000041", "line voided", "*** VOID ***", "Drawer opened"):
        assert part in out


def test_a_lone_entry_and_one_on_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "entry.json"
    path.write_text(json.dumps(json.loads(body(MOVED)), indent=2), encoding="utf-8")
    assert run(path) == 0
    written = capsys.readouterr().out
    assert "Loan" in written
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert run("-") == 0
    assert capsys.readouterr().out == written


def test_an_export_on_standard_input(
    export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(export.read_bytes())))
    assert run("-", "--number", "41") == 0
    assert "€39.30" in capsys.readouterr().out


def test_every_format_tells_the_same(till: Path, tmp_path: Path) -> None:
    for form in ("text", "escpos", "png", "json"):
        assert run(till, "--number", 41, "--format", form, "--out", tmp_path / form) == 0
    printed = [mark.text.rstrip() for mark in read((tmp_path / "escpos").read_bytes()) if isinstance(mark, Line)]
    text = (tmp_path / "text").read_text(encoding="utf-8")
    for line in ("Cola 0.5 l                         €5.40 S", "  0.452 kg net x €1.89/kg", "  tare 0.005 kg"):
        assert line in printed
        assert line in text.splitlines()
    with Image.open(tmp_path / "png") as image:
        assert image.width == 512 + 64
    document = msgspec.json.decode((tmp_path / "json").read_bytes(), type=ReceiptDocument)
    assert document.header.sequence_number == 41
    assert document.sums is not None
    assert document.sums.total_minor == 3930


def test_profile_language_gift_and_copy(till: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(till, "--number", 41, "--profile", "generic_58mm", "--language", "he", "--gift", "--copy", 2) == 0
    out = capsys.readouterr().out
    assert out.count("*** העתק 2 ***") == 2
    assert "פתק החלפה" in out
    assert "€" not in out
    assert "-" * 33 not in out


def test_the_store_s_header_comes_from_the_settings(till: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Path(__file__).parents[2] / "kiosk" / "example-settings.toml"
    assert run(till, "--number", 41, "--settings", settings) == 0
    assert "12 Quay Street" in capsys.readouterr().out


def test_all_as_pictures_in_a_folder(till: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(till, "--all", "--format", "png") == 2
    assert "--out" in capsys.readouterr().err
    folder = tmp_path / "pictures"
    assert run(till, "--all", "--format", "png", "--out", folder) == 0
    count = sum(1 for _ in open_ledger(till).rows())
    assert len(list(folder.glob("*.png"))) == count
    assert run(till, "--all", "--format", "png", "--out", folder) == 2


def test_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--schema") == 0
    assert "ReceiptDocument" in json.loads(capsys.readouterr().out)["$defs"]


def test_a_changed_entry_is_printed_and_called_so(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export.write_text(export.read_text(encoding="utf-8").replace("Bananas", "Papayas"), encoding="utf-8")
    assert run(export, "--number", 41) == 1
    said = capsys.readouterr()
    assert "Papayas" in said.out
    assert "does not match its hash" in said.err


def test_an_entry_that_cannot_be_read_does_not_hide_the_others(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *rest = export.read_text(encoding="utf-8").splitlines()
    line = json.loads(first) | {"body": "gone"}
    export.write_text("\n".join([json.dumps(line), *rest]) + "\n", encoding="utf-8")
    assert run(export, "--all") == 1
    said = capsys.readouterr()
    assert "cannot be read" in said.err
    assert "€39.30" in said.out


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"hello", b"\xff\xfe", b'{"v":1}\n', b'{"epoch":"e"}\n' * 3, b"[" * 100_000]
)
def test_a_file_that_is_none_of_this_says_so(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert run(path) == 2
    assert "ledger export" in capsys.readouterr().err


def test_what_cannot_be_done_says_why_and_what_to_do(
    till: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").write_text("x", encoding="utf-8")
    for arguments in (
        (),
        (tmp_path / "missing",),
        (till, "--number", 99),
        (till, "--entry", "x:1"),
        (till, "--copy", -1),
        (till, "--number", 41, "--out", tmp_path / "there"),
        (till, "--number", 41, "--out", tmp_path / "no" / "folder"),
        (till, "--settings", tmp_path / "there"),
    ):
        assert run(*arguments) == 2, arguments
        assert len(capsys.readouterr().err.splitlines()) >= 2, arguments
