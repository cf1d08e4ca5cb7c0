"""The contract of every scale of the shared driver, supervised, against simulated scales of another process."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from drivers.control import ControlHandle
from drivers.device import (
    AbsentError,
    Category,
    DeviceChanged,
    DeviceError,
    HealthLevel,
    Lifecycle,
    Link,
    Sink,
    Slip,
)
from drivers.scale.adam import ADAM_WAITS, Adam, AdamSettings
from drivers.scale.berkel import BERKEL_WAITS, Berkel, BerkelSettings
from drivers.scale.cas import CAS_STREAM_WAITS, CAS_WAITS, Cas, CasSettings, CasStream, CasStreamSettings
from drivers.scale.dialog import DIALOG_WAITS, Dialog, Dialog06, Dialog06Settings, DialogSettings
from drivers.scale.hid import HID_WAITS, HidScale, HidScaleSettings
from drivers.scale.interface import (
    BagWeight,
    NoWeight,
    ScaleRefusal,
    ScaleRefused,
    TareDone,
    WeighProblem,
    Weight,
    ZeroDone,
)
from drivers.scale.mettler_8217 import Mettler8217, Mettler8217Settings
from drivers.scale.mt_sics import MT_SICS_WAITS, MtSics, MtSicsSettings
from drivers.scale.nci import NCI_WAITS, Nci, NciSettings
from drivers.scale.polled import PolledScale
from drivers.scale.reading import Answer, Reading, to_grams
from drivers.scale.simulated import SIMULATED_SCALES
from drivers.scale.simulated_dialogues import SIMULATED_GENERATOR
from drivers.scale.sma import SMA_WAITS, Sma, SmaSettings
from drivers.scale.toledo_continuous import TOLEDO_WAITS, ToledoContinuous, ToledoContinuousSettings
from drivers.scale.wire import ScaleWaits
from drivers.supervisor import Supervisor, Waits
from tests.drivers.scale_bench import HID, scales
from tests.drivers.witness import Witness, open_files

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.01,), jitter=0)
LONG_S = 60.0

Bench = tuple[Path, ControlHandle]
Make = Callable[[Path, Sink, "Trim"], PolledScale]


@dataclass(frozen=True)
class Trim:
    """What a test changes of a scale: its waits, and settings."""

    answer_s: float = 4.0
    settings: tuple[tuple[str, object], ...] = ()

    def waits(self, waits: ScaleWaits) -> ScaleWaits:
        # A machine that builds something else may be slow to answer; where silence is tested, half a second is enough.
        quick = replace(waits, spacing_s=0.02, check_s=0.2, effect_s=0.2, settle_s=0.5)
        return replace(quick, answer_s=self.answer_s, silence_s=self.answer_s, order_s=self.answer_s)


@dataclass(frozen=True)
class Kind:
    """A protocol: what makes its driver, and what it can do.

    `tells_idle`: the idle scale tells what is so with it, and may
    be asked for the same weight again. `sides`: it tells below zero from over capacity.
    """

    make: Make
    asked: bool = True
    talkative: bool = True
    tells_idle: bool = True
    sides: bool = True
    zeroes: bool = True
    tares: bool = True
    nets: bool = True


def _8217(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    kept: dict[str, Any] = {"unit": "kg"} | dict(trim.settings)
    settings = Mettler8217Settings(driver="mettler_8217", port=str(port), **kept)
    return Mettler8217("scale", settings, sink, waits=trim.waits(ScaleWaits()))


def _mt_sics(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = MtSicsSettings(driver="mt_sics", port=str(port), **kept_of(trim))
    return MtSics("scale", settings, sink, waits=trim.waits(MT_SICS_WAITS))


def _nci(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = NciSettings(driver="nci", port=str(port), **kept_of(trim))
    return Nci("scale", settings, sink, waits=trim.waits(NCI_WAITS))


def _sma(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = SmaSettings(driver="sma", port=str(port), **kept_of(trim))
    return Sma("scale", settings, sink, waits=trim.waits(SMA_WAITS))


def _adam(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = AdamSettings(driver="adam", port=str(port), **kept_of(trim))
    # Its silence says that there is nothing new, so a long patience for it would only be slow.
    waits = replace(ADAM_WAITS, spacing_s=0.05, answer_s=0.2, settle_s=0.1, check_s=0.2)
    return Adam("scale", settings, sink, waits=waits)


def _hid(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = HidScaleSettings(driver="hid_scale", vendor="0000", product="0000", node=str(port), **kept_of(trim))
    return HidScale("scale", settings, sink, waits=trim.waits(HID_WAITS))


def _cas(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = CasSettings(driver="cas", port=str(port), **kept_of(trim))
    return Cas("scale", settings, sink, waits=trim.waits(CAS_WAITS))


def _cas_stream(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = CasStreamSettings(driver="cas_stream", port=str(port), **kept_of(trim))
    return CasStream("scale", settings, sink, waits=trim.waits(CAS_STREAM_WAITS))


def _berkel(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = BerkelSettings(driver="berkel", port=str(port), **kept_of(trim))
    return Berkel("scale", settings, sink, waits=trim.waits(BERKEL_WAITS))


def _dialog_02(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = DialogSettings(driver="dialog_02", port=str(port), **kept_of(trim))
    return Dialog("scale", settings, sink, waits=trim.waits(DIALOG_WAITS))


def _dialog_06(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    kept = {"generator": f"{SIMULATED_GENERATOR:05X}"} | kept_of(trim)
    settings = Dialog06Settings(driver="dialog_06", port=str(port), **kept)
    return Dialog06("scale", settings, sink, waits=trim.waits(DIALOG_WAITS))


def _toledo(port: Path, sink: Sink, trim: Trim) -> PolledScale:
    settings = ToledoContinuousSettings(driver="toledo_continuous", port=str(port), **kept_of(trim))
    return ToledoContinuous("scale", settings, sink, waits=trim.waits(TOLEDO_WAITS))


def kept_of(trim: Trim) -> dict[str, Any]:
    return dict(trim.settings)


KINDS = {
    "scale": Kind(_8217),
    "scale_mt_sics": Kind(_mt_sics, nets=False),
    "scale_nci": Kind(_nci, tares=False),
    "scale_ecr": Kind(_nci, tares=False),
    "scale_6702": Kind(_nci, tares=False),
    "scale_sma": Kind(_sma),
    "scale_adam": Kind(_adam, talkative=False, zeroes=False, tares=False, nets=False),
    "scale_cas": Kind(_cas, zeroes=False, tares=False),
    "scale_cas_stream": Kind(_cas_stream, asked=False, zeroes=False, tares=False),
    "scale_berkel": Kind(_berkel, tares=False, nets=False, sides=False),
    "scale_dialog_02": Kind(_dialog_02, tells_idle=False, zeroes=False, tares=False),
    "scale_dialog_06": Kind(_dialog_06, tells_idle=False, zeroes=False, tares=False),
    "scale_toledo": Kind(_toledo, asked=False, zeroes=False, tares=False),
    HID: Kind(_hid, asked=False, zeroes=False, tares=False, nets=False),
}
ALL = pytest.mark.parametrize("name", list(KINDS))
TALKATIVE = pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.talkative])
TELLING = pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.talkative and kind.tells_idle])
ASKED = pytest.mark.parametrize(
    "name", [name for name, kind in KINDS.items() if kind.asked and kind.talkative and kind.tells_idle]
)
ZEROED = pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.zeroes])
TARED = pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.tares])
# Silence takes its time, and the 8217 is held to it in test_scale.py.
ONE_OF_EACH = pytest.mark.parametrize(
    "name", ["scale_nci", "scale_cas", "scale_berkel", "scale_dialog_02", "scale_toledo", HID]
)
IMPATIENT = Trim(answer_s=0.5)


@pytest.fixture(scope="module")
def simulation() -> Iterator[Bench]:
    with scales() as found:
        yield found


@pytest.fixture
def bench(simulation: Bench) -> Bench:
    _, control = simulation
    for name in KINDS:
        control.do(name, "plug")
        for trouble in ("motion", "silent", "garbage", "half", "fail_always"):
            control.do(name, trouble, on=False)
        control.do(name, "slow", ms=0)
        control.do(name, "fail_next", times=0)
        control.do(name, "load", grams=0)
        control.do(name, "zero")
        if name != HID:
            control.do(name, "tare", grams=0)
            # The zero key is refused while a tare is held.
            control.do(name, "zero")
    return simulation


@contextlib.contextmanager
def supervised(
    name: str, bench: Bench, trim: Trim = Trim(), *, witness: Witness | None = None
) -> Iterator[tuple[Supervisor[PolledScale], Witness]]:
    seen = witness or Witness()
    supervisor = Supervisor("scale", lambda sink: KINDS[name].make(bench[0] / name, sink, trim), seen, waits=QUICK)
    supervisor.start()
    try:
        yield supervisor, seen
    finally:
        supervisor.interrupt(lambda driver: driver.cancel_weigh())
        supervisor.stop(10.0)


@contextlib.contextmanager
def ready(name: str, bench: Bench, trim: Trim = Trim()) -> Iterator[tuple[Supervisor[PolledScale], Witness]]:
    with supervised(name, bench, trim) as (supervisor, witness):
        witness.until_lifecycle(OPENING, READY)
        yield supervisor, witness


@contextlib.contextmanager
def bare(name: str, bench: Bench, trim: Trim = Trim()) -> Iterator[tuple[PolledScale, Witness]]:
    """Open a driver without a supervisor."""
    witness = Witness()
    driver = KINDS[name].make(bench[0] / name, witness, trim)
    try:
        driver.open()
        yield driver, witness
    finally:
        driver.close()


def ask(supervisor: Supervisor[PolledScale], request: str, timeout_s: float = LONG_S) -> None:
    supervisor.submit(
        lambda driver: driver.weigh(request, timeout_s),
        not_ready=NoWeight("scale", request, WeighProblem.NOT_READY, final=True),
        lost=NoWeight("scale", f"{request} lost", WeighProblem.NOT_READY, final=True),
    )


def told(record: object) -> Callable[[list[object]], bool]:
    return lambda records: record in records


def progress(problem: WeighProblem, request: str = "r1") -> NoWeight:
    return NoWeight("scale", request, problem, final=False)


def test_every_simulated_scale_is_held_to_the_contract() -> None:
    assert set(KINDS) == {*SIMULATED_SCALES, HID}


@ALL
def test_a_load_is_weighed(name: str, bench: Bench) -> None:
    with ready(name, bench) as (supervisor, witness):
        bench[1].do(name, "load", grams=1250)
        ask(supervisor, "r1")
        assert witness.of(Weight) == [Weight("scale", "r1", 1250)]
        bench[1].do(name, "load", grams=15)
        ask(supervisor, "r2")
        assert witness.of(Weight, 2)[1] == Weight("scale", "r2", 15)
        assert supervisor.driver.category is Category.SCALE


@ALL
def test_a_moving_scale_gives_no_number(name: str, bench: Bench) -> None:
    with ready(name, bench) as (supervisor, witness):
        bench[1].do(name, "motion")
        bench[1].do(name, "load", grams=734)
        ask(supervisor, "r1")
        problem = WeighProblem.IN_MOTION if KINDS[name].talkative else WeighProblem.EMPTY
        witness.until(lambda records: progress(problem) in records)
        assert not any(isinstance(record, Weight) for record in witness.records)
        bench[1].do(name, "load", grams=735)
        bench[1].do(name, "motion", on=False)
        assert witness.of(Weight) == [Weight("scale", "r1", 735)]


@ALL
@pytest.mark.parametrize(("grams", "problem"), [(20_000, WeighProblem.OVER_CAPACITY), (-50, WeighProblem.UNDER_ZERO)])
def test_too_much_and_less_than_nothing_are_never_a_weight(
    name: str, bench: Bench, grams: int, problem: WeighProblem
) -> None:
    with ready(name, bench) as (supervisor, witness):
        bench[1].do(name, "load", grams=grams)
        ask(supervisor, "r1")
        said = problem if KINDS[name].talkative else WeighProblem.EMPTY
        if not KINDS[name].sides:
            said = WeighProblem.OVER_CAPACITY
        witness.until(lambda records: progress(said) in records)
        bench[1].do(name, "load", grams=500)
        assert witness.of(Weight) == [Weight("scale", "r1", 500)]


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.nets])
def test_what_is_less_than_the_tare_is_no_weight(name: str, bench: Bench) -> None:
    bench[1].do(name, "tare", grams=200)
    with ready(name, bench) as (supervisor, witness):
        ask(supervisor, "r1")
        witness.until(lambda records: progress(WeighProblem.UNDER_ZERO) in records)
        bench[1].do(name, "load", grams=500)
        assert witness.of(Weight) == [Weight("scale", "r1", 300)]


@TALKATIVE
def test_what_lay_there_before_is_never_taken_for_what_lies_there_now(name: str, bench: Bench) -> None:
    """metasfresh#208: the last weight was taken again."""
    bench[1].do(name, "load", grams=900)
    with ready(name, bench) as (supervisor, witness):
        ask(supervisor, "r1")
        assert witness.of(Weight) == [Weight("scale", "r1", 900)]
        bench[1].do(name, "slow", ms=150)
        bench[1].do(name, "load", grams=0)
        ask(supervisor, "r2")
        witness.until(lambda records: progress(WeighProblem.EMPTY, "r2") in records)
        bench[1].do(name, "load", grams=300)
        assert witness.of(Weight, 2)[1:] == [Weight("scale", "r2", 300)]


