"""The agent's own file, written by its process only: how far headquarters has booked, the link, catalog chunks."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.store.agent_schema import AGENT_DB
from kiosk.store.database import StoreError, commit, explained, open_writer

log = logging.getLogger(__name__)

FILE_NAME = "agent.db"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far headquarters has booked an epoch: the position, the hash there, and headquarters' restore generation.

    A `forked` epoch holds positions that headquarters knows with another content: nothing more of it is sent.
    `refused` is why headquarters takes no more of it at the moment, or "".
    """

    epoch: str
    acknowledged: int = 0
    hash: str = ""
    generation: int = 0
    forked: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class LinkState:
    """Whether headquarters answers, since when (RFC 3339), and if not, why and what to do. For the screen."""

    online: bool
    since: str
    reason: str
    remedy: str
    last_contact: str


class AgentDb:
    """The writer of `agent.db`. Everything in it can be had again, so a file that is damaged or too new is replaced."""

    def __init__(self, path: Path) -> None:
        self.connection = _open(path)
        self._path = path

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def cursors(self) -> tuple[Cursor, ...]:
        """All cursors; an epoch that headquarters has never answered for has none."""
        with explained(self._path):
            rows = self.connection.execute(
                "select epoch, acknowledged, hash, generation, forked, refused from cursors"
            ).fetchall()
        return tuple(Cursor(e, a, h, g, forked=bool(f), refused=r) for e, a, h, g, f, r in rows)

    def keep_cursor(self, cursor: Cursor, at: str) -> None:
        """Put a cursor on disk, with the time of this contact, in one commit."""
        with commit(self.connection) as connection:
            connection.execute(
                "insert or replace into cursors (epoch, acknowledged, hash, generation, forked, refused)"
                " values (?, ?, ?, ?, ?, ?)",
                (
                    cursor.epoch,
                    cursor.acknowledged,
                    cursor.hash,
                    cursor.generation,
                    int(cursor.forked),
                    cursor.refused,
                ),
            )
            connection.execute("update link set last_contact = ?", (at,))

    def link(self) -> LinkState:
        """The link as kept last."""
        with explained(self._path):
            row = self.connection.execute("select online, since, reason, remedy, last_contact from link").fetchone()
        return LinkState(bool(row[0]), *row[1:])

    def set_link(self, *, online: bool, at: str, reason: str = "", remedy: str = "") -> bool:
        """Keep the state of the link; `since` moves only when it goes up or down. Returns whether anything changed."""
        before = self.link()
        after = replace(before, online=online, reason=reason, remedy=remedy)
        if before.online != online or not before.since:
            after = replace(after, since=at)
        if after == before:
            return False
        with commit(self.connection) as connection:
            connection.execute(
                "update link set online = ?, since = ?, reason = ?, remedy = ?",
                (int(after.online), after.since, after.reason, after.remedy),
            )
        return True

    def contact(self, at: str) -> None:
        """Headquarters was heard of, though nothing changed."""
        with commit(self.connection) as connection:
            connection.execute("update link set last_contact = ?", (at,))

    def keep_chunk(self, name: str, data: bytes) -> None:
        """Keep a catalog chunk, so that a fetch that is cut off goes on where it was."""
        with commit(self.connection) as connection:
            connection.execute("insert or replace into chunks (name, data) values (?, ?)", (name, data))

    def chunk(self, name: str) -> bytes | None:
        """A kept chunk, or None."""
        with explained(self._path):
            row = self.connection.execute("select data from chunks where name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def kept_chunks(self) -> set[str]:
        """Names of all kept chunks."""
        with explained(self._path):
            return {name for (name,) in self.connection.execute("select name from chunks")}

    def forget_chunks(self, keep: Collection[str]) -> None:
        """Drop all chunks but these."""
        drop = self.kept_chunks() - set(keep)
        if drop:
            with commit(self.connection) as connection:
                connection.executemany("delete from chunks where name = ?", [(name,) for name in drop])


def _open(path: Path) -> sqlite3.Connection:
    try:
        return open_writer(path, AGENT_DB)
    except StoreError as error:
        if not _replaceable(path, error):
            raise
        log.warning("agent.store.replaced path=%s reason=%s", path, error.message)
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    return open_writer(path, AGENT_DB)


def _replaceable(path: Path, error: StoreError) -> bool:
    """Damaged, or ours but of newer software that was rolled back; a file of another kind is left alone."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DAMAGED
    with explained(path):
        connection = sqlite3.connect(path)
        try:
            version = connection.execute("pragma user_version").fetchone()[0]
            kind = connection.execute("pragma application_id").fetchone()[0]
        finally:
            connection.close()
    return bool(kind == AGENT_DB.application_id and version > len(AGENT_DB.steps))
