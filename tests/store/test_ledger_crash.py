"""The lane dies at every point of its work, and comes back: nothing lost, nothing twice."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.messages.contents import EpochOpened, Sale, TransactionCancelled, kind_of
from kiosk.store.database import StoreMissingError
from kiosk.store.verify import verify
from tests.store.ledger_crash import ACKNOWLEDGED, work
from tests.store.tills import Device


@pytest.mark.processes
@pytest.mark.parametrize(("how", "least"), [("statement", 80), ("commit", 9)])
def test_a_lane_killed_anywhere_comes_back_and_finishes(tmp_path: Path, how: str, least: int) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.store.ledger_crash", str(tmp_path), how]
    subprocess.run(command, cwd=root, check=True, timeout=100)
    places = list(tmp_path.iterdir())
    assert len(places) >= least
    for place in places:
        check_what_was_left(Device(place))
        check_that_it_finishes(Device(place))


def check_what_was_left(device: Device) -> None:
    try:
        rows = device.rows()
    except StoreMissingError:
        rows = []
    assert verify(rows, device.key.public_hex).intact
    lines = (device.folder / ACKNOWLEDGED).read_text().split() if (device.folder / ACKNOWLEDGED).exists() else []
    acknowledged = int(lines[-1]) if lines else 0
    with closing(device.till()) as till:
        assert acknowledged <= int(till.lane or b"0") <= acknowledged + 1
        assert till.count == max(len(rows), 1)
        assert device.rows()[: len(rows)] == rows
        lane = till.lane
    with closing(device.till()) as again:
        assert (again.lane, again.count) == (lane, max(len(rows), 1))


def check_that_it_finishes(device: Device) -> None:
    with closing(device.till()) as till:
        work(till, lambda _: None)
        assert (till.lane, till.next_sequence_number) == (b"8", 4)
        assert till.open_attempts() == till.unsettled_approvals() == ()
        assert verify(device.rows(), device.key.public_hex, heads={till.epoch: till.head.position}).intact
    contents = [entry.content for entry in device.entries()]
    kinds = [kind_of(content) for content in contents if not isinstance(content, EpochOpened)]
    assert kinds == [
        "lane_opened",
        "payment_attempt",
        "payment_result",
        "payment_result",
        "sale",
        "transaction_cancelled",
        "sale",
    ]
    numbers = [content.sequence_number for content in contents if isinstance(content, Sale | TransactionCancelled)]
    assert numbers == [1, 2, 3]
    reasons = [content.reason for content in contents if isinstance(content, EpochOpened)]
    assert reasons[0] == "new_device"
    assert set(reasons[1:]) == {"fork"}
