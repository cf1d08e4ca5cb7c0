"""Cash drawers: one outcome for each kick, never two pulses for a request, and a sensor that has to be proven."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import AbsentError, Category, Conditions, DeviceError, HealthLevel, Sink
from drivers.drawer import serial_drawer
from drivers.drawer.base import DrawerWaits
from drivers.drawer.gpio_drawer import GpioDrawer, GpioDrawerSettings
from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerPosition, DrawerStuck
from drivers.drawer.modem_lines import PortLines
from drivers.drawer.printer_drawer import PrinterDrawerSettings
from drivers.drawer.sensor import KICK_WINDOW_S, Sensor
from drivers.drawer.serial_drawer import SerialDrawer, SerialDrawerSettings
from drivers.supervisor import Supervisor
from drivers.transport.gpio_lines import Wanted
from tests.drivers.small_bench import CONTRACT, LOST, OPENING, READY, Bench, Case, bench
from tests.drivers.witness import Witness

OPEN, SHUT, UNKNOWN = DrawerPosition.OPEN, DrawerPosition.CLOSED, DrawerPosition.UNKNOWN
QUICK_LOOKS = DrawerWaits(look_s=0.02, moving_s=0.01, person_s=20.0)


@pytest.fixture(scope="module")
def drawers() -> Iterator[Bench]:
    with bench() as found:
        yield found


@pytest.fixture
def here(drawers: Bench) -> Bench:
    drawers.do("drawer", "plug")
    drawers.do("drawer", "close")
    drawers.do("drawer", "jam", on=False)
    return drawers


def make(path: Path, sink: Sink, **settings: Any) -> SerialDrawer:
    return SerialDrawer("drawer", SerialDrawerSettings(driver="serial_drawer", port=str(path), **settings), sink)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
def test_contract(clause: Any, here: Bench) -> None:
    clause(Case(here, "drawer", make))


def kick(supervisor: Supervisor[Any], request: str) -> None:
    away = DrawerStuck("drawer", request, "away", "use the key")
    supervisor.submit(lambda driver: driver.kick(request), not_ready=away, lost=replace(away, message="lost"))


def outcomes(witness: Witness, request: str) -> list[object]:
    found = [one for one in witness.records if isinstance(one, DrawerKicked | DrawerStuck)]
    return [one for one in found if one.request == request]


def test_a_kick_is_one_pulse_and_the_same_request_none(here: Bench) -> None:
    pulses = here.do("drawer", "state")["pulses"]
    assert isinstance(pulses, int)
    with Case(here, "drawer", make).ready() as (supervisor, witness):
        kick(supervisor, "sale 1")
        kick(supervisor, "sale 1")
        kick(supervisor, "sale 2")
        witness.of(DrawerKicked, 3)
        here.until("drawer", pulses=pulses + 2, open=True)
        here.do("drawer", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        here.do("drawer", "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        kick(supervisor, "sale 1")
        kick(supervisor, "sale 3")
        witness.of(DrawerKicked, 5)
    here.until("drawer", pulses=pulses + 3)


def test_a_drawer_that_is_away_says_so_once_and_does_not_open_later(here: Bench) -> None:
    pulses = here.do("drawer", "state")["pulses"]
    with Case(here, "drawer", make).ready() as (supervisor, witness):
        here.do("drawer", "unplug")
        kick(supervisor, "sale 1")
        witness.until_lifecycle(OPENING, READY, LOST)
        kick(supervisor, "sale 2")
        witness.of(DrawerStuck, 2)
        here.do("drawer", "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        assert [len(outcomes(witness, request)) for request in ("sale 1", "sale 2")] == [1, 1]
    assert here.do("drawer", "state")["pulses"] == pulses


class Lines:
    """The control lines of a port, with a drawer on them that opens when RTS falls."""

    def __init__(self) -> None:
        self.history: list[tuple[str, bool]] = []
        self.levels = {"cts": False}
        self.opens = True
        self.broken = False

    def set(self, line: str, *, high: bool) -> None:
        if self.broken:
            raise OSError(errno.EIO, "gone")
        self.history.append((line, high))
        if not high and self.opens:
            self.levels["cts"] = True

    def get(self, line: str) -> bool:
        return self.levels[line]


RTS = {"pulse": "rts", "sensor_line": "cts"}


def on_lines(path: Path, sink: Sink, lines: Lines, **more: Any) -> SerialDrawer:
    settings = SerialDrawerSettings(driver="serial_drawer", port=str(path), **(RTS | more))
    return SerialDrawer("drawer", settings, sink, lines_of=lambda _: lines, waits=QUICK_LOOKS, pause=lambda _: None)


def test_a_line_is_brought_to_rest_and_pulsed(here: Bench) -> None:
    lines = Lines()
    driver = on_lines(here.folder / "drawer", lambda _: None, lines)
    driver.open()
    assert lines.history == [("rts", True)]
    assert driver.kick("r1") == DrawerKicked("drawer", "r1")
    assert lines.history == [("rts", True), ("rts", False), ("rts", True)]
    lines.broken = True
    stuck = driver.kick("r2")
    assert isinstance(stuck, DrawerStuck)
    assert stuck.remedy
    with pytest.raises(OSError, match="gone"):
        driver.listen(0, lambda _: None)
    assert driver.kick("r2") == stuck
    driver.close()


def test_the_sensor_is_learned_by_a_kick_and_an_opening_by_hand_is_told(here: Bench) -> None:
    lines = Lines()
    case = Case(here, "drawer", lambda path, sink: on_lines(path, sink, lines))
    with case.ready() as (supervisor, witness):
        kick(supervisor, "r1")
        assert witness.of(DrawerChanged) == [DrawerChanged("drawer", OPEN)]
        lines.levels["cts"] = False
        assert witness.of(DrawerChanged, 2)[1] == DrawerChanged("drawer", SHUT)
        lines.levels["cts"] = True
        assert witness.of(DrawerChanged, 3)[2] == DrawerChanged("drawer", OPEN)


def test_an_interactive_check_kicks_and_waits_for_a_hand_and_the_others_do_not_kick(here: Bench) -> None:
    lines, witness = Lines(), Witness()
    driver = on_lines(here.folder / "drawer", witness, lines, sensor="high_is_open")
    driver.open()
    for level in (HealthLevel.INTERNAL, HealthLevel.EXTERNAL):
        assert driver.check_health(level).passed
    assert lines.history == [("rts", True)]

    def close_it() -> None:
        witness.until(lambda _: any(one.position is OPEN for one in witness.of(DrawerChanged)))
        lines.levels["cts"] = False

    hand = threading.Thread(target=close_it)
    hand.start()
    found = driver.check_health(HealthLevel.INTERACTIVE)
    hand.join()
    assert found.passed
    told = [[condition.code for condition in one.conditions] for one in witness.of(Conditions)]
    assert told == [["close_the_drawer"], []]
    driver.close()


def test_an_interactive_check_of_a_drawer_that_does_not_move_fails(here: Bench) -> None:
    lines = Lines()
    lines.opens = False
    driver = on_lines(here.folder / "drawer", lambda _: None, lines)
    driver._waits = replace(QUICK_LOOKS, person_s=0.1)
    driver.open()
    found = driver.check_health(HealthLevel.INTERACTIVE)
    assert not found.passed
    assert found.remedy
    lines.opens = True
    driver._sensor = Sensor("high_is_open")
    driver._sensor.see(False, 0)
    stays_open = driver.check_health(HealthLevel.INTERACTIVE)
    assert "stayed open" in stays_open.text
    driver.close()


def test_a_port_without_control_lines_is_said_so() -> None:
    reader, writer = os.pipe()
    try:
        with pytest.raises(DeviceError, match="no control lines") as raised:
            PortLines(reader)
        assert raised.value.permanent
    finally:
        os.close(reader)
        os.close(writer)


levels = st.lists(st.sampled_from([True, False, None]), max_size=30)


@given(levels, st.sampled_from(["learn", "high_is_open", "low_is_open"]))
def test_a_pin_that_was_seen_one_way_only_says_nothing(seen: list[bool | None], wiring: Any) -> None:
    for only in (True, False):
        sensor = Sensor(wiring)
        for at, level in enumerate(seen):
            assert sensor.see(None if level is None else only, float(at)) is None
        assert sensor.position is UNKNOWN


@given(levels, st.booleans())
def test_a_wiring_that_is_set_is_followed(seen: list[bool | None], high: bool) -> None:
    sensor = Sensor("high_is_open" if high else "low_is_open")
    both: set[bool] = set()
    told = UNKNOWN
    for at, level in enumerate(seen):
        changed = sensor.see(level, float(at))
        both |= {level} - {None}  # type: ignore[arg-type] # without None only levels are left
        wanted = UNKNOWN if level is None or len(both) < 2 else (OPEN if level is high else SHUT)
        assert sensor.position is wanted
        assert changed is (None if wanted is told else wanted)
        told = wanted


@pytest.mark.parametrize("high", [True, False])
def test_a_wiring_is_learned_from_what_follows_a_kick(high: bool) -> None:
    sensor = Sensor()
    assert sensor.see(not high, 0.0) is None
    assert sensor.see(high, 1.0) is None  # by hand: which of both is open is not known
    assert sensor.see(not high, 2.0) is None
    sensor.kicked(3.0)
    assert sensor.see(high, 3.2) is OPEN
    assert sensor.see(not high, 9.0) is SHUT
    assert ("high_is_open" if high else "low_is_open") in sensor.in_words


def test_what_changes_long_after_a_kick_or_unseen_teaches_nothing() -> None:
    sensor = Sensor()
    sensor.see(False, 0.0)
    sensor.kicked(1.0)
    assert sensor.see(True, 1.0 + KICK_WINDOW_S + 0.1) is None
    sensor.kicked(5.0)
    sensor.see(None, 5.1)
    assert sensor.see(False, 5.2) is None
    assert sensor.position is UNKNOWN


def test_a_kick_that_says_the_contrary_makes_it_unknown_until_the_next() -> None:
    sensor = Sensor()
    sensor.see(True, 0.0)
    sensor.kicked(1.0)
    assert sensor.see(False, 1.1) is OPEN  # somebody had just shut it: learned the wrong way round
    sensor.kicked(5.0)
    assert sensor.see(True, 5.1) is UNKNOWN
    sensor.see(False, 8.0)
    sensor.kicked(9.0)
    assert sensor.see(True, 9.1) is OPEN


def test_without_a_sensor_nothing_is_said() -> None:
    sensor = Sensor("none")
    assert [sensor.see(level, 0.0) for level in (True, False, None, True)] == [None] * 4
    assert "no sensor" in sensor.in_words


class Pin:
    """GPIO lines with a drawer on them."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.history: list[bool] = []
        self.sensor = False
        self.closed = False
        self.error: OSError | None = None

    def set(self, values: Mapping[str, bool]) -> None:
        if self.error is not None:
            raise self.error
        self.history.append(values["pulse"])

    def get(self, name: str) -> bool:
        assert name == "sensor"
        return self.sensor

    def close(self) -> None:
        self.closed = True


