"""What was sent to a nexo terminal under which id, on disk before it is sent, so that it can be asked about later."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drivers.device import DeviceError
from drivers.payment.interface import PaymentRequest

# `unsent`: certain that not one byte went out. `sent`: nobody knows. The last three are the terminal's word.
State = Literal["sent", "unsent", "approved", "declined", "reversed"]

_SCHEMA = """
create table if not exists payments (
    number integer primary key autoincrement,
    reference text not null unique check (reference <> ''),
    service_id text not null unique check (length(service_id) between 1 and 10),
    poi_id text not null,
    amount_minor integer not null check (amount_minor > 0),
    currency text not null check (length(currency) = 3),
    sent_ms integer not null,
    state text not null check (state in ('sent', 'unsent', 'approved', 'declined', 'reversed')),
    terminal_reference text not null default '',
    terminal_time text not null default '',
    reversals integer not null default 0 check (reversals >= 0),
    reversal_sent_ms integer not null default 0
) strict
"""
_COLUMNS = (
    "number, reference, service_id, poi_id, amount_minor, currency, sent_ms, state,"
    " terminal_reference, terminal_time, reversals, reversal_sent_ms"
)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. `number` rises by one with each; `terminal_reference` is the terminal's own id, once it gave one."""

    number: int
    reference: str
    service_id: str
    poi_id: str
    amount_minor: int
    currency: str
    sent_ms: int
    state: State
    terminal_reference: str
    terminal_time: str
    reversals: int
    reversal_sent_ms: int


class Journal:
    """The payments of one terminal's alias; to be used on one thread. Holds nothing of any card.

    Every call raises `DeviceError` where the file cannot be used. What is written is on disk when a call returns.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=2.0)
        except sqlite3.Error as error:
            raise self._unusable() from error
        try:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.execute(_SCHEMA)
        except sqlite3.Error as error:
            self._db.close()
            raise self._unusable() from error

    def find(self, reference: str) -> Payment | None:
        """The payment with our reference."""
        row = self._run(f"select {_COLUMNS} from payments where reference = ?", reference).fetchone()  # noqa: S608 # our own columns
        return None if row is None else Payment(*row)

    def last(self, poi_id: str) -> Payment | None:
        """The payment sent last to that terminal."""
        query = f"select {_COLUMNS} from payments where poi_id = ? order by number desc limit 1"  # noqa: S608 # our own columns
        row = self._run(query, poi_id).fetchone()
        return None if row is None else Payment(*row)

    def begin(self, request: PaymentRequest, service_id: str, poi_id: str, now_ms: int) -> Payment | None:
        """Enter a payment that is about to be sent, or again one of which nothing was; None where it may not be sent.

        It may not where it (or another with the same service id) was sent before.
        """
        done = self._run(
            "insert into payments (reference, service_id, poi_id, amount_minor, currency, sent_ms, state)"
            " values (?, ?, ?, ?, ?, ?, 'sent') on conflict (reference) do update set state = 'sent',"
            " poi_id = excluded.poi_id, amount_minor = excluded.amount_minor, currency = excluded.currency,"
            " sent_ms = excluded.sent_ms where state = 'unsent' on conflict do nothing",
            *(request.reference, service_id, poi_id, request.amount_minor, request.currency, now_ms),
        )
        return self.find(request.reference) if done.rowcount else None

    def conclude(self, reference: str, state: State) -> None:
        """Note what became of it."""
        self._run("update payments set state = ? where reference = ?", state, reference)

    def identify(self, reference: str, terminal_reference: str, terminal_time: str) -> None:
        """Note the terminal's own id of a payment."""
        query = "update payments set terminal_reference = ?, terminal_time = ? where reference = ?"
        self._run(query, terminal_reference, terminal_time, reference)

    def begin_reversal(self, reference: str, now_ms: int) -> int:
        """Count one more try to take it back, before it is sent; returns the number of that try, from 1."""
        self._run(
            "update payments set reversals = reversals + 1, reversal_sent_ms = ? where reference = ?", now_ms, reference
        )
        row = self._run("select reversals from payments where reference = ?", reference).fetchone()
        return 0 if row is None else int(row[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _run(self, query: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._db.execute(query, values)
        except sqlite3.Error as error:
            raise self._unusable() from error

    def _unusable(self) -> DeviceError:
        remedy = "Check that the disk has room and that this program may write there."
        return DeviceError(f"The journal of payments {self._path} cannot be used.", remedy)
