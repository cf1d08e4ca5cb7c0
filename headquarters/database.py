"""The database of headquarters: SQLite in a file by default, PostgreSQL by URL; every write is one whole commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from headquarters.errors import HeadquartersError
from headquarters.schema import METADATA, SCHEMA_VERSION, SQLITE_TRIGGERS, meta

# A catalog import may hold the write lock for seconds; a batch waits that long rather than fail.
BUSY_TIMEOUT_MS = 10_000

Row = Mapping[str, object]


class Database:
    """An opened database. `name` is the file or URL as a person wrote it, without its password."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name

    @contextmanager
    def commit(self) -> Iterator[Connection]:
        """One commit, or nothing at all; on SQLite the write lock is taken at the start (BEGIN IMMEDIATE)."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _explain(error, self.name) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view, which blocks no writer."""
        try:
            with self._engine.connect().execution_options(reading=True) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise _explain(error, self.name) from error

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def open_database(where: str, *, create: bool = True) -> Database:
    """Open a SQLite file, or a SQLAlchemy URL such as postgresql://user@host/name, and make its tables if new.

    `HeadquartersError` where it cannot be used. With `create=False` a file that is not there is an error too.
    """
    url = _url(where, create=create)
    try:
        engine = sqlalchemy.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise HeadquartersError(
            f"The database {where!r} cannot be opened: {error}.", "Give a file name or a postgresql:// URL."
        ) from error
    if engine.dialect.name == "sqlite":
        _use_sqlite_safely(engine)
    database = Database(engine, url.render_as_string(hide_password=True) if "://" in where else where)
    try:
        _make_tables(database)
    except HeadquartersError:
        database.close()
        raise
    return database


def insert_ignore(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert rows, leaving out those whose key is there already; how many went in."""
    if not rows:
        return 0
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return connection.execute(build(table).on_conflict_do_nothing(), [dict(row) for row in rows]).rowcount


def replace_row(connection: Connection, table: Table, row: Row) -> None:
    """Insert a row, or replace the one with its primary key."""
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in row.items() if name not in keys}
    connection.execute(build(table).values(dict(row)).on_conflict_do_update(index_elements=keys, set_=rest))


def read_meta(connection: Connection, name: str) -> str | None:
    """A value of the `meta` table."""
    found = connection.execute(sqlalchemy.select(meta.c.value).where(meta.c.name == name)).scalar()
    return None if found is None else str(found)


def write_meta(connection: Connection, name: str, value: str) -> None:
    """Set a value of the `meta` table."""
    replace_row(connection, meta, {"name": name, "value": value})


def generation_of(connection: Connection) -> int:
    """How often this database was restored: a higher number lets devices believe a lower mark."""
    return int(read_meta(connection, "generation") or "1")


def raise_generation(database: Database, now_s: int) -> int:
    """To be called after a restore from a backup; the new generation.

    It is taken from the clock where that is later, since two restores of one backup must not get the same number.
    """
    with database.commit() as connection:
        generation = max(generation_of(connection) + 1, now_s)
        write_meta(connection, "generation", str(generation))
    return generation


def _url(where: str, *, create: bool) -> sqlalchemy.URL:
    if "://" in where:
        try:
            return sqlalchemy.make_url(where)
        except ArgumentError as error:
            raise HeadquartersError(
                f"{where!r} is no database URL.", "Write it like postgresql://user@host/name."
            ) from error
    path = Path(where)
    if not path.is_file() and not create:
        raise HeadquartersError(f"There is no database {where}.", "Check --database, or run `demo-store` or `serve`.")
    if not path.absolute().parent.is_dir():
        raise HeadquartersError(f"The folder of {where} does not exist.", "Make the folder, or correct --database.")
    return sqlalchemy.URL.create("sqlite", database=str(path.absolute()))


def _use_sqlite_safely(engine: Engine) -> None:
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    """WAL and FULL, read back: with NORMAL a power cut loses what devices were already told is booked."""
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=wal", "synchronous=full", "foreign_keys=on"):
        connection.execute(f"pragma {pragma}")
    journal = connection.execute("pragma journal_mode").fetchone()[0]
    synchronous = connection.execute("pragma synchronous").fetchone()[0]
    if (journal, synchronous) != ("wal", 2):
        raise HeadquartersError(
            f"SQLite gives journal_mode={journal}, synchronous={synchronous} instead of wal and full.",
            "Put the database on a local disk: network file systems cannot keep it safe.",
        )


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("begin" if reading else "begin immediate")


def _make_tables(database: Database) -> None:
    with database.read() as connection:
        tables = sqlalchemy.inspect(connection).get_table_names()
        found = read_meta(connection, "schema") if meta.name in tables else None
    if tables and meta.name not in tables:
        raise HeadquartersError(
            f"{database.name} belongs to another program.", "Name the database of headquarters with --database."
        )
    if found is None:
        with database.commit() as connection:
            _make_first(connection)
    elif found != str(SCHEMA_VERSION):
        raise HeadquartersError(
            f"{database.name} has schema {found}, this program knows {SCHEMA_VERSION}.",
            "Run the version of headquarters that wrote it.",
        )


def _make_first(connection: Connection) -> None:
    """Two processes may open a new file at once: the second finds everything made."""
    METADATA.create_all(connection, checkfirst=True)
    if read_meta(connection, "schema") is not None:
        return
    write_meta(connection, "schema", str(SCHEMA_VERSION))
    write_meta(connection, "generation", "1")
    if connection.dialect.name == "sqlite":
        for trigger in SQLITE_TRIGGERS:
            connection.exec_driver_sql(trigger)


def _explain(error: SQLAlchemyError, name: str) -> HeadquartersError:
    cause = str(error.orig if isinstance(error, DBAPIError) else error).split("\n", 1)[0]
    remedies = {
        "not a database": "Name the database file of headquarters, or restore it from a backup.",
        "malformed": "Restore the newest backup, then run `python -m headquarters restored`.",
        "full": "Free disk space; devices keep what is not booked and send it again.",
        "readonly": "Make the file and its folder writable for this user.",
        "unable to open": "Check that the file and its folder exist and are writable for this user.",
        "locked": "Another program holds the database: end it, then try again.",
        "no such column": "The file belongs to another program: name the database file of headquarters.",
    }
    found = (remedy for words, remedy in remedies.items() if words in cause)
    remedy = next(found, "Check that the database is there and can be reached.")
    return HeadquartersError(f"The database {name} cannot be used: {cause}.", remedy)
