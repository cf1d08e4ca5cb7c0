"""The mark of every stream: how far the entries of one epoch of one device are booked, without a gap."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select, update

from headquarters import schema
from headquarters.database import insert_ignore
from kiosk.messages.entry import NO_HASH
from kiosk.messages.envelope import Hello

# A hello may be delivered twice by the broker, the second time when its content is no longer true.
REMEMBERED_HELLOS = 16


@dataclass(frozen=True, slots=True)
class Stream:
    """One row of `streams`; `hash` is that of the entry at `high_water`, `NO_HASH` for 0."""

    device: str
    epoch: str
    high_water: int
    hash: str
    duplicates: int
    forked: bool
    recent_hellos: tuple[str, ...]

    def advanced(self, position: int, entry_hash: str) -> Stream:
        """The mark moved on by one entry."""
        return replace(self, high_water=position, hash=entry_hash)

    def greeted(self, hello: str) -> Stream:
        """A hello more remembered, the oldest forgotten."""
        return replace(self, recent_hellos=(*self.recent_hellos, hello)[-REMEMBERED_HELLOS:])


def lock(connection: Connection, device: str, epoch: str, at: str) -> Stream:
    """The stream, made if new, its row locked until the commit ends."""
    new = {
        "device": device, "epoch": epoch, "high_water": 0, "hash": NO_HASH, "duplicates": 0, "forked": 0,
        "recent_hellos": "", "opened_at": at,
    }  # fmt: skip  # a row reads better in two lines
    found = find(connection, device, epoch, locked=True)
    if found is not None:
        return found
    insert_ignore(connection, schema.streams, [new])
    return lock(connection, device, epoch, at)


def find(connection: Connection, device: str, epoch: str, *, locked: bool = False) -> Stream | None:
    """The stream as it stands."""
    table = schema.streams
    query = select(table).where(table.c.device == device, table.c.epoch == epoch)
    row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        return None
    hellos = tuple(row.recent_hellos.split())
    return Stream(device, epoch, row.high_water, row.hash, row.duplicates, bool(row.forked), hellos)


def save(connection: Connection, stream: Stream) -> None:
    """Write back a locked stream."""
    table = schema.streams
    row = update(table).where(table.c.device == stream.device, table.c.epoch == stream.epoch)
    connection.execute(
        row.values(
            high_water=stream.high_water,
            hash=stream.hash,
            duplicates=stream.duplicates,
            forked=int(stream.forked),
            recent_hellos=" ".join(stream.recent_hellos),
        )
    )


def count(connection: Connection, device: str) -> int:
    """How many epochs a device has opened here."""
    table = schema.streams
    return connection.execute(select(func.count()).select_from(table).where(table.c.device == device)).scalar_one()


def hash_at(connection: Connection, stream: Stream, position: int) -> str | None:
    """The hash booked at a position; `NO_HASH` at 0, None beyond the mark."""
    if position == 0:
        return NO_HASH
    if not 0 < position <= stream.high_water:
        return None
    table = schema.entries
    here = (table.c.device == stream.device, table.c.epoch == stream.epoch, table.c.position == position)
    return connection.execute(select(table.c.hash).where(*here)).scalar()


def hashes(connection: Connection, stream: Stream, first: int, last: int) -> dict[int, str]:
    """The hashes booked from `first` to `last`, by position."""
    table = schema.entries
    here = (table.c.device == stream.device, table.c.epoch == stream.epoch)
    query = select(table.c.position, table.c.hash).where(*here, table.c.position.between(first, last))
    return {row.position: row.hash for row in connection.execute(query)}


def contradicts(connection: Connection, stream: Stream, hello: Hello) -> bool:
    """Whether a device that stands where `hello` says cannot be the one whose entries are booked: a fork.

    Its head is behind the mark (it lost its past), or another entry is booked where its head is.
    """
    if hello.hello in stream.recent_hellos:
        return False
    if hello.head < stream.high_water:
        return True
    booked = hash_at(connection, stream, hello.head) if hello.head == stream.high_water else None
    return booked is not None and hello.head > 0 and booked != hello.head_hash
