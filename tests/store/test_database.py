"""SQLite files: safe against power cuts, one writer, and a remedy for everything that can be wrong with a file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kiosk.store.database import (
    Schema,
    StoreError,
    StoreMissingError,
    checkpoint,
    commit,
    lock_writer,
    open_reader,
    open_writer,
)

ONE = Schema(name="note book", application_id=77, steps=(("create table note (text text not null) strict",),))
TWO = Schema(name="note book", application_id=77, steps=(*ONE.steps, ("alter table note add column at text",)))
OTHER = Schema(name="other book", application_id=78, steps=(("create table other (x integer) strict",),))


@contextmanager
def writer(path: Path, schema: Schema | None = ONE) -> Iterator[sqlite3.Connection]:
    with closing(open_writer(path, schema)) as connection:
        yield connection


def note(connection: sqlite3.Connection, text: str) -> None:
    with commit(connection):
        connection.execute("insert into note (text) values (?)", (text,))


def notes(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("select text from note order by rowid")]


def fail_halfway(connection: sqlite3.Connection) -> None:
    with commit(connection):
        connection.execute("insert into note (text) values ('half')")
        raise ZeroDivisionError


def refusal(path: Path, schema: Schema | None = ONE) -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_writer(path, schema)
    return caught.value


def test_a_writer_is_safe_against_power_cuts(tmp_path: Path) -> None:
    with writer(tmp_path / "a.db") as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
        values = [connection.execute(f"pragma {pragma}").fetchone()[0] for pragma in pragmas]
        assert values == ["wal", 2, 1, 0]


def test_a_place_that_cannot_be_made_safe_is_refused() -> None:
    error = refusal(Path(":memory:"), None)
    assert "journal_mode=memory" in error.message
    assert "local disk" in error.remedy


def test_tables_are_made_once_and_renewed_step_by_step(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with writer(path) as connection:
        note(connection, "kept")
    with writer(path, TWO) as connection:
        assert connection.execute("select text, at from note").fetchall() == [("kept", None)]
        assert connection.execute("pragma user_version").fetchone() == (2,)


def test_a_file_of_newer_software_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with writer(path, TWO):
        pass
    before = path.read_bytes()
    error = refusal(path, ONE)
    assert "newer software" in error.message
    assert "Install the newer software" in error.remedy
    assert path.read_bytes() == before


def test_a_database_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table stranger (x)")
    before = path.read_bytes()
    assert "no note book" in refusal(path).message
    assert path.read_bytes() == before
    with writer(tmp_path / "b.db", OTHER):
        pass
    assert "no note book" in refusal(tmp_path / "b.db").message


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("these are minutes of a meeting, not a ledger" * 100)
    error = refusal(path)
    assert str(path) in error.message
    assert "no SQLite database" in error.message
    assert "Move it aside" in error.remedy


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with writer(path) as connection, commit(connection):
        connection.executemany("insert into note (text) values (?)", [(f"note {number}",) for number in range(2000)])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(size - 100))
    error = refusal(path)
    assert "damaged" in error.message
    assert "-wal" in error.remedy


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path / "nowhere" / "a.db")
    assert "cannot be opened" in error.message
    assert "folder" in error.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="the root user may write to everything")
def test_a_file_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with writer(path):
        pass
    path.chmod(0o400)
    assert "writ" in refusal(path).remedy


def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_space(tmp_path: Path) -> None:
    with writer(tmp_path / "a.db") as connection:
        note(connection, "first")
        pages = connection.execute("pragma page_count").fetchone()[0]
        connection.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(StoreError) as caught:
            note(connection, "x" * 100_000)
        assert "disk is full" in caught.value.message
        assert "Free space" in caught.value.remedy
        assert notes(connection) == ["first"]
        connection.execute("pragma max_page_count = 100000")
        note(connection, "second")
        assert notes(connection) == ["first", "second"]


def test_a_commit_is_all_or_nothing(tmp_path: Path) -> None:
    with writer(tmp_path / "a.db") as connection:
        with pytest.raises(ZeroDivisionError):
            fail_halfway(connection)
        assert notes(connection) == []
        assert not connection.in_transaction
        note(connection, "whole")
        assert notes(connection) == ["whole"]


def test_a_second_commit_at_the_same_time_is_told_of_the_first(tmp_path: Path) -> None:
    with writer(tmp_path / "a.db") as first, writer(tmp_path / "a.db") as second:
        second.execute("pragma busy_timeout = 0")
        with commit(first):
            with pytest.raises(StoreError, match="another program"), commit(second):
                pass
            first.execute("insert into note (text) values ('first')")
        note(second, "second")
        assert notes(first) == ["first", "second"]


def test_there_is_one_writer_at_a_time(tmp_path: Path) -> None:
    held = lock_writer(tmp_path / "a.db")
    with pytest.raises(StoreError) as caught:
        lock_writer(tmp_path / "a.db")
    assert "already open" in caught.value.message
    os.close(held)
    os.close(lock_writer(tmp_path / "a.db"))


def test_a_lock_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder exists"):
        lock_writer(tmp_path / "nowhere" / "a.db")


def test_a_reader_sees_commits_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "odd name # 100 %?.db"
    with writer(path) as connection, closing(open_reader(path, ONE)) as reader:
        note(connection, "seen")
        assert notes(reader) == ["seen"]
        with pytest.raises(StoreError, match="cannot be written to"):
            note(reader, "never")
        assert notes(connection) == ["seen"]


def test_a_reader_waits_for_no_commit(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with writer(path) as connection, closing(open_reader(path, ONE)) as reader:
        reader.execute("pragma busy_timeout = 0")
        note(connection, "before")
        with commit(connection):
            connection.execute("insert into note (text) values ('during')")
            assert notes(reader) == ["before"]
        assert notes(reader) == ["before", "during"]


def test_a_reader_of_a_file_not_made_yet_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError):
        open_reader(tmp_path / "a.db", ONE)
    (tmp_path / "a.db").touch()
    with pytest.raises(StoreMissingError):
        open_reader(tmp_path / "a.db", ONE)


def test_a_reader_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    with writer(tmp_path / "a.db", TWO):
        pass
    with pytest.raises(StoreError, match="newer software"):
        open_reader(tmp_path / "a.db", ONE)
    with pytest.raises(StoreError, match="no other book"):
        open_reader(tmp_path / "a.db", OTHER)
    with writer(tmp_path / "b.db", ONE):
        pass
    with pytest.raises(StoreError, match="older version"):
        open_reader(tmp_path / "b.db", TWO)
    (tmp_path / "c.db").write_text("no database at all " * 100)
    with pytest.raises(StoreError, match="no SQLite database"):
        open_reader(tmp_path / "c.db", ONE)


def test_a_checkpoint_moves_the_log_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with writer(path) as connection:
        note(connection, "in the log only")
        assert b"in the log only" not in path.read_bytes()
        checkpoint(connection)
        assert b"in the log only" in path.read_bytes()
