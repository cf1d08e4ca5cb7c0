"""Reads the ledger of a lane, as a file, into what was reported and counted: for commands that print it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kiosk.accounts.report import agrees
from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.accounts.till import Shift, TillState, after
from kiosk.messages.entry import Entry
from kiosk.messages.tills import ReportTaken, ShiftSettled
from kiosk.store.ledger_files import entries_in


@dataclass(frozen=True, slots=True)
class Filed:
    """A report in the ledger. `agrees`: reckoning it again from the entries before it gives the same."""

    entry: Entry
    taken: ReportTaken
    agrees: bool


@dataclass(frozen=True, slots=True)
class History:
    """A whole ledger, added up. `shifts` are all of them, settled ones first, in the order in which they ended."""

    books: Books
    tills: TillState
    reports: tuple[Filed, ...]
    shifts: tuple[Shift, ...]
    last: Entry | None


def read_history(path: Path) -> History:
    """Read a till.db or an export; `StoreError` where it is neither, or holds an entry that cannot be read."""
    books, tills, last = Books(), TillState(), None
    reports: list[Filed] = []
    settled: list[Shift] = []
    waiting: list[Placed] = []
    for entry in entries_in(path):
        last, content = entry, entry.content
        if isinstance(content, ReportTaken):
            books, waiting = entered(books, waiting), []
            reports.append(Filed(entry, content, _agrees(books, content)))
        waiting.append(Placed(content, entry.epoch, entry.position))
        tills = after(tills, content)
        if isinstance(content, ShiftSettled) and content.shift in tills.shifts:
            settled.append(tills.shifts[content.shift])
    running = (one for one in tills.shifts.values() if one.settled is None)
    return History(entered(books, waiting), tills, tuple(reports), (*settled, *running), last)


def place_of(entry: Entry) -> str:
    """Store and workstation."""
    return f"{entry.store_id}/{entry.workstation_id}"


def time_of(entry: Entry) -> str:
    """When an entry was made, to the minute, UTC: a copied file does not say in which zone its store is."""
    return datetime.fromisoformat(entry.at).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _agrees(books: Books, taken: ReportTaken) -> bool:
    try:
        return agrees(books, taken)
    except msgspec.DecodeError:
        return False
