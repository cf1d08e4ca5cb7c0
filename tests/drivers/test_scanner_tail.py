"""A code that pauses in the middle is given up as a whole: its rest is never handed over as a code of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from drivers.device import Finding, HealthLevel, Slip
from drivers.scanner import scanner_driver
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.scanner_driver import Heard, Reader, ScannerDriver

REST, NEXT = Scan("scanner", "0002"), Scan("scanner", "4006381333931")


class StallingReader:
    """Reads what the test puts in, one batch a turn; `pending` until a batch ends a code."""

    gap_s = 0.0

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_SEMAPHORE)
        self._batches: list[Heard] = []
        self.pending = False

    def types(self, *records: object) -> None:
        self._batches.append(records)
        os.eventfd_write(self._fd, 1)

    def fileno(self) -> int:
        return self._fd

    def read(self) -> Heard:
        os.eventfd_read(self._fd)
        batch = self._batches.pop(0)
        self.pending = not batch
        return batch

    def break_off(self) -> Heard:
        self.pending = False
        return [BadRead("scanner", "broken_off")]

    def trigger(self, *, on: bool) -> bool:
        return on

    def enable(self, *, on: bool) -> bool:
        return on

    def beep(self, *, good: bool) -> bool:
        return good

    def check(self, level: HealthLevel) -> Finding:
        return Finding(passed=True, text=str(level))

    def close(self) -> None:
        os.close(self._fd)


class StallingScanner(ScannerDriver):
    """A scanner around the reader above."""

    def __init__(self, reader: StallingReader) -> None:
        super().__init__("scanner", lambda _: None, duplicate_ms=0)
        self._made = reader

    def open_reader(self) -> Reader:
        return self._made


@pytest.fixture
def reader() -> StallingReader:
    return StallingReader()


@pytest.fixture
def scanner(reader: StallingReader, monkeypatch: pytest.MonkeyPatch) -> Iterator[StallingScanner]:
    monkeypatch.setattr(scanner_driver, "TAIL_S", 600.0)
    made = StallingScanner(reader)
    made.open()
    yield made
    made.close()


def heard(scanner: StallingScanner, turns: int) -> list[object]:
    """What comes of so many turns; the wake-up is always there, so that none of them waits."""
    records: list[object] = []
    awake = os.eventfd(1, os.EFD_CLOEXEC)
    for _ in range(turns):
        scanner.listen(awake, records.append)
    os.close(awake)
    return records


def test_the_rest_of_a_code_that_paused_is_no_code(scanner: StallingScanner, reader: StallingReader) -> None:
    reader.types()
    assert heard(scanner, 2) == [Slip.BAD_FRAME, BadRead("scanner", "broken_off")]
    reader.types()  # it goes on, in two pieces
    reader.types(REST)
    reader.types(NEXT)
    assert heard(scanner, 1) == []
    assert [record for record in heard(scanner, 2) if isinstance(record, Scan)] == [NEXT]


def test_a_bad_end_of_it_is_not_told_a_second_time(scanner: StallingScanner, reader: StallingReader) -> None:
    reader.types()
    heard(scanner, 2)
    reader.types(BadRead("scanner", "control_characters"), NEXT)
    assert heard(scanner, 1) == [NEXT]


def test_what_comes_later_is_a_code_of_its_own(
    scanner: StallingScanner, reader: StallingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner_driver, "TAIL_S", 0.0)
    reader.types()
    heard(scanner, 2)
    reader.types(NEXT)
    assert heard(scanner, 1) == [NEXT]
