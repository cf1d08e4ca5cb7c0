"""Reads till.db from another process: entries for the sender, and sales for a reprint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from kiosk.messages.contents import Sale
from kiosk.messages.entry import NO_HASH, SealedEntry, entry_from
from kiosk.store.database import StoreError, explained, open_reader
from kiosk.store.till_schema import TILL, read_as_it_is


class Head(NamedTuple):
    """The last entry of an epoch; position 0 and `NO_HASH` where there is none."""

    position: int
    hash: str


class LedgerReader:
    """Read-only access to a ledger that is being written; each call sees all commits made so far.

    Raises `StoreMissingError` where the file does not exist yet, `StoreError` where it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_reader(path, TILL)
        read_as_it_is(self._connection)

    def close(self) -> None:
        """Give the file back; may be called twice."""
        self._connection.close()

    def epochs(self) -> tuple[str, ...]:
        """All epochs, oldest first."""
        return tuple(str(row[0]) for row in self._rows("select epoch from epochs order by number"))

    def head(self, epoch: str) -> Head:
        """The last entry of an epoch."""
        rows = self._rows("select position, hash from entries where epoch = ? order by position desc limit 1", epoch)
        return Head(int(str(rows[0][0])), str(rows[0][1])) if rows else Head(0, NO_HASH)

    def hash_at(self, epoch: str, position: int) -> str | None:
        """The hash of one entry; `NO_HASH` for position 0, None where there is no such entry."""
        if position == 0:
            return NO_HASH
        rows = self._rows("select hash from entries where epoch = ? and position = ?", epoch, position)
        return str(rows[0][0]) if rows else None

    def entries(self, epoch: str, after: int, limit: int) -> list[SealedEntry]:
        """Up to `limit` entries of an epoch in order, the first one behind position `after`."""
        query = (
            "select position, body, hash, signature from entries where epoch = ? and position > ? "
            "order by position limit ?"
        )
        return [sealed_from(row) for row in self._rows(query, epoch, after, limit)]

    def oldest_after(self, epoch: str, position: int) -> str | None:
        """When the first entry behind `position` was made (RFC 3339 UTC), or None where there is none."""
        query = "select at from entries where epoch = ? and position > ? order by position limit 1"
        rows = self._rows(query, epoch, position)
        return str(rows[0][0]) if rows else None

    def last_sale(self) -> Sale | None:
        """The sale finished last."""
        return self._sale("select body from ledger where kind = 'sale' order by rowid desc limit 1")

    def sale(self, sequence_number: int) -> Sale | None:
        """The sale with that number, None where the number was not used for a sale."""
        return self._sale("select body from ledger where sequence_number = ? and kind = 'sale'", sequence_number)

    def _sale(self, query: str, *values: object) -> Sale | None:
        rows = self._rows(query, *values)
        if not rows:
            return None
        try:
            content = entry_from(str(rows[0][0])).content
        except msgspec.DecodeError as error:
            raise StoreError(
                "That sale is damaged in the ledger.",
                f"Run `python -m kiosk ledger verify {self._path}` and report it.",
            ) from error
        return content if isinstance(content, Sale) else None

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with explained(self._path):
            return self._connection.execute(query, values).fetchall()


def sealed_from(row: Sequence[object]) -> SealedEntry:
    """An entry from the columns position, body, hash, signature."""
    position, body, digest, signature = row
    return SealedEntry(position=int(str(position)), body=str(body), hash=str(digest), signature=str(signature))
