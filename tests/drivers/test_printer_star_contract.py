"""One contract for a Star printer over TCP, USB and a serial line: paper out, pulled plugs, silence, nothing twice."""

from __future__ import annotations

import logging
import os
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.control import ControlHandle
from drivers.device import AbsentError, DeviceError, HealthLevel, Link, Slip
from drivers.printer.interface import DrawerLevel, PrintJobChanged, PrintState
from drivers.printer.link import Waits
from drivers.printer.profile import Proof
from drivers.printer.simulated import BenchPrinter
from drivers.printer.simulated_star import (
    SimulatedSerialStarPrinter,
    SimulatedStarPrinter,
    SimulatedUsbStarPrinter,
)
from drivers.printer.star import StarPrinter, StarSerialSettings, StarSettings, StarUsbSettings
from drivers.printer.star_link import StarLink
from drivers.printer.ways import Doors
from drivers.simulation import CONTROL_SOCKET
from drivers.transport import tcp
from tests.drivers.printer_lane import BRIEF, IMPATIENT, WAITS, WAYS, Lane, printed, receipt, wait_until, when
from tests.drivers.witness import PATIENCE_S, open_files, short_folder

AnySettings = StarSettings | StarUsbSettings | StarSerialSettings


class StarLane(Lane):
    """A Star driver with its sink, wired to a bench printer."""

    def driver(self, waits: Waits = WAITS, **changes: Any) -> Any:
        settings = msgspec.structs.replace(self.settings, **changes)
        return StarPrinter("printer", settings, self.records.put, self.folder, waits=waits)  # type: ignore[arg-type] # the lane was made with Star's


def bench_printer(way: str, folder: Path) -> BenchPrinter:
    kinds = {"tcp": SimulatedStarPrinter, "usb": SimulatedUsbStarPrinter, "serial": SimulatedSerialStarPrinter}
    made: BenchPrinter = kinds[way]("printer", folder=folder)
    return made


def settings_of(bench: BenchPrinter) -> Any:
    if isinstance(bench, SimulatedStarPrinter):
        return StarSettings(host=bench.address[0], port=bench.address[1])
    if isinstance(bench, SimulatedUsbStarPrinter):
        return StarUsbSettings(vendor="0519", product="0003", serial="BENCH1", sysfs=str(bench.port))
    assert isinstance(bench, SimulatedSerialStarPrinter)
    return StarSerialSettings(port=str(bench.port), flow="xon_xoff", baud=115200)


@pytest.fixture(params=WAYS)
def bench(request: pytest.FixtureRequest) -> Iterator[BenchPrinter]:
    with short_folder() as folder:
        printer = bench_printer(request.param, folder)
        printer.start()
        yield printer
        printer.stop()


@pytest.fixture
def lane(bench: BenchPrinter, tmp_path: Path) -> Iterator[Lane]:
    made = StarLane(tmp_path, settings_of(bench))
    made.printer.open()
    yield made
    made.printer.close()


def link_of(lane: Lane) -> StarLink:
    link = lane.printer._opened()[0].link
    assert isinstance(link, StarLink)
    return link


def hurry(lane: Lane) -> None:
    """From now on wait for answers only as long as a test can sit out."""
    parts, jobs = lane.printer._opened()
    parts.link._waits = jobs._waits = IMPATIENT


