"""The chain of the ledger: where an epoch stands, and entries sealed and appended one by one."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.messages.contents import Content, EpochOpened, PaymentAttempt, Sale, TransactionCancelled
from kiosk.messages.entry import NO_HASH, Entry, SealedEntry, body_of, hash_of
from kiosk.messages.tenders import attempt_of
from kiosk.store.database import StoreError
from kiosk.store.signing import DeviceKey


@dataclass(frozen=True, slots=True)
class Place:
    """The last entry of an epoch; position 0 before the first one."""

    epoch: str
    position: int = 0
    hash: str = NO_HASH


class Chain:
    """Appends to the ledger of one workstation, inside a commit of the caller."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        store_id: str,
        workstation_id: str,
        key: DeviceKey,
        now: Callable[[], datetime],
    ) -> None:
        self._connection = connection
        self._store_id = store_id
        self._workstation_id = workstation_id
        self._key = key
        self._now = now

    def append(self, place: Place, contents: Iterable[Content]) -> tuple[tuple[SealedEntry, ...], Place]:
        """Append entries behind `place`; returns them and the new place. `StoreError` for a number or id used before.

        All entries of one call bear the same time.
        """
        at = _rfc3339(self._now())
        appended = []
        for content in contents:
            self._refuse_second_use(content)
            sealed = self._seal(place, at, content)
            self._insert(place.epoch, sealed)
            if isinstance(content, Sale):
                self._note_tenders(content)
            place = Place(place.epoch, sealed.position, sealed.hash)
            appended.append(sealed)
        return tuple(appended), place

    def open_epoch(self, reason: str, before: Place | None) -> Place:
        """Begin a new epoch whose first entry names the head of the one before."""
        epoch = secrets.token_hex(8)
        self._connection.execute(
            "insert into epochs (store_id, workstation_id, epoch) values (?, ?, ?)",
            (self._store_id, self._workstation_id, epoch),
        )
        opened = EpochOpened(reason=reason)
        if before is not None:
            opened = EpochOpened(
                reason=reason,
                previous_epoch=before.epoch,
                previous_position=before.position,
                previous_head=before.hash,
            )
        return self.append(Place(epoch), (opened,))[1]

    def _seal(self, place: Place, at: str, content: Content) -> SealedEntry:
        entry = Entry(
            store_id=self._store_id,
            workstation_id=self._workstation_id,
            epoch=place.epoch,
            position=place.position + 1,
            at=at,
            previous=place.hash,
            content=content,
        )
        body = body_of(entry)
        digest = hash_of(body)
        return SealedEntry(position=entry.position, body=body, hash=digest, signature=self._key.sign(digest))

    def _insert(self, epoch: str, sealed: SealedEntry) -> None:
        self._connection.execute(
            "insert into ledger (store_id, workstation_id, epoch, position, body, hash, signature) "
            "values (?, ?, ?, ?, ?, ?, ?)",
            (
                self._store_id,
                self._workstation_id,
                epoch,
                sealed.position,
                sealed.body,
                sealed.hash,
                sealed.signature,
            ),
        )

    def _refuse_second_use(self, content: Content) -> None:
        """The indexes refuse this as well; here it is said in words."""
        if isinstance(content, Sale | TransactionCancelled):
            query, value = "select position, epoch from ledger where sequence_number = ?", content.sequence_number
            what = f"The sequence number {value}"
            remedy = "Take the next free number: a number is never used twice."
            self._refuse(query, value, what, remedy)
        elif isinstance(content, PaymentAttempt):
            query = "select position, epoch from ledger where attempt = ? and kind = 'payment_attempt'"
            remedy = "Ask the terminal what became of that attempt; a new payment needs a new id."
            self._refuse(query, content.attempt, f"The payment attempt {content.attempt}", remedy)

    def _refuse(self, query: str, value: object, what: str, remedy: str) -> None:
        used = self._connection.execute(query, (value,)).fetchone()
        if used:
            raise StoreError(f"{what} is in the ledger already, at position {used[0]} of epoch {used[1]}.", remedy)

    def _note_tenders(self, sale: Sale) -> None:
        for attempt in filter(None, map(attempt_of, sale.tenders)):
            used = self._connection.execute(
                "select sequence_number from tenders where attempt = ?", (attempt,)
            ).fetchone()
            if used:
                raise StoreError(
                    f"The payment {attempt} has paid for transaction {used[0]} already.",
                    "Take a new payment: an approved attempt pays for one sale only.",
                )
            self._connection.execute("insert into tenders values (?, ?)", (attempt, sale.sequence_number))


def _rfc3339(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("the clock of a ledger must hand out times with a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
