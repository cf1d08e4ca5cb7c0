"""What the ledger adds up to, kept up by reading what was committed since it was asked last."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.accounts.report import books_after
from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.accounts.till import TillState, after
from kiosk.checkout.staffing import Filed
from kiosk.messages.tills import ReportTaken, ShiftOpened, ShiftResumed
from kiosk.store.ledger_reader import Found, LedgerReader


class LedgerAccounts:
    """The accounts of a ledger that is being written; a start reads back to the last Z report or open shift."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader
        self._books = Books()
        self._tills = TillState()
        self._last_z: Filed | None = None
        self._row = 0
        self._begin()

    def books(self) -> Books:
        """The figures since the last Z report."""
        self._catch_up()
        return self._books

    def tills(self) -> TillState:
        """The shifts, and whether training is on."""
        self._catch_up()
        return self._tills

    def last_z(self) -> Filed | None:
        """The last Z report, None before the first."""
        self._catch_up()
        return self._last_z

    def _begin(self) -> None:
        """Up to the last Z report by the few entries that matter there, or, with a shift open since before it, by all.

        Sales move nothing but the shift they name, so those before the oldest open shift need not be read.
        """
        few = self._reader.of_accounts()
        last = next((one for one in reversed(few) if _is_z(one)), None)
        if last is None or not isinstance(last.content, ReportTaken):
            return
        self._last_z = Filed(last.content, last.at)
        self._books = books_after(last.content, last.epoch, last.position)
        state = _folded(TillState(), (one for one in few if one.row <= last.row))
        running = {name for name, shift in state.shifts.items() if shift.settled is None}
        if running:
            first = min(one.row for one in few if _begins(one, running))
            state = _folded(TillState(), (one for one in few if one.row < first))
            state = _folded(state, (one for one in self._reader.behind(first - 1) if one.row <= last.row))
        self._tills = state
        self._row = last.row

    def _catch_up(self) -> None:
        fresh = list(self._reader.behind(self._row))
        if not fresh:
            return
        self._books = entered(self._books, [Placed(one.content, one.epoch, one.position) for one in fresh])
        self._tills = _folded(self._tills, fresh)
        for one in fresh:
            if isinstance(one.content, ReportTaken) and _is_z(one):
                self._last_z = Filed(one.content, one.at)
        self._row = fresh[-1].row


def _folded(state: TillState, entries: Iterable[Found]) -> TillState:
    for one in entries:
        state = after(state, one.content)
    return state


def _is_z(one: Found) -> bool:
    return isinstance(one.content, ReportTaken) and one.content.report_kind == "z"


def _begins(one: Found, shifts: set[str]) -> bool:
    return isinstance(one.content, ShiftOpened | ShiftResumed) and one.content.shift in shifts
