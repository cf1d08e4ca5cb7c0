"""The printer driver as a lane has it: supervised, killed in the middle, beside a dead one, with wrong settings."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from drivers.control import ControlHandle
from drivers.device import AbsentError, DeviceChanged, DeviceError, Lifecycle
from drivers.identity import find_usb
from drivers.printer.escpos import EscPosPrinter
from drivers.printer.interface import PrintJob, PrintJobChanged, PrintState, QrCode
from drivers.printer.settings import EscPosSerialSettings, EscPosSettings, EscPosUsbSettings
from drivers.printer.simulated import SimulatedPrinter, SimulatedSerialPrinter, SimulatedUsbPrinter
from drivers.printer.ways import FlowControlled
from drivers.supervisor import Supervisor
from drivers.supervisor import Waits as SupervisorWaits
from drivers.transport.serial import Line, open_serial
from tests.drivers.printer_lane import DEADLINE_S, FINAL, WAITS, Lane, printed, receipt, settings_for, settings_of, when
from tests.drivers.witness import Witness, short_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SimulatedPrinter]:
    printer = SimulatedPrinter("printer", folder=tmp_path / "paper")
    printer.start()
    yield printer
    printer.stop()


@pytest.fixture
def lane(bench: SimulatedPrinter, tmp_path: Path) -> Iterator[Lane]:
    made = Lane(tmp_path, settings_of(bench))
    made.printer.open()
    yield made
    made.printer.close()


def test_a_closed_port_says_what_to_check(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
    printer = Lane(tmp_path, EscPosSettings(host=host, port=port)).printer
    with pytest.raises(DeviceError) as caught:
        printer.open()
    assert caught.value.message == f"Nothing answers at {host}:{port}."
    assert "settings" in caught.value.remedy
    printer.close()


def supervised(settings: EscPosSettings, sink: Witness, folder: Path) -> Supervisor[EscPosPrinter]:
    waits = replace(WAITS, check_s=30.0)
    return Supervisor(
        "printer",
        lambda emit: EscPosPrinter("printer", settings, emit, folder, waits=waits),
        sink,
        waits=SupervisorWaits(backoff_s=(0.05,)),
    )


def ask(supervisor: Supervisor[EscPosPrinter], job_id: str) -> None:
    refused = PrintJobChanged("printer", job_id, PrintState.FAILED, "not ready", "wait")
    lost = PrintJobChanged("printer", job_id, PrintState.UNKNOWN, "lost", "look")
    supervisor.submit(lambda printer: printer.print(receipt(job_id)), not_ready=refused, lost=lost)


def outcome(sink: Witness, job_id: str, count: int = 1) -> PrintState:
    def ends(records: list[object]) -> list[PrintState]:
        jobs = [record for record in records if isinstance(record, PrintJobChanged)]
        return [job.state for job in jobs if job.job_id == job_id and job.state in FINAL]

    return ends(sink.until(lambda records: len(ends(records)) >= count))[-1]


def told(sink: Witness, lifecycle: Lifecycle, *codes: str) -> None:
    def so(record: object) -> bool:
        return (
            isinstance(record, DeviceChanged)
            and record.lifecycle is lifecycle
            and tuple(condition.code for condition in record.conditions) == codes
        )

    sink.until(lambda records: any(map(so, records)))


def test_a_supervised_printer_prints_reports_and_comes_back(bench: SimulatedPrinter, tmp_path: Path) -> None:
    sink = Witness()
    supervisor = supervised(EscPosSettings(host=bench.address[0], port=bench.address[1]), sink, tmp_path)
    supervisor.start()
    try:
        told(sink, Lifecycle.READY)
        ask(supervisor, "sale-1")
        assert outcome(sink, "sale-1") is PrintState.CONFIRMED
        bench.control("paper_out", {})
        told(sink, Lifecycle.READY, "paper_out")
        bench.control("paper_in", {})
        sink.until(lambda records: getattr(records[-1], "conditions", None) == ())
        bench.control("drop_after", {"bytes": 60})
        ask(supervisor, "sale-2")
        assert outcome(sink, "sale-2") is PrintState.UNKNOWN
        sink.until_lifecycle(Lifecycle.OPENING, Lifecycle.READY, Lifecycle.LOST, Lifecycle.READY)
        ask(supervisor, "sale-2")
        assert outcome(sink, "sale-2", 2) is PrintState.UNKNOWN
        ask(supervisor, "sale-2-copy")
        assert outcome(sink, "sale-2-copy") is PrintState.CONFIRMED
    finally:
        supervisor.stop()
    texts = printed(bench)
    assert len(texts) == 2
    assert sum("sale-2\n" in text for text in texts) == 0


def test_one_dead_printer_blocks_no_other(bench: SimulatedPrinter, tmp_path: Path) -> None:
    dead = SimulatedPrinter("dead", folder=tmp_path / "dead")
    dead.start()
    dead.control("paper_out_after", {"lines": 2})
    sinks = (Witness(), Witness())
    supervisors = []
    for one, sink, name in ((dead, sinks[0], "a"), (bench, sinks[1], "b")):
        (tmp_path / name).mkdir()
        settings = EscPosSettings(host=one.address[0], port=one.address[1])
        supervisors.append(supervised(settings, sink, tmp_path / name))
    try:
        for supervisor, sink in zip(supervisors, sinks, strict=True):
            supervisor.start()
            told(sink, Lifecycle.READY)
        ask(supervisors[0], "kitchen-1")
        told(sinks[0], Lifecycle.READY, "paper_out")  # it waits for a person, for two minutes
        for n in range(3):
            ask(supervisors[1], f"sale-{n}")
            assert outcome(sinks[1], f"sale-{n}") is PrintState.CONFIRMED
        supervisors[0].interrupt(lambda printer: printer.interrupt())
        assert outcome(sinks[0], "kitchen-1") is PrintState.UNKNOWN
    finally:
        for supervisor in supervisors:
            supervisor.stop()
        dead.stop()


def test_what_was_queued_while_it_was_off_does_not_come_out_the_next_morning(
    bench: SimulatedPrinter, tmp_path: Path
) -> None:
    bench.control("unplug", {})
    sink = Witness()
    supervisor = supervised(EscPosSettings(host=bench.address[0], port=bench.address[1]), sink, tmp_path)
    supervisor.start()
    try:
        told(sink, Lifecycle.OPENING)
        for n in range(3):
            ask(supervisor, f"night-{n}")
            assert outcome(sink, f"night-{n}") is PrintState.FAILED
        bench.control("plug", {})
        supervisor.retry_now()
        told(sink, Lifecycle.READY)
        ask(supervisor, "morning-1")
        assert outcome(sink, "morning-1") is PrintState.CONFIRMED
    finally:
        supervisor.stop()
    (text,) = printed(bench)
    assert "morning-1" in text


def test_nothing_of_a_document_is_logged(lane: Lane, bench: SimulatedPrinter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    lane.printer.print(receipt())
    bench.control("paper_out", {})
    lane.printer.print(receipt("sale-2"))
    assert "printer.job_failed device=printer job=sale-2" in caplog.text
    assert "Käsekrainer" not in caplog.text


def test_a_document_that_cannot_be_encoded_fails_with_a_remedy(lane: Lane, bench: SimulatedPrinter) -> None:
    result = lane.printer.print(PrintJob("sale-1", (QrCode(""),)))
    assert (result.state, bool(result.remedy)) == (PrintState.FAILED, True)
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_a_full_disk_before_the_job_sends_nothing(lane: Lane, bench: SimulatedPrinter) -> None:
    lane.printer._opened()[0].journal._db.execute("pragma query_only = on")
    result = lane.printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert "journal" in result.message
    assert printed(bench) == []


def test_old_jobs_are_pruned_when_the_printer_opens(bench: SimulatedPrinter, tmp_path: Path) -> None:
    now = [1_000]
    settings = settings_of(bench)
    printer = EscPosPrinter("printer", settings, lambda _: None, tmp_path, waits=WAITS, clock_ms=lambda: now[0])
    printer.open()
    assert printer.print(receipt()).state is PrintState.CONFIRMED
    now[0] += 31 * 24 * 3600 * 1000
    printer.open()
    assert printer._opened()[0].journal.state("sale-1") is None
    printer.close()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (EscPosSettings, {"host": ""}),
        (EscPosSettings, {"host": "p", "port": 0}),
        (EscPosSettings, {"host": "p", "columns": 80}),
        (EscPosSettings, {"host": "p", "columns": 48}),
        (EscPosSettings, {"host": "p", "profile": "lp"}),
        (EscPosSettings, {"host": "p", "paper_wait_s": -1}),
        (EscPosSettings, {"host": "p", "colour": "red"}),
        (EscPosSettings, {"host": "p", "keep_days": 0}),
        (EscPosSettings, {}),
        (EscPosUsbSettings, {"vendor": "04b8"}),
        (EscPosUsbSettings, {"vendor": "04b8", "product": "zzzz"}),
        (EscPosUsbSettings, {"vendor": "04b8", "product": "0e28", "profile": "epson_tm_u220", "columns": 42}),
        (EscPosSerialSettings, {"port": ""}),
        (EscPosSerialSettings, {"port": "/dev/ttyS0", "baud": 300}),
        (EscPosSerialSettings, {"port": "/dev/ttyS0", "flow": "polite"}),
    ],
)
def test_settings_are_bounded(kind: type[msgspec.Struct], wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, kind)


@pytest.mark.parametrize(("flow", "kept"), [("xon_xoff", b"a\x12b"), ("hardware", b"a\x13\x12\x11b")])
def test_flow_control_is_set_at_the_port_and_its_bytes_are_taken_out(flow: str, kept: bytes) -> None:
    with short_folder() as folder:
        bench = SimulatedSerialPrinter("printer", folder=folder)
        bench.start()
        port = FlowControlled(open_serial(str(bench.port), Line(38400)), flow)
        flags = termios.tcgetattr(port.fileno())
        assert bool(flags[0] & termios.IXON) == (flow == "xon_xoff")
        assert bool(flags[2] & termios.CRTSCTS) == (flow == "hardware")
        plug = bench._plug
        assert plug is not None
        plug.send(b"a\x13\x12\x11b")
        received = b""
        while len(received) < len(kept):
            received += port.read(DEADLINE_S)
        assert received == kept
        port.close()
        port.close()
        bench.stop()


def test_a_slow_line_is_given_the_time_it_needs() -> None:
    settings = EscPosSerialSettings(port="/dev/ttyS0", baud=9600)
    assert 57 < settings.way.line_s(50_000) < 58  # ten bits and a parity bit for each
    assert EscPosSettings(host="p").way.line_s(50_000) == 0


def test_a_serial_port_is_held_for_this_program_alone(tmp_path: Path) -> None:
    with short_folder() as folder:
        bench = SimulatedSerialPrinter("printer", folder=folder)
        bench.start()
        first = Lane(tmp_path, settings_of(bench))
        first.printer.open()
        (tmp_path / "second").mkdir()
        second = Lane(tmp_path / "second", settings_of(bench))
        with pytest.raises(DeviceError) as caught:
            second.printer.open()
        assert caught.value.permanent
        second.printer.close()
        first.printer.close()
        bench.stop()


def test_a_usb_printer_is_found_by_what_it_is_and_never_by_its_node() -> None:
    with short_folder() as folder:
        bench = SimulatedUsbPrinter("printer", folder=folder)
        bench.start()
        settings = settings_of(bench)
        assert isinstance(settings, EscPosUsbSettings)
        before = find_usb(settings, "usbmisc", "printer", pattern="lp*", sysfs=bench.port).node
        bench.control("unplug", {})
        bench.control("plug", {})
        after = find_usb(settings, "usbmisc", "printer", pattern="lp*", sysfs=bench.port).node
        assert before != after
        with pytest.raises(AbsentError):
            find_usb(msgspec.structs.replace(settings, serial="OTHER"), "usbmisc", "printer", sysfs=bench.port)
        bench.stop()


# A lane in a process of its own, killed between the first byte and the confirmation.
_KILLED = """
import os, sys, msgspec
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from drivers.printer.escpos import EscPosPrinter, EscPosSettings
from drivers.printer.interface import PrintJob, PrintJobChanged, PrintState, Text
def sink(record):
    if isinstance(record, PrintJobChanged) and record.state == sys.argv[5]:
        os.kill(os.getpid(), 9)
