"""Reading the ledger from the other process, also while the lane writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.messages.entry import NO_HASH, header_from
from kiosk.store.database import StoreError, StoreMissingError, commit
from kiosk.store.ledger import LedgerReader, Till
from kiosk.store.verify import Row, verify
from tests.store.tills import Device, cancelled, sale


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


@pytest.fixture
def till(device: Device) -> Iterator[Till]:
    with closing(device.till()) as till:
        yield till


@pytest.fixture
def reader(device: Device, till: Till) -> Iterator[LedgerReader]:
    assert till.count == 1
    with closing(LedgerReader(device.path)) as reader:
        yield reader


def test_no_ledger_yet(device: Device) -> None:
    with pytest.raises(StoreMissingError):
        LedgerReader(device.path)


def test_entries_come_in_order_and_in_pieces(till: Till, reader: LedgerReader) -> None:
    made = [till.record([cancelled(number)], b"")[0] for number in range(1, 8)]
    assert reader.entries(till.epoch, 1, 3) == made[:3]
    assert reader.entries(till.epoch, 4, 100) == made[3:]
    assert reader.entries(till.epoch, 8, 100) == []
    assert reader.entries("0" * 16, 0, 100) == []
    assert reader.head(till.epoch) == till.head == (8, made[-1].hash)
    assert reader.head("0" * 16) == (0, NO_HASH)
    assert reader.hash_at(till.epoch, 2) == made[0].hash
    assert reader.hash_at(till.epoch, 0) == NO_HASH
    assert reader.hash_at(till.epoch, 9) is None


def test_epochs_come_oldest_first_and_stay_apart(till: Till, reader: LedgerReader) -> None:
    epochs = [till.epoch]
    for number in range(1, 6):
        till.open_epoch("fork")
        till.record([cancelled(number)], b"")
        epochs.append(till.epoch)
    assert reader.epochs() == tuple(epochs)
    assert [reader.head(epoch).position for epoch in epochs] == [1, 2, 2, 2, 2, 2]
    for epoch in epochs:
        assert {header_from(sealed.body).epoch for sealed in reader.entries(epoch, 0, 9)} == {epoch}


def test_the_age_of_what_is_not_sent(device: Device, till: Till, reader: LedgerReader) -> None:
    device.clock.move(60)
    till.record([cancelled(1)], b"")
    device.clock.move(60)
    till.record([cancelled(2)], b"")
    assert reader.oldest_after(till.epoch, 0) == "2026-03-01T09:00:00.000Z"
    assert reader.oldest_after(till.epoch, 1) == "2026-03-01T09:01:00.000Z"
    assert reader.oldest_after(till.epoch, 3) is None


def test_sales_are_found_by_number(till: Till, reader: LedgerReader) -> None:
    assert reader.last_sale() is None
    till.book(sale(1), [], b"")
    till.record([cancelled(2)], b"")
    assert reader.last_sale() == reader.sale(1) == sale(1)
    assert reader.sale(2) is None
    assert reader.sale(3) is None
    till.open_epoch("fork")
    till.book(sale(3), [], b"")
    assert reader.last_sale() == sale(3)


def test_a_damaged_sale_says_what_to_do(device: Device, till: Till, reader: LedgerReader) -> None:
    till.book(sale(1), [], b"")
    device.damage("update ledger set body = replace(body, '\"lines\"', '\"limes\"') where kind = 'sale'")
    with pytest.raises(StoreError, match="ledger verify"):
        reader.last_sale()


def test_an_entry_is_seen_once_committed_and_not_before(till: Till, reader: LedgerReader) -> None:
    before = reader.head(till.epoch)
    with commit(till._connection):
        till._chain.append(till._place, [cancelled(1)])
        assert reader.head(till.epoch) == before
        assert reader.entries(till.epoch, 1, 10) == []
    assert reader.head(till.epoch).position == 2


def test_a_reader_sees_a_whole_chain_at_any_moment_while_the_lane_writes(device: Device) -> None:
    device.till().close()
    failures: list[BaseException] = []

    def sell() -> None:
        try:
            with closing(device.till()) as till:
                for number in range(1, 301):
                    till.book(sale(number), [cancelled(1000 + number)], b"x" * 200)
        except BaseException as error:  # noqa: BLE001  # handed to the test below, which fails with it
            failures.append(error)

    lane = threading.Thread(target=sell)
    with closing(LedgerReader(device.path)) as reader:
        lane.start()
        (epoch,) = reader.epochs()
        seen: list[Row] = []
        while lane.is_alive():
            seen += [Row(epoch, sealed) for sealed in reader.entries(epoch, len(seen), 50)]
        lane.join()
        seen += [Row(epoch, sealed) for sealed in reader.entries(epoch, len(seen), 1000)]
    assert not failures
    assert len(seen) == 601
    assert verify(seen, device.key.public_hex, heads={epoch: 601}).intact


@pytest.mark.parametrize(
    "query",
    [
        "select body from entries where epoch = 'e' and position > 3 order by position limit 9",
        "select hash from entries where epoch = 'e' order by position desc limit 1",
        "select body from open_attempts",
        "select body from unsettled_approvals",
        "select body from ledger where sequence_number = 3 and kind = 'sale'",
        "select max(sequence_number) from ledger",
    ],
)
def test_a_long_ledger_is_never_read_whole(till: Till, query: str) -> None:
    plan = [row[3] for row in till._connection.execute(f"explain query plan {query}")]
    assert not [step for step in plan if step.startswith("SCAN") and "INDEX" not in step and "last_results" not in step]
    assert not [step for step in plan if "SCAN ledger" in step and "ledger_" not in step]
