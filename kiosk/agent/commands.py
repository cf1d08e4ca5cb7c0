"""What the sender asks to be done: plain records, carried out in order by the agent."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.messages.envelope import Hello
from kiosk.store.agent_db import Cursor


@dataclass(frozen=True, slots=True)
class PublishHello:
    """Tell headquarters where an epoch stands, and ask where headquarters stands."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class PublishBatch:
    """Send the entries `first` to `last` of an epoch, encoded already."""

    epoch: str
    first: int
    last: int
    payload: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class ReadEntries:
    """Read up to `limit` entries of an epoch behind position `after`, and hand them to `Sender.entries`."""

    epoch: str
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class KeepCursor:
    """Put this cursor on disk before anything that follows; without it, all of it would only be sent again."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class DeclareFork:
    """Headquarters holds another past of this epoch. Keep the cursor; the lane opens a new epoch."""

    cursor: Cursor
    reason: str


@dataclass(frozen=True, slots=True)
class ReportRefusal:
    """Headquarters or the broker does not take this epoch any further for now. Keep the cursor, tell people."""

    cursor: Cursor
    remedy: str


@dataclass(frozen=True, slots=True)
class ReportSilence:
    """Headquarters has not answered in time."""


Command = PublishHello | PublishBatch | ReadEntries | KeepCursor | DeclareFork | ReportRefusal | ReportSilence
Commands = tuple[Command, ...]