@pytest.mark.parametrize("profile", ["star_mc_print3", "star_tsp650ii"])
def test_a_receipt_is_printed_and_confirmed(lane: Lane, bench: BenchPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    assert printer.print(receipt("sale-蘋果")) == PrintJobChanged("printer", "sale-蘋果", PrintState.CONFIRMED)
    assert lane.states() == [PrintState.QUEUED, PrintState.SENDING, PrintState.SENT]
    (text,) = printed(bench)
    assert re.search(r"Käsekrainer 9 +3,98 €\n", text)
    assert "[QR https://example.com/r/0]" in text
    assert "[picture" in text


def test_receipts_come_in_their_order_and_the_count_goes_around(lane: Lane, bench: BenchPrinter) -> None:
    for n in range(36):
        assert lane.printer.print(receipt(f"sale-{n}", 1)).state is PrintState.CONFIRMED
    assert [text.split("\n")[-3].strip() for text in printed(bench)] == [f"sale-{n}" for n in range(36)]


def test_the_same_job_is_not_printed_twice_not_even_after_a_restart(lane: Lane, bench: BenchPrinter) -> None:
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


@pytest.mark.parametrize(
    ("actions", "code", "remedy"),
    [
        (("paper_out", "paper_in"), "paper_out", "Put in a new paper roll"),
        (("cover_open", "cover_close"), "cover_open", "Close it"),
        (("cutter_jam", "cutter_clear"), "cutter_error", "jammed paper"),
        (("head_hot", "head_hot"), "head_hot", "Wait a minute"),
    ],
)
def test_a_printer_that_cannot_print_is_sent_nothing(
    lane: Lane, bench: BenchPrinter, actions: tuple[str, str], code: str, remedy: str
) -> None:
    action, undo = actions
    bench.control(action, {})
    result = lane.printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert remedy in result.remedy
    assert bench.control("state", {})["commands_waiting"] == 0
    assert lane.wait_for(code).link is Link.OFFLINE
    bench.control(undo, {"on": False})
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_paper_runs_out_in_the_middle_and_is_replaced(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})

    def put_paper_in() -> None:
        assert printed(bench) == []
        assert bench.control("state", {})["lines_hanging"] == 5
        bench.control("paper_in", {})

    with when(lane, "paper_out", put_paper_in):
        result = lane.printer.print(receipt())
    assert result.state is PrintState.CONFIRMED
    lane.wait_for()
    (text,) = printed(bench)
    assert [n for n in range(10) if f"Käsekrainer {n} " in text] == list(range(10))


