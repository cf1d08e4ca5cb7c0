"""A lane that is killed at every point of its work, one process a point: `python -m tests.store.ledger_crash DIR HOW`.

Makes one folder DIR/N for each point N, where the till was left by a SIGKILL before its N-th SQL statement (HOW is
"statement") or right after its N-th commit ("commit"), and in it a file `acknowledged` with the steps that returned.
"""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.messages.contents import LaneOpened
from kiosk.store.ledger import Till
from kiosk.store.signing import DeviceKey
from tests.store.tills import Device, attempt, cancelled, result, sale

ACKNOWLEDGED = "acknowledged"


def steps(till: Till) -> list[Callable[[], object]]:
    """A shopper pays, another one leaves, headquarters finds a fork, a third one pays. The lane keeps its step."""
    number = till.next_sequence_number
    return [
        lambda: till.record([LaneOpened(operator="mary", business_day="2026-03-01")], b"1"),
        lambda: till.save_lane(b"2"),
        lambda: till.begin_tender(attempt("a1", number), [], b"3"),
        lambda: till.record([result("a1", "unknown"), result("a1", "approved")], b"4"),
        lambda: till.book(sale(number, "a1"), [], b"5"),
        lambda: till.record([cancelled(number)], b"6"),
        lambda: fork(till),
        lambda: till.book(sale(number), [], b"8"),
    ]


def fork(till: Till) -> None:
    till.open_epoch("fork")
    till.save_lane(b"7")


def work(till: Till, done: Callable[[int], object]) -> None:
    """Go on from the step the lane stands at."""
    for step in range(int(till.lane or b"0"), 8):
        steps(till)[step]()
        done(step + 1)


def main(folder: Path, how: str) -> None:
    """Crash at point 1, 2, 3... until the work gets through."""
    for point in itertools.count(1):
        place = folder / str(point)
        place.mkdir(parents=True)
        DeviceKey.create(place / "device.key")
        child = os.fork()
        if child == 0:
            _run(place, how, point)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit(os.waitstatus_to_exitcode(status))


def _run(place: Path, how: str, point: int) -> None:
    countdown = itertools.count(point - 1, -1)

    def fall(_: str) -> None:
        if next(countdown) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    device = Device(place)
    if how == "commit":
        device.after_commit = fall
    else:
        _watch_statements(fall)
    with (place / ACKNOWLEDGED).open("wb", buffering=0) as acknowledged:
        work(device.till(), lambda step: acknowledged.write(f"{step}\n".encode()))


def _watch_statements(fall: Callable[[str], None]) -> None:
    connect = sqlite3.connect

    def watched(*values: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*values, **options)
        connection.set_trace_callback(fall)
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]  # this process exists for nothing else


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
