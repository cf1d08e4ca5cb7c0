"""The two forms a ledger has as a file: a till.db, and its export as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import msgspec

from kiosk.messages.entry import Entry, SealedEntry, entry_from
from kiosk.store.database import StoreError, explained, open_reader
from kiosk.store.ledger_reader import sealed_from
from kiosk.store.till_schema import TILL, read_as_it_is
from kiosk.store.verify import Row

_SQLITE = b"SQLite format 3\x00"
_WHAT_IT_TAKES = "Give a till.db of a lane, or a file made by `python -m kiosk ledger export`."


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an export: a sealed entry with its epoch, and how far that epoch reached when it was exported."""

    epoch: str
    head: int
    position: int
    body: str
    hash: str
    signature: str


class LedgerFile(Protocol):
    """A ledger to be verified or exported."""

    def heads(self) -> dict[str, int]:
        """How far each epoch reaches, as far as the file says so."""
        ...

    def rows(self) -> Iterator[Row]:
        """All entries in the order found, epochs oldest first."""
        ...


def open_ledger(path: Path) -> LedgerFile:
    """See what a file is; `StoreError` where it is neither form or cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions.") from error
    if start == _SQLITE:
        return TillFile(path)
    if start.startswith(b"{"):
        return ExportFile(path)
    raise StoreError(f"{path} is no ledger.", _WHAT_IT_TAKES)


def entries_in(path: Path) -> Iterator[Entry]:
    """The entries of a till.db or an export; `StoreError` where one cannot be read."""
    for row in open_ledger(path).rows():
        try:
            yield entry_from(row.sealed.body)
        except msgspec.DecodeError as error:
            raise StoreError(
                f"Entry {row.sealed.position} of epoch {row.epoch} cannot be read: it is damaged, or newer than this.",
                f"Run `python -m kiosk ledger verify {path}`; if that is fine, use the version that the lane runs.",
            ) from error


def export_lines(ledger: LedgerFile) -> Iterator[bytes]:
    """The lines of an export, with exactly the text that was hashed and signed."""
    heads = ledger.heads()
    for row in ledger.rows():
        sealed = row.sealed
        line = Line(
            epoch=row.epoch,
            head=heads.get(row.epoch, 0),
            position=sealed.position,
            body=sealed.body,
            hash=sealed.hash,
            signature=sealed.signature,
        )
        yield msgspec.json.encode(line) + b"\n"


class TillFile:
    """A till.db, also one in use: reading it disturbs nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def heads(self) -> dict[str, int]:
        """The lane's own note for the current epoch; the other ones are named by their successors."""
        with explained(self._path), closing(open_reader(self._path, TILL)) as connection:
            return dict(connection.execute("select epoch, position from lane"))

    def rows(self) -> Iterator[Row]:
        """All entries by epoch and position."""
        with explained(self._path), closing(open_reader(self._path, TILL)) as connection:
            read_as_it_is(connection)
            query = "select position, body, hash, signature, epoch from entries order by number, position"
            for *sealed, epoch in connection.execute(query):
                yield Row(str(epoch), sealed_from(sealed))


class ExportFile:
    """A file of `Line`s."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def heads(self) -> dict[str, int]:
        """The farthest head that any line names for its epoch."""
        heads: dict[str, int] = {}
        for line in self._lines():
            heads[line.epoch] = max(line.head, heads.get(line.epoch, 0))
        return heads

    def rows(self) -> Iterator[Row]:
        """All entries as the lines stand."""
        for line in self._lines():
            sealed = SealedEntry(position=line.position, body=line.body, hash=line.hash, signature=line.signature)
            yield Row(line.epoch, sealed)

    def _lines(self) -> Iterator[Line]:
        decoder = msgspec.json.Decoder(Line)
        try:
            with self._path.open("rb") as file:
                for number, text in enumerate(file, start=1):
                    try:
                        yield decoder.decode(text)
                    except msgspec.DecodeError as error:
                        raise StoreError(f"{self._path}, line {number}, is no ledger entry.", _WHAT_IT_TAKES) from error
        except OSError as error:
            raise StoreError(f"{self._path} cannot be read: {error.strerror}.", "Check the file.") from error
