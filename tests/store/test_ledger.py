"""The till: every step is one commit, numbers and payments are used once, and the lane comes back as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from kiosk.domain.signing import verify as verify_signature
from kiosk.messages.contents import EpochOpened, LaneClosed, LaneOpened, kind_of
from kiosk.messages.entry import NO_HASH, hash_of
from kiosk.store.database import StoreError
from kiosk.store.ledger import Till
from kiosk.store.verify import verify
from tests.store.tills import STORE, WORKSTATION, Device, attempt, cancelled, milk, result, sale

OPENED = LaneOpened(operator="mary", business_day="2026-03-01")


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


@pytest.fixture
def till(device: Device) -> Iterator[Till]:
    till = device.till()
    yield till
    till.close()


def kinds(device: Device) -> list[str]:
    return [kind_of(entry.content) for entry in device.entries()]


def test_a_new_device_begins_with_an_epoch(device: Device, till: Till) -> None:
    assert device.entries()[0].content == EpochOpened(reason="new_device")
    assert (till.lane, till.next_sequence_number, till.head.position, till.count) == (None, 1, 1, 1)
    assert len(bytes.fromhex(till.epoch)) == 8


def test_entries_are_chained_signed_and_without_gap(device: Device, till: Till) -> None:
    till.record([OPENED], b"")
    made = till.book(sale(1, "a1"), [attempt("a1"), result("a1", "approved")], b"")
    previous = NO_HASH
    for position, (row, entry) in enumerate(zip(device.rows(), device.entries(), strict=True), start=1):
        assert (entry.position, row.sealed.position, entry.previous) == (position, position, previous)
        assert (entry.store_id, entry.workstation_id, entry.epoch) == (STORE, WORKSTATION, till.epoch)
        assert hash_of(row.sealed.body) == row.sealed.hash
        assert verify_signature(device.key.public_hex, row.sealed.hash, row.sealed.signature)
        previous = row.sealed.hash
    assert till.head == (5, previous)
    assert [row.sealed for row in device.rows()][2:] == list(made)
    assert kinds(device) == ["epoch_opened", "lane_opened", "payment_attempt", "payment_result", "sale"]


def test_the_open_transaction_comes_back_after_a_restart(device: Device, till: Till) -> None:
    till.save_lane(b"0")
    assert till.lane == b"0"
    till.record([OPENED], b"1")
    assert till.lane == b"1"
    till.begin_tender(attempt("a1"), [], b"2")
    till.close()
    with closing(device.till()) as again:
        assert again.lane == b"2"
        assert again.epoch == till.epoch
        assert again.head == till.head


def test_a_clock_going_backwards_changes_no_order(device: Device, till: Till) -> None:
    till.record([OPENED], b"")
    device.clock.move(-400 * 86_400)
    till.record([LaneClosed(operator="mary")], b"")
    assert [entry.at for entry in device.entries()] == [
        "2026-03-01T09:00:00.000Z",
        "2026-03-01T09:00:00.000Z",
        "2025-01-25T09:00:00.000Z",
    ]
    assert verify(device.rows(), device.key.public_hex).intact


def test_times_are_written_in_utc(device: Device, till: Till) -> None:
    device.clock.moment = datetime(2026, 7, 1, 9, 0, 0, 5999, tzinfo=timezone(timedelta(hours=1)))
    till.record([OPENED], b"")
    assert device.entries()[-1].at == "2026-07-01T08:00:00.005Z"
    device.clock.moment = datetime(2026, 7, 1, 9, 0)  # noqa: DTZ001  # the mistake under test
    with pytest.raises(ValueError, match="time zone"):
        till.record([OPENED], b"")
    assert till.count == 2


def test_a_sequence_number_is_used_once(device: Device, till: Till) -> None:
    till.book(sale(1), [], b"sold")
    till.record([cancelled(2)], b"cancelled")
    for number in (1, 2):
        with pytest.raises(StoreError) as caught:
            till.book(sale(number), [OPENED], b"twice")
        assert f"number {number} is in the ledger already, at position {number + 1}" in caught.value.message
        with pytest.raises(StoreError, match="never used twice"):
            till.record([OPENED, cancelled(number)], b"twice")
    assert kinds(device) == ["epoch_opened", "sale", "transaction_cancelled"]
    assert (till.lane, till.next_sequence_number) == (b"cancelled", 3)
    till.book(sale(3), [], b"")
    assert till.next_sequence_number == 4


def test_numbers_go_on_over_restarts_and_epochs(device: Device, till: Till) -> None:
    till.book(sale(7), [], b"")
    till.open_epoch("fork")
    assert till.next_sequence_number == 8
    till.close()
    with closing(device.till()) as again:
        assert (again.next_sequence_number, again.epoch) == (8, till.epoch)
        with pytest.raises(StoreError, match="already"):
            again.book(sale(7), [], b"")
        again.record([cancelled(8)], b"")
        assert again.next_sequence_number == 9


def test_a_number_twice_in_one_call_is_refused_whole(device: Device, till: Till) -> None:
    with pytest.raises(StoreError, match="already"):
        till.record([OPENED, cancelled(1), cancelled(1)], b"")
    assert (kinds(device), till.next_sequence_number, till.lane) == (["epoch_opened"], 1, None)


def test_an_attempt_is_begun_once(device: Device, till: Till) -> None:
    till.begin_tender(attempt("a1"), [OPENED], b"asking")
    assert kinds(device) == ["epoch_opened", "lane_opened", "payment_attempt"]
    with pytest.raises(StoreError) as caught:
        till.begin_tender(attempt("a1", number=2), [], b"again")
    assert "attempt a1 is in the ledger already" in caught.value.message
    assert "new id" in caught.value.remedy
    assert till.lane == b"asking"


def test_an_approval_pays_for_one_sale(till: Till) -> None:
    till.begin_tender(attempt("a1"), [], b"")
    till.book(sale(1, "a1"), [result("a1", "approved")], b"")
    with pytest.raises(StoreError, match="paid for transaction 1 already"):
        till.book(sale(2, "a1"), [], b"")
    assert till.next_sequence_number == 2


@pytest.mark.parametrize(
    ("outcomes", "is_open", "is_unsettled"),
    [
        ((), True, False),
        (("unknown",), True, False),
        (("unknown", "approved"), False, True),
        (("unknown", "approved", "reversed"), False, False),
        (("approved", "not_reversed"), False, False),
        (("approved",), False, True),
        (("declined",), False, False),
        (("unknown", "not_charged"), False, False),
        (("unknown", "unknown"), True, False),
    ],
)
def test_the_last_result_of_an_attempt_counts(
    till: Till, outcomes: tuple[str, ...], is_open: bool, is_unsettled: bool
) -> None:
    tried = attempt("a1")
    till.begin_tender(tried, [], b"")
    for outcome in outcomes:
        till.record([result("other", "unknown"), result("a1", outcome)], b"")
    assert till.open_attempts() == ((tried,) if is_open else ())
    assert till.unsettled_approvals() == ((tried,) if is_unsettled else ())


def test_money_in_doubt_is_listed_oldest_first_over_restarts_and_epochs(device: Device, till: Till) -> None:
    for name in ("z", "m", "paid", "a"):
        till.begin_tender(attempt(name), [], b"")
    till.record([result("paid", "approved"), result("a", "approved")], b"")
    till.open_epoch("fork")
    till.book(sale(1, "paid"), [], b"")
    till.close()
    with closing(device.till()) as again:
        assert [tried.attempt for tried in again.open_attempts()] == ["z", "m"]
        assert [tried.attempt for tried in again.unsettled_approvals()] == ["a"]


def test_a_new_epoch_names_the_head_of_the_old_one(device: Device, till: Till) -> None:
    till.record([OPENED], b"lane")
    old, head = till.epoch, till.head
    till.open_epoch("fork")
    assert till.epoch != old
    assert till.head.position == 1
    assert till.lane == b"lane"
    opened = device.entries()[-1].content
    assert opened == EpochOpened(
        reason="fork", previous_epoch=old, previous_position=head.position, previous_head=head.hash
    )
    till.record([LaneClosed(operator="mary")], b"")
    assert verify(device.rows(), device.key.public_hex).intact


def test_the_hook_is_called_after_each_commit(device: Device) -> None:
    seen: list[tuple[str, int]] = []

    def look(name: str) -> None:
        seen.append((name, len(device.rows())))

    device.after_commit = look
    with closing(device.till()) as till:
        till.record([OPENED], b"")
        till.begin_tender(attempt("a1"), [], b"")
        till.book(sale(1, "a1"), [result("a1", "approved")], b"")
        till.save_lane(b"x")
        till.open_epoch("fork")
        with pytest.raises(StoreError):
            till.book(sale(1), [], b"")
    assert seen == [("record", 2), ("begin_tender", 3), ("book", 5), ("save_lane", 5), ("open_epoch", 6)]


COPY = (
    "insert into ledger (store_id,workstation_id,epoch,position,body,hash,signature) "
    "select store_id, workstation_id, epoch, position, body, hash, signature from ledger where position=2"
)


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger set signature = hash || hash",
        "delete from ledger where position = 2",
        "update epochs set epoch = '0123456789abcdef'",
        "delete from epochs",
        "delete from tenders",
        COPY.replace("id, epoch, position", "id, epoch, 7"),
        COPY.replace("id, epoch, position", "id, epoch, 3"),
        COPY.replace("insert", "insert or replace"),
    ],
)
def test_the_tables_refuse_to_change_what_was_written(device: Device, till: Till, statement: str) -> None:
    till.book(sale(1, "a1"), [], b"")
    with closing(sqlite3.connect(device.path)) as stranger, pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement)
    assert verify(device.rows(), device.key.public_hex).intact


def test_a_full_disk_loses_nothing_of_the_till(device: Device, till: Till) -> None:
    till.book(sale(1), [], b"one")
    pages = till._connection.execute("pragma page_count").fetchone()[0]
    till._connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        till.book(sale(2), [], b"x" * 100_000)
    assert (till.lane, till.next_sequence_number, till.head.position) == (b"one", 2, 2)
    till._connection.execute("pragma max_page_count = 1000000")
    till.book(sale(2), [], b"two")
    assert verify(device.rows(), device.key.public_hex).intact


def test_two_lanes_cannot_write_one_till(device: Device, till: Till) -> None:
    with pytest.raises(StoreError, match="already open"):
        device.till()
    till.close()
    till.close()
    device.till().close()


def test_the_ledger_of_another_workstation_is_refused(device: Device, till: Till) -> None:
    till.close()
    with pytest.raises(StoreError) as caught:
        Till(device.path, STORE, "08", device.key, device.clock)
    assert f"workstation {WORKSTATION} of store {STORE}" in caught.value.message
    assert "settings" in caught.value.remedy
    device.till().close()


def test_a_file_that_is_no_till_is_refused_and_let_go(device: Device) -> None:
    device.path.write_text("no ledger " * 1000)
    for _ in range(2):
        with pytest.raises(StoreError, match="no SQLite database"):
            device.till()


def test_the_log_is_moved_into_the_file_now_and_then(device: Device, till: Till) -> None:
    before = device.path.stat().st_size
    for number in range(1, 401):
        till.book(sale(number), [], b"x" * 500)
    assert device.path.stat().st_size > before
    assert till.count == 401
    till.close()
    with closing(device.till()) as again:
        assert again.next_sequence_number == 401


def test_a_new_key_opens_an_epoch_and_keeps_the_past(device: Device, till: Till) -> None:
    till.record([OPENED], b"lane")
    till.close()
    rows = device.rows()
    (device.folder / "device.key").unlink()
    with closing(device.till()) as again:
        assert again.lane == b"lane"
        opened = device.entries()[2].content
        assert isinstance(opened, EpochOpened)
        assert (opened.reason, opened.previous_position) == ("key_changed", 2)
    assert device.rows()[:2] == rows
    assert not verify(device.rows(), None).problems


def test_lines_are_kept_as_given(device: Device, till: Till) -> None:
    till.book(sale(1), [], b"")
    content = device.entries()[-1].content
    assert content == sale(1)
    assert sale(1).lines == (milk(),)
