"""A drawer on a printer: opened by it, also while it is out of paper, and open about it where the printer is away."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.carrier import Carrier
from drivers.device import (
    Category,
    DeviceChanged,
    DeviceError,
    Driver,
    Finding,
    HealthLevel,
    Lifecycle,
    Link,
    Severity,
    Sink,
)
from drivers.drawer.base import DrawerWaits
from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerPosition, DrawerStuck
from drivers.drawer.printer_drawer import PrinterDrawer, PrinterDrawerSettings
from drivers.health import HealthReport
from drivers.outfit import Outfit
from drivers.printer.escpos import EscPosPrinter
from drivers.printer.interface import PrintJob, PrintJobChanged, PrintState, Text
from drivers.printer.settings import EscPosSettings
from drivers.supervisor import Supervisor, Waits
from drivers.transport.waiting import wait_readable
from tests.drivers.printer_lane import WAITS as PRINTER_WAITS
from tests.drivers.witness import Witness, open_files, short_folder, simulated

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.01,), jitter=0)
LOOKS = DrawerWaits(look_s=0.02, moving_s=0.01, ask_s=10.0, kick_s=10.0)


@dataclass
class Lane:
    """A simulated printer of another process, its driver, and a drawer on it."""

    control: Any
    printer: Supervisor[Any]
    drawer: Supervisor[Any]
    prints: Witness
    told: Witness

    def do(self, action: str, **fields: object) -> dict[str, object]:
        answer: dict[str, object] = self.control.do("printer", action, **fields)
        return answer

    def kick(self, request: str) -> None:
        away = DrawerStuck("drawer", request, "away", "use the key")
        self.drawer.submit(lambda driver: driver.kick(request), not_ready=away, lost=away)


@pytest.fixture
def lane() -> Iterator[Lane]:
    with simulated("printer") as (folder, control):
        where = json.loads((folder / "devices.json").read_text())["printer"]
        prints, told = Witness(), Witness()
        rack: dict[str, Supervisor[Any]] = {}
        settings = EscPosSettings(host=where["host"], port=where["port"], paper_wait_s=5)

        def make_printer(sink: Sink) -> EscPosPrinter:
            return EscPosPrinter("receipts", settings, sink, folder, waits=PRINTER_WAITS)

        rack["receipts"] = printer = Supervisor("receipts", make_printer, prints, waits=QUICK)
        rack["drawer"] = drawer = Supervisor("drawer", drawer_maker(folder, rack), told, waits=QUICK)
        with contextlib.ExitStack() as both:
            for supervisor in (printer, drawer):
                supervisor.start()
                both.callback(supervisor.stop, 20.0)
            prints.until_lifecycle(OPENING, READY)
            told.until(lambda _: drawer.link is Link.ONLINE)
            yield Lane(control, printer, drawer, prints, told)


def drawer_maker(folder: Path, rack: dict[str, Supervisor[Any]], **settings: Any) -> Callable[[Sink], PrinterDrawer]:
    wanted = PrinterDrawerSettings(driver="printer_drawer", printer="receipts", **settings)
    return lambda sink: PrinterDrawer("drawer", wanted, sink, Outfit(folder, rack=rack), waits=LOOKS)


def test_a_kick_opens_it_once_and_its_sensor_is_learned(lane: Lane) -> None:
    lane.kick("r1")
    lane.kick("r1")
    assert lane.told.of(DrawerKicked, 2) == [DrawerKicked("drawer", "r1")] * 2
    assert lane.told.of(DrawerChanged)[0] == DrawerChanged("drawer", DrawerPosition.OPEN)
    assert lane.do("state")["pulses"] == 1
    lane.do("drawer_close")
    assert lane.told.of(DrawerChanged, 2)[1].position is DrawerPosition.CLOSED
    lane.do("drawer_open")
    assert lane.told.of(DrawerChanged, 3)[2].position is DrawerPosition.OPEN


def test_it_opens_without_paper(lane: Lane) -> None:
    lane.do("paper_out")
    lane.kick("r1")
    assert lane.told.of(DrawerKicked) == [DrawerKicked("drawer", "r1")]
    assert lane.do("state")["pulses"] == 1


def test_a_printer_that_is_pulled_out_is_named_and_the_drawer_works_when_it_is_back(lane: Lane) -> None:
    lane.do("unplug")
    lane.told.until(lambda _: lane.drawer.link is Link.OFFLINE)
    told = lane.told.of(DeviceChanged)[-1]
    assert (told.lifecycle, told.conditions[0].code, told.conditions[0].severity) == (
        READY,
        "printer_away",
        Severity.FAULT,
    )
    assert "receipts" in told.conditions[0].message
    lane.kick("r1")
    stuck = lane.told.of(DrawerStuck)[0]
    assert "receipts" in stuck.message
    assert stuck.remedy
    lane.drawer.check_health(HealthLevel.INTERNAL)
    assert not lane.told.of(HealthReport)[0].passed
    lane.do("plug")
    lane.told.until(lambda _: lane.drawer.link is Link.ONLINE)
    lane.kick("r1")
    assert lane.told.of(DrawerStuck, 2)[1] == stuck
    lane.kick("r2")
    lane.told.of(DrawerKicked)
    assert lane.do("state")["pulses"] == 1


def test_an_external_check_does_not_kick(lane: Lane) -> None:
    lane.drawer.check_health(HealthLevel.EXTERNAL)
    assert lane.told.of(HealthReport)[0].passed
    assert lane.do("state")["pulses"] == 0


def test_a_printer_that_prints_is_not_held_up_by_its_drawer(lane: Lane) -> None:
    lane.printer.submit(lambda driver: driver.print(PrintJob("j1", (Text("Milk"),))), not_ready=None, lost=None)
    lane.kick("r1")
    lane.prints.until(lambda records: any(_confirmed(one) for one in records))
    lane.told.of(DrawerKicked)


def _confirmed(record: object) -> bool:
    return isinstance(record, PrintJobChanged) and record.state is PrintState.CONFIRMED


@dataclass
class Port:
    """A printer's driver, as far as a drawer and a carrier need one."""

    category: Category = Category.RECEIPT_PRINTER
    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    pulses: int = 0
    error: Exception | None = None

    def open(self) -> None:
        """Here."""

    def listen(self, wake_fd: int, emit: Sink) -> None:
        del emit
        wait_readable(20.0, wake_fd)

    def close(self) -> None:
        """Gone."""

    def check_health(self, level: HealthLevel) -> Finding:
        return Finding(passed=True, text=level)

    def work(self) -> None:
        self.begun.set()
        assert self.gate.wait(20.0)

    def pulse(self, pin: int, on_ms: int, off_ms: int) -> None:
        assert (pin, on_ms, off_ms) == (1, 150, 300)
        if self.error is not None:
            raise self.error
        self.pulses += 1

    def drawer_level(self) -> bool | None:
        return None