@ALL
def test_a_weighing_ends_by_its_deadline_or_a_cancel_with_the_reason(name: str, bench: Bench) -> None:
    with ready(name, bench) as (supervisor, witness):
        ask(supervisor, "r1", timeout_s=0.3)
        witness.until(lambda records: NoWeight("scale", "r1", WeighProblem.EMPTY, final=True) in records)
        ask(supervisor, "r2")
        witness.until(lambda records: progress(WeighProblem.EMPTY, "r2") in records)
        supervisor.interrupt(lambda driver: driver.cancel_weigh())
        witness.until(lambda records: NoWeight("scale", "r2", WeighProblem.EMPTY, final=True) in records)


@ALL
def test_a_scale_pulled_out_in_the_middle_is_lost_and_comes_back_under_another_node(name: str, bench: Bench) -> None:
    control = bench[1]
    with ready(name, bench) as (supervisor, witness):
        ask(supervisor, "r1")
        witness.until(lambda records: progress(WeighProblem.EMPTY) in records)
        control.do(name, "unplug")
        witness.until(lambda records: NoWeight("scale", "r1 lost", WeighProblem.NOT_READY, final=True) in records)
        witness.until_lifecycle(OPENING, READY, LOST)
        witness.until(lambda _: [changed.link for changed in witness.of(DeviceChanged)][-1] is Link.OFF)
        control.do(name, "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        control.do(name, "load", grams=42)
        ask(supervisor, "r2")
        assert witness.of(Weight) == [Weight("scale", "r2", 42)]


@ALL
def test_an_idle_scale_that_is_pulled_out_is_missed(name: str, bench: Bench) -> None:
    with ready(name, bench) as (_, witness):
        bench[1].do(name, "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)


@ONE_OF_EACH
def test_a_scale_that_falls_silent_is_lost_idle_and_while_weighing(name: str, bench: Bench) -> None:
    control = bench[1]
    with ready(name, bench, IMPATIENT) as (supervisor, witness):
        control.do(name, "silent")
        witness.until_lifecycle(OPENING, READY, LOST)
        assert "does not answer" in witness.of(DeviceChanged, 3)[2].conditions[0].message
        control.do(name, "silent", on=False)
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        ask(supervisor, "r1")
        witness.until(lambda records: progress(WeighProblem.EMPTY) in records)
        control.do(name, "silent")
        witness.until(lambda records: NoWeight("scale", "r1 lost", WeighProblem.NOT_READY, final=True) in records)


@ONE_OF_EACH
@pytest.mark.parametrize("trouble", ["silent", "garbage", "half", "fail_always"])
def test_a_scale_is_ready_only_once_it_has_answered(name: str, trouble: str, bench: Bench) -> None:
    bench[1].do(name, trouble)
    with supervised(name, bench, IMPATIENT) as (_, witness):
        witness.until_lifecycle(OPENING, LOST)
        bench[1].do(name, trouble, on=False)
        witness.until_lifecycle(OPENING, LOST, READY)


@ASKED
def test_a_damaged_answer_is_counted_and_asked_for_again(name: str, bench: Bench) -> None:
    with bare(name, bench, IMPATIENT) as (driver, witness):
        bench[1].do(name, "load", grams=250)
        bench[1].do(name, "fail_next")
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 250)
        assert Slip.BAD_FRAME in witness.records


def test_a_question_that_is_not_answered_is_counted(bench: Bench) -> None:
    with bare("scale_nci", bench, IMPATIENT) as (driver, witness):
        bench[1].do("scale_nci", "silent")
        with pytest.raises(DeviceError, match="does not answer"):
            driver.weigh("r1", LONG_S)
        assert witness.records.count(Slip.TIMEOUT) == 2


@ALL
def test_a_scale_that_is_not_there_is_absent(name: str, bench: Bench) -> None:
    bench[1].do(name, "unplug")
    with pytest.raises(AbsentError), bare(name, bench):
        pass


@ALL
def test_a_scale_that_another_program_holds_is_failed(name: str, bench: Bench) -> None:
    with ready(name, bench), supervised(name, bench) as (_, witness):
        witness.until_lifecycle(OPENING, FAILED)
        assert "Another program holds" in witness.of(DeviceChanged, 2)[1].conditions[0].message


@ALL
def test_everything_is_given_back_also_in_a_back_off(name: str, bench: Bench) -> None:
    files, threads = open_files(), threading.active_count()
    with ready(name, bench) as (_, witness):
        bench[1].do(name, "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
    assert (open_files(), threading.active_count()) == (files, threads)


@pytest.mark.parametrize(
    "name", [name for name, kind in KINDS.items() if kind.talkative and kind.tells_idle and name != "scale"]
)
def test_a_scale_that_says_another_unit_than_the_settings_is_failed(name: str, bench: Bench) -> None:
    bench[1].do(name, "load", grams=500)
    with supervised(name, bench, Trim(settings=(("unit", "lb"),))) as (_, witness):
        witness.until_lifecycle(OPENING, FAILED)
        assert "does not answer in lb" in witness.of(DeviceChanged, 2)[1].conditions[0].message


def test_a_scale_that_is_heard_only_when_asked_says_another_unit_then(bench: Bench) -> None:
    with bare("scale_adam", bench, Trim(settings=(("unit", "lb"),))) as (driver, _):
        bench[1].do("scale_adam", "load", grams=500)
        with pytest.raises(DeviceError, match="does not answer in lb") as raised:
            driver.weigh("r1", LONG_S)
        assert raised.value.permanent


@ZEROED
def test_a_scale_is_zeroed_near_zero_only(name: str, bench: Bench) -> None:
    control = bench[1]
    with bare(name, bench) as (driver, _):
        assert driver.zero("z1") == ZeroDone("scale", "z1")
        control.do(name, "load", grams=20)
        assert driver.zero("z2") == ZeroDone("scale", "z2")
        control.do(name, "load", grams=520)
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 500)
        refused = driver.zero("z3")
        assert isinstance(refused, ScaleRefused)
        assert refused.reason in (ScaleRefusal.REFUSED, ScaleRefusal.OUT_OF_RANGE)
        assert driver.weigh("r2", LONG_S) == Weight("scale", "r2", 500)
        control.do(name, "motion")
        refused = driver.zero("z4")
        assert isinstance(refused, ScaleRefused)
        assert refused.reason in (ScaleRefusal.IN_MOTION, ScaleRefusal.NOT_READY, ScaleRefusal.OUT_OF_RANGE)


@TARED
def test_a_tare_is_taken_off_and_cleared(name: str, bench: Bench) -> None:
    control = bench[1]
    with bare(name, bench) as (driver, _):
        control.do(name, "load", grams=150)
        taken = driver.tare("t1")
        assert taken in (TareDone("scale", "t1", None), TareDone("scale", "t1", 150))
        control.do(name, "load", grams=900)
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 750)
        assert driver.clear_tare("t2") == TareDone("scale", "t2", 0)
        assert driver.weigh("r2", LONG_S) == Weight("scale", "r2", 900)
        assert driver.tare("t3", 250) == TareDone("scale", "t3", 250)
        assert driver.weigh("r3", LONG_S) == Weight("scale", "r3", 650)
        if KINDS[name].nets:
            assert driver.tare("t4", 100) == ScaleRefused("scale", "t4", ScaleRefusal.TARED)
        driver.clear_tare("t5")
        control.do(name, "motion")
        assert driver.tare("t6", 100) == ScaleRefused("scale", "t6", ScaleRefusal.IN_MOTION)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.tares])
