"""How long a job waits for its proof, on a clock that stands still until something waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from drivers.printer import delivery
from drivers.printer.commands import Splitter
from drivers.printer.delivery import Delivery, NotConfirmedError, slices
from drivers.printer.encode import encode
from drivers.printer.interface import PrintJob, Text
from drivers.printer.link import PrinterLink, Waits
from drivers.printer.profile import profile
from drivers.printer.status import PrinterStatus

WAITS = Waits(confirm_s=10.0, busy_check_s=2.0, step_s=0.5)


class Bench:
    """A clock and a printer that follows a timetable: (from second, status) in order."""

    def __init__(self, timetable: list[tuple[float, PrinterStatus]]) -> None:
        self.now_s = 0.0
        self.timetable = timetable
        self.gave_up_at_s: float | None = None

    @property
    def status(self) -> PrinterStatus:
        return [status for since, status in self.timetable if since <= self.now_s][-1]

    def listen(self, timeout_s: float) -> None:
        self.now_s += timeout_s

    def ask_status(self) -> None:
        pass

    def give_up_in_stream(self) -> None:
        self.gave_up_at_s = self.now_s

    def deadline(self, seconds: float) -> Clocked:
        return Clocked(self, seconds)

    def wait(self, paper_wait_s: float, confirmed: Callable[[], bool]) -> None:
        link = cast("PrinterLink", self)
        Delivery(link, WAITS, paper_wait_s, show=lambda: None, stopping=lambda: False).await_proof(confirmed)


class Clocked:
    """A deadline on the bench's clock."""

    def __init__(self, bench: Bench, seconds: float) -> None:
        self._bench = bench
        self._at_s = bench.now_s + seconds

    @property
    def left_s(self) -> float:
        return max(0.0, self._at_s - self._bench.now_s)

    @property
    def passed(self) -> bool:
        return self.left_s == 0.0


FINE, OUT = PrinterStatus(), PrinterStatus(offline=True, paper_out=True)


def bench_with(monkeypatch: pytest.MonkeyPatch, *timetable: tuple[float, PrinterStatus]) -> Bench:
    bench = Bench(list(timetable))
    monkeypatch.setattr(delivery, "Deadline", bench.deadline)
    return bench


def test_a_printer_that_is_well_has_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_with(monkeypatch, (0, FINE))
    with pytest.raises(NotConfirmedError, match="did not confirm"):
        bench.wait(120, lambda: False)
    assert bench.now_s == bench.gave_up_at_s == 10.0


def test_paper_may_be_put_in_long_after_those_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_with(monkeypatch, (0, FINE), (3, OUT), (100, FINE))
    bench.wait(120, lambda: bench.now_s >= 105)
    assert bench.now_s == 105.0


def test_a_person_who_never_comes_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_with(monkeypatch, (0, FINE), (3, OUT))
    with pytest.raises(NotConfirmedError, match="out of paper"):
        bench.wait(120, lambda: False)
    assert bench.now_s == 130.0
    assert bench.gave_up_at_s is None  # its answer may still come, with the paper


def test_a_printer_that_stays_mute_after_new_paper_has_ten_seconds_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_with(monkeypatch, (0, OUT), (50, FINE))
    with pytest.raises(NotConfirmedError, match="did not confirm"):
        bench.wait(120, lambda: False)
    assert 59.0 <= bench.now_s <= 60.0


def test_slices_end_where_commands_end() -> None:
    lines = tuple(Text(f"Käsekrainer {n} – 3,98 € 蘋") for n in range(40))
    data = encode(PrintJob("job", lines), profile("epson_tm_t88"))
    pieces = list(slices(data, Splitter()))
    assert b"".join(pieces) == data
    assert len(pieces) > 10
    for piece in pieces:
        splitter = Splitter()
        commands = splitter.feed(piece)
        assert not splitter.pending
        assert len(piece) <= 1024 or len(commands) == 1
    assert b"".join(slices(b"Tea\x1b", Splitter())) == b"Tea\x1b"
