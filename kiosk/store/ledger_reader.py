"""Reads till.db from another process: entries for the sender, and sales for a reprint."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from kiosk.messages.contents import Content, FiscalReceipt, Sale
from kiosk.messages.entry import NO_HASH, SealedEntry, entry_from
from kiosk.store.database import StoreError, explained, open_reader
from kiosk.store.till_schema import OF_ACCOUNTS, TILL, read_as_it_is

_log = logging.getLogger(__name__)


class Head(NamedTuple):
    """The last entry of an epoch; position 0 and `NO_HASH` where there is none."""

    position: int
    hash: str


class Found(NamedTuple):
    """An entry as found in a ledger; `row` counts over all epochs in the order of writing."""

    row: int
    epoch: str
    position: int
    at: str
    content: Content


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

    def fiscal_receipts(self) -> Iterator[FiscalReceipt]:
        """All receipts of the fiscal chain, in their order."""
        with explained(self._path):
            for (body,) in self._connection.execute(
                "select body from ledger where kind = 'fiscal_receipt' order by rowid"
            ):
                yield self._fiscal(str(body))

    def fiscal_receipt(self, sequence_number: int) -> FiscalReceipt | None:
        """The fiscal receipt of a sale, None where it has none."""
        rows = self._rows(
            "select body from ledger where kind = 'fiscal_receipt' "
            "and json_extract(body, '$.content.sequence_number') = ? order by rowid desc limit 1",
            sequence_number,
        )
        return self._fiscal(str(rows[0][0])) if rows else None

    def of_accounts(self) -> list[Found]:
        """All entries that tills and reports are made of but the sales, in order."""
        return self._found(f"select rowid, body from ledger where {OF_ACCOUNTS} order by rowid")  # noqa: S608 - a constant

    def behind(self, row: int) -> list[Found]:
        """All entries behind that row, in order, over all epochs."""
        return self._found("select rowid, body from ledger where rowid > ? order by rowid", row)

    def _found(self, query: str, *values: object) -> list[Found]:
        found = []
        for row, body in self._rows(query, *values):
            try:
                entry = entry_from(str(body))
            except msgspec.DecodeError as error:
                # Selling must go on; the verification of the ledger names the entry, and the report lacks it.
                _log.error("ledger.entry_unreadable row=%s reason=%s", row, error)
                continue
            found.append(Found(int(str(row)), entry.epoch, entry.position, entry.at, entry.content))
        return found

    def _fiscal(self, body: str) -> FiscalReceipt:
        try:
            content = entry_from(body).content
        except msgspec.DecodeError:
            content = None
        if isinstance(content, FiscalReceipt):
            return content
        raise StoreError(
            "A fiscal receipt is damaged in the ledger.",
            f"Run `python -m kiosk ledger verify {self._path}` and report it; the lane cannot sell without its chain.",
        )

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
