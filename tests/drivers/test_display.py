"""Line displays: what was shown stands on them, also after they were pulled out, and a lost one says so once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.device import Category, DeviceChanged, DeviceError, HealthLevel, Lifecycle, Link, Sink
from drivers.display.cd5220 import Cd5220
from drivers.display.epson_dmd import EpsonDmd
from drivers.display.interface import NotShown, Shown
from drivers.display.line_display import LineDisplayDriver, LineDisplaySettings
from drivers.outfit import Outfit
from drivers.supervisor import Supervisor
from drivers.transport.waiting import wait_readable
from tests.drivers.small_bench import CONTRACT, LOST, OPENING, QUICK, READY, Bench, Case, bench
from tests.drivers.witness import Witness

Kinds = dict[str, tuple[type[LineDisplayDriver], dict[str, Any]]]
KINDS: Kinds = {
    "cd5220": (Cd5220, {}),
    "epson_dmd": (EpsonDmd, {"code_page": "cp858"}),
    "behind": (Cd5220, {"behind_printer": True}),
}
ALL = pytest.mark.parametrize("name", list(KINDS))


@pytest.fixture(scope="module")
def displays() -> Iterator[Bench]:
    with bench() as found:
        yield found


@pytest.fixture
def here(displays: Bench) -> Bench:
    for name in KINDS:
        displays.do(name, "plug")
        displays.do(name, "power")
    return displays


def make(name: str, path: Path, sink: Sink, **more: Any) -> LineDisplayDriver:
    kind, settings = KINDS[name]
    return kind("display", LineDisplaySettings(driver=name, port=str(path), **settings), sink, **more)


def case(name: str, here: Bench) -> Case:
    return Case(here, name, lambda path, sink: make(name, path, sink))


@ALL
@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
def test_contract(clause: Any, name: str, here: Bench) -> None:
    clause(case(name, here))


def show(supervisor: Supervisor[Any], upper: str, lower: str, request: str = "r1") -> None:
    away = NotShown("display", request, "away", "plug it in")
    supervisor.submit(lambda driver: driver.show(request, upper, lower), not_ready=away, lost=replace(away, message=""))


@ALL
def test_both_lines_are_shown_and_come_back_after_a_replug(name: str, here: Bench) -> None:
    with case(name, here).ready() as (supervisor, witness):
        assert witness.of(DeviceChanged, 2)[1].link is Link.UNKNOWN
        show(supervisor, "Käse", "2,99 €")
        assert witness.of(Shown) == [Shown("display", "r1")]
        euro = "€" if name == "epson_dmd" else "EUR"
        wanted = {"upper": "Käse".ljust(20), "lower": f"2,99 {euro}".ljust(20), "leaked": 0, "to_printer": ""}
        here.until(name, **wanted)
        here.do(name, "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        here.do(name, "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        here.until(name, **wanted)
        supervisor.submit(lambda driver: driver.clear("r2"), not_ready=None, lost=None)  # type: ignore[attr-defined] # a display
        here.until(name, upper=" " * 20, lower=" " * 20)
    here.until(name, leaked=0)


@ALL
def test_a_stopped_lane_leaves_nothing_on_the_display(name: str, here: Bench) -> None:
    with case(name, here).ready() as (supervisor, _):
        show(supervisor, "Total", "12.30")
        here.until(name, upper="Total".ljust(20))
    here.until(name, upper=" " * 20, lower=" " * 20)


@ALL
def test_a_text_for_a_display_that_is_away_has_exactly_one_answer(name: str, here: Bench) -> None:
    with case(name, here).ready() as (supervisor, witness):
        here.do(name, "unplug")
        show(supervisor, "a", "b")
        witness.until_lifecycle(OPENING, READY, LOST)
        show(supervisor, "a", "b", "r2")
        told = witness.of(NotShown)
        assert [one.request for one in told if one.request == "r2"] == ["r2"]
        answers = [one for one in witness.records if isinstance(one, Shown | NotShown) and one.request == "r1"]
        assert len(answers) == 1


@ALL
def test_a_check_shows_a_test_text_and_then_what_was_there(name: str, here: Bench) -> None:
    seen: list[dict[str, object]] = []

    def pause(_: float) -> None:
        here.until(name, upper="ABCDEFGHIJKLMNOPQRST")
        seen.append(here.do(name, "state"))

    driver = make(name, here.folder / name, lambda _: None, pause=pause)
    driver.open()
    assert driver.category is Category.LINE_DISPLAY
    assert driver.columns == 20
    assert driver.show("r1", "Milk", "1.20") == Shown("display", "r1")
    assert driver.check_health(HealthLevel.EXTERNAL).passed
    assert [str(one["lower"]).split() for one in seen] == [["display", "0123456789"]]
    here.until(name, upper="Milk".ljust(20), lower="1.20".ljust(20))
    assert driver.set_brightness("r2", 1) == Shown("display", "r2")
    here.until(name, brightness=1, upper="Milk".ljust(20))
    driver.close()


def test_settings_name_one_way_to_it() -> None:
    for wrong in ({}, {"port": "/dev/x", "printer": "p"}, {"port": "/dev/x", "brightness": 5}, {"port": "x", "z": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"driver": "cd5220", **wrong}, LineDisplaySettings)


class PassingPrinter:
    """A driver that passes on, as far as a display needs one."""

    category = Category.RECEIPT_PRINTER

    def __init__(self) -> None:
        self.passed = bytearray()
        self.error: DeviceError | None = None
        self.opens = True

    def open(self) -> None:
        if not self.opens:
            raise DeviceError("off", "on")

    def listen(self, wake_fd: int, emit: Sink) -> None:
        del emit
        wait_readable(20.0, wake_fd)
        if not self.opens:
            raise DeviceError("off", "on")

    def close(self) -> None:
        pass

    def check_health(self, level: HealthLevel) -> Any:
        raise NotImplementedError(level)

    def pass_on(self, data: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.passed += data


def test_a_display_behind_a_printer_of_its_own_goes_by_way_of_it(tmp_path: Path) -> None:
    printer, witness = PassingPrinter(), Witness()
    carrier = Supervisor("receipts", lambda _: printer, lambda _: None, waits=QUICK)
    rack: dict[str, Supervisor[Any]] = {"receipts": carrier}
    settings = LineDisplaySettings(driver="cd5220", printer="receipts")
    display = Supervisor(
        "display", lambda sink: Cd5220("display", settings, sink, Outfit(tmp_path, rack=rack)), witness, waits=QUICK
    )
    display.start()
    try:
        witness.until_lifecycle(OPENING, LOST)
        assert "receipts" in witness.of(DeviceChanged, 2)[1].conditions[0].message
        carrier.start()
        witness.until_lifecycle(OPENING, LOST, READY)
        show(display, "Milk", "1.20")
        witness.of(Shown)
        assert printer.passed.startswith(b"\x1b=\x02")
        assert b"Milk" in printer.passed
        assert printer.passed.endswith(b"\x1b=\x01")
        printer.error = DeviceError("no paper", "put some in")
        show(display, "Milk", "1.20", "r2")
        assert witness.of(NotShown) == [NotShown("display", "r2", "no paper", "put some in")]
        assert carrier.lifecycle is Lifecycle.READY
    finally:
        display.stop(10.0)
        carrier.stop(10.0)


def test_a_printer_that_passes_nothing_on_is_said_so(tmp_path: Path) -> None:
    class Other(PassingPrinter):
        pass_on = None  # type: ignore[assignment] # a printer without it

    carrier = Supervisor("receipts", lambda _: Other(), lambda _: None)
    settings = LineDisplaySettings(driver="cd5220", printer="receipts")
    display = Cd5220("display", settings, lambda _: None, Outfit(tmp_path, rack={"receipts": carrier}))
    with pytest.raises(DeviceError, match="passes nothing on") as raised:
        display.open()
    assert raised.value.permanent
