"""The receiver with a real store and headquarters' answers handed to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from kiosk.agent.delays import Delays
from kiosk.agent.receiver import TRIES, WINDOW, Receiver, RequestChunk
from kiosk.domain.catalog import Catalog
from kiosk.domain.item import Item, TaxRate, Unit
from kiosk.messages.catalog import encode_chunks
from kiosk.messages.envelope import CatalogHead
from kiosk.store.agent_db import AgentDb
from kiosk.store.catalog_load import catalog_state

ITEMS = tuple(Item(f"{n:05d}", f"Good {n}", "D", 100 + n, Unit.EACH, "S") for n in range(200))
CATALOG = Catalog(1, "EUR", (TaxRate("S", 230_000, "standard"),), ITEMS, ())
HEAD, CHUNKS = encode_chunks(CATALOG, 3_000)


def encoded(head: CatalogHead) -> bytes:
    return msgspec.json.encode(head)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[AgentDb]:
    with closing(AgentDb(tmp_path / "agent.db")) as db:
        yield db


@pytest.fixture
def receiver(db: AgentDb) -> Receiver:
    receiver = Receiver(db, Delays())
    receiver.subscribed(WINDOW, 0)
    return receiver


def names(requests: tuple[RequestChunk, ...]) -> list[str]:
    return [request.chunk for request in requests]


def answer_all(receiver: Receiver, requests: tuple[RequestChunk, ...], chunks: dict[str, bytes]) -> list[str]:
    """Answer every request, and load; returns what was asked for."""
    asked, left = [], list(requests)
    while left:
        request = left.pop(0)
        asked.append(request.chunk)
        left += receiver.chunk(request.correlation, chunks[request.chunk], 0)
    while receiver.busy:
        receiver.work()
    return asked


def test_every_chunk_is_asked_for_once_never_more_than_the_window(receiver: Receiver) -> None:
    first = receiver.head(encoded(HEAD), 0)
    assert names(first) == list(HEAD.chunks[:WINDOW])
    assert receiver.head(encoded(HEAD), 0) == ()
    assert answer_all(receiver, first, CHUNKS) == list(HEAD.chunks)
    assert receiver.version == 1
    assert receiver.deadline_ms is None
    assert receiver.head(encoded(HEAD), 0) == ()


def test_a_newer_catalog_costs_only_the_chunks_that_changed(receiver: Receiver) -> None:
    answer_all(receiver, receiver.head(encoded(HEAD), 0), CHUNKS)
    dearer = replace(CATALOG, version=2, items=(*ITEMS[:-1], replace(ITEMS[-1], price_minor=9)))
    head, chunks = encode_chunks(dearer, 3_000)
    assert answer_all(receiver, receiver.head(encoded(head), 0), chunks) == [head.chunks[-1]]
    assert receiver.version == 2


def test_a_broken_link_and_a_restart_go_on_with_what_is_missing(receiver: Receiver, db: AgentDb) -> None:
    for request in receiver.head(encoded(HEAD), 0):
        receiver.chunk(request.correlation, CHUNKS[request.chunk], 0)
    receiver.disconnected()
    assert receiver.deadline_ms is None
    assert names(receiver.subscribed(WINDOW, 0)) == list(HEAD.chunks[WINDOW : 2 * WINDOW])
    again = Receiver(db, Delays())
    assert again.head(encoded(HEAD), 0) == ()
    assert names(again.subscribed(2, 0)) == list(HEAD.chunks[WINDOW : WINDOW + 2])


def test_what_is_not_answered_is_asked_for_again(receiver: Receiver) -> None:
    first = receiver.head(encoded(HEAD), 1_000)
    assert receiver.deadline_ms == 1_000 + Delays().chunk_ms
    assert receiver.tick(receiver.deadline_ms - 1) == ()
    assert receiver.chunk(first[0].correlation, b"", 2_000) == ()
    assert names(receiver.tick(1_000 + Delays().chunk_ms)) == names(first)


def test_a_chunk_that_comes_damaged_is_asked_for_again_and_then_the_catalog_is_refused(
    receiver: Receiver, db: AgentDb
) -> None:
    request = receiver.head(encoded(HEAD), 0)[0]
    for _ in range(TRIES - 1):
        assert names(receiver.chunk(request.correlation, b"garbage", 0)) == [request.chunk]
    assert receiver.chunk(request.correlation, b"garbage", 0) == ()
    assert "damaged" in catalog_state(db.connection).refused_reason
    assert receiver.version == 0
    assert receiver.head(encoded(HEAD), 0) == ()


def test_answers_nobody_asked_for_change_nothing(receiver: Receiver, db: AgentDb) -> None:
    assert receiver.chunk(b"\x01" * 32, b"x", 0) == ()
    receiver.head(encoded(HEAD), 0)
    last = HEAD.chunks[-1]
    assert receiver.chunk(bytes.fromhex(last), CHUNKS[last], 0) == ()
    assert db.kept_chunks() == set()


@pytest.mark.parametrize(
    "head",
    [
        msgspec.structs.replace(HEAD, digest="0" * 64),
        msgspec.structs.replace(HEAD, chunks=("../../etc/passwd",)),
        msgspec.structs.replace(HEAD, chunks=("0" * 64,) * 10_000),
    ],
    ids=["digest", "name", "number"],
)
def test_a_head_that_contradicts_itself_is_refused_and_the_right_one_still_taken(
    receiver: Receiver, db: AgentDb, head: CatalogHead
) -> None:
    assert receiver.head(encoded(head), 0) == ()
    assert catalog_state(db.connection).refused_version == 1
    answer_all(receiver, receiver.head(encoded(HEAD), 0), CHUNKS)
    assert receiver.version == 1


def test_a_head_that_is_no_json_is_ignored(receiver: Receiver) -> None:
    assert receiver.head(b"{", 0) == ()
    assert not receiver.busy


def test_a_bad_catalog_is_refused_and_the_last_good_one_stays(receiver: Receiver, db: AgentDb) -> None:
    answer_all(receiver, receiver.head(encoded(HEAD), 0), CHUNKS)
    head, chunks = encode_chunks(replace(CATALOG, version=2, items=(*ITEMS, replace(ITEMS[0], sku="x", tax_code="?"))))
    answer_all(receiver, receiver.head(encoded(head), 0), chunks)
    state = catalog_state(db.connection)
    assert (state.version, state.refused_version) == (1, 2)
    assert "unknown tax code" in state.refused_reason


def test_a_chunk_damaged_on_disk_is_fetched_again(receiver: Receiver, db: AgentDb) -> None:
    for request in receiver.head(encoded(HEAD), 0):
        receiver.chunk(request.correlation, CHUNKS[request.chunk], 0)
    db.keep_chunk(HEAD.chunks[0], b"rotten")
    again = Receiver(db, Delays())
    again.subscribed(WINDOW, 0)
    answer_all(again, again.head(encoded(HEAD), 0), CHUNKS)
    assert not again.busy
    assert answer_all(again, again.tick(0), CHUNKS) == [HEAD.chunks[0]]
    assert again.version == 1
