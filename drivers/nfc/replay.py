"""The highest counter seen of each signed tag, on disk, so that the copy of a message is told from a new one."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from drivers.device import DeviceError

COUNTERS_FILE = "nfc_counters.db"
_SCHEMA = """
create table if not exists counters (
    uid text primary key check (length(uid) = 14),
    counter integer not null check (counter between 0 and 16777215)
) strict, without rowid
"""


class ReplayGuard:
    """Counters of tags in a file of the data folder, shared by all readers of a lane; used on one thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / COUNTERS_FILE
        try:
            # Ids of badges are nobody else's business.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(self._path, isolation_level=None, timeout=2.0)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.execute(_SCHEMA)
        except sqlite3.Error as error:
            self._db.close()
            raise self._unusable(error) from error

    def accept(self, uid: str, counter: int) -> bool:
        """Take note of a verified message; False where its counter is not above all that were seen of that tag."""
        query = (
            "insert into counters values (?, ?) on conflict (uid) do update set counter = excluded.counter"
            " where excluded.counter > counter"
        )
        try:
            return self._db.execute(query, (uid, counter)).rowcount == 1
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._db.close()

    def _unusable(self, error: Exception) -> DeviceError:
        return DeviceError(
            f"The tag counters {self._path} cannot be used ({error}).",
            "Check that the disk is neither full nor read-only; if the file is damaged, move it away and restart.",
            permanent=True,
        )
