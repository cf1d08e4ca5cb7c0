"""Fetches the catalog: a retained head names its chunks; what is missing is asked for, checked, kept, loaded, swapped.

Chunks are named by their SHA-256 and kept on disk, so a fetch that was cut off goes on where it was.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import msgspec

from kiosk.agent.delays import Delays
from kiosk.messages.canonical import digest
from kiosk.messages.catalog import CatalogError, CatalogRow, check_head, decode_chunk
from kiosk.messages.envelope import CatalogHead
from kiosk.store.agent_db import AgentDb
from kiosk.store.catalog_load import ROWS_PER_COMMIT, CatalogLoad, catalog_state, fingerprint, refuse

log = logging.getLogger(__name__)

WINDOW = 4
# How often a chunk may come damaged before the whole catalog is refused.
TRIES = 3


@dataclass(frozen=True, slots=True)
class RequestChunk:
    """Ask headquarters for a chunk; `correlation` comes back with the answer."""

    chunk: str
    correlation: bytes


@dataclass(slots=True)
class _Fetch:
    """A catalog on its way: what is missing, what was asked for and until when, and how far the load is."""

    head: CatalogHead
    missing: list[str]
    asked: dict[str, int] = field(default_factory=dict)
    damaged: dict[str, int] = field(default_factory=dict)
    load: CatalogLoad | None = None
    rows: tuple[CatalogRow, ...] = ()
    decoded: int = 0


class Receiver:
    """Keeps the catalog of this device as headquarters publishes it. Times are milliseconds of a monotonic clock.

    Loading is done piece by piece in `work`, so that sending goes on between two pieces.
    """

    def __init__(self, db: AgentDb, delays: Delays) -> None:
        self._db = db
        self._delays = delays
        self._fetch: _Fetch | None = None
        self._connected = False
        self._window = WINDOW

    @property
    def version(self) -> int:
        """Version of the catalog in force, 0 for none."""
        return catalog_state(self._db.connection).version

    @property
    def busy(self) -> bool:
        """All chunks are here, and `work` has to be called."""
        return self._fetch is not None and not self._fetch.missing

    @property
    def deadline_ms(self) -> int | None:
        """When `tick` is due, or None."""
        return min(self._fetch.asked.values(), default=None) if self._fetch else None

    def subscribed(self, window: int, now: int) -> tuple[RequestChunk, ...]:
        """The link is up: go on with a fetch that was cut off."""
        self._connected = True
        self._window = max(1, min(WINDOW, window))
        if self._fetch is not None:
            self._fetch.asked.clear()
        return self._ask(now)

    def disconnected(self) -> None:
        """The link is down: ask for nothing."""
        self._connected = False
        if self._fetch is not None:
            self._fetch.asked.clear()

    def head(self, payload: bytes, now: int) -> tuple[RequestChunk, ...]:
        """Headquarters has published a catalog."""
        try:
            head = msgspec.json.decode(payload, type=CatalogHead)
        except msgspec.DecodeError as error:
            log.warning("catalog.head.unreadable reason=%s", error)
            return ()
        state = catalog_state(self._db.connection)
        if self._fetch is not None and self._fetch.head == head:
            return self._ask(now)
        if fingerprint(head) == state.refused or (head.version, head.digest) == (state.version, state.digest):
            self._fetch = None
            return ()
        try:
            check_head(head)
        except CatalogError as error:
            self._refuse(head, error)
            return ()
        self._db.forget_chunks({*head.chunks, *state.chunks})
        kept = self._db.kept_chunks()
        missing = list(dict.fromkeys(name for name in head.chunks if name not in kept))
        self._fetch = _Fetch(head, missing)
        log.info("catalog.fetch version=%d chunks=%d missing=%d", head.version, len(head.chunks), len(missing))
        return self._ask(now)

    def chunk(self, correlation: bytes, payload: bytes, now: int) -> tuple[RequestChunk, ...]:
        """An answer to a request."""
        fetch, name = self._fetch, correlation.hex()
        if fetch is None or name not in fetch.asked:
            return ()
        if not payload:  # headquarters has it no longer: its next head is on the way, or it is asked again
            return ()
        del fetch.asked[name]
        if digest(payload) == name:
            self._db.keep_chunk(name, payload)
            fetch.missing.remove(name)
        else:
            fetch.damaged[name] = fetch.damaged.get(name, 0) + 1
            if fetch.damaged[name] >= TRIES:
                self._refuse(
                    fetch.head, CatalogError(f"Chunk {name} came damaged {TRIES} times.", "Publish the catalog again.")
                )
        return self._ask(now)

    def tick(self, now: int) -> tuple[RequestChunk, ...]:
        """Time has passed: ask again for what was not answered in time."""
        if self._fetch is not None:
            for name in [name for name, until in self._fetch.asked.items() if until <= now]:
                log.warning("catalog.chunk.unanswered chunk=%s", name)
                del self._fetch.asked[name]
        return self._ask(now)

    def abandon(self) -> None:
        """Give up this fetch; the retained head begins it anew on the next connection."""
        self._fetch = None

    def work(self) -> int | None:
        """Load one more piece, or finish: then returns the new version, else None. A bad catalog is refused whole."""
        fetch = self._fetch
        if fetch is None or fetch.missing:
            return None
        try:
            return self._load(fetch)
        except CatalogError as error:
            self._refuse(fetch.head, error)
            return None

    def _load(self, fetch: _Fetch) -> int | None:
        fetch.load = fetch.load or CatalogLoad(self._db, fetch.head)
        if fetch.rows:
            fetch.load.add(fetch.rows[:ROWS_PER_COMMIT])
            fetch.rows = fetch.rows[ROWS_PER_COMMIT:]
            return None
        if fetch.decoded < len(fetch.head.chunks):
            self._unpack(fetch, fetch.head.chunks[fetch.decoded])
            return None
        fetch.load.finish()
        self._fetch = None
        self._db.forget_chunks(fetch.head.chunks)
        log.info("catalog.in_force version=%d items=%d", fetch.head.version, fetch.head.items)
        return fetch.head.version

    def _unpack(self, fetch: _Fetch, name: str) -> None:
        data = self._db.chunk(name) or b""
        if digest(data) != name:  # damaged on disk: fetch it again
            fetch.missing.append(name)
            return
        fetch.rows = decode_chunk(data)
        fetch.decoded += 1

    def _refuse(self, head: CatalogHead, error: CatalogError) -> None:
        self._fetch = None
        refuse(self._db, head, error.message)
        log.error("catalog.refused version=%d reason=%s remedy=%s", head.version, error.message, error.remedy)

    def _ask(self, now: int) -> tuple[RequestChunk, ...]:
        fetch = self._fetch
        if fetch is None or not self._connected:
            return ()
        free = [name for name in fetch.missing if name not in fetch.asked][: self._window - len(fetch.asked)]
        fetch.asked.update(dict.fromkeys(free, now + self._delays.chunk_ms))
        return tuple(RequestChunk(name, bytes.fromhex(name)) for name in free)