def test_a_gpio_drawer_gets_one_pulse_that_always_ends() -> None:
    pins: list[Pin] = []

    def take(wanted: Wanted) -> Pin:
        pins.append(Pin(wanted))
        return pins[-1]

    def burst(_: float) -> None:
        raise DeviceError("interrupted", "try again")

    pauses: list[float] = []
    settings = GpioDrawerSettings(driver="gpio_drawer", chip="pinctrl", line="GPIO5", sensor_line="GPIO6")
    driver = GpioDrawer("drawer", settings, lambda _: None, take=take, pause=pauses.append)
    driver.open()
    assert driver.category is Category.CASH_DRAWER
    assert (pins[0].wanted.outputs, pins[0].wanted.inputs) == ({"pulse": "GPIO5"}, {"sensor": "GPIO6"})
    assert driver.kick("r1") == DrawerKicked("drawer", "r1")
    assert (pins[0].history, pauses) == ([True, False], [0.1])
    driver._pause = burst
    assert isinstance(driver.kick("r2"), DrawerStuck)
    assert pins[0].history == [True, False, True, False]
    driver.close()
    assert pins[0].closed
    driver.open()
    pins[1].error = OSError(errno.ENODEV, "gone")
    assert isinstance(driver.kick("r3"), DrawerStuck)
    with pytest.raises(OSError, match="gone"):
        driver.listen(0, lambda _: None)
    driver.close()


