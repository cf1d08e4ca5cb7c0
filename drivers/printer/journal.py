"""What became of each print job, on disk before the first byte is sent, so that no receipt is printed twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from drivers.device import DeviceError
from drivers.printer.interface import PrintState

_SCHEMA = """
create table if not exists jobs (
    job_id text primary key check (job_id <> ''),
    digest text not null,
    state text not null check (state in ('queued', 'sending', 'sent', 'confirmed', 'unknown', 'failed')),
    queued_ms integer not null,
    changed_ms integer not null
) strict, without rowid
"""

MOST_JOBS = 10_000  # remembered at most; a busy lane prints 500 receipts a day

# From where a state may be reached. CONFIRMED and UNKNOWN never lead back: such a job is never sent again. A proof may
# come late, when somebody puts paper in at last.
_FROM: dict[PrintState, tuple[PrintState, ...]] = {
    PrintState.SENDING: (PrintState.QUEUED,),
    PrintState.SENT: (PrintState.SENDING,),
    PrintState.CONFIRMED: (PrintState.SENT, PrintState.UNKNOWN),
    PrintState.UNKNOWN: (PrintState.SENDING, PrintState.SENT),
    PrintState.FAILED: (PrintState.QUEUED,),
}


class Journal:
    """The job journal of one printer; to be used on one thread. `clock_ms` gives the wall time in milliseconds.

    Holds of each job its id, a digest of its bytes, its state and two times, and nothing of its content.
    `recovered` names the jobs that were under way when the file was last closed or the power went: they are UNKNOWN.
    """

    def __init__(self, path: Path, clock_ms: Callable[[], int]) -> None:
        self._path = path
        self._clock_ms = clock_ms
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=2.0)
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        try:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.execute(_SCHEMA)
            self.recovered = self._recover()
        except sqlite3.Error as error:
            self._db.close()
            raise self._unusable(error) from error

    def state(self, job_id: str) -> PrintState | None:
        """The state of a job, None where it was never heard of."""
        row = self._run("select state from jobs where job_id = ?", job_id).fetchone()
        return None if row is None else PrintState(row[0])

    def digest(self, job_id: str) -> str | None:
        """The digest that the job was last queued with."""
        row = self._run("select digest from jobs where job_id = ?", job_id).fetchone()
        return None if row is None else str(row[0])

    def queue(self, job_id: str, digest: str) -> bool:
        """Enter a job, or a FAILED one again (nothing of it was printed). False where it may not be printed again."""
        now = self._clock_ms()
        return self._wrote(
            "insert into jobs values (?, ?, 'queued', ?, ?) on conflict (job_id) do update"
            " set state = 'queued', digest = excluded.digest, changed_ms = excluded.changed_ms"
            " where state in ('failed', 'queued')",
            *(job_id, digest, now, now),
        )

    def advance(self, job_id: str, to: PrintState) -> None:
        """Set the next state, on disk when this returns; `ValueError` where it cannot follow the present one."""
        before = _FROM.get(to, ())
        marks = ", ".join("?" * len(before))
        query = f"update jobs set state = ?, changed_ms = ? where job_id = ? and state in ({marks})"  # noqa: S608 # marks only
        if not self._wrote(query, to, self._clock_ms(), job_id, *before):
            raise ValueError(f"job {job_id!r} is {self.state(job_id)}: it cannot become {to}")

    def unknown_since(self, since_ms: int) -> tuple[str, ...]:
        """The jobs that became UNKNOWN at `since_ms` or later."""
        rows = self._run(
            "select job_id from jobs where state = 'unknown' and changed_ms >= ? order by job_id", since_ms
        )
        return tuple(str(row[0]) for row in rows)

    def prune(self, keep_ms: int, most: int = MOST_JOBS) -> int:
        """Forget jobs that changed more than `keep_ms` ago, and the oldest where there are more than `most`.

        Only those that came to an end. Returns how many.
        """
        ended = "state in ('confirmed', 'unknown', 'failed')"
        return self._run(
            f"delete from jobs where {ended} and (changed_ms < ? or job_id not in"  # noqa: S608 # no value in it
            " (select job_id from jobs order by changed_ms desc, job_id desc limit ?))",
            self._clock_ms() - keep_ms,
            most,
        ).rowcount

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._db.close()

    def _recover(self) -> tuple[str, ...]:
        """A job that was under way may be on paper or not; one that was only queued certainly is not."""
        now = self._clock_ms()
        self._db.execute("begin immediate")
        rows = self._db.execute("select job_id from jobs where state in ('sending', 'sent') order by job_id").fetchall()
        self._db.execute("update jobs set state = 'unknown', changed_ms = ? where state in ('sending', 'sent')", (now,))
        self._db.execute("update jobs set state = 'failed', changed_ms = ? where state = 'queued'", (now,))
        self._db.execute("commit")
        return tuple(str(row[0]) for row in rows)

    def _run(self, query: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._db.execute(query, values)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _wrote(self, query: str, *values: object) -> bool:
        return self._run(query, *values).rowcount == 1

    def _unusable(self, error: sqlite3.Error) -> DeviceError:
        return DeviceError(
            f"The printer's job journal {self._path} cannot be used ({error}).",
            "Check that the disk is neither full nor read-only; if the file is damaged, move it away and restart.",
            permanent=True,
        )