def test_a_tare_that_the_protocol_has_not_is_refused(name: str, bench: Bench) -> None:
    with bare(name, bench) as (driver, _):
        refused = (driver.tare("t1", 100), driver.clear_tare("t2"))
        assert refused == tuple(ScaleRefused("scale", at, ScaleRefusal.NOT_SUPPORTED) for at in ("t1", "t2"))
        if not KINDS[name].zeroes:
            assert driver.zero("z1") == ScaleRefused("scale", "z1", ScaleRefusal.NOT_SUPPORTED)


@TALKATIVE
def test_the_next_good_needs_the_last_one_gone_where_the_settings_say_so(name: str, bench: Bench) -> None:
    control = bench[1]
    with bare(name, bench, Trim(settings=(("zero_between", True),))) as (driver, witness):
        control.do(name, "load", grams=500)
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 500)
        assert driver.weigh("r2", 0.3) == NoWeight("scale", "r2", WeighProblem.EMPTY, final=True)
        # Another weight is another good.
        control.do(name, "load", grams=700)
        assert driver.weigh("r3", LONG_S) == Weight("scale", "r3", 700)
        # So is the same weight, once the scale was empty.
        control.do(name, "load", grams=0)
        weighing = threading.Thread(target=lambda: witness(driver.weigh("r4", LONG_S)))
        weighing.start()
        witness.until(lambda records: progress(WeighProblem.EMPTY, "r4") in records)
        control.do(name, "load", grams=700)
        assert witness.of(Weight) == [Weight("scale", "r4", 700)]
        weighing.join()


