"""A past that was damaged on disk: it is kept, named, and selling goes on in a new epoch."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.messages.contents import EpochOpened, ExceptionRaised
from kiosk.store.database import StoreError
from kiosk.store.ledger_files import open_ledger
from kiosk.store.verify import verify
from tests.store.tills import Device, attempt, cancelled, sale

LAST = 6
SWAP_4_AND_5 = (
    "update ledger set position = 40 where position = 4;"
    "update ledger set position = 4 where position = 5;"
    "update ledger set position = 5 where position = 40"
)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """A lane that sold a little: six entries, the last one a sale, and then had its power cut."""
    device = Device(tmp_path)
    with closing(device.till()) as till:
        till.record([cancelled(1), cancelled(2)], b"one")
        till.begin_tender(attempt("a1", 3), [], b"two")
        till.book(sale(3, "a1"), [], b"three")
        till.book(sale(4), [], b"four")
        assert till.head.position == LAST
    return device


@pytest.mark.parametrize(
    ("damage", "position"),
    [
        ("update ledger set body = replace(body, 'shopper', 'attendant') where position = 2", 2),
        ("update ledger set body = replace(body, '119', '911') where position = 5", 5),
        ("update ledger set body = 'not even json' where position = 6", 6),
        ("update ledger set body = cast(x'7b22ff00fe227d' as text) where position = 4", 4),
        ("update ledger set body = '' where position = 1", 1),
        ("update ledger set hash = upper(hash) where position = 3", 3),
        ("update ledger set signature = substr(signature, 3) || '00' where position = 4", 4),
        ("delete from ledger where position = 3", 3),
        ("delete from ledger where position = 6", 6),
        ("delete from ledger where position > 3", 4),
        ("delete from ledger", 1),
        (SWAP_4_AND_5, 4),
    ],
)
def test_a_damaged_past_is_kept_and_selling_goes_on(device: Device, damage: str, position: int) -> None:
    device.damage(*damage.split(";"))
    before = list(open_ledger(device.path).rows())
    with closing(device.till()) as till:
        assert till.lane == b"four"
        assert till.next_sequence_number == 5
        till.book(sale(5), [], b"five")
        epoch = till.epoch
    rows = list(open_ledger(device.path).rows())
    assert rows[: len(before)] == before
    fresh = [row for row in rows if row.epoch == epoch]
    assert verify(fresh, device.key.public_hex, heads={epoch: 3}).problems[0].epoch != epoch
    opened, raised = (entry.content for entry in device.entries_of(epoch)[:2])
    assert isinstance(opened, EpochOpened)
    assert (opened.reason, opened.previous_position) == ("past_damaged", LAST)
    assert isinstance(raised, ExceptionRaised)
    assert (raised.code, raised.owner) == ("ledger_not_intact", "it")
    assert f"Position{'s' if 'to' in raised.detail else ''} {position}" in raised.detail


def test_an_intact_past_goes_on_in_its_epoch(device: Device) -> None:
    with closing(device.till()) as till:
        assert till.head.position == LAST
    assert len(list(open_ledger(device.path).rows())) == LAST


def test_damage_is_met_once(device: Device) -> None:
    device.damage("update ledger set body = '{}' where position = 5")
    epochs = []
    for _ in range(3):
        with closing(device.till()) as till:
            epochs.append(till.epoch)
            assert till.count == LAST + 2
    assert len(set(epochs)) == 1


def test_a_lost_note_of_the_lane_starts_from_the_ledger(device: Device) -> None:
    device.damage("delete from lane")
    with closing(device.till()) as till:
        assert till.lane is None
        assert till.head.position == LAST
        assert till.next_sequence_number == 5
        till.book(sale(5), [], b"five")
    with closing(device.till()) as till:
        assert till.lane == b"five"


def test_an_attempt_that_cannot_be_read_is_logged_and_stops_nothing(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(device.till()) as till:
        till.begin_tender(attempt("a2", 5), [], b"")
    device.damage("update ledger set body = replace(body, '\"currency\"', '\"money\"') where attempt = 'a1'")
    with caplog.at_level(logging.ERROR), closing(device.till()) as till:
        assert [tried.attempt for tried in till.open_attempts()] == ["a2"]
    assert "ledger.attempt_unreadable" in caplog.text


def test_a_file_damaged_beyond_its_entries_says_what_to_do(device: Device) -> None:
    size = device.path.stat().st_size
    with device.path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (size - 100))
    with pytest.raises(StoreError) as caught:
        device.till()
    assert "damaged" in caught.value.message
    assert "keep all three for headquarters" in caught.value.remedy
