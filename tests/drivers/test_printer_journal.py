"""The print journal: what is known after a crash between any two steps, and that nothing is printed twice."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.device import DeviceError
from drivers.printer.interface import PrintState
from drivers.printer.journal import Journal

STEPS = (PrintState.SENDING, PrintState.SENT, PrintState.CONFIRMED)

# Killed at once after so many steps: no close, no checkpoint, no goodbye.
_CRASH = """
import os, sys
from pathlib import Path
from drivers.printer.interface import PrintState
from drivers.printer.journal import Journal
journal = Journal(Path(sys.argv[1]), lambda: 1)
journal.queue("sale-1", "digest")
for state in sys.argv[2:]:
    journal.advance("sale-1", PrintState(state))
os.kill(os.getpid(), 9)
"""


def journal(path: Path) -> Journal:
    return Journal(path, lambda: 1_000)


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (0, PrintState.FAILED),  # nothing was sent
        (1, PrintState.UNKNOWN),
        (2, PrintState.UNKNOWN),
        (3, PrintState.CONFIRMED),
    ],
)
def test_a_crash_after_any_step(tmp_path: Path, steps: int, found: PrintState) -> None:
    path = tmp_path / "printer-jobs.db"
    done = subprocess.run(
        [sys.executable, "-c", _CRASH, str(path), *STEPS[:steps]],
        check=False,
        timeout=30,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == -9
    after = journal(path)
    assert after.state("sale-1") is found
    assert after.recovered == (("sale-1",) if found is PrintState.UNKNOWN else ())
    assert after.queue("sale-1", "digest") == (found is PrintState.FAILED)
    after.close()


@pytest.mark.parametrize("last", [PrintState.CONFIRMED, PrintState.UNKNOWN])
def test_a_job_that_was_sent_is_never_queued_again(tmp_path: Path, last: PrintState) -> None:
    book = journal(tmp_path / "jobs.db")
    assert book.queue("sale-1", "a")
    book.advance("sale-1", PrintState.SENDING)
    book.advance("sale-1", PrintState.SENT)
    book.advance("sale-1", last)
    assert not book.queue("sale-1", "b")
    assert book.digest("sale-1") == "a"
    for state in set(PrintState) - ({PrintState.CONFIRMED} if last is PrintState.UNKNOWN else set()):
        with pytest.raises(ValueError, match="cannot become"):
            book.advance("sale-1", state)
    book.close()


def test_a_failed_job_may_be_tried_again(tmp_path: Path) -> None:
    book = journal(tmp_path / "jobs.db")
    book.queue("sale-1", "a")
    book.advance("sale-1", PrintState.FAILED)
    assert book.queue("sale-1", "b")
    assert (book.state("sale-1"), book.digest("sale-1")) == (PrintState.QUEUED, "b")
    book.close()


def test_no_step_can_be_left_out(tmp_path: Path) -> None:
    book = journal(tmp_path / "jobs.db")
    book.queue("sale-1", "a")
    for state in (PrintState.SENT, PrintState.CONFIRMED, PrintState.UNKNOWN):
        with pytest.raises(ValueError, match="is queued"):
            book.advance("sale-1", state)
    with pytest.raises(ValueError, match="is None"):
        book.advance("sale-2", PrintState.SENDING)
    book.close()


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    book = journal(tmp_path / "jobs.db")
    assert book._db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert book._db.execute("pragma synchronous").fetchone() == (2,)
    book.close()


def test_the_file_holds_no_content(tmp_path: Path) -> None:
    book = journal(tmp_path / "jobs.db")
    columns = [row[1] for row in book._db.execute("pragma table_info(jobs)")]
    assert columns == ["job_id", "digest", "state", "queued_ms", "changed_ms"]
    with pytest.raises(sqlite3.IntegrityError):
        book._db.execute("insert into jobs values ('x', 'd', 'lost', 1, 1)")
    book.close()


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(DeviceError) as caught:
        journal(path)
    assert caught.value.permanent
    assert str(path) in caught.value.message
    assert "move it away" in caught.value.remedy


def test_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="cannot be used"):
        journal(tmp_path / "absent" / "jobs.db")


def test_descriptors_are_given_back(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        journal(tmp_path / "jobs.db").close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_proof_that_comes_late_confirms_and_nothing_leads_back(tmp_path: Path) -> None:
    book = journal(tmp_path / "jobs.db")
    assert book.queue("sale-1", "a")
    for state in (PrintState.SENDING, PrintState.SENT, PrintState.UNKNOWN, PrintState.CONFIRMED):
        book.advance("sale-1", state)
    with pytest.raises(ValueError, match="cannot become"):
        book.advance("sale-1", PrintState.UNKNOWN)
    assert not book.queue("sale-1", "a")
    book.close()


def test_old_jobs_are_forgotten_and_those_under_way_never(tmp_path: Path) -> None:
    now = [0]
    book = Journal(tmp_path / "jobs.db", lambda: now[0])
    for n, state in enumerate((PrintState.CONFIRMED, PrintState.UNKNOWN)):
        assert book.queue(f"old-{n}", "d")
        for step in (PrintState.SENDING, PrintState.SENT, state):
            book.advance(f"old-{n}", step)
    assert book.queue("old-failed", "d")
    book.advance("old-failed", PrintState.FAILED)
    assert book.queue("under-way", "d")
    book.advance("under-way", PrintState.SENDING)
    now[0] = 1_001
    for n in range(5):
        assert book.queue(f"new-{n}", "d")
        book.advance(f"new-{n}", PrintState.FAILED)
    assert book.prune(1_000) == 3
    assert [book.state(job) for job in ("old-0", "old-1", "old-failed")] == [None] * 3
    assert book.state("under-way") is PrintState.SENDING
    assert book.prune(1_000, most=2) == 3
    assert [n for n in range(5) if book.state(f"new-{n}")] == [3, 4]
    assert book.state("under-way") is PrintState.SENDING
    book.close()


def test_jobs_without_an_end_are_known_by_their_time(tmp_path: Path) -> None:
    now = [100]
    book = Journal(tmp_path / "jobs.db", lambda: now[0])
    for job_id in ("sale-1", "sale-2"):
        assert book.queue(job_id, "d")
        for step in (PrintState.SENDING, PrintState.UNKNOWN):
            book.advance(job_id, step)
        now[0] += 100
    assert book.unknown_since(0) == ("sale-1", "sale-2")
    assert book.unknown_since(200) == ("sale-2",)
    book.close()
