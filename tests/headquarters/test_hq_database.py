"""A database that is safe, and says what is wrong where it is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from headquarters import schema
from headquarters.booking import Booking
from headquarters.database import Database, open_database
from headquarters.errors import HeadquartersError
from tests.headquarters.paper_lane import PaperLane, drain


def test_every_connection_writes_through_to_the_disk(database: Database) -> None:
    with database.read() as one, database.commit() as other:
        for connection in (one, other):
            assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("pragma synchronous").scalar() == 2
            assert connection.exec_driver_sql("pragma foreign_keys").scalar() == 1


def test_a_reader_is_not_kept_waiting_by_a_commit(database: Database) -> None:
    with database.commit() as connection:
        connection.execute(schema.meta.insert().values(name="half", value="done"))
        with database.read() as reader:
            assert reader.execute(schema.meta.select().where(schema.meta.c.name == "half")).all() == []


def test_a_commit_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(HeadquartersError), database.commit() as connection:
        connection.execute(
            schema.meta.insert().values([{"name": "half", "value": "1"}, {"name": "half", "value": "2"}])
        )
    with database.read() as reader:
        assert reader.execute(schema.meta.select().where(schema.meta.c.name == "half")).all() == []


def test_what_was_received_can_be_neither_changed_nor_deleted(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    drain(booking, lane)
    for statement in (update(schema.entries).values(body=""), delete(schema.entries)):
        with pytest.raises(HeadquartersError, match="never changed"), database.commit() as connection:
            connection.execute(statement)


def test_a_database_is_opened_again_as_it_was(database: Database, booking: Booking, lane: PaperLane) -> None:
    answer = drain(booking, lane)
    again = open_database(database.name)
    assert Booking(again, lambda: pytest.fail("no clock needed")) is not None
    with again.read() as connection:
        assert connection.execute(schema.streams.select()).one().high_water == answer.high_water
    again.close()


def _no_database(path: Path) -> None:
    path.write_text("this is a shopping list, and long enough to be read as a header of a database file\n" * 20)


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table ledger(position)")
        connection.commit()


def _of_the_future(path: Path) -> None:
    open_database(str(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update meta set value = '99' where name = 'schema'")
        connection.commit()


def _a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_no_database, "not a database"),
        (_of_another_program, "another program"),
        (_of_the_future, "schema 99"),
        (_a_folder, "unable to open"),
    ],
)
def test_a_file_that_is_no_headquarters_is_refused_with_a_remedy(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "headquarters.db"
    assert callable(make)
    make(path)
    with pytest.raises(HeadquartersError, match=words) as raised:
        open_database(str(path))
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("{folder}/not/there.db", "folder"),
        ("nosuchthing://host/name", "cannot be opened"),
        ("://", "no database URL"),
    ],
)
def test_a_place_that_is_none_is_refused_with_a_remedy(tmp_path: Path, where: str, words: str) -> None:
    with pytest.raises(HeadquartersError, match=words) as raised:
        open_database(where.format(folder=tmp_path))
    assert raised.value.remedy


def test_a_report_of_a_database_that_is_not_there_does_not_make_one(tmp_path: Path) -> None:
    path = tmp_path / "headquarters.db"
    with pytest.raises(HeadquartersError, match="no database"):
        open_database(str(path), create=False)
    assert not path.exists()


def test_a_full_disk_is_told_and_nothing_is_booked(database: Database, booking: Booking, lane: PaperLane) -> None:
    lane.sell(1)
    with closing(sqlite3.connect(database.name)) as connection:
        pages = connection.execute("pragma page_count").fetchone()[0]
    for number in range(2, 400):
        lane.sell(number)
    with database.read() as connection:
        connection.exec_driver_sql(f"pragma max_page_count={pages}")
    with pytest.raises(HeadquartersError, match="full") as raised:
        booking.receive(lane.name, lane.batch())
    assert "Free disk space" in raised.value.remedy
    with database.read() as connection:
        assert connection.execute(schema.entries.select()).all() == []


def test_the_tables_can_be_made_on_postgresql_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    made = [str(CreateTable(table).compile(dialect=dialect)) for table in schema.METADATA.sorted_tables]
    assert all("BIGINT" in text for text in made if "position" in text)
    assert not any("STRICT" in text for text in made)