printer = EscPosPrinter("printer", EscPosSettings(host=sys.argv[2], port=int(sys.argv[3])), sink, Path(sys.argv[4]))
printer.open()
printer.print(PrintJob("sale-1", (Text("sale-1"),)))
"""


@pytest.mark.parametrize(
    ("moment", "copies", "after"),
    [
        (PrintState.QUEUED, 0, PrintState.CONFIRMED),
        (PrintState.SENDING, 0, PrintState.UNKNOWN),
        (PrintState.SENT, 1, PrintState.UNKNOWN),
    ],
)
def test_a_lane_killed_in_the_middle_never_prints_twice(
    lane: Lane, bench: SimulatedPrinter, moment: PrintState, copies: int, after: PrintState
) -> None:
    lane.printer.close()
    command = [sys.executable, "-c", _KILLED, str(ROOT), *map(str, bench.address), str(lane.folder), moment]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    printer = lane.use()
    reported = [record for record in lane.drain() if isinstance(record, PrintJobChanged)]
    assert [record.state for record in reported] == ([after] if after is PrintState.UNKNOWN else [])
    assert len(printed(bench)) == copies
    assert printer.print(receipt()).state is after
    assert len(printed(bench)) == copies + (after is PrintState.CONFIRMED)


_BENCH = """
import sys
from pathlib import Path
from drivers.printer import simulated
from drivers.simulation import Simulation
folder = Path(sys.argv[1])
simulation = Simulation(folder, [getattr(simulated, sys.argv[2])("printer", folder=folder)])
simulation.start()
print("up", flush=True)
sys.stdin.read()
simulation.stop()
"""


@pytest.mark.parametrize("kind", [SimulatedPrinter, SimulatedUsbPrinter, SimulatedSerialPrinter])
def test_the_bench_printer_serves_from_another_process(kind: type, tmp_path: Path) -> None:
    with (
        short_folder() as folder,
        subprocess.Popen(
            [sys.executable, "-c", _BENCH, str(folder), kind.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        where = json.loads((folder / "devices.json").read_text(encoding="utf-8"))["printer"]
        handle = ControlHandle(folder / "control.sock")
        lane = Lane(tmp_path, settings_for(where))
        lane.printer.open()
        handle.do("printer", "paper_out_after", lines=3)
        with when(lane, "paper_out", lambda: handle.do("printer", "paper_in")):
            result = lane.printer.print(receipt())
        assert result.state is PrintState.CONFIRMED
        assert handle.do("printer", "state")["receipts"] == 1
        lane.printer.close()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(DEADLINE_S) == 0
        assert not (folder / "control.sock").exists()


def test_a_journal_beside_another_program_is_not_lost(lane: Lane) -> None:
    """A technician may look into the journal while the lane prints."""
    with subprocess.Popen(
        [sys.executable, "-c", _READER, str(lane.folder / "printer-jobs.db")], stdin=subprocess.PIPE, text=True
    ) as reader:
        assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
        assert reader.stdin is not None
        reader.stdin.close()
        assert reader.wait(DEADLINE_S) == 0


_READER = """
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
db.execute("begin")
db.execute("select * from jobs").fetchall()
sys.stdin.read()
"""
