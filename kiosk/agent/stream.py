"""One epoch on its way to headquarters: how far it is, what is under way, and the batches it is cut into."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from kiosk.messages.compression import compress
from kiosk.messages.entry import NO_HASH, SealedEntry, hash_of, header_from
from kiosk.messages.envelope import JSON, JSON_ZSTD, Batch
from kiosk.store.agent_db import Cursor

BATCH_ENTRIES = 100
BATCH_BYTES = 65_536
# Smaller payloads gain nothing from compression.
COMPRESS_FROM = 1_024


class Stage(enum.Enum):
    """Where an epoch stands on this connection."""

    UNASKED = "headquarters was not asked yet"
    ASKED = "a hello is under way"
    SENDING = "headquarters has answered, entries may be sent"
    BLOCKED = "refused; asked again after a while, or passed over for a newer epoch"


@dataclass(frozen=True, slots=True)
class Stand:
    """How far the ledger goes in an epoch: position and hash of its last entry."""

    epoch: str
    head: int
    hash: str


@dataclass(slots=True)
class Stream:
    """The state of one epoch. `sent` and `sent_hash` are the last entry published since headquarters' answer."""

    stand: Stand
    cursor: Cursor
    stage: Stage = Stage.UNASKED
    hello: str = ""
    sent: int = 0
    sent_hash: str = ""
    in_flight: list[int] = field(default_factory=list)
    reading: bool = False
    limit: int = BATCH_ENTRIES

    def restart(self) -> None:
        """Forget what is under way: it may be lost, and sending it twice is harmless."""
        self.stage = Stage.UNASKED
        self.hello = ""
        self.in_flight.clear()
        self.reading = False

    def go_on_from(self, cursor: Cursor) -> None:
        """Headquarters has told its mark: send what is behind it."""
        self.cursor = cursor
        self.stage = Stage.SENDING
        self.hello = ""
        self.in_flight.clear()
        self.reading = False
        self.sent = cursor.acknowledged
        self.sent_hash = cursor.hash if cursor.acknowledged else NO_HASH

    def booked(self, cursor: Cursor) -> None:
        """Headquarters has booked more."""
        self.cursor = cursor
        self.limit = min(BATCH_ENTRIES, self.limit * 2)
        self.in_flight = [last for last in self.in_flight if last > cursor.acknowledged]
        if self.stage is Stage.SENDING and cursor.acknowledged > self.sent:
            self.sent, self.sent_hash, self.reading = cursor.acknowledged, cursor.hash, False

    @property
    def done(self) -> bool:
        """Headquarters has answered and everything is booked."""
        return self.stage is Stage.SENDING and self.cursor.acknowledged >= self.stand.head

    def fault_at_mark(self, entries: Sequence[SealedEntry]) -> str:
        """Why headquarters can never book what follows its mark, or "": another past, or damage on disk.

        Entries further on are left to headquarters' judgement: those before them must reach it first.
        """
        first = entries[0]
        if self.sent != self.cursor.acknowledged:
            return ""
        if hash_of(first.body) != first.hash:
            return f"Entry {first.position} of the ledger is damaged."
        if self.sent_hash and _previous(first) != self.sent_hash:
            return f"Entry {first.position} of the ledger does not follow what headquarters has booked."
        return ""


def _previous(entry: SealedEntry) -> str | None:
    try:
        return header_from(entry.body).previous
    except msgspec.DecodeError:
        return None


@dataclass(frozen=True, slots=True)
class EncodedBatch:
    """A batch as it goes on the wire."""

    first: int
    last: int
    last_hash: str
    payload: bytes
    content_type: str


def encode_batch(epoch: str, entries: Sequence[SealedEntry], maximum: int) -> EncodedBatch | None:
    """As many leading entries as fit 64 KiB of text and, encoded, `maximum`; None if not even one does."""
    count, size = 0, 0
    for entry in entries[:BATCH_ENTRIES]:
        size += len(entry.body.encode())
        if count and size > BATCH_BYTES:
            break
        count += 1
    while count:
        payload, content_type = _encode(Batch(epoch=epoch, first=entries[0].position, entries=tuple(entries[:count])))
        if len(payload) <= maximum:
            last = entries[count - 1]
            return EncodedBatch(entries[0].position, last.position, last.hash, payload, content_type)
        count //= 2
    return None


def _encode(batch: Batch) -> tuple[bytes, str]:
    payload = msgspec.json.encode(batch)
    return (payload, JSON) if len(payload) < COMPRESS_FROM else (compress(payload), JSON_ZSTD)