@ALL
def test_a_look_at_its_health_leaves_the_scale_alone(name: str, bench: Bench) -> None:
    control = bench[1]
    with bare(name, bench) as (driver, _):
        before = control.do(name, "state").get("requests")
        assert driver.check_health(HealthLevel.INTERNAL).passed
        assert control.do(name, "state").get("requests") == before
        assert driver.check_health(HealthLevel.EXTERNAL).passed
        control.do(name, "load", grams=20_000)
        if KINDS[name].talkative and KINDS[name].tells_idle:
            found = driver.check_health(HealthLevel.EXTERNAL)
            assert (found.passed, bool(found.remedy)) == (False, True)
        control.do(name, "load", grams=320)
        assert "320 g" in driver.check_health(HealthLevel.INTERACTIVE).text


@TELLING
def test_a_scale_below_zero_tells_it_while_idle(name: str, bench: Bench) -> None:
    with ready(name, bench) as (_, witness):
        bench[1].do(name, "load", grams=-20)
        third = witness.of(DeviceChanged, 3)[2]
        code = "under_zero" if KINDS[name].sides else "out_of_range"
        assert (third.lifecycle, third.conditions[0].code) == (READY, code)
        bench[1].do(name, "load", grams=0)
        assert witness.of(DeviceChanged, 4)[3].conditions == ()


