"""Lane lights: they show what was asked for, blink without drift, and are dark when the lane stops."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import AbsentError, Category, DeviceError, HealthLevel, Sink, Slip
from drivers.signal import codec_lcus
from drivers.signal.blinking import HALF_MS, burning, colours, next_change_ms
from drivers.signal.gpio_light import GpioLight, GpioLightSettings
from drivers.signal.interface import Blink, Colour, Lamps, LampsNotSet, LampsSet
from drivers.signal.serial_light import SerialLight, SerialLightSettings
from drivers.supervisor import Supervisor
from drivers.transport.gpio_lines import Wanted
from tests.drivers.small_bench import CONTRACT, FAILED, LOST, OPENING, QUICK, READY, Bench, Case, bench, until
from tests.drivers.witness import Witness

LAMPS = {Colour.RED: 1, Colour.AMBER: 2, Colour.GREEN: 3}
RED_AND_AMBER = Lamps(((Colour.RED, Blink.STEADY), (Colour.AMBER, Blink.SLOW)))

some_lamps = st.lists(st.tuples(st.sampled_from(Colour), st.sampled_from(Blink)), max_size=6).map(
    lambda pairs: Lamps(tuple(pairs))
)


class Clock:
    """Milliseconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture(scope="module")
def lights() -> Iterator[Bench]:
    with bench() as found:
        yield found


@pytest.fixture
def here(lights: Bench) -> Bench:
    lights.do("light", "unplug")
    lights.do("light", "plug")
    for trouble in ("silent", "garbage", "half", "fail_always"):
        lights.do("light", trouble, on=False)
    lights.do("light", "slow", ms=0)
    lights.do("light", "fail_next", times=0)
    return lights


def make(path: Path, sink: Sink, *, answers: bool = True, **more: Any) -> SerialLight:
    settings = SerialLightSettings(driver="lcus_light", port=str(path), lamps=LAMPS, answers=answers)
    return SerialLight("light", settings, sink, **more)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("answers", [True, False])
def test_contract(clause: Any, answers: bool, here: Bench) -> None:
    clause(Case(here, "light", lambda path, sink: make(path, sink, answers=answers)))


def show(supervisor: Supervisor[Any], lamps: Lamps) -> None:
    away = LampsNotSet("light", "away", "plug it in")
    supervisor.submit(lambda driver: driver.show(lamps), not_ready=away, lost=away)


