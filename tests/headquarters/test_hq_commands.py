"""The commands an IT engineer types: clear words, a remedy for every failure, exit codes, and never a traceback."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from headquarters.__main__ import main
from headquarters.booking import Booking
from headquarters.database import Database
from headquarters.demo_store import load
from tests.headquarters.paper_lane import PaperLane, drain
from tests.headquarters.test_booking import numbers

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(database: Database, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the test's database: exit code, output, errors."""

    def call(command: str, *arguments: str) -> tuple[int, str, str]:
        code = main([command, "--database", database.name, *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def device_file(folder: Path, lane: PaperLane, **changed: str) -> str:
    path = folder / f"{lane.name}.json"
    path.write_bytes(msgspec.json.encode(msgspec.to_builtins(lane.device_file) | changed))
    return str(path)


def test_devices_are_registered_by_their_files(tmp_path: Path, run: Run, booking: Booking) -> None:
    lane = PaperLane()
    lane.open_epoch(lane.epoch)
    file = device_file(tmp_path, lane)
    assert run("register", file) == (0, "0101-07 registered\n", "")
    assert run("register", file) == (0, "0101-07 was registered\n", "")
    assert drain(booking, lane).high_water == 1


def test_another_key_needs_a_persons_word(tmp_path: Path, run: Run, database: Database, booking: Booking) -> None:
    old, new = PaperLane(), PaperLane(epoch="00000000000000ff")
    for lane in (old, new):
        lane.open_epoch(lane.epoch)
    run("register", device_file(tmp_path, old))
    drain(booking, old)
    code, _, err = run("register", device_file(tmp_path, new))
    assert (code, "--replace-key" in err) == (2, True)
    assert run("register", device_file(tmp_path, new), "--replace-key")[0] == 0
    assert drain(booking, new).high_water == 1
    old.sell(1)
    assert booking.receive(old.name, old.batch(2)).refused.startswith("bad_signature")
    assert run("audit")[0] == 0
    assert numbers(database)["entries"] == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"public_key": "00"}, "no device file"),
        ({"store_id": "a/b"}, "no device file"),
        ({"tenant": "other"}, "serves tenant"),
        ({"store_id": "0101-07", "workstation_id": "1"}, "is taken by"),
    ],
)
def test_a_device_file_that_will_not_do_is_refused(
    tmp_path: Path, run: Run, changed: dict[str, str], words: str
) -> None:
    run("register", device_file(tmp_path, PaperLane(workstation_id="07-1")))
    code, _, err = run("register", device_file(tmp_path, PaperLane(), **changed))
    assert (code, words in err) == (2, True)


def test_the_demo_store_is_put_in_force(run: Run, database: Database) -> None:
    code, out, _ = run("demo-store")
    assert code == 0
    assert out.startswith(f"catalog version 1 in force: {len(load().items)} items, ")
    assert run("demo-store")[1] == out
    assert numbers(database)["catalog_version"] == 1


def test_a_file_is_imported_alone_or_added(tmp_path: Path, run: Run) -> None:
    run("demo-store")
    goods = tmp_path / "goods.csv"
    goods.write_text("sku,name,department,price,unit,tax_code\nNEW,New oats,Cereals,2.50,each,S\n")
    report = tmp_path / "report.json"
    code, out, err = run("import", str(goods), "--format", "csv", "--add", "--report", str(report))
    assert code == 0, err
    assert f"catalog version 2 in force: {len(load().items) + 1} items" in out
    assert json.loads(report.read_text())["accepted"] == 1
    assert "catalog version 3 in force: 1 items" in run("import", str(goods), "--format", "csv")[1]


def test_an_import_of_nothing_leaves_the_catalog(tmp_path: Path, run: Run, database: Database) -> None:
    run("demo-store")
    code, _, err = run("import", str(tmp_path / "gone.csv"), "--format", "csv")
    assert (code, "Traceback" in err) == (2, False)
    assert numbers(database)["catalog_version"] == 1


def test_the_report_counts_what_was_booked(run: Run, booking: Booking, lane: PaperLane) -> None:
    lane.sell(1, 250)
    lane.sell(1, 300)
    drain(booking, lane)
    booking.receive(lane.name, lane.batch())
    found = json.loads(run("report", "--json")[1])
    assert (found["sales_booked"], found["duplicates_refused"], found["quarantined"]) == (1, 3, 1)
    assert [(row["epoch"], row["high_water"]) for row in found["streams"]] == [(lane.epoch, 3)]
    assert found["entries_by_kind"] == {"epoch_opened": 1, "sale": 2}
    text = run("report")[1]
    assert "1 sales booked" in text
    assert "owner=finance" in text
    assert "total_minor=250" in text


@pytest.mark.parametrize(
    "tampering",
    [
        (
            "update entries set body = replace(body, '250', '150') where position = 2",
            "position 2: the text was changed",
        ),
        ("delete from entries where position = 2", "position 3: 2 is missing"),
        ("delete from entries where position = 3", "2 entries, but the mark is 3"),
        ("update entries set signature = '00' where position = 3", "position 3: the signature is by no key"),
        ("update streams set hash = 'ff'", "head hash differs"),
        ("update streams set epoch = 'ff'", "entries without a stream"),
        ("delete from sales", "position 2: the sale is neither booked nor in quarantine"),
    ],
)
def test_the_audit_finds_what_somebody_did_to_the_database(
    run: Run, booking: Booking, database: Database, lane: PaperLane, tampering: tuple[str, str]
) -> None:
    change, words = tampering
    lane.sell(1)
    lane.sell(2)
    drain(booking, lane)
    assert run("audit")[:2] == (0, "3 entries in 1 streams, 2 sales: all is well\n")
    database.close()
    with closing(sqlite3.connect(database.name)) as connection:
        connection.executescript(f"drop trigger entries_no_update; drop trigger entries_no_delete; {change}")
    code, out, _ = run("audit")
    assert (code, words in out) == (1, True), out
    assert json.loads(run("audit", "--json")[1])["findings"]


def test_after_a_restore_the_generation_rises(run: Run, database: Database) -> None:
    before = numbers(database)["generation"]
    code, out, _ = run("restored")
    assert (code, "send again" in out) == (0, True)
    after = numbers(database)["generation"]
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after > before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--broker", "localhost", "--tenant", "t"), "HOST:PORT"),
        (("--broker", "localhost:99999", "--tenant", "t"), "HOST:PORT"),
        (("--broker", "localhost:1883", "--tenant", "a/b"), "no tenant"),
        (("--broker", "localhost:1883", "--tenant", "t", "--username", "u"), "--password-file"),
        (
            ("--broker", "localhost:1883", "--tenant", "t", "--username", "u", "--password-file", "/no"),
            "cannot be read",
        ),
        (("--broker", "localhost:1883", "--tenant", "t", "--tls", "/no/ca"), "TLS files"),
        (("--broker", "localhost:1883", "--tenant", "t", "--tls", "a", "b"), "one file or three"),
    ],
)
def test_a_service_that_cannot_start_says_why(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = run("serve", *arguments)
    assert (code, words in err) == (2, True), err
    assert "Traceback" not in err


def test_a_database_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--database", str(tmp_path / "gone.db")]) == 2
    assert "gone.db" in capsys.readouterr().err
