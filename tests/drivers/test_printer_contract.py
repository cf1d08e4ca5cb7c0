"""The printer driver against the bench printer over TCP: paper out, pulled plugs, silence, nothing printed twice."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.control import ControlHandle
from drivers.device import Conditions, DeviceChanged, DeviceError, Lifecycle
from drivers.printer.escpos import EscPosPrinter, EscPosSettings
from drivers.printer.interface import Columns, PrintJob, PrintJobChanged, PrintState, QrCode, Rule, Text
from drivers.printer.link import Waits
from drivers.printer.simulated import SimulatedPrinter
from drivers.simulation import Simulation
from drivers.supervisor import Supervisor
from drivers.supervisor import Waits as SupervisorWaits
from drivers.transport.waiting import Deadline

DEADLINE_S = 20.0
FINAL = (PrintState.CONFIRMED, PrintState.UNKNOWN, PrintState.FAILED)
# Short where a test must sit them out; everything else is awaited as an event.
WAITS = Waits(answer_s=2.0, check_s=0.05, busy_check_s=0.05, confirm_s=10.0, step_s=0.02)
IMPATIENT = replace(WAITS, answer_s=0.5, confirm_s=0.7)


class Lane:
    """A driver with its sink, wired to a bench printer."""

    def __init__(self, folder: Path, address: tuple[str, int]) -> None:
        self.folder = folder
        self.settings = EscPosSettings(host=address[0], port=address[1])
        self.records: queue.Queue[object] = queue.Queue()
        self.seen: list[object] = []
        self.printer = self.driver()

    def driver(self, waits: Waits = WAITS, **changes: Any) -> EscPosPrinter:
        settings = msgspec.structs.replace(self.settings, **changes)
        return EscPosPrinter("printer", settings, self.records.put, self.folder, waits=waits)

    def use(self, waits: Waits = WAITS, **changes: Any) -> EscPosPrinter:
        self.printer.close()
        self.printer = self.driver(waits, **changes)
        self.printer.open()
        return self.printer

    def listen_for(self, *codes: str) -> None:
        """Let the driver listen until it has reported exactly these conditions."""
        bell, ring = os.pipe()
        try:
            found = False
            while not found:
                self.printer.listen(bell, self.records.put)
                found = any(self._is(record, codes) for record in self.drain())
        finally:
            os.close(bell)
            os.close(ring)

    def wait_for(self, *codes: str) -> None:
        """Wait until the driver, busy on another thread, has reported exactly these conditions."""
        while not self._is(record := self.records.get(timeout=DEADLINE_S), codes):
            self.seen.append(record)

    def drain(self) -> list[object]:
        drained = []
        while not self.records.empty():
            drained.append(self.records.get())
        self.seen += drained
        return drained

    def states(self) -> list[PrintState]:
        self.drain()
        return [record.state for record in self.seen if isinstance(record, PrintJobChanged)]

    def _is(self, record: object, codes: tuple[str, ...]) -> bool:
        return isinstance(record, Conditions) and tuple(c.code for c in record.conditions) == codes


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SimulatedPrinter]:
    printer = SimulatedPrinter("printer", folder=tmp_path / "paper")
    printer.start()
    yield printer
    printer.stop()


@pytest.fixture
def lane(bench: SimulatedPrinter, tmp_path: Path) -> Iterator[Lane]:
    made = Lane(tmp_path, bench.address)
    made.printer.open()
    yield made
    made.printer.close()


def receipt(job_id: str = "sale-1", lines: int = 10) -> PrintJob:
    body = tuple(Columns(f"Käsekrainer {n}", "3,98 €") for n in range(lines))
    return PrintJob(job_id, (Text("KIOSK MARKET"), Rule(), *body, QrCode("https://example.com/r/0"), Text(job_id)))


def printed(bench: SimulatedPrinter) -> list[str]:
    found = bench.control("receipts", {})["receipts"]
    assert isinstance(found, list)
    return [entry["text"] for entry in found]


@contextlib.contextmanager
def when(lane: Lane, code: str, act: Callable[[], object]) -> Iterator[None]:
    """While the driver works on this thread, a person: waits until it has reported `code`, then acts."""
    problems: queue.Queue[BaseException | None] = queue.Queue()

    def person() -> None:
        try:
            lane.wait_for(code)
            act()
        except BaseException as problem:  # noqa: BLE001 # handed to the test's thread, which raises it
            problems.put(problem)
        else:
            problems.put(None)

    threading.Thread(target=person, daemon=True).start()
    yield
    problem = problems.get(timeout=2 * DEADLINE_S)
    if problem is not None:
        raise problem


@pytest.mark.parametrize("profile", ["epson_tm_t88", "generic_80mm", "epson_tm_t20"])
def test_a_receipt_is_printed_and_confirmed(lane: Lane, bench: SimulatedPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    result = printer.print(receipt())
    assert result == PrintJobChanged("printer", "sale-1", PrintState.CONFIRMED)
    assert lane.states() == [PrintState.QUEUED, PrintState.SENDING, PrintState.SENT]
    (text,) = printed(bench)
    assert re.search(r"Käsekrainer 9 +3,98 €\n\[QR https://example.com/r/0\]\n *sale-1\n", text)
    files = bench.control("receipts", {})["receipts"][0]["files"]  # type: ignore[index] # checked by printed()
    assert Path(files["txt"]).read_text(encoding="utf-8") == text
    assert Path(files["png"]).read_bytes().startswith(b"\x89PNG")
    assert b"KIOSK MARKET" in Path(files["bin"]).read_bytes()


@pytest.mark.parametrize("profile", ["epson_tm_t88", "generic_80mm"])
def test_many_receipts_one_after_the_other(lane: Lane, bench: SimulatedPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    for n in range(5):
        assert printer.print(receipt(f"sale-{n}", 3)).state is PrintState.CONFIRMED
    assert [text.split("\n")[-3].strip() for text in printed(bench)] == [f"sale-{n}" for n in range(5)]


def test_the_same_job_is_not_printed_twice_not_even_after_a_restart(lane: Lane, bench: SimulatedPrinter) -> None:
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


@pytest.mark.parametrize(
    ("action", "code", "remedy"),
    [
        ("paper_out", "paper_out", "Put in a new paper roll"),
        ("cover_open", "cover_open", "Close it"),
        ("cutter_jam", "cutter_error", "jammed paper"),
    ],
)
def test_a_printer_that_cannot_print_is_sent_nothing(
    lane: Lane, bench: SimulatedPrinter, action: str, code: str, remedy: str
) -> None:
    bench.control(action, {})
    result = lane.printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert remedy in result.remedy
    assert bench.control("state", {})["commands_waiting"] == 0
    lane.wait_for(code)
    bench.control({"paper_out": "paper_in", "cover_open": "cover_close", "cutter_jam": "cutter_clear"}[action], {})
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


@pytest.mark.parametrize("profile", ["epson_tm_t88", "generic_80mm"])
def test_paper_runs_out_in_the_middle_and_is_replaced(lane: Lane, bench: SimulatedPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    bench.control("paper_out_after", {"lines": 5})

    def put_paper_in() -> None:
        assert printed(bench) == []
        assert bench.control("state", {})["lines_hanging"] == 5
        bench.control("paper_in", {})

    with when(lane, "paper_out", put_paper_in):
        result = printer.print(receipt())
    assert result.state is PrintState.CONFIRMED
    lane.wait_for()
    (text,) = printed(bench)
    assert [n for n in range(10) if f"Käsekrainer {n} " in text] == list(range(10))


def test_paper_runs_out_in_the_middle_and_nobody_comes(lane: Lane, bench: SimulatedPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    result = lane.use(IMPATIENT, paper_wait_s=0).print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "out of paper" in result.message
    assert "new paper roll" in result.remedy
    # The rest comes out when paper is put in; the job is still never sent again.
    bench.control("paper_in", {})
    assert lane.printer.print(receipt()).state is PrintState.UNKNOWN
    assert len(printed(bench)) == 1


def test_a_late_answer_to_an_old_job_confirms_no_other(lane: Lane, bench: SimulatedPrinter) -> None:
    printer = lane.use(profile="generic_80mm")
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", printer.interrupt):
        assert printer.print(receipt("sale-1")).state is PrintState.UNKNOWN
    printer._interrupted.clear()
    link, _ = printer._opened()
    assert not link.confirmed_in_stream()
    bench.control("paper_in", {})
    assert printer.print(receipt("sale-2")).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 2


def test_a_job_waiting_for_paper_ends_when_the_lane_stops(lane: Lane, bench: SimulatedPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", lane.printer.interrupt):
        outcome = lane.printer.print(receipt())
    assert outcome.state is PrintState.UNKNOWN
    assert "stopped" in outcome.message


@pytest.mark.parametrize("received", [1, 40, 200])
def test_the_plug_is_pulled_in_the_middle_of_a_job(lane: Lane, bench: SimulatedPrinter, received: int) -> None:
    # The status questions before the job are 12 bytes.
    bench.control("drop_after", {"bytes": 12 + received})
    result = lane.printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "lost" in result.message
    assert "copy" in result.remedy
    with pytest.raises(DeviceError, match="lost"):
        lane.listen_for("never")
    assert lane.use().print(receipt()).state is PrintState.UNKNOWN
    assert "sale-1" not in "".join(printed(bench))
    assert lane.printer.print(receipt("sale-1-copy")).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_a_silent_printer_leaves_the_job_unknown_by_its_deadline(lane: Lane, bench: SimulatedPrinter) -> None:
    printer = lane.use(IMPATIENT, paper_wait_s=0)
    journal = printer._opened()[1]
    advance = journal.advance

    def fall_silent(job_id: str, to: PrintState) -> None:
        if to is PrintState.SENDING:
            bench.control("silent", {"on": True})
        advance(job_id, to)

    journal.advance = fall_silent  # type: ignore[method-assign] # the moment between status and first byte
    result = printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "did not confirm" in result.message
    bench.control("silent", {"on": False})
    assert printer.print(receipt()).state is PrintState.UNKNOWN
    assert len(printed(bench)) == 1


def test_a_printer_silent_before_the_job_is_sent_nothing(lane: Lane, bench: SimulatedPrinter) -> None:
    printer = lane.use(IMPATIENT)
    bench.control("silent", {"on": True})
    result = printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert "does not answer" in result.message
    with pytest.raises(DeviceError, match="does not answer"):
        lane.listen_for("never")
    bench.control("silent", {"on": False})
    assert printed(bench) == []
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED


def test_a_silent_printer_is_not_opened(lane: Lane, bench: SimulatedPrinter) -> None:
    bench.control("silent", {"on": True})
    with pytest.raises(DeviceError, match="does not answer"):
        lane.use(IMPATIENT)


def test_an_idle_printer_gone_silent_is_noticed(lane: Lane, bench: SimulatedPrinter) -> None:
    lane.use(IMPATIENT)
    bench.control("silent", {"on": True})
    with pytest.raises(DeviceError, match="does not answer"):
        lane.listen_for("never")


def test_the_power_goes_in_the_middle_of_a_job(lane: Lane, bench: SimulatedPrinter) -> None:
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


def test_a_closed_port_says_what_to_check(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
    printer = Lane(tmp_path, (host, port)).printer
    with pytest.raises(DeviceError) as caught:
        printer.open()
    assert caught.value.message == f"Nothing answers at {host}:{port}."
    assert "settings" in caught.value.remedy
    printer.close()


def test_conditions_are_reported_when_they_change(lane: Lane, bench: SimulatedPrinter) -> None:
    lane.listen_for()
    bench.control("paper_low", {})
    lane.listen_for("paper_low")
    bench.control("cover_open", {})
    lane.listen_for("cover_open", "paper_low")
    bench.control("paper_out", {})
    bench.control("cover_close", {})
    lane.listen_for("paper_out")
    bench.control("paper_in", {})
    lane.listen_for()


def test_listening_returns_at_once_when_woken_and_leaves_the_bell_ringing(lane: Lane) -> None:
    bell, ring = os.pipe()
    os.write(ring, b"x")
    lane.printer.listen(bell, lane.records.put)
    assert select.select([bell], [], [], 0)[0] == [bell]
    os.close(bell)
    os.close(ring)


def test_a_supervised_printer_prints_reports_and_comes_back(bench: SimulatedPrinter, tmp_path: Path) -> None:
    records: queue.Queue[object] = queue.Queue()
    settings = EscPosSettings(host=bench.address[0], port=bench.address[1])
    supervisor = Supervisor(
        "printer",
        lambda sink: EscPosPrinter("printer", settings, sink, tmp_path, waits=replace(WAITS, check_s=30.0)),
        records.put,
        waits=SupervisorWaits(backoff_s=(0.05,)),
    )

    def until(lifecycle: Lifecycle, *codes: str) -> None:
        while True:
            record = records.get(timeout=DEADLINE_S)
            if not isinstance(record, DeviceChanged) or record.lifecycle is not lifecycle:
                continue
            if tuple(condition.code for condition in record.conditions) == codes:
                return

    def ask(job_id: str) -> PrintState:
        refused = PrintJobChanged("printer", job_id, PrintState.FAILED, "not ready", "wait")
        lost = PrintJobChanged("printer", job_id, PrintState.UNKNOWN, "lost", "look")
        supervisor.submit(lambda printer: printer.print(receipt(job_id)), not_ready=refused, lost=lost)
        while True:
            record = records.get(timeout=DEADLINE_S)
            if isinstance(record, PrintJobChanged) and record.state in FINAL:
                return record.state

    supervisor.start()
    try:
        until(Lifecycle.READY)
        assert ask("sale-1") is PrintState.CONFIRMED
        bench.control("paper_out", {})
        until(Lifecycle.READY, "paper_out")
        bench.control("paper_in", {})
        until(Lifecycle.READY)
        bench.control("drop_after", {"bytes": 60})
        assert ask("sale-2") is PrintState.UNKNOWN
        until(Lifecycle.READY)
        assert ask("sale-2") is PrintState.UNKNOWN
        assert ask("sale-2-copy") is PrintState.CONFIRMED
    finally:
        supervisor.stop()
    texts = printed(bench)
    assert len(texts) == 2
    assert sum("sale-2\n" in text for text in texts) == 0


def test_nothing_of_a_document_is_logged(lane: Lane, bench: SimulatedPrinter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    lane.printer.print(receipt())
    bench.control("paper_out", {})
    lane.printer.print(receipt("sale-2"))
    assert "printer.job_failed device=printer job=sale-2" in caplog.text
    assert "Käsekrainer" not in caplog.text


def test_open_and_close_give_everything_back(lane: Lane, bench: SimulatedPrinter) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    lane.printer.close()
    lane.printer.close()
    before = descriptors()
    for _ in range(5):
        lane.printer.open()
        lane.printer.open()
        lane.printer.close()
    # The bench printer sees the end of a connection a moment later than its peer, so it is asked.
    deadline = Deadline(DEADLINE_S)
    while bench.control("state", {})["connections"] and not deadline.passed:
        pass
    assert descriptors() <= before


def test_a_document_that_cannot_be_encoded_fails_with_a_remedy(lane: Lane, bench: SimulatedPrinter) -> None:
    result = lane.printer.print(PrintJob("sale-1", (QrCode(""),)))
    assert (result.state, bool(result.remedy)) == (PrintState.FAILED, True)
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_a_full_disk_before_the_job_sends_nothing(lane: Lane, bench: SimulatedPrinter) -> None:
    lane.printer._opened()[1]._db.execute("pragma query_only = on")
    result = lane.printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert "journal" in result.message
    assert printed(bench) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"host": "p", "port": 0},
        {"host": "p", "columns": 80},
        {"host": "p", "columns": 48},
        {"host": "p", "profile": "lp"},
        {"host": "p", "paper_wait_s": -1},
        {"host": "p", "colour": "red"},
        {},
    ],
)
def test_settings_are_bounded(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, EscPosSettings)


def test_the_bench_printer_refuses_what_it_cannot_do(bench: SimulatedPrinter) -> None:
    for action, fields in (("explode", {}), ("drop_after", {}), ("paper_out_after", {"lines": 0})):
        with pytest.raises(DeviceError) as caught:
            bench.control(action, fields)  # type: ignore[arg-type] # wrong on purpose
        assert caught.value.remedy


def test_a_real_time_question_is_answered_while_out_of_paper_and_a_question_in_the_stream_is_not(
    bench: SimulatedPrinter,
) -> None:
    bench.control("paper_out", {})
    with socket.create_connection(bench.address, DEADLINE_S) as link:
        link.sendall(b"Tea\n\x1dr\x01\x10\x04\x04")
        assert link.recv(1) == b"\x7e"
        bench.control("paper_in", {})
        assert link.recv(1) == b"\x00"


def test_the_automatic_status_comes_on_change_until_reset(bench: SimulatedPrinter) -> None:
    with socket.create_connection(bench.address, DEADLINE_S) as link:
        link.sendall(b"\x1da\x0e")
        assert link.recv(4, socket.MSG_WAITALL) == b"\x10\x00\x00\x00"
        bench.control("cover_open", {})
        assert link.recv(4, socket.MSG_WAITALL) == b"\x38\x00\x00\x00"
        bench.control("cover_close", {})
        assert link.recv(4, socket.MSG_WAITALL) == b"\x10\x00\x00\x00"
        link.sendall(b"\x1b@\x1dr\x01")
        assert link.recv(1) == b"\x00"
        bench.control("cover_open", {})
        link.sendall(b"\x10\x04\x01")
        assert link.recv(1) == b"\x1a"


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
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", _KILLED, root, *map(str, bench.address), str(lane.folder), moment]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    printer = lane.use()
    reported = [record for record in lane.drain() if isinstance(record, PrintJobChanged)]
    assert [record.state for record in reported] == ([after] if after is PrintState.UNKNOWN else [])
    assert len(printed(bench)) == copies
    assert printer.print(receipt()).state is after
    assert len(printed(bench)) == copies + (after is PrintState.CONFIRMED)


def test_the_bench_printer_serves_from_another_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from drivers.printer.simulated import SimulatedPrinter\n"
        "from drivers.simulation import Simulation; folder = Path(sys.argv[1])\n"
        "s = Simulation(folder, [SimulatedPrinter('printer', folder=folder)]); s.start()\n"
        "print('up', flush=True); sys.stdin.read(); s.stop()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        where = json.loads((tmp_path / "devices.json").read_text(encoding="utf-8"))["printer"]
        handle = ControlHandle(tmp_path / "control.sock")
        lane = Lane(tmp_path, (where["host"], where["port"]))
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
    assert not (tmp_path / "control.sock").exists()


def test_the_bench_printer_is_a_simulated_device(tmp_path: Path) -> None:
    printer = SimulatedPrinter("printer", folder=tmp_path)
    simulation = Simulation(tmp_path, [printer])
    simulation.start()
    try:
        assert simulation.where() == {"printer": {"host": "127.0.0.1", "port": printer.address[1]}}
        assert simulation.do("printer", "state", {})["paper"] is True
    finally:
        simulation.stop()
        printer.stop()
