"""`python -m kiosk ledger`: what IT sees when it checks or exports the ledger of a lane."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.store.ledger import Till
from kiosk.store.ledger_files import open_ledger
from tests.store.tills import Device, cancelled, sale

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """A lane with two epochs of three entries and one entry."""
    device = Device(tmp_path)
    with closing(device.till()) as till:
        fill(till)
    return device


def fill(till: Till) -> None:
    till.book(sale(1), [], b"")
    till.record([cancelled(2)], b"")
    till.open_epoch("fork")


def run(*words: str | Path) -> int:
    return main(["ledger", *(str(word) for word in words)])


def export(device: Device) -> Path:
    path = device.folder / "export.jsonl"
    assert run("export", device.path, "--out", path) == 0
    return path


def test_an_intact_ledger_is_one_line(device: Device, capsys: Capture) -> None:
    assert run("verify", device.path, "--public-key", device.key.public_hex) == 0
    last = device.rows()[-1].sealed
    assert capsys.readouterr().out == f"4 entries in 2 epochs, head 1 {last.hash}: intact\n"


def test_without_a_key_it_says_that_signatures_were_not_checked(device: Device, capsys: Capture) -> None:
    assert run("verify", device.path) == 0
    assert "signatures not checked, give --public-key" in capsys.readouterr().out


def test_a_ledger_in_use_can_be_checked(device: Device) -> None:
    with closing(device.till()) as till:
        till.record([cancelled(3)], b"")
        assert run("verify", device.path) == 0
        till.record([cancelled(4)], b"")


def test_problems_are_named_line_by_line(device: Device, capsys: Capture) -> None:
    device.damage("update ledger set body = replace(body, '119', '911') where kind = 'sale'")
    epoch = device.rows()[0].epoch
    assert run("verify", device.path, "--public-key", device.key.public_hex) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first == f"epoch {epoch} changed: Position 2: its text does not match its hash: one of the two was changed."
    assert last.startswith("4 entries in 2 epochs, head 1 ")
    assert last.endswith(": 1 problem")


def test_problems_for_a_program(device: Device, capsys: Capture) -> None:
    device.damage("delete from ledger where position = 2")
    assert run("verify", device.path, "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["intact"], report["entries"], report["epochs"], report["signatures_checked"]) == (False, 3, 2, False)
    (problem,) = report["problems"]
    assert (problem["position"], problem["fault"]) == (2, "missing")


def test_another_devices_key_fits_no_entry(device: Device, tmp_path: Path, capsys: Capture) -> None:
    other = Device(tmp_path / "other")
    other.folder.mkdir()
    assert run("verify", device.path, "--public-key", other.key.public_hex) == 1
    assert capsys.readouterr().out.count("badly_signed") == 4


def test_an_export_holds_the_stored_text_and_verifies(device: Device, capsys: Capture) -> None:
    path = export(device)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    rows = device.rows()
    assert [line["body"] for line in lines] == [row.sealed.body for row in rows]
    assert list(open_ledger(path).rows()) == rows
    assert run("verify", path, "--public-key", device.key.public_hex) == 0
    assert ": intact" in capsys.readouterr().out
    again = device.folder / "again.jsonl"
    assert run("export", path, "--out", again) == 0
    assert [json.loads(line)["hash"] for line in again.read_text().splitlines()] == [row.sealed.hash for row in rows]


@pytest.mark.parametrize("line", range(4))
def test_an_export_with_a_line_less_or_changed_is_found(device: Device, line: int, capsys: Capture) -> None:
    path = export(device)
    row = device.rows()[line]
    lines = path.read_text().splitlines(keepends=True)
    if line < 3:  # the last epoch of one entry would be gone without a trace: only headquarters knows of it then
        path.write_text("".join([*lines[:line], *lines[line + 1 :]]))
        assert run("verify", path) == 1
        assert f"epoch {row.epoch} missing: Position {row.sealed.position} is" in capsys.readouterr().out
    path.write_text("".join([*lines[:line], lines[line].replace("2026", "2025"), *lines[line + 1 :]]))
    assert run("verify", path) == 1
    assert f"epoch {row.epoch} changed: Position {row.sealed.position}:" in capsys.readouterr().out


def test_a_copy_cut_short_is_found(device: Device, capsys: Capture) -> None:
    with closing(device.till()) as till:
        till.record([cancelled(3), cancelled(4)], b"")
    path = export(device)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))
    assert run("verify", path) == 1
    assert "Positions 2 to 3 are not there" in capsys.readouterr().out


def test_an_export_to_standard_output(device: Device, capsys: Capture) -> None:
    assert run("export", device.path) == 0
    assert capsys.readouterr().out == export(device).read_text()


def test_a_damaged_ledger_can_be_exported_for_headquarters(device: Device) -> None:
    device.damage("update ledger set body = 'x' where position = 2")
    assert run("verify", export(device)) == 1


def test_an_export_overwrites_nothing(device: Device, capsys: Capture) -> None:
    before = device.path.read_bytes()
    assert run("export", device.path, "--out", device.path) == 2
    assert "exists already" in capsys.readouterr().err
    assert device.path.read_bytes() == before
    assert run("export", device.path, "--out", device.folder / "nowhere" / "x") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_failed_export_leaves_no_half_file(device: Device) -> None:
    path = export(device)
    path.write_text(path.read_text() + '{"no": "entry"}\n')
    out = device.folder / "out.jsonl"
    assert run("export", path, "--out", out) == 2
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no ledger"),
        (b"PDF-1.7 or some such", "is no ledger"),
        (b'{"some": "json"}\n', "line 1, is no ledger entry"),
        (b'{"epoch":"a","head":1,"position":"x","body":"","hash":"","signature":""}\n', "line 1, is no ledger entry"),
        (b"SQLite format 3\x00 and then rubbish", "cannot be used"),
    ],
)
def test_a_file_that_is_no_ledger(tmp_path: Path, content: bytes, message: str, capsys: Capture) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    for action in ("verify", "export"):
        assert run(action, path) == 2
        out = capsys.readouterr()
        assert message in out.err
        assert out.out == ""
        assert len(out.err.splitlines()) == 2


def test_a_file_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    assert run("verify", tmp_path / "till.db") == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
    assert run("verify", tmp_path) == 2
    assert "cannot be read: Is a directory" in capsys.readouterr().err


def test_the_public_key_may_be_a_file(device: Device, capsys: Capture) -> None:
    for name, text in (
        ("device.json", json.dumps({"tenant": "t", "public_key": device.key.public_hex})),
        ("key.txt", f"{device.key.public_hex.upper()}\n"),
    ):
        (device.folder / name).write_text(text)
        assert run("verify", device.path, "--public-key", device.folder / name) == 0
        assert capsys.readouterr().out.endswith(": intact\n")


@pytest.mark.parametrize("text", ["{}", '{"public_key": 5}', "abc", "[]", ""])
def test_a_public_key_that_is_none(device: Device, text: str, capsys: Capture) -> None:
    (device.folder / "key").write_text(text)
    assert run("verify", device.path, "--public-key", device.folder / "key") == 2
    assert "holds no public key" in capsys.readouterr().err
    assert run("verify", device.path, "--public-key", "abc") == 2
    assert "neither a public key of 64" in capsys.readouterr().err


def test_the_private_key_given_by_mistake_is_not_shown(device: Device, capsys: Capture) -> None:
    assert device.key.public_hex
    secret = (device.folder / "device.key").read_text().splitlines()[1]
    assert run("verify", device.path, "--public-key", device.folder / "device.key") == 2
    captured = capsys.readouterr()
    assert secret not in captured.err + captured.out


@pytest.mark.processes
def test_the_command_as_typed(device: Device) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "kiosk", "ledger", "verify", str(device.path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 entries in 2 epochs, head 1 ")
    wrong = subprocess.run([*command[:4], "burn"], cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert wrong.returncode == 2
    assert "invalid choice" in wrong.stderr
