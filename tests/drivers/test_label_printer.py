"""One contract for a label printer over TCP, USB and a serial line: out of labels, pulled plugs, nothing twice."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.control import ControlHandle
from drivers.device import AbsentError, Conditions, DeviceError, HealthLevel, Link, Slip
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.printer.label_interface import LabelBarcode, LabelJob, ShelfLabel
from drivers.printer.simulated_zpl import (
    BenchLabelPrinter,
    SimulatedSerialZplPrinter,
    SimulatedUsbZplPrinter,
    SimulatedZplPrinter,
)
from drivers.printer.ways import Doors
from drivers.printer.zpl import ZplPrinter, ZplSerialSettings, ZplSettings, ZplUsbSettings
from drivers.printer.zpl_link import ZplWaits
from drivers.printer.zpl_settings import AnyZplSettings
from drivers.simulation import CONTROL_SOCKET
from drivers.transport.waiting import Deadline
from tests.drivers.printer_lane import wait_until
from tests.drivers.witness import PATIENCE_S, open_files, short_folder

WAITS = ZplWaits(answer_s=10, check_s=0.05, busy_check_s=0.02, confirm_s=10, idle_s=10, step_s=0.02)
BRIEF = replace(WAITS, confirm_s=1, idle_s=0.5)  # for jobs that are given up
IMPATIENT = replace(BRIEF, answer_s=0.3)  # only towards a printer that will not answer
WAYS = ("tcp", "usb", "serial")


def bench_printer(way: str, folder: Path) -> BenchLabelPrinter:
    if way == "tcp":
        return SimulatedZplPrinter("labels", folder=folder)
    return (SimulatedUsbZplPrinter if way == "usb" else SimulatedSerialZplPrinter)("labels", folder=folder)


def settings_of(bench: BenchLabelPrinter, wait_s: int = 120) -> AnyZplSettings:
    if isinstance(bench, SimulatedZplPrinter):
        return ZplSettings(host=bench.address[0], port=bench.address[1], media_wait_s=wait_s)
    if isinstance(bench, SimulatedUsbZplPrinter):
        return ZplUsbSettings(vendor="0A5F", product="0166", sysfs=str(bench.port), media_wait_s=wait_s)
    assert isinstance(bench, SimulatedSerialZplPrinter)
    return ZplSerialSettings(port=str(bench.port), baud=115200, media_wait_s=wait_s)


class Desk:
    """A driver with its sink, wired to a bench printer."""

    def __init__(self, folder: Path, settings: AnyZplSettings) -> None:
        self.folder = folder
        self.settings = settings
        self.records: queue.Queue[object] = queue.Queue()
        self.seen: list[object] = []
        self.printer = self.driver()

    def driver(self, waits: ZplWaits = WAITS) -> ZplPrinter:
        return ZplPrinter("labels", self.settings, self.records.put, self.folder, waits=waits)

    def use(self, waits: ZplWaits = WAITS) -> ZplPrinter:
        self.printer.close()
        self.printer = self.driver(waits)
        self.printer.open()
        return self.printer

    def reopen(self) -> ZplPrinter:
        def back() -> bool:
            with contextlib.suppress(DeviceError):
                self.use()
                return True
            return False

        wait_until(back)
        return self.printer

    def listen_for(self, *codes: str) -> None:
        """Let the driver listen until it has reported exactly these conditions."""
        bell, ring = os.pipe()
        deadline = Deadline(PATIENCE_S)
        try:
            while not any(_is(record, codes) for record in self.drain()):
                assert not deadline.passed, self.seen
                self.printer.listen(bell, self.records.put)
        finally:
            os.close(bell)
            os.close(ring)

    def wait_for(self, *codes: str) -> Conditions:
        """Wait until the driver, busy on another thread, has reported exactly these conditions."""
        while not _is(record := self.records.get(timeout=PATIENCE_S), codes):
            self.seen.append(record)
        assert isinstance(record, Conditions)
        return record

    def drain(self) -> list[object]:
        drained = []
        while not self.records.empty():
            drained.append(self.records.get())
        self.seen += drained
        return drained

    def states(self) -> list[PrintState]:
        self.drain()
        return [record.state for record in self.seen if isinstance(record, PrintJobChanged)]


def _is(record: object, codes: tuple[str, ...]) -> bool:
    return isinstance(record, Conditions) and tuple(c.code for c in record.conditions) == codes


def shelf(job_id: str = "shelf-1", copies: int = 1) -> LabelJob:
    label = ShelfLabel("Käse ^XZ ~JA", "3,98 €", "19,90 €/kg", LabelBarcode("4006381333931"), ("Art. 1",))
    return LabelJob(job_id, label, copies=copies)


def printed(bench: BenchLabelPrinter) -> list[str]:
    found = bench.control("labels", {})["labels"]
    assert isinstance(found, list)
    return [entry["text"] for entry in found]


@contextlib.contextmanager
def meanwhile(desk: Desk, code: str, act: Callable[[], object]) -> Iterator[None]:
    """While the driver works on this thread, a person: waits until it has reported `code`, then acts."""
    problems: queue.Queue[BaseException | None] = queue.Queue()

    def person() -> None:
        try:
            desk.wait_for(code)
            act()
        except BaseException as problem:  # noqa: BLE001 # handed to the test's thread, which raises it
            problems.put(problem)
        else:
            problems.put(None)

    threading.Thread(target=person, daemon=True).start()
    yield
    problem = problems.get(timeout=2 * PATIENCE_S)
    if problem is not None:
        raise problem


@pytest.fixture(params=WAYS)
def bench(request: pytest.FixtureRequest) -> Iterator[BenchLabelPrinter]:
    with short_folder() as folder:
        printer = bench_printer(request.param, folder)
        printer.start()
        yield printer
        printer.stop()


@pytest.fixture
def desk(bench: BenchLabelPrinter, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, settings_of(bench))
    made.printer.open()
    yield made
    made.printer.close()


def test_labels_are_printed_and_confirmed(desk: Desk, bench: BenchLabelPrinter) -> None:
    assert desk.printer.print_label(shelf(copies=3)) == PrintJobChanged("labels", "shelf-1", PrintState.CONFIRMED)
    assert desk.states() == [PrintState.QUEUED, PrintState.SENDING, PrintState.SENT]
    assert printed(bench) == ["Käse ^XZ ~JA\nArt. 1\n[ean13 400638133393]\n19,90 €/kg\n3,98 €\n"] * 3


def test_they_are_confirmed_only_when_the_last_has_come_out(desk: Desk, bench: BenchLabelPrinter) -> None:
    bench.control("hold", {})
    order: list[str] = []

    def asked() -> int:
        return int(str(bench.control("state", {})["questions"]))

    def let_out() -> None:
        wait_until(lambda: bench.control("state", {})["formats_waiting"] == 1)
        before = asked()
        wait_until(lambda: asked() > before + 3)
        order.append("let out")
        bench.control("hold", {"on": False})

    person = threading.Thread(target=let_out, daemon=True)
    person.start()
    assert desk.printer.print_label(shelf(copies=2)).state is PrintState.CONFIRMED
    assert order == ["let out"]
    person.join(PATIENCE_S)
    assert len(printed(bench)) == 2


def test_the_same_job_is_not_printed_twice_not_even_after_a_restart(desk: Desk, bench: BenchLabelPrinter) -> None:
    for _ in range(2):
        assert desk.printer.print_label(shelf()).state is PrintState.CONFIRMED
    assert desk.use().print_label(shelf()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


@pytest.mark.parametrize(
    ("actions", "code", "remedy"),
    [
        (("media_out", "media_in"), "media_out", "roll of labels"),
        (("ribbon_out", "ribbon_in"), "ribbon_out", "ribbon"),
        (("head_open", "head_close"), "head_open", "Close it"),
        (("pause", "start"), "paused", "PAUSE"),
        (("head_hot", "head_hot"), "head_hot", "Wait a minute"),
    ],
)
def test_a_printer_that_cannot_print_is_sent_nothing(
    desk: Desk, bench: BenchLabelPrinter, actions: tuple[str, str], code: str, remedy: str
) -> None:
    action, undo = actions
    bench.control(action, {})
    result = desk.printer.print_label(shelf())
    assert result.state is PrintState.FAILED
    assert remedy in result.remedy
    assert bench.control("state", {})["formats_waiting"] == 0
    assert desk.wait_for(code).link is Link.OFFLINE
    bench.control(undo, {"on": False})
    assert desk.printer.print_label(shelf()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_labels_run_out_in_the_middle_and_are_replaced(desk: Desk, bench: BenchLabelPrinter) -> None:
    bench.control("media_out_after", {"labels": 2})
    order: list[str] = []

    def put_labels_in() -> None:
        desk.wait_for("head_open", "media_out")
        assert len(printed(bench)) == 2
        order.append("put in")
        bench.control("media_in", {})
        bench.control("head_close", {})

    def open_head() -> None:
        bench.control("head_open", {})
        put_labels_in()

    with meanwhile(desk, "media_out", open_head):
        assert desk.printer.print_label(shelf(copies=5)).state is PrintState.CONFIRMED
        assert order == ["put in"]
    assert len(printed(bench)) == 5


def test_nobody_puts_labels_in(bench: BenchLabelPrinter, tmp_path: Path) -> None:
    desk = Desk(tmp_path, settings_of(bench, wait_s=0))
    printer = desk.use(BRIEF)
    bench.control("media_out_after", {"labels": 2})
    result = printer.print_label(shelf(copies=5))
    assert result.state is PrintState.UNKNOWN
    assert "out of labels" in result.message
    assert printer.print_label(shelf(copies=5)).state is PrintState.UNKNOWN
    bench.control("media_in", {})
    assert len(printed(bench)) == 5
    printer.close()


def test_a_job_that_waits_ends_when_the_lane_stops(desk: Desk, bench: BenchLabelPrinter) -> None:
    bench.control("media_out_after", {"labels": 1})
    with meanwhile(desk, "media_out", desk.printer.interrupt):
        outcome = desk.printer.print_label(shelf(copies=2))
    assert outcome.state is PrintState.UNKNOWN
    assert "stopped" in outcome.message


def test_what_another_program_prints_is_waited_for(desk: Desk, bench: BenchLabelPrinter) -> None:
    bench.control("hold", {})
    bench._received(b"^XA^FO1,1^A0N,20,20^FDother^FS^PQ2^XZ")
    assert desk.use(BRIEF).print_label(shelf()).state is PrintState.FAILED
    bench.control("hold", {"on": False})
    assert desk.use().print_label(shelf()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 3


@pytest.mark.parametrize("received", [1, 40, 200])
def test_the_plug_is_pulled_in_the_middle_of_a_job(desk: Desk, bench: BenchLabelPrinter, received: int) -> None:
    bench.control("drop_after", {"bytes": 3 + received})  # the status question before the job is 3 bytes
    result = desk.printer.print_label(shelf())
    assert result.state is PrintState.UNKNOWN
    assert "print them anew" in result.remedy
    with pytest.raises(DeviceError):
        desk.listen_for("never")
    assert desk.reopen().print_label(shelf()).state is PrintState.UNKNOWN
    assert printed(bench) == []
    assert desk.printer.print_label(shelf("shelf-2")).state is PrintState.CONFIRMED


def test_a_printer_that_fails_once_and_one_that_always_fails(desk: Desk, bench: BenchLabelPrinter) -> None:
    bench.control("fail_next", {})
    assert desk.printer.print_label(shelf("a")).state is PrintState.UNKNOWN
    assert desk.reopen().print_label(shelf("b")).state is PrintState.CONFIRMED
    bench.control("fail_always", {})
    assert desk.reopen().print_label(shelf("c")).state is PrintState.UNKNOWN
    assert desk.reopen().print_label(shelf("d")).state is PrintState.UNKNOWN
    bench.control("fail_always", {"on": False})
    assert desk.reopen().print_label(shelf("e")).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 2


def test_an_idle_printer_that_is_pulled_out_is_missed_and_comes_back(desk: Desk, bench: BenchLabelPrinter) -> None:
    bench.control("unplug", {})
    with pytest.raises(DeviceError):
        desk.listen_for("never")
    with pytest.raises(DeviceError) as absent:
        desk.use()
    assert not absent.value.permanent
    assert isinstance(absent.value, AbsentError) or isinstance(bench, SimulatedZplPrinter)
    bench.control("plug", {})
    assert desk.use().print_label(shelf()).state is PrintState.CONFIRMED


@pytest.mark.parametrize("fault", ["silent", "garbage", "half"])
def test_a_printer_without_an_answer_is_not_opened(desk: Desk, bench: BenchLabelPrinter, fault: str) -> None:
    bench.control(fault, {"on": True})
    with pytest.raises(DeviceError, match="does not answer"):
        desk.use(IMPATIENT)
    assert Slip.TIMEOUT in desk.drain()
    assert (Slip.BAD_FRAME in desk.seen) is (fault == "garbage")
    bench.control(fault, {"on": False})
    assert desk.use().print_label(shelf()).state is PrintState.CONFIRMED


def test_a_printer_that_falls_silent_leaves_the_job_unknown(desk: Desk, bench: BenchLabelPrinter) -> None:
    printer = desk.use(BRIEF)
    journal = printer._journal
    assert journal is not None
    advance = journal.advance

    def fall_silent(job_id: str, to: PrintState) -> None:
        if to is PrintState.SENDING:
            bench.control("silent", {"on": True})
            assert printer._link is not None
            printer._link._waits = IMPATIENT
        advance(job_id, to)

    journal.advance = fall_silent  # type: ignore[method-assign] # the moment between status and first byte
    result = printer.print_label(shelf())
    assert result.state is PrintState.UNKNOWN
    assert "fell silent" in result.message
    bench.control("silent", {"on": False})
    assert printer.print_label(shelf()).state is PrintState.UNKNOWN
    assert len(printed(bench)) == 1


def test_a_job_under_way_when_the_power_went_is_reported(desk: Desk, bench: BenchLabelPrinter) -> None:
    journal = desk.printer._journal
    assert journal is not None
    journal.queue("old", "digest")
    journal.advance("old", PrintState.SENDING)
    desk.use()
    told = [record for record in desk.drain() if isinstance(record, PrintJobChanged)]
    assert [(record.job_id, record.state) for record in told] == [("old", PrintState.UNKNOWN)]
    assert desk.printer.print_label(shelf("old")).state is PrintState.UNKNOWN
    assert printed(bench) == []


def test_conditions_are_reported_when_they_change(desk: Desk, bench: BenchLabelPrinter) -> None:
    desk.listen_for()
    bench.control("media_out", {})
    desk.listen_for("media_out")
    bench.control("head_open", {})
    desk.listen_for("head_open", "media_out")
    bench.control("media_in", {})
    bench.control("head_close", {})
    desk.listen_for()
    bench.control("slow", {"ms": 20})
    bench.control("pause", {})
    desk.listen_for("paused")


def test_open_and_close_give_everything_back(desk: Desk, bench: BenchLabelPrinter) -> None:
    desk.printer.close()
    desk.printer.close()
    wait_until(lambda: not bench.control("state", {})["connections"])
    files, threads = open_files(), threading.active_count()
    for _ in range(5):
        desk.printer.open()
        desk.printer.open()
        desk.printer.close()
        wait_until(lambda: not bench.control("state", {})["connections"])
    assert open_files() <= files
    assert threading.active_count() <= threads
    with pytest.raises(DeviceError, match="not connected"):
        desk.printer.print_label(shelf())


def test_health(desk: Desk, bench: BenchLabelPrinter) -> None:
    link = desk.printer._link
    assert link is not None
    heard = link._connection
    link._connection = None  # type: ignore[assignment] # INTERNAL must not touch the line
    assert "BENCH-ZPL" in desk.printer.check_health(HealthLevel.INTERNAL).text
    link._connection = heard
    assert desk.printer.check_health(HealthLevel.EXTERNAL).passed
    assert printed(bench) == []
    found = desk.printer.check_health(HealthLevel.INTERACTIVE)
    assert (found.passed, found.text) == (True, "A test label was printed.")
    (text,) = printed(bench)
    assert "Checklane" in text
    assert desk.states() == []  # a test label is no job
    bench.control("media_out", {})
    found = desk.printer.check_health(HealthLevel.INTERACTIVE)
    assert not found.passed
    assert "roll of labels" in found.remedy


def test_a_label_is_not_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert desk.printer.print_label(shelf()).state is PrintState.CONFIRMED
        assert desk.printer.print_label(shelf()).state is PrintState.CONFIRMED
    assert "Käse" not in caplog.text
    assert "4006381333931" not in caplog.text


def test_a_printer_that_does_not_say_its_resolution_needs_a_setting(tmp_path: Path) -> None:
    with short_folder() as folder:
        bench = SimulatedZplPrinter("labels", folder=folder, dots_per_mm=99)
        bench.start()
        desk = Desk(tmp_path, settings_of(bench))
        with pytest.raises(DeviceError, match="resolution") as caught:
            desk.printer.open()
        assert caught.value.permanent
        desk.settings = ZplSettings(host=bench.address[0], port=bench.address[1], dpi=300)
        assert desk.use().print_label(replace(shelf(), dpi=203)).state is PrintState.FAILED
        assert desk.printer.print_label(replace(shelf(), dpi=300)).state is PrintState.CONFIRMED
        desk.printer.close()
        bench.stop()


def test_a_serial_printer_that_another_program_holds(tmp_path: Path) -> None:
    with short_folder() as folder:
        bench = SimulatedSerialZplPrinter("labels", folder=folder)
        bench.start()
        first, second = (Desk(tmp_path / name, settings_of(bench)) for name in ("a", "b"))
        for desk in (first, second):
            desk.folder.mkdir()
        first.printer.open()
        with pytest.raises(DeviceError) as caught:
            second.printer.open()
        assert caught.value.permanent
        assert first.printer.print_label(shelf()).state is PrintState.CONFIRMED
        first.printer.close()
        second.printer.open()
        second.printer.close()
        bench.stop()


def test_what_is_no_serial_port_is_refused_for_good(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    settings = ZplSerialSettings(port=str(tmp_path / "file"))
    printer = ZplPrinter("labels", settings, print, tmp_path)
    with pytest.raises(DeviceError) as caught:
        printer.open()
    assert caught.value.permanent
    printer.close()


def test_the_registry_may_hand_in_its_doors(tmp_path: Path) -> None:
    tried: list[object] = []

    def connect(host: str, port: int, deadline_s: float) -> Any:
        tried.append((host, port, deadline_s))
        raise AbsentError("Nothing there.", "Look.")

    printer = ZplPrinter("labels", ZplSettings(host="zebra"), print, tmp_path, doors=Doors(connect=connect))
    with pytest.raises(AbsentError):
        printer.open()
    printer.close()
    assert tried == [("zebra", 9100, 3.0)]


HOST = """
import sys
from pathlib import Path
from drivers.printer.simulated_zpl import SimulatedZplPrinter
from drivers.simulation import Simulation
folder = Path(sys.argv[1])
printer = SimulatedZplPrinter("labels", folder=folder)
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
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        assert select.select([process.stdout], [], [], PATIENCE_S)[0]
        host, port = process.stdout.readline().decode().split()
        control = ControlHandle(folder / CONTROL_SOCKET)
        desk = Desk(tmp_path, ZplSettings(host=host, port=int(port)))
        desk.printer.open()
        assert desk.printer.print_label(shelf()).state is PrintState.CONFIRMED
        assert control.do("labels", "state")["labels"] == 1
        control.do("labels", "media_out")
        desk.listen_for("media_out")
        control.do("labels", "unplug")
        with pytest.raises(DeviceError):
            desk.listen_for("never")
        desk.printer.close()
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
