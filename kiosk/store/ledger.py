"""The till: the ledger of a lane and its open transaction, written by the lane process alone, one commit a step."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk.messages.contents import Content, ExceptionRaised, PaymentAttempt, Sale, TransactionCancelled
from kiosk.messages.entry import NO_HASH, SealedEntry
from kiosk.store import attempts
from kiosk.store.chain import Chain, Place
from kiosk.store.database import StoreError, checkpoint, commit, explained, lock_writer, open_writer
from kiosk.store.ledger_reader import Head, LedgerReader, sealed_from
from kiosk.store.signing import DeviceKey
from kiosk.store.till_schema import TILL, read_as_it_is
from kiosk.store.verify import Fault, Report, Row, verify

__all__ = ["Head", "LedgerReader", "Till"]

_TAIL = 100
_COMMITS_PER_CHECKPOINT = 200
_log = logging.getLogger(__name__)


def nothing(_name: str) -> None:
    """What is done after a commit unless something is handed in."""


class Till:
    """The one writer of till.db. Every method that changes something is one commit, on disk when it returns.

    `now` is the wall clock, with a time zone; it may jump, since order is position and never time. `after_commit` is
    called with the method's name right after each commit: there the lane rings the agent's bell. Raises `StoreError`;
    then nothing of that call has happened. Used by one thread.
    """

    def __init__(  # noqa: PLR0913  # who, where, when and the key are four things, and none has a default
        self,
        path: Path,
        store_id: str,
        workstation_id: str,
        key: DeviceKey,
        now: Callable[[], datetime],
        *,
        after_commit: Callable[[str], None] = nothing,
    ) -> None:
        self._path = path
        self._key = key
        self._after_commit = after_commit
        self._since_checkpoint = 0
        self._lane: bytes | None = None
        self._lock = lock_writer(path)
        try:
            self._connection = open_writer(path, TILL)
        except StoreError:
            os.close(self._lock)
            raise
        self._chain = Chain(self._connection, store_id, workstation_id, key, now)
        try:
            with explained(path):
                self._open((store_id, workstation_id), key)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back; may be called twice. What was committed stays; nothing else exists."""
        if self._lock < 0:
            return
        self._connection.close()
        os.close(self._lock)
        self._lock = -1

    @property
    def lane(self) -> bytes | None:
        """The open transaction as saved last, None on a new device."""
        return self._lane

    @property
    def next_sequence_number(self) -> int:
        """One more than the highest number used by a sale or a cancelled transaction, ever."""
        return self._next_sequence_number

    @property
    def key(self) -> DeviceKey:
        """The key that signs the entries."""
        return self._key

    @property
    def epoch(self) -> str:
        """The current epoch: 16 hexadecimal digits."""
        return self._place.epoch

    @property
    def head(self) -> Head:
        """The last entry of the current epoch."""
        return Head(self._place.position, self._place.hash)

    @property
    def count(self) -> int:
        """How many entries the ledger holds, over all epochs."""
        with explained(self._path):
            return int(self._connection.execute("select count(*) from ledger").fetchone()[0])

    def open_attempts(self) -> tuple[PaymentAttempt, ...]:
        """Attempts without a result, or whose last result is `unknown`, oldest first: ask the terminal."""
        with explained(self._path):
            return attempts.open_attempts(self._connection)

    def unsettled_approvals(self) -> tuple[PaymentAttempt, ...]:
        """Attempts approved last that no sale names as a tender, oldest first: reverse them."""
        with explained(self._path):
            return attempts.unsettled_approvals(self._connection)

    def record(self, contents: Sequence[Content], lane: bytes) -> tuple[SealedEntry, ...]:
        """Append entries and replace the open transaction."""
        return self._write("record", contents, lane)

    def begin_tender(
        self, attempt: PaymentAttempt, contents: Sequence[Content], lane: bytes
    ) -> tuple[SealedEntry, ...]:
        """Append `contents`, then the attempt, before the terminal is asked. An attempt id is taken once."""
        return self._write("begin_tender", (*contents, attempt), lane)

    def book(self, sale: Sale, contents: Sequence[Content], lane: bytes) -> tuple[SealedEntry, ...]:
        """Append `contents`, then the sale. A sequence number, and an attempt as tender, is taken once."""
        return self._write("book", (*contents, sale), lane)

    def save_lane(self, lane: bytes) -> None:
        """Replace the open transaction."""
        with commit(self._connection) as connection:
            connection.execute("update lane set state = ?", (lane,))
        self._lane = lane
        self._committed("save_lane")

    def open_epoch(self, reason: str) -> None:
        """Begin a new epoch that names the head of this one, as headquarters asks after a fork; selling goes on."""
        self._begin_epoch(reason, self._place, ())
        self._committed("open_epoch")

    def _open(self, device: tuple[str, str], key: DeviceKey) -> None:
        read_as_it_is(self._connection)
        found = _found(self._connection, device, self._path)
        self._lane, self._next_sequence_number = found.state, found.next_sequence_number
        if found.place is None:
            self._begin_epoch("new_device", None, ())
            return
        self._place = found.place
        report = _check_tail(self._connection, found.place, key)
        if not report.intact:
            _log.error("ledger.past_not_intact epoch=%s problems=%s", found.place.epoch, len(report.problems))
            self._begin_epoch(_reason(report), found.place, (_exception(report),))

    def _begin_epoch(self, reason: str, before: Place | None, contents: Sequence[Content]) -> None:
        with commit(self._connection):
            place = self._chain.open_epoch(reason, before)
            _, place = self._chain.append(place, contents)
            self._save(self._lane, self._next_sequence_number, place)
        self._place = place
        _log.info("ledger.epoch_opened epoch=%s reason=%s", place.epoch, reason)

    def _write(self, name: str, contents: Sequence[Content], lane: bytes) -> tuple[SealedEntry, ...]:
        used = [content.sequence_number for content in contents if isinstance(content, Sale | TransactionCancelled)]
        following = max([self._next_sequence_number, *(number + 1 for number in used)])
        with commit(self._connection):
            entries, place = self._chain.append(self._place, contents)
            self._save(lane, following, place)
        self._lane, self._next_sequence_number, self._place = lane, following, place
        self._committed(name)
        return entries

    def _save(self, lane: bytes | None, next_sequence_number: int, place: Place) -> None:
        self._connection.execute(
            "insert or replace into lane (id, state, next_sequence_number, epoch, position, hash) "
            "values (1, ?, ?, ?, ?, ?)",
            (lane, next_sequence_number, place.epoch, place.position, place.hash),
        )

    def _committed(self, name: str) -> None:
        self._after_commit(name)
        self._since_checkpoint += 1
        if self._since_checkpoint < _COMMITS_PER_CHECKPOINT:
            return
        self._since_checkpoint = 0
        try:
            checkpoint(self._connection)
        except StoreError as error:
            # What the caller asked for is on disk already: this must not look as if it had failed.
            _log.warning("ledger.checkpoint_failed reason=%s", error)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file holds when it is opened; `place` is None in a new one."""

    state: bytes | None
    next_sequence_number: int
    place: Place | None


def _found(connection: sqlite3.Connection, device: tuple[str, str], path: Path) -> _Found:
    lane = connection.execute("select state, next_sequence_number, epoch, position, hash from lane").fetchone()
    highest = connection.execute("select coalesce(max(sequence_number), 0) from ledger").fetchone()[0]
    last = connection.execute("select epoch, store_id, workstation_id from epochs order by number desc").fetchone()
    state, following = (lane[0], lane[1]) if lane else (None, 1)
    following = max(following, highest + 1)
    if last is None:
        return _Found(state, following, None)
    if (last[1], last[2]) != device:
        raise StoreError(
            f"{path} is the ledger of workstation {last[2]} of store {last[1]}, not of workstation {device[1]} of "
            f"store {device[0]}.",
            "Correct the settings; or, when headquarters has booked it all, move the file aside.",
        )
    if lane and lane[2] == last[0]:
        return _Found(state, following, Place(*lane[2:]))
    row = connection.execute(
        "select position, hash from entries where epoch = ? order by position desc", (last[0],)
    ).fetchone()
    return _Found(state, following, Place(last[0], *(row or (0, NO_HASH))))


def _check_tail(connection: sqlite3.Connection, place: Place, key: DeviceKey) -> Report:
    """Verify the last entries of the current epoch: what a crash, a worn card or a copied file would have hit."""
    query = "select position, body, hash, signature from entries where epoch = ? order by position desc limit ?"
    found = [sealed_from(row) for row in connection.execute(query, (place.epoch, _TAIL))]
    rows = (Row(place.epoch, sealed) for sealed in reversed(found))
    return verify(rows, key.public_hex, heads={place.epoch: place.position}, from_start=False)


def _reason(report: Report) -> str:
    """A tail that is whole but all signed by another key is a new key, not a damaged past."""
    unsigned = sum(problem.fault is Fault.BADLY_SIGNED for problem in report.problems)
    return "key_changed" if unsigned == len(report.problems) == report.entries else "past_damaged"


def _exception(report: Report) -> ExceptionRaised:
    first = report.problems[0]
    detail = f"epoch {first.epoch}: {first.meaning}"
    more = len(report.problems) - 1
    return ExceptionRaised(
        code="ledger_not_intact", owner="it", detail=f"{detail} And {more} more." if more else detail
    )