@contextlib.contextmanager
def running(port: Driver) -> Iterator[Supervisor[Any]]:
    witness = Witness()
    supervisor = Supervisor("receipts", lambda _: port, witness, waits=QUICK)
    supervisor.start()
    try:
        witness.until_lifecycle(OPENING, READY)
        yield supervisor
    finally:
        supervisor.stop(20.0)


def test_what_a_busy_carrier_did_not_begin_is_never_done() -> None:
    port = Port()
    with running(port) as supervisor:
        carrier = Carrier(supervisor, "receipt printer")
        supervisor.submit(lambda driver: driver.work(), not_ready=None, lost=None)
        assert port.begun.wait(20.0)
        assert carrier.busy
        with pytest.raises(DeviceError, match="busy"):
            carrier.ask(lambda driver: driver.pulse(1, 150, 300), 0.05)
        port.gate.set()
        # The next one is answered, so the one before was passed over.
        assert carrier.ask(lambda driver: driver.pulses, 20.0) == 0


@pytest.mark.parametrize("error", [DeviceError("no paper", "put some in"), OSError(5, "gone")])
def test_an_error_of_the_carrier_is_the_answer_and_does_not_lose_it(error: Exception) -> None:
    port = Port(error=error)
    with running(port) as supervisor, pytest.raises(type(error)) as raised:
        Carrier(supervisor, "receipt printer").ask(lambda driver: driver.pulse(1, 150, 300), 20.0)
    assert raised.value is error
    assert supervisor.statistics().losses == 0


def test_a_carrier_that_crashes_in_the_middle_leaves_it_unknown(tmp_path: Path) -> None:
    port = Port(error=ZeroDivisionError("a bug"))
    with running(port) as supervisor:
        make = drawer_maker(tmp_path, {"receipts": supervisor}, pin=5, on_ms=150, off_ms=300, sensor="none")
        drawer = make(lambda _: None)
        drawer.open()
        stuck = drawer.kick("r1")
        assert isinstance(stuck, DrawerStuck)
        assert "cannot be known" in stuck.message
        port.error = None
        assert drawer.kick("r1") == stuck
        assert port.pulses == 0
        drawer.close()


def test_a_drawer_on_nothing_is_a_wrong_setting(tmp_path: Path) -> None:
    drawer = drawer_maker(tmp_path, {})(lambda _: None)
    with pytest.raises(DeviceError, match="receipts") as raised:
        drawer.open()
    assert raised.value.permanent

    class Other(Port):
        pulse = None  # type: ignore[assignment] # a printer without a connector

    carrier = Supervisor("receipts", lambda _: Other(), lambda _: None)
    drawer = drawer_maker(tmp_path, {"receipts": carrier})(lambda _: None)
    with pytest.raises(DeviceError, match="opens no drawers") as raised:
        drawer.open()
    assert raised.value.permanent


def test_a_drawer_fires_although_another_device_hangs_and_gives_everything_back() -> None:
    files, threads = open_files(), threading.active_count()
    port, other, told = Port(), Port(), Witness()
    with short_folder() as folder, running(port) as printer, running(other) as scale:
        scale.submit(lambda driver: driver.work(), not_ready=None, lost=None)
        assert other.begun.wait(20.0)
        make = drawer_maker(folder, {"receipts": printer}, pin=5, on_ms=150, off_ms=300)
        drawer = Supervisor("drawer", make, told, waits=QUICK)
        drawer.start()
        told.until_lifecycle(OPENING, READY)
        drawer.submit(lambda driver: driver.kick("r1"), not_ready=None, lost=None)
        assert told.of(DrawerKicked) == [DrawerKicked("drawer", "r1")]
        other.gate.set()
        drawer.stop(20.0)
    assert (open_files(), threading.active_count()) == (files, threads)