def test_lines_that_are_away_are_said_so() -> None:
    def take(_: Wanted) -> Pin:
        raise AbsentError("There is no GPIO chip 'x'.", "gpiodetect")

    settings = GpioDrawerSettings(driver="gpio_drawer", chip="x", line="1")
    with pytest.raises(AbsentError):
        GpioDrawer("drawer", settings, lambda _: None, take=take).open()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (SerialDrawerSettings, {"port": "/dev/x", "trigger": "7"}),
        (SerialDrawerSettings, {"port": "/dev/x", "pulse_ms": 5000}),
        (SerialDrawerSettings, {"port": "/dev/x", "pulse": "cts"}),
        (PrinterDrawerSettings, {"printer": ""}),
        (PrinterDrawerSettings, {"printer": "p", "on_ms": 200, "off_ms": 100}),
        (PrinterDrawerSettings, {"printer": "p", "pin": 3}),
        (GpioDrawerSettings, {"chip": "c", "line": ""}),
    ],
)
def test_settings_are_bounded(kind: type[msgspec.Struct], wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"driver": "it", **wrong}, kind)


def test_a_trigger_may_be_shown() -> None:
    assert serial_drawer.redact(b"\x07") == "07"
    assert serial_drawer.describe(b"\x07") == {"pulse": True, "bytes": "07"}
    assert serial_drawer.describe(b"") == {"pulse": False, "bytes": ""}


def test_old_requests_are_forgotten_and_memory_stays_small(here: Bench) -> None:
    lines = Lines()
    driver = on_lines(here.folder / "drawer", lambda _: None, lines)
    driver.open()
    for number in range(1100):
        driver.kick(f"r{number}")
    assert len(driver._known) == 1024
    pulses = len(lines.history)
    assert driver.kick("r1099") == DrawerKicked("drawer", "r1099")
    assert len(lines.history) == pulses
    driver.close()
