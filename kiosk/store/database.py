"""Opens SQLite files the one way that loses nothing in a power cut, and says what to do when one cannot be used."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

BUSY_TIMEOUT_S = 5.0
_FULL = 2

_REMEDIES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "Free space on the disk; nothing of what was stored is lost."),
    sqlite3.SQLITE_READONLY: (
        "it cannot be written to",
        "Check that the file, its folder and the file system are writable for this user.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "its content is damaged",
        "Move it aside together with its -wal and -shm files, keep all three for headquarters, and restart the device.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "it is no SQLite database",
        "Move it aside and restart the device, or correct the path.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        "Check that its folder exists and that this user may read and write the folder, not only the file.",
    ),
    sqlite3.SQLITE_BUSY: (
        "another program is writing to it",
        "Stop the other program: only one may write to this file.",
    ),
    sqlite3.SQLITE_IOERR: ("the disk reports an error", "Check the disk or card, and replace it if this comes again."),
}


class StoreError(Exception):
    """Something that could not be kept or read, said so that a person can act on it: what happened, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class StoreMissingError(StoreError):
    """The file does not exist (yet): its writer has not run."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one kind of file.

    `application_id` marks the file as ours and of this kind; `steps[n]` are the statements that bring a file from
    version n to n + 1. A step that was shipped is never edited: a change is a new step.
    """

    name: str
    application_id: int
    steps: tuple[tuple[str, ...], ...]


def open_writer(path: Path, schema: Schema | None = None) -> sqlite3.Connection:
    """Open a file for its one writer, creating it and bringing it to the newest `schema` where one is given.

    WAL with `synchronous=FULL`: in a power-cut model it lost nothing, while NORMAL lost commits in every cut. SQLite
    before 3.51.3 can corrupt a WAL when two connections checkpoint at once, so nothing checkpoints by itself: the
    writer calls `checkpoint`. Raises `StoreError`.
    """
    with explained(path):
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        with _closed_on_error(connection):
            if schema is not None:
                check_schema(connection, schema, path)
            _configure(connection, path)
            if schema is not None:
                _migrate(connection, schema)
    return connection


def open_reader(path: Path, schema: Schema | None = None) -> sqlite3.Connection:
    """Open another process' file for reading only; `StoreMissingError` where it does not exist yet."""
    if not path.exists():
        raise StoreMissingError(f"{path} does not exist.", "Start the program that writes it, or correct the path.")
    with explained(path):
        uri = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        with _closed_on_error(connection):
            connection.execute("pragma query_only = on")
            _number(connection, "schema_version")  # the first look into the file: finds out that it is no database
            if schema is not None:
                _require_current(connection, schema, path)
    return connection


@contextmanager
def commit(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Everything inside is one commit, on disk when this returns; nothing of it happened when it raises.

    `begin immediate`, since a deferred one that reads before it writes fails at once when another commits in between.
    """
    with explained(_file_of(connection)):
        connection.execute("begin immediate")
        try:
            yield connection
            connection.execute("commit")
        except BaseException:
            # A full disk has rolled back by itself already.
            if connection.in_transaction:
                connection.execute("rollback")
            raise


def checkpoint(connection: sqlite3.Connection) -> None:
    """Move what is in the write-ahead log into the file; waits for nobody. The writer calls this, now and then."""
    with explained(_file_of(connection)):
        connection.execute("pragma wal_checkpoint(passive)").fetchall()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn every error of SQLite inside into a `StoreError` that names the file and a remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(path, error) from error


def lock_writer(path: Path) -> int:
    """Make this the only writer of `path` until the returned file descriptor is closed; `StoreError` if it is not.

    The lock is a file of its own beside it: opening and closing the database file once more in this process would
    drop the locks that SQLite holds on it.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"{lock} cannot be opened: {error.strerror}.",
            "Check that its folder exists and that this user may write to it.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StoreError(
            f"{path} is already open for writing in another program.",
            "Stop the other one: a lane runs once per device.",
        ) from error
    return descriptor


def check_schema(connection: sqlite3.Connection, schema: Schema, path: Path) -> int:
    """The schema version of a file, 0 for an empty one; `StoreError` where it is of another kind or too new."""
    version = _number(connection, "user_version")
    application_id = _number(connection, "application_id")
    tables = connection.execute("select count(*) from sqlite_schema").fetchone()[0]
    if (tables or version) and application_id != schema.application_id:
        raise StoreError(
            f"{path} is a database, but no {schema.name}.",
            "Correct the path, or move that file aside; it was left as it is.",
        )
    if version > len(schema.steps):
        raise StoreError(
            f"{path} was written by newer software (version {version} of its tables, known here up to "
            f"{len(schema.steps)}).",
            "Install the newer software again; this one would not understand what it wrote.",
        )
    return version


def _require_current(connection: sqlite3.Connection, schema: Schema, path: Path) -> None:
    version = check_schema(connection, schema, path)
    if version == 0:
        raise StoreMissingError(f"{path} is still empty.", "Start the program that writes it.")
    if version < len(schema.steps):
        raise StoreError(f"{path} has tables of an older version.", "Start the program that writes it: it renews them.")


def _migrate(connection: sqlite3.Connection, schema: Schema) -> None:
    """Apply the steps a file lacks, each in one commit with its version."""
    for version in range(_number(connection, "user_version"), len(schema.steps)):
        with commit(connection):
            for statement in schema.steps[version]:
                connection.execute(statement)
            connection.execute(f"pragma application_id = {schema.application_id}")
            connection.execute(f"pragma user_version = {version + 1}")


def _configure(connection: sqlite3.Connection, path: Path) -> None:
    """Set the pragmas, then read them back: a pragma that does not take says nothing."""
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "wal_autocheckpoint = 0"):
        connection.execute(f"pragma {pragma}").fetchall()
    mode = connection.execute("pragma journal_mode").fetchone()[0]
    synchronous = _number(connection, "synchronous")
    if mode != "wal" or synchronous != _FULL:
        raise StoreError(
            f"{path} cannot be made safe against power cuts (journal_mode={mode}, synchronous={synchronous}).",
            "Put the data folder on a local disk with a file system such as ext4; network folders cannot do this.",
        )


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.close()
        raise


def _explain(path: Path, error: sqlite3.Error) -> StoreError:
    # The low byte is the primary code; the rest says more than a person needs.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    what, remedy = _REMEDIES.get(
        code & 0xFF, (str(error), "Restart the device; if this comes again, report it with this text.")
    )
    return StoreError(f"{path} cannot be used: {what}.", remedy)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"pragma {pragma}").fetchone()[0])


def _file_of(connection: sqlite3.Connection) -> Path:
    return Path(connection.execute("pragma database_list").fetchone()[2])
