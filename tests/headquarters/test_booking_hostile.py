"""Whatever a broken or hostile device sends: nothing of it is booked, it is told why, and no other device notices."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headquarters import schema
from headquarters.booking import Booking
from headquarters.database import Database
from headquarters.wire import Limits
from kiosk.messages.entry import SealedEntry
from kiosk.messages.envelope import JSON, JSON_ZSTD, Acknowledgement, Batch
from tests.headquarters.paper_lane import PaperLane, drain, now, registered
from tests.headquarters.test_booking import all_is_well, numbers, rows

Change = Callable[[PaperLane, SealedEntry], SealedEntry]
AGAIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def _changed_body(_: PaperLane, entry: SealedEntry) -> SealedEntry:
    return msgspec.structs.replace(entry, body=entry.body.replace("250", "150"))


def _signed_by_another(_: PaperLane, entry: SealedEntry) -> SealedEntry:
    return PaperLane().sealed(entry.body, entry.position)


def _no_signature(_: PaperLane, entry: SealedEntry) -> SealedEntry:
    return msgspec.structs.replace(entry, signature="not hexadecimal")


def _of_another_lane(lane: PaperLane, entry: SealedEntry) -> SealedEntry:
    return lane.sealed(entry.body.replace('"workstation_id":"07"', '"workstation_id":"08"'), entry.position)


def _of_another_epoch(lane: PaperLane, entry: SealedEntry) -> SealedEntry:
    return lane.sealed(entry.body.replace(lane.epoch, "ffffffffffffffff"), entry.position)


def _at_another_position(lane: PaperLane, entry: SealedEntry) -> SealedEntry:
    return lane.sealed(entry.body.replace('"position":2', '"position":3'), entry.position)


def _no_entry(lane: PaperLane, entry: SealedEntry) -> SealedEntry:
    return lane.sealed('{"hello":"world"}', entry.position)


def _position_elsewhere(_: PaperLane, entry: SealedEntry) -> SealedEntry:
    return msgspec.structs.replace(entry, position=10**30)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_changed_body, "wrong_hash"),
        (_signed_by_another, "bad_signature"),
        (_no_signature, "bad_signature"),
        (_of_another_lane, "foreign"),
        (_of_another_epoch, "foreign"),
        (_at_another_position, "foreign"),
        (_no_entry, "not_an_entry"),
        (_position_elsewhere, "not_consecutive"),
    ],
)
def test_one_wrong_entry_and_nothing_of_the_batch_is_booked(
    database: Database, booking: Booking, lane: PaperLane, change: Change, reason: str
) -> None:
    lane.sell(1)
    wrong = lane.batch_of([lane.kept[0], change(lane, lane.kept[1])])
    answer = booking.receive(lane.name, wrong)
    assert answer.refused.startswith(f"{reason}: ")
    assert (answer.high_water, answer.fork) == (0, False)
    assert numbers(database)["entries"] == 0
    (kept,) = rows(database, schema.quarantine)
    assert (kept["reason"], kept["owner"], kept["genuine"]) == (reason, "it", 0)
    assert drain(booking, lane).high_water == 2


def _refused(answer: Acknowledgement, reason: str) -> bool:
    return answer.refused.startswith(f"{reason}: ") and answer.high_water == 0


def test_a_device_nobody_registered_is_refused_until_it_is(database: Database, booking: Booking) -> None:
    stranger = PaperLane(workstation_id="66")
    stranger.open_epoch(stranger.epoch)
    assert _refused(booking.receive(stranger.name, stranger.batch()), "unregistered")
    assert _refused(booking.hello(stranger.name, stranger.hello()), "unregistered")
    registered(database, stranger)
    assert drain(booking, stranger).high_water == 1


def test_a_device_that_speaks_as_another_is_refused(database: Database, booking: Booking, lane: PaperLane) -> None:
    other = registered(database, PaperLane(workstation_id="08"))
    lane.sell(1)
    assert _refused(booking.receive(other.name, lane.batch()), "bad_signature")
    assert numbers(database)["entries"] == 0
    assert drain(booking, lane).high_water == 2


def test_an_empty_batch_and_a_strange_epoch_are_refused(booking: Booking, lane: PaperLane) -> None:
    assert _refused(booking.receive(lane.name, Batch(epoch=lane.epoch, first=1, entries=())), "too_big")
    strange = Batch(epoch="a/#\0", first=1, entries=tuple(lane.kept))
    assert _refused(booking.receive(lane.name, strange), "not_an_epoch")


def test_messages_over_the_limit_are_refused_before_they_are_read(database: Database, lane: PaperLane) -> None:
    booking = Booking(database, now, limits=Limits(payload_bytes=2000, decompressed_bytes=3000, entries=3))
    assert _refused(booking.receive_payload(lane.name, b" " * 2001), "too_big")
    bomb = zstandard.ZstdCompressor().compress(b" " * 1_000_000)
    assert _refused(booking.receive_payload(lane.name, bomb, JSON_ZSTD), "not_zstd")
    for number in range(1, 4):
        lane.sell(number)
    assert _refused(booking.receive(lane.name, lane.batch()), "too_big")


def test_an_endless_row_of_epochs_is_stopped(database: Database, lane: PaperLane) -> None:
    booking = Booking(database, now, limits=Limits(epochs=3))
    answers = []
    for number in range(5):
        lane.open_epoch(f"{number:016x}")
        answers.append(booking.receive(lane.name, lane.batch()).refused.partition(":")[0])
    assert answers == ["", "", "", "too_many_epochs", "too_many_epochs"]


def test_a_flood_of_rubbish_does_not_fill_the_quarantine(database: Database, lane: PaperLane) -> None:
    booking = Booking(database, now, limits=Limits(kept=5, kept_in_all=7, kept_bytes=10))
    for device in (lane.name, "0101-66", "0101-67"):
        for number in range(10):
            booking.receive_payload(device, b"rubbish number %d" % number)
    kept = rows(database, schema.quarantine)
    assert len(kept) == 7
    assert {row["body"] for row in kept} == {"rubbish nu"}


@AGAIN
@given(payload=st.binary(max_size=200), compressed=st.booleans())
def test_rubbish_is_answered_and_never_raises(
    database: Database, booking: Booking, lane: PaperLane, payload: bytes, compressed: bool
) -> None:
    content_type = JSON_ZSTD if compressed else JSON
    assert booking.receive_payload(lane.name, payload, content_type).refused
    assert booking.hello_payload(lane.name, payload, content_type).refused
    assert numbers(database)["entries"] == 0


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@AGAIN
@given(data=st.data())
def test_json_of_the_right_keys_and_wrong_values_is_answered_and_never_raises(
    booking: Booking, lane: PaperLane, data: st.DataObject
) -> None:
    entry = data.draw(st.fixed_dictionaries({"position": _PLAIN, "body": _PLAIN, "hash": _PLAIN, "signature": _PLAIN}))
    plain = {"epoch": data.draw(_PLAIN), "first": data.draw(_PLAIN), "entries": [entry]}
    assert booking.receive_payload(lane.name, msgspec.json.encode(plain)).refused


def test_json_as_deep_as_a_well_is_refused(booking: Booking, lane: PaperLane) -> None:
    deep = b"[" * 100_000
    assert _refused(booking.receive_payload(lane.name, deep), "not_json")
    inside = b'{"epoch":"e","first":1,"entries":[],"more":' + deep
    assert _refused(booking.receive_payload(lane.name, inside), "not_json")


@pytest.mark.parametrize(("depth", "booked"), [(50, 1), (50_000, 0)])
def test_an_entry_of_the_future_may_be_nested_but_not_as_deep_as_a_well(
    database: Database, booking: Booking, lane: PaperLane, depth: int, booked: int
) -> None:
    body = lane.add_raw(0).body
    lane.kept.pop()
    lane.seal(body.replace('"content":0', '"content":{"type":"x","in":' + "[" * depth + "]" * depth + "}"), 2)
    lane.sell(1)
    answer = booking.receive(lane.name, lane.batch())
    assert answer.refused.partition(":")[0] == ("" if booked else "not_an_entry")
    assert numbers(database)["sales_booked"] == booked
    assert numbers(database)["quarantined"] == 1
    assert all_is_well(database)