def test_lamps_burn_come_back_after_a_replug_and_are_off_when_stopped(here: Bench) -> None:
    steady = Lamps(((Colour.RED, Blink.STEADY), (Colour.GREEN, Blink.STEADY), (Colour.AMBER, Blink.OFF)))
    with Case(here, "light", make).ready() as (supervisor, witness):
        show(supervisor, steady)
        assert witness.of(LampsSet) == [LampsSet("light", steady)]
        here.until("light", relays=[1, 3])
        assert here.do("light", "unplug")["relays"] == []
        witness.until_lifecycle(OPENING, READY, LOST)
        here.do("light", "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        here.until("light", relays=[1, 3])
    here.until("light", relays=[], noise=0)


def test_the_driver_blinks_by_itself(here: Bench) -> None:
    with Case(here, "light", make).ready() as (supervisor, _):
        show(supervisor, Lamps(((Colour.RED, Blink.FAST), (Colour.GREEN, Blink.STEADY))))

        def switched(relay: int) -> int:
            counts = here.do("light", "state")["switched"]
            assert isinstance(counts, list)
            return int(counts[relay - 1])

        before, green = switched(1), switched(3)
        until(lambda: switched(1) >= before + 4)
        assert switched(3) - green <= 1


def test_a_colour_that_is_not_wired_is_named_and_the_others_burn(here: Bench) -> None:
    driver = make(here.folder / "light", lambda _: None)
    driver.open()
    told = driver.show(Lamps(((Colour.BLUE, Blink.STEADY), (Colour.RED, Blink.STEADY), (Colour.WHITE, Blink.OFF))))
    assert isinstance(told, LampsNotSet)
    assert "no blue lamp" in told.message
    assert told.remedy
    here.until("light", relays=[1])
    driver.close()


@pytest.mark.parametrize(
    ("trouble", "slip"),
    [("silent", Slip.TIMEOUT), ("garbage", Slip.BAD_FRAME), ("half", Slip.BAD_FRAME), ("fail_always", Slip.BAD_FRAME)],
)
def test_a_board_is_ready_only_once_it_has_answered(trouble: str, slip: Slip, here: Bench) -> None:
    here.do("light", trouble)
    records: list[object] = []
    driver = make(here.folder / "light", records.append, answer_s=0.3)
    with pytest.raises(DeviceError, match="does not say") as raised:
        driver.open()
    driver.close()
    assert raised.value.remedy
    assert not raised.value.permanent
    assert records == [slip]


def test_a_slow_board_is_waited_for(here: Bench) -> None:
    here.do("light", "slow", ms=150)
    driver = make(here.folder / "light", lambda _: None, answer_s=15.0)
    driver.open()
    driver.close()


def test_a_check_lights_each_lamp_in_turn_and_goes_back(here: Bench) -> None:
    seen: list[object] = []

    def pause(_: float) -> None:
        # Which lamp is lit, once there is one more than the last.
        until(lambda: here.do("light", "state")["relays"] not in ([], [1, 3], *seen[-1:]))
        seen.append(here.do("light", "state")["relays"])

    driver = make(here.folder / "light", lambda _: None, pause=pause)
    driver.open()
    assert driver.category is Category.LANE_LIGHT
    driver.show(Lamps(((Colour.RED, Blink.STEADY), (Colour.GREEN, Blink.STEADY))))
    here.until("light", relays=[1, 3])
    found = driver.check_health(HealthLevel.EXTERNAL)
    assert found.passed
    assert "red, amber, green" in found.text
    assert [one for one in seen if len(one) == 1] == [[1], [2], [3]]  # type: ignore[arg-type] # lists, from JSON
    here.until("light", relays=[1, 3])
    driver.close()


@given(lamps=some_lamps, since=st.integers(0, 10**9))
def test_blinking_never_drifts(lamps: Lamps, since: int) -> None:
    """What burns depends on the time alone, so a driver that was late for one change is in step at the next."""
    now = burning(lamps, since)
    last = dict(lamps.lamps)
    for colour, blink in last.items():
        if blink in HALF_MS:
            assert (colour in now) is (since % (2 * HALF_MS[blink]) < HALF_MS[blink])
        else:
            assert (colour in now) is (blink is Blink.STEADY)
    assert now <= colours(lamps)
    left = next_change_ms(lamps, since)
    if left is None:
        assert not any(blink in HALF_MS for blink in last.values())
    else:
        assert left >= 1
        assert burning(lamps, since + left - 1) == now
        assert burning(lamps, since + left) != now


def test_no_lamp_flashes_more_than_three_times_a_second() -> None:
    assert all(1000 / (2 * half) <= 3 for half in HALF_MS.values())


def test_the_bytes_of_the_relay_board() -> None:
    assert codec_lcus.switch(1, on=True) == bytes.fromhex("A0 01 01 A2")
    assert codec_lcus.switch(1, on=False) == bytes.fromhex("A0 01 00 A1")
    assert codec_lcus.states(b"CH1: ON\r\nCH2: OFF\r\n") == {1: True, 2: False}
    assert codec_lcus.describe(bytes.fromhex("A0 02 01 A3")) == {"command": "switch", "channel": 2, "on": True}
    assert codec_lcus.describe(bytes.fromhex("A0 02 01 A4")) == {"error": "wrong checksum"}
    assert codec_lcus.describe(b"\xff") == {"command": "ask"}
    assert codec_lcus.describe(b"CH1:ON") == {"relays": {"1": True}}


@given(st.binary(max_size=400))
def test_any_answer_is_taken(data: bytes) -> None:
    assert isinstance(codec_lcus.states(data), dict)
    assert codec_lcus.describe(data)
    assert codec_lcus.redact(data) == data.hex(" ")


@given(st.integers(1, 254), st.booleans())
def test_a_command_reads_back(channel: int, on: bool) -> None:
    told = codec_lcus.describe(codec_lcus.switch(channel, on=on))
    assert told == {"command": "switch", "channel": channel, "on": on}


class BenchLines:
    """Lines of a chip, as far as a light needs them."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.on = dict.fromkeys(wanted.outputs, False)
        self.closed = 0
        self.gone = False

    def set(self, values: Mapping[str, bool]) -> None:
        self._check()
        self.on |= values

    def get(self, name: str) -> bool:
        self._check()
        return self.on[name]

    def close(self) -> None:
        self.closed += 1
        self.on = dict.fromkeys(self.on, False)

    def lit(self) -> frozenset[str]:
        return frozenset(name for name, on in self.on.items() if on)

    def _check(self) -> None:
        if self.gone:
            raise OSError(errno.ENODEV, "gone")


class Chip:
    """Hands lines out, and remembers them."""

    def __init__(self) -> None:
        self.taken: list[BenchLines] = []
        self.error: DeviceError | None = None

    def __call__(self, wanted: Wanted) -> BenchLines:
        if self.error is not None:
            raise self.error
        self.taken.append(BenchLines(wanted))
        return self.taken[-1]


GPIO = GpioLightSettings(
    driver="gpio_light", chip="pinctrl-bcm2711", lamps={Colour.RED: "GPIO17", Colour.AMBER: "18"}, active_low=True
)


def test_gpio_lamps_blink_by_the_clock_and_are_off_when_closed() -> None:
    chip, clock = Chip(), Clock()
    driver = GpioLight("light", GPIO, lambda _: None, take=chip, clock_ms=clock)
    driver.open()
    lines = chip.taken[0]
    assert lines.wanted == Wanted(
        "pinctrl-bcm2711", "checklane light", outputs={"red": "GPIO17", "amber": "18"}, active_low=True
    )
    assert driver.show(RED_AND_AMBER) == LampsSet("light", RED_AND_AMBER)
    seen = []
    with open("/dev/null", "rb") as ready:  # noqa: PTH123 # always readable: listen returns at once
        for _ in range(5):
            driver.listen(ready.fileno(), lambda _: None)
            seen.append(lines.lit())
            clock.now += 1000
    assert seen == [{"red", "amber"}, {"red"}, {"red", "amber"}, {"red"}, {"red", "amber"}]
    driver.close()
    assert lines.lit() == frozenset()
    assert lines.closed == 1


def test_gpio_lines_that_are_held_need_a_person_and_a_chip_that_goes_is_lost() -> None:
    chip, witness = Chip(), Witness()
    chip.error = DeviceError("Something else holds lines of it.", "See gpioinfo.", permanent=True)
    supervisor = Supervisor("light", lambda sink: GpioLight("light", GPIO, sink, take=chip), witness, waits=QUICK)
    supervisor.start()
    try:
        witness.until_lifecycle(OPENING, FAILED)
        chip.error = None
        witness.until_lifecycle(OPENING, FAILED, READY)
        chip.error = AbsentError("gone", "plug it in")
        chip.taken[0].gone = True
        show(supervisor, RED_AND_AMBER)
        assert "gone" in witness.of(LampsNotSet)[0].message
        witness.until_lifecycle(OPENING, FAILED, READY, LOST)
        chip.error = None
        witness.until_lifecycle(OPENING, FAILED, READY, LOST, READY)
        assert "red" in chip.taken[1].lit()
    finally:
        supervisor.stop(10.0)
    assert [lines.closed for lines in chip.taken] == [1, 1]


@pytest.mark.parametrize(
    "wrong",
    [{"lamps": {}}, {"lamps": {"pink": 1}}, {"lamps": {"red": 0}}, {"lamps": {"red": 1, "green": 1}}, {"speed": 1}],
)
def test_settings_are_bounded(wrong: dict[str, object]) -> None:
    good = {"driver": "lcus_light", "port": "/dev/x", "lamps": {"red": 1}}
    assert msgspec.convert(good, SerialLightSettings).lamps == {Colour.RED: 1}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good | wrong, SerialLightSettings)
