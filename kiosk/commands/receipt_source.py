"""Where the entries to be printed come from: a till.db, an export, one entry as JSON, or standard input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from kiosk.accounts.receipt_print import HANDED_OUT, Numbered, UnreadableError, numbered
from kiosk.messages.entry import hash_of, header_from
from kiosk.store.database import StoreError
from kiosk.store.ledger_files import Line, open_ledger

STANDARD_INPUT = "-"
# What there can be for a number, best first.
_OF_A_TRANSACTION = ("sale", "transaction_cancelled", "fiscal_receipt")
_LONGEST_ENTRY = 16 * 1024 * 1024
_SQLITE = b"SQLite format 3\x00"
_WHAT_IT_TAKES = "Give a till.db, a file made by `python -m kiosk ledger export`, one entry as JSON, or - for either."


@dataclass(frozen=True, slots=True)
class Found:
    """An entry as found. `intact`: its text is the one that was hashed; a lone entry has no hash to be checked."""

    epoch: str
    position: int
    body: str
    intact: bool

    @property
    def key(self) -> str:
        """EPOCH:POSITION."""
        return f"{self.epoch}:{self.position}"


# Gives all entries in order, each time it is called.
Source = Callable[[], Iterator[Found]]


def open_source(name: str, standard_input: BinaryIO) -> Source:
    """The entries of a file, or of standard input for "-". `StoreError` where it holds none or cannot be read."""
    if name == STANDARD_INPUT:
        return _from_bytes(standard_input.read(), "standard input")
    path = Path(name)
    start = _start(path, _LONGEST_ENTRY)
    if start.startswith(_SQLITE) or _line_in(start.partition(b"\n")[0]) is not None:
        ledger = open_ledger(path)
        return lambda: (
            Found(row.epoch, row.sealed.position, row.sealed.body, hash_of(row.sealed.body) == row.sealed.hash)
            for row in ledger.rows()
        )
    return _from_bytes(start, str(path))


def _start(path: Path, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(length)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions.") from error


def _from_bytes(data: bytes, name: str) -> Source:
    lines = data.splitlines()
    exported = bool(lines) and _line_in(lines[0]) is not None
    found = tuple(_exported(lines, name)) if exported else (_single(data, name),)
    return lambda: iter(found)


def about(found: Found) -> Numbered:
    """Kind of an entry and the number of its transaction; nothing where it cannot be read."""
    try:
        return numbered(found.body)
    except UnreadableError:
        return Numbered()


def of_number(source: Source, sequence_number: int) -> list[Found]:
    """What a shopper was handed about the transaction of that number, at most one entry."""
    best: dict[str, Found] = {}
    for found in source():
        one = about(found)
        if one.sequence_number == sequence_number and one.type in _OF_A_TRANSACTION:
            best.setdefault(one.type, found)
    return [best[kind] for kind in _OF_A_TRANSACTION if kind in best][:1]


def last_handed_out(source: Source) -> list[Found]:
    """The last entry that somebody may have been handed paper for, else the last one."""
    last: Found | None = None
    any_last: Found | None = None
    for any_last in source():
        if about(any_last).type in HANDED_OUT:
            last = any_last
    found = last or any_last
    return [] if found is None else [found]


def _exported(lines: Iterable[bytes], name: str) -> Iterator[Found]:
    for number, text in enumerate(lines, start=1):
        line = _line_in(text)
        if line is not None:
            yield Found(line.epoch, line.position, line.body, hash_of(line.body) == line.hash)
        elif text.strip():
            raise StoreError(f"Line {number} of {name} is no ledger entry.", _WHAT_IT_TAKES)


def _line_in(text: bytes) -> Line | None:
    try:
        return msgspec.json.decode(text, type=Line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _single(data: bytes, name: str) -> Found:
    try:
        body = data.decode()
        header = header_from(body)
        numbered(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError, UnreadableError) as error:
        raise StoreError(f"{name} holds no ledger entry: {error}.", _WHAT_IT_TAKES) from error
    return Found(header.epoch, header.position, body, intact=True)