class EveryWeight:
    """A watch that tells every other weight; what is worth telling is tested with `BagWatch`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._told: int | None = None

    def feed(self, answer: Answer) -> BagWeight | None:
        if not isinstance(answer, Reading) or answer.value is None or answer.unit is None:
            return None
        grams = to_grams(answer.value, answer.unit)
        if grams == self._told:
            return None
        self._told = grams
        return BagWeight(self._alias, grams, answer.stable)


@TELLING
def test_a_bagging_scale_tells_by_itself_and_anew_after_it_was_lost(
    name: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.scale.polled.bag_watch", EveryWeight)
    control = bench[1]
    with ready(name, bench, Trim(settings=(("role", "bagging"),))) as (supervisor, witness):
        assert supervisor.driver.category is Category.BAGGING_SCALE
        for grams in (0, 150, 420):
            control.do(name, "load", grams=grams)
            witness.until(told(BagWeight("scale", grams, stable=True)))
        control.do(name, "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        control.do(name, "plug")
        last = BagWeight("scale", 420, stable=True)
        witness.until(lambda records: records.count(last) == 2)


def test_no_permission_is_a_clear_failure(bench: Bench) -> None:
    def forbidden(*_: object) -> Any:
        raise PermissionError(13, os.strerror(13))

    witness = Witness()
    settings = NciSettings(driver="nci", port=str(bench[0] / "scale_nci"))
    supervisor = Supervisor(
        "scale", lambda sink: Nci("scale", settings, sink, open_port=forbidden), witness, waits=QUICK
    )
    supervisor.start()
    try:
        witness.until_lifecycle(OPENING, FAILED)
    finally:
        supervisor.stop(10.0)


def test_an_8217_is_known_by_its_echo(bench: Bench) -> None:
    with bare("scale", bench, Trim(settings=(("probe", True),))) as (driver, _):
        bench[1].do("scale", "load", grams=80)
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 80)


def test_what_is_no_8217_does_not_pass_for_one(bench: Bench) -> None:
    trim = Trim(answer_s=0.5, settings=(("probe", True),))
    driver = _8217(bench[0] / "scale_nci", lambda _: None, trim)
    with contextlib.closing(driver), pytest.raises(DeviceError, match="8217"):
        driver.open()