def test_a_jam_in_the_middle_is_over_once_the_cover_was_opened_and_closed(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})

    def jam_and_clear() -> None:
        bench.control("cutter_error", {"on": True})
        bench.control("paper_in", {})
        lane.wait_for("cutter_error")
        bench.control("cutter_error", {"on": False})
        assert bench.control("state", {})["cutter_error"] is True
        bench.control("cover_open", {})
        lane.wait_for("cutter_error", "cover_open")
        bench.control("cover_close", {})

    with when(lane, "paper_out", jam_and_clear):
        result = lane.printer.print(receipt())
    assert result.state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_nobody_comes_and_the_proof_comes_late(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    result = lane.use(BRIEF, paper_wait_s=0).print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "out of paper" in result.message
    bench.control("paper_in", {})
    lane.listen_until(lambda record: isinstance(record, PrintJobChanged) and record.state is PrintState.CONFIRMED)
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_a_late_count_of_an_old_job_confirms_no_other(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", lane.printer.interrupt):
        assert lane.printer.print(receipt("sale-1")).state is PrintState.UNKNOWN
    lane.printer._interrupted.clear()
    bench.control("paper_in", {})
    assert lane.printer.print(receipt("sale-2")).state is PrintState.CONFIRMED
    lane.listen_until(
        lambda record: isinstance(record, PrintJobChanged) and (record.job_id, record.state) == ("sale-1", "confirmed")
    )
    assert len(printed(bench)) == 2


def test_a_job_waiting_for_paper_ends_when_the_lane_stops(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", lane.printer.interrupt):
        outcome = lane.printer.print(receipt())
    assert outcome.state is PrintState.UNKNOWN
    assert "stopped" in outcome.message


@pytest.mark.parametrize("received", [1, 40, 200])
def test_the_plug_is_pulled_in_the_middle_of_a_job(lane: Lane, bench: BenchPrinter, received: int) -> None:
    bench.control("drop_after", {"bytes": 3 + received})  # the status question before the job is 3 bytes
    result = lane.printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "copy" in result.remedy
    with pytest.raises(DeviceError):
        lane.listen_for("never")
    assert lane.reopen().print(receipt()).state is PrintState.UNKNOWN
    assert "sale-1" not in "".join(printed(bench))
    assert lane.printer.print(receipt("sale-1-copy")).state is PrintState.CONFIRMED


def test_a_printer_that_fails_once_and_one_that_always_fails(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("fail_next", {})
    assert lane.printer.print(receipt("sale-1")).state is PrintState.UNKNOWN
    assert lane.reopen().print(receipt("sale-2")).state is PrintState.CONFIRMED
    bench.control("fail_always", {})
    assert lane.reopen().print(receipt("sale-3")).state is PrintState.UNKNOWN
    bench.control("fail_always", {"on": False})
    assert lane.reopen().print(receipt("sale-4")).state is PrintState.CONFIRMED


def test_the_power_goes_in_the_middle_of_a_job(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", lambda: bench.control("unplug", {})):
        result = lane.printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    with pytest.raises(DeviceError):
        lane.use()
    bench.control("plug", {})
    bench.control("paper_in", {})
    assert lane.use().print(receipt()).state is PrintState.UNKNOWN
    assert printed(bench) == []


def test_an_idle_printer_that_is_pulled_out_is_missed_and_comes_back(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("unplug", {})
    with pytest.raises(DeviceError):
        lane.listen_for("never")
    with pytest.raises(DeviceError) as absent:
        lane.use()
    assert absent.value.remedy
    assert not absent.value.permanent
    assert isinstance(absent.value, AbsentError) or isinstance(bench, SimulatedStarPrinter)
    bench.control("plug", {})
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED


@pytest.mark.parametrize("fault", ["silent", "garbage"])
def test_a_printer_without_an_answer_is_sent_nothing(lane: Lane, bench: BenchPrinter, fault: str) -> None:
    bench.control(fault, {"on": True})
    hurry(lane)
    result = lane.printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert "does not answer" in result.message
    assert (Slip.BAD_FRAME if fault == "garbage" else Slip.TIMEOUT) in lane.drain()
    with pytest.raises(DeviceError, match="does not answer"):
        lane.use(IMPATIENT)
    bench.control(fault, {"on": False})
    assert printed(bench) == []
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED


def test_a_printer_that_falls_silent_leaves_the_job_unknown(lane: Lane, bench: BenchPrinter) -> None:
    printer = lane.use(BRIEF, paper_wait_s=0)
    journal = printer._opened()[0].journal
    advance = journal.advance

    def fall_silent(job_id: str, to: PrintState) -> None:
        if to is PrintState.SENDING:
            bench.control("silent", {"on": True})
            hurry(lane)
        advance(job_id, to)

    journal.advance = fall_silent  # type: ignore[method-assign] # the moment between status and first byte
    result = printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "did not confirm" in result.message
    bench.control("silent", {"on": False})
    assert printer.print(receipt()).state is PrintState.UNKNOWN
    assert len(printed(bench)) == 1


def test_half_replies_confirm_nothing(lane: Lane, bench: BenchPrinter) -> None:
    journal = lane.use(BRIEF, paper_wait_s=0)._opened()[0].journal
    advance = journal.advance

    def halve(job_id: str, to: PrintState) -> None:
        bench.control("half", {"on": to is PrintState.SENDING})
        if to is PrintState.SENDING:
            hurry(lane)
        advance(job_id, to)

    journal.advance = lambda job_id, to: halve(job_id, to) if to is PrintState.SENDING else advance(job_id, to)  # type: ignore[method-assign] # as above
    assert lane.printer.print(receipt()).state is PrintState.UNKNOWN
    bench.control("half", {"on": False})
    assert lane.use().print(receipt("sale-2")).state is PrintState.CONFIRMED


def test_a_slow_printer_is_waited_for(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("slow", {"ms": 30})
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED
    bench.control("paper_low", {})
    lane.listen_for("paper_low")


def test_conditions_are_reported_when_they_change(lane: Lane, bench: BenchPrinter) -> None:
    lane.listen_for()
    bench.control("near_end", {})
    lane.listen_for("paper_low")
    bench.control("cover_open", {})
    lane.listen_for("cover_open", "paper_low")
    bench.control("paper_out", {})
    bench.control("cover_close", {})
    lane.listen_for("paper_out")
    bench.control("paper_in", {})
    lane.listen_for()


def test_open_and_close_give_everything_back(lane: Lane, bench: BenchPrinter) -> None:
    lane.printer.close()
    lane.printer.close()
    wait_until(lambda: not bench.control("state", {})["connections"])
    files, threads = open_files(), threading.active_count()
    for _ in range(5):
        lane.printer.open()
        lane.printer.open()
        lane.printer.close()
        wait_until(lambda: not bench.control("state", {})["connections"])
    assert open_files() <= files
    assert threading.active_count() <= threads


def test_the_drawer_opens_once_for_each_pulse_and_says_so(lane: Lane, bench: BenchPrinter) -> None:
    assert lane.printer.drawer_level() is False
    lane.printer.pulse(0, 100, 200)
    lane.listen_until(lambda record: record == DrawerLevel("printer", high=True))
    assert bench.control("state", {})["pulses"] == 1
    bench.control("drawer_close", {})
    lane.listen_until(lambda record: record == DrawerLevel("printer", high=False))
    bench.control("paper_out", {})  # and without paper, at once
    lane.printer.pulse(1, 100, 200)
    lane.listen_until(lambda record: record == DrawerLevel("printer", high=True))
    assert bench.control("state", {})["pulses"] == 2
    bench.control("silent", {})
    hurry(lane)
    until_silent(lane)
    with pytest.raises(DeviceError, match="not opened"):
        lane.printer.pulse(0, 100, 200)
    assert bench.control("state", {})["pulses"] == 2


def until_silent(lane: Lane) -> None:
    """Ask until there is no answer any more: what was on its way when the printer fell silent comes still."""
    watch = lane.printer._opened()[0].watch
    for _ in range(50):
        try:
            watch.ask()
        except DeviceError:
            return
    raise AssertionError("it goes on answering")


def test_health(lane: Lane, bench: BenchPrinter) -> None:
    said: list[bytes] = []
    lane.printer._opened()[0].link.send = said.append  # type: ignore[method-assign,assignment] # INTERNAL must not write
    assert lane.printer.check_health(HealthLevel.INTERNAL).passed
    assert said == []
    lane.use()
    found = lane.printer.check_health(HealthLevel.EXTERNAL)
    assert found.passed
    assert "confirmed" in found.text
    (text,) = printed(bench)
    assert "star_mc_print3" in text
    assert lane.states() == []  # a test slip is no job
    bench.control("paper_out", {})
    found = lane.printer.check_health(HealthLevel.INTERACTIVE)
    assert not found.passed
    assert "paper roll" in found.remedy


def test_a_receipt_is_not_logged(lane: Lane, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
        assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert "Käsekrainer" not in caplog.text


@pytest.fixture
def pair() -> Iterator[tuple[StarLink, socket.socket]]:
    """A link and the printer's side of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = StarLink(tcp.connect("127.0.0.1", server.getsockname()[1], 5), replace(WAITS, answer_s=5))
        far, _ = server.accept()
    with far:
        yield link, far
        link.close()


def counted(pair: tuple[StarLink, socket.socket], count: int) -> set[str]:
    link, far = pair
    far.sendall(bytes((0x23, 0x06, 0x02, 0, 0, 0, 0, (count & 7) << 1 | (count & 0x18) << 2, 0)))
    before = link._statuses
    while link._statuses == before:
        link.listen(5)
    return set(link.proven)


def asked(link: StarLink, job: str) -> int:
    """Have a job end with its ETB; returns how many."""
    marks = len(link.request(job, Proof.STATUS))
    link.expect(job, Proof.STATUS)
    return marks


def test_a_printer_that_was_switched_off_proves_nothing(pair: tuple[StarLink, socket.socket]) -> None:
    for seen in range(1, 32):
        counted(pair, 0 if seen == 1 else seen - 1)
        counted(pair, seen)
        asked(pair[0], f"job-{seen}")
        assert counted(pair, 0) == set(), seen  # what it says when it is on again
        pair[0].give_up_in_stream()


def test_the_count_goes_on_over_its_end(pair: tuple[StarLink, socket.socket]) -> None:
    counted(pair, 30)
    assert asked(pair[0], "a") == 1
    assert counted(pair, 31) == {"a"}
    assert asked(pair[0], "b") == 2  # else the count would be that of a printer just switched on
    assert counted(pair, 0) == {"a"}
    assert counted(pair, 1) == {"a", "b"}


def test_another_program_that_counts_proves_nothing(pair: tuple[StarLink, socket.socket]) -> None:
    counted(pair, 5)
    asked(pair[0], "a")
    assert counted(pair, 8) == set()
    assert counted(pair, 9) == set()


def test_one_count_for_two_jobs_proves_neither_until_both(pair: tuple[StarLink, socket.socket]) -> None:
    counted(pair, 5)
    asked(pair[0], "a")
    asked(pair[0], "b")
    assert counted(pair, 6) == set()
    assert counted(pair, 7) == {"a", "b"}


def test_what_it_said_before_it_was_asked_is_no_answer(pair: tuple[StarLink, socket.socket]) -> None:
    link, far = pair
    far.sendall(bytes.fromhex("230600000000000000") * 2)
    assert select.select([link.fileno()], [], [], PATIENCE_S)[0]
    link._waits = replace(WAITS, answer_s=0.2)
    with pytest.raises(DeviceError, match="does not answer"):
        link.ask_status()


def test_the_registry_may_hand_in_its_doors(tmp_path: Path) -> None:
    tried: list[object] = []

    def connect(host: str, port: int, deadline_s: float) -> Any:
        tried.append((host, port, deadline_s))
        raise AbsentError("Nothing there.", "Look.")

    printer = StarPrinter("p", StarSettings(host="printer"), tried.append, tmp_path, doors=Doors(connect=connect))
    with pytest.raises(AbsentError):
        printer.open()
    printer.close()
    assert tried == [("printer", 9100, 3.0)]


HOST = """
import sys
from pathlib import Path
from drivers.printer.simulated_star import SimulatedStarPrinter
from drivers.simulation import Simulation
folder = Path(sys.argv[1])
printer = SimulatedStarPrinter("printer", folder=folder)
simulation = Simulation(folder, [printer])
simulation.start()
print(*printer.address, flush=True)
sys.stdin.read()
simulation.stop()
"""


def test_a_printer_in_another_process(tmp_path: Path) -> None:
    with (
        short_folder() as folder,
        subprocess.Popen(
            [sys.executable, "-c", HOST, str(folder)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ},
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        assert select.select([process.stdout], [], [], PATIENCE_S)[0]
        host, port = process.stdout.readline().decode().split()
        control = ControlHandle(folder / CONTROL_SOCKET)
        lane = StarLane(tmp_path, StarSettings(host=host, port=int(port)))  # type: ignore[arg-type] # Star's settings
        lane.printer.open()
        assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
        control.do("printer", "paper_out")
        lane.listen_for("paper_out")
        control.do("printer", "unplug")
        with pytest.raises(DeviceError):
            lane.listen_for("never")
        lane.printer.close()
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
