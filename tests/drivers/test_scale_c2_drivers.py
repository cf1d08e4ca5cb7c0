"""What only scales have whose answer takes several steps: keys, refusals that nothing mends, steps that stay away."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from drivers.control import ControlHandle
from drivers.device import DeviceError, HealthLevel, Slip
from drivers.scale.berkel import BERKEL_WAITS, Berkel, BerkelSettings
from drivers.scale.cas import CAS_STREAM_WAITS, CAS_WAITS, Cas, CasSettings
from drivers.scale.codec_cas import block_check
from drivers.scale.dialog import DIALOG_WAITS, Dialog, Dialog06, Dialog06Settings, DialogSettings
from drivers.scale.interface import (
    BagWeight,
    NoWeight,
    ScaleRefusal,
    ScaleRefused,
    WeighProblem,
    Weight,
    ZeroDone,
)
from drivers.scale.polled import PolledScale
from drivers.scale.simulated_dialogues import SIMULATED_GENERATOR
from drivers.scale.toledo_continuous import TOLEDO_WAITS, ToledoContinuous, ToledoContinuousSettings
from drivers.scale.wire import ScaleWaits
from tests.drivers.scale_bench import scales
from tests.drivers.test_scale_polled import FakeLine
from tests.drivers.witness import Witness

LONG_S = 60.0
KEY = f"{SIMULATED_GENERATOR:05X}"
ACK, NAK, ENQ, DC1, CR = b"\x06", b"\x15", b"\x05", b"\x11", b"\r"
QUICK = ScaleWaits(spacing_s=0, answer_s=0.05, check_s=0.05, settle_s=0.05, order_s=0.05, effect_s=0.05)


@pytest.fixture(scope="module")
def bench() -> Iterator[tuple[Path, ControlHandle]]:
    with scales() as found:
        yield found


@contextlib.contextmanager
def opened(driver: PolledScale) -> Iterator[PolledScale]:
    try:
        driver.open()
        yield driver
    finally:
        driver.close()


def patient(waits: ScaleWaits) -> ScaleWaits:
    return replace(waits, spacing_s=0.02, answer_s=4.0)


def dialog_06(
    port: Path, sink: Callable[[object], None] = lambda _: None, *, generator: str = KEY, checksum: str = "C0DE"
) -> Dialog06:
    settings = Dialog06Settings(driver="dialog_06", port=str(port), generator=generator, checksum=checksum)
    return Dialog06("scale", settings, sink, waits=patient(DIALOG_WAITS))


def test_a_dialog_06_scale_is_not_opened_without_a_key(bench: tuple[Path, ControlHandle]) -> None:
    driver = dialog_06(bench[0] / "scale_dialog_06", generator="")
    with pytest.raises(DeviceError, match="no key") as raised, opened(driver):
        pass
    assert raised.value.permanent
    assert "generator" in raised.value.remedy


@pytest.mark.parametrize("checksum", ["0000", "0001", "8000", "FFFF", "a55a"])
def test_a_dialog_06_scale_challenges_the_till_again_and_again(
    bench: tuple[Path, ControlHandle], checksum: str
) -> None:
    folder, control = bench
    with opened(dialog_06(folder / "scale_dialog_06", checksum=checksum)) as driver:
        for grams in range(100, 160):
            control.do("scale_dialog_06", "load", grams=grams)
            assert driver.weigh("r", LONG_S) == Weight("scale", "r", grams)


def test_a_wrong_key_is_a_mistake_in_the_settings_and_is_not_shown(bench: tuple[Path, ControlHandle]) -> None:
    folder, control = bench
    name = "scale_dialog_06"
    seen = Witness()
    with opened(dialog_06(folder / name, seen, generator="18005")) as driver:
        # It asks for the key after its 50th weighing at the latest; what it has forgotten, it asks for at once.

        def weigh_on() -> None:
            for grams in range(200, 260):
                control.do(name, "load", grams=grams)
                driver.weigh("r", LONG_S)

        with pytest.raises(DeviceError, match=r"refuses to weigh \(key\)") as raised:
            weigh_on()
        assert raised.value.permanent
        assert "generator" in raised.value.remedy
        assert "8005" not in f"{raised.value}{raised.value.remedy}{seen.records}"


def test_a_key_is_no_part_of_what_settings_show() -> None:
    settings = Dialog06Settings(driver="dialog_06", port="/dev/x", generator=KEY, checksum="C0DE")
    assert KEY not in repr(settings)
    assert "C0DE" not in repr(settings)


@pytest.mark.parametrize("generator", ["11021F", "01021", "1102", "1102G", KEY + "\n"])
def test_a_key_that_is_none_is_refused_by_the_settings(generator: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"driver": "dialog_06", "port": "/dev/x", "generator": generator}, Dialog06Settings)


def test_the_same_good_is_not_weighed_twice_by_dialog(bench: tuple[Path, ControlHandle]) -> None:
    folder, control = bench
    name = "scale_dialog_02"
    settings = DialogSettings(driver="dialog_02", port=str(folder / name))
    with opened(Dialog("scale", settings, lambda _: None, waits=patient(DIALOG_WAITS))) as driver:
        control.do(name, "load", grams=440)
        assert driver.check_health(HealthLevel.EXTERNAL).passed
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 440)
        assert driver.weigh("r2", 0.2) == NoWeight("scale", "r2", WeighProblem.EMPTY, final=True)
        control.do(name, "load", grams=440)
        assert driver.weigh("r3", LONG_S) == Weight("scale", "r3", 440)


class Steps(FakeLine):
    """A line whose answers depend on what was asked before: each step of `script` is what is sent, and the answer."""

    def __init__(self, *script: tuple[bytes, bytes]) -> None:
        super().__init__({})
        self.script = list(script)

    def write_all(self, data: bytes, deadline_s: float) -> None:
        super().write_all(data, deadline_s)
        if self.script and self.script[0][0] == data:
            self.inbox += self.script.pop(0)[1]


PRICE, RESULT, REASON, EOT = b"\x04\x0201\x1b000001\x1b\x03", b"\x04\x05", b"\x04\x0208\x03", b"\x04"
ALIVE = (REASON, b"\x0209\x1b00\x03")


def because(reason: bytes) -> bytes:
    return b"\x0209\x1b" + reason + b"\x03"


def result(grams: int) -> bytes:
    return b"\x0202\x1b3\x1b%05d\x1b000001\x1b000000\x03" % grams


def dialog(line: FakeLine, **settings: object) -> Dialog:
    typed = msgspec.convert({"driver": "dialog_02", "port": "/dev/x", **settings}, DialogSettings)
    return Dialog("scale", typed, lambda _: None, open_port=lambda *_: line, waits=QUICK)


def test_a_dialog_weighing_in_motion_goes_on_and_any_other_begins_again() -> None:
    line = Steps(
        *(ALIVE, (EOT, b"")),
        *((PRICE, ACK), (RESULT, NAK), (REASON, because(b"20")), (EOT, b"")),
        *((RESULT, NAK), (REASON, because(b"22")), (EOT, b"")),
        *((RESULT, NAK), (REASON, because(b"31")), (EOT, b"")),
        *((PRICE, ACK), (RESULT, result(1250)), (EOT, b"")),
    )
    with opened(dialog(line)) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 1250)
    assert line.script == []
    goes_on = [RESULT, REASON, EOT]
    assert line.sent == [REASON, EOT, PRICE, *goes_on, *goes_on, *goes_on, PRICE, RESULT, EOT]


def test_a_new_dialog_weighing_begins_with_its_price() -> None:
    moving = ((PRICE, ACK), (RESULT, NAK), (REASON, because(b"20")), (EOT, b""))
    line = Steps(*(ALIVE, (EOT, b"")), *moving, *((PRICE, ACK), (RESULT, result(300)), (EOT, b"")))

    def sink(record: object) -> None:
        if isinstance(record, NoWeight):
            driver.cancel_weigh()

    driver = Dialog("scale", DialogSettings(driver="x", port="/dev/x"), sink, open_port=lambda *_: line, waits=QUICK)
    with opened(driver):
        assert driver.weigh("r1", LONG_S) == NoWeight("scale", "r1", WeighProblem.IN_MOTION, final=True)
        assert driver.weigh("r2", LONG_S) == Weight("scale", "r2", 300)
    assert line.sent == [REASON, EOT, PRICE, RESULT, REASON, EOT, PRICE, RESULT, EOT]


@pytest.mark.parametrize(
    ("script", "reason", "remedy"),
    [
        (((PRICE, b"\x0211\x1b247\x03"), (EOT, b"")), "challenge", "dialog_06"),
        (((PRICE, NAK), (REASON, because(b"11")), (EOT, b"")), "price", "unit_price"),
    ],
)
def test_what_no_repetition_mends_is_for_a_person(
    script: tuple[tuple[bytes, bytes], ...], reason: str, remedy: str
) -> None:
    with (
        opened(dialog(Steps(ALIVE, (EOT, b""), *script))) as driver,
        pytest.raises(DeviceError, match=reason) as raised,
    ):
        driver.weigh("r1", LONG_S)
    assert raised.value.permanent
    assert remedy in raised.value.remedy


def test_the_unit_price_of_the_settings_is_sent() -> None:
    price = b"\x04\x0201\x1b000199\x1b\x03"
    line = Steps(ALIVE, (EOT, b""), (price, ACK), (RESULT, result(500)), (EOT, b""))
    with opened(dialog(line, unit_price=199)) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 500)
    with pytest.raises(msgspec.ValidationError):
        dialog(line, unit_price=1_000_000)


def frame(body: bytes) -> bytes:
    return b"\x02" + body + bytes([block_check(body)]) + b"\x03"


EMPTY, KILO = frame(b"\x2900000"), frame(b"\x2901000")
ZERO = b"\x02Z\x00\x00\x00\x00\x00\x03Z"


def berkel(line: FakeLine, sink: Callable[[object], None] = lambda _: None) -> Berkel:
    settings = BerkelSettings(driver="berkel", port="/dev/x")
    return Berkel("scale", settings, sink, open_port=lambda *_: line, waits=replace(QUICK, spacing_s=0.01))


def reads(sent: bytes, verdict: bytes = CR) -> tuple[tuple[bytes, bytes], ...]:
    return (ENQ, ACK), (DC1, sent), (sent, verdict)


def test_a_berkel_weight_counts_once_it_was_confirmed() -> None:
    seen = Witness()
    line = Steps(*reads(EMPTY), *reads(frame(b"\x2909000"), ACK), *reads(KILO))
    with opened(berkel(line, seen)) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 1000)
    assert line.script == []
    assert seen.records.count(Slip.BAD_FRAME) == 1


def test_a_berkel_scale_is_zeroed_when_it_shows_it() -> None:
    line = Steps(*reads(EMPTY), (ZERO, b""), *reads(EMPTY), (ZERO, b""), *reads(KILO) * 1000)
    with opened(berkel(line)) as driver:
        assert driver.zero("z1") == ZeroDone("scale", "z1")
        assert driver.zero("z2") == ScaleRefused("scale", "z2", ScaleRefusal.REFUSED)
        assert driver.tare("t1") == ScaleRefused("scale", "t1", ScaleRefusal.NOT_SUPPORTED)


def test_a_step_that_stays_away_is_a_damaged_answer() -> None:
    seen = Witness()
    line = Steps(*reads(EMPTY), (ENQ, ACK), (DC1, KILO), (ENQ, ACK))
    with opened(berkel(line, seen)) as driver, pytest.raises(DeviceError, match="no Berkel protocol"):
        driver.weigh("r1", LONG_S)
    assert seen.records.count(Slip.BAD_FRAME) == 2
    assert Slip.TIMEOUT not in seen.records


class Babbling(Steps):
    """A line on which there is always an acknowledgement of before."""

    def read(self, deadline_s: float) -> bytes:
        return super().read(deadline_s) if deadline_s else ACK


def test_an_acknowledgement_of_before_asks_for_nothing() -> None:
    """It would have the scale send a weight that nobody asked for."""
    settings = CasSettings(driver="cas", port="/dev/x")
    body = b"S 01.000kg"
    answer = b"\x01\x02" + body + bytes([block_check(body)]) + b"\x03\x04"
    line = Babbling(*[(ENQ, ACK), (DC1, answer)] * 2)
    driver = Cas("scale", settings, lambda _: None, open_port=lambda *_: line, waits=QUICK)
    with opened(driver):
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 1000)
    assert line.sent == [ENQ, DC1] * 2


def test_a_stream_over_a_serial_line_gives_no_weight_of_before_the_question(
    bench: tuple[Path, ControlHandle],
) -> None:
    folder, control = bench
    name = "scale_toledo"
    settings = ToledoContinuousSettings(driver="toledo_continuous", port=str(folder / name))
    control.do(name, "load", grams=900)
    with opened(ToledoContinuous("scale", settings, lambda _: None, waits=TOLEDO_WAITS)) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 900)
        for grams in (300, 0, 450):
            control.do(name, "load", grams=grams)
            expected = Weight("scale", "r", grams) if grams else NoWeight("scale", "r", WeighProblem.EMPTY, final=True)
            assert driver.weigh("r", LONG_S if grams else 0.3) == expected


def test_a_bagging_scale_tells_by_itself(bench: tuple[Path, ControlHandle]) -> None:
    folder, control = bench
    seen = Witness()
    name = "scale_cas"
    control.do(name, "load", grams=0)
    settings = CasSettings(driver="cas", port=str(folder / name), role="bagging")
    waits = replace(patient(CAS_WAITS), bag_s=0.02)
    with opened(Cas("bags", settings, seen, waits=waits)) as driver:

        def until(*wanted: BagWeight) -> None:
            for _ in range(1000):
                driver.listen(driver._exchange.port.fileno(), seen)
                found = [record for record in seen.records if isinstance(record, BagWeight)]
                if found == list(wanted):
                    return
            raise AssertionError(seen.records)

        empty, bag = BagWeight("bags", 0, stable=True), BagWeight("bags", 150, stable=True)
        until(empty)
        control.do(name, "load", grams=150)
        until(empty, bag)
        control.do(name, "motion")
        until(empty, bag, replace(bag, stable=False))


@pytest.mark.parametrize("waits", [CAS_WAITS, BERKEL_WAITS, DIALOG_WAITS], ids=["cas", "berkel", "dialog"])
def test_a_scale_that_is_gone_is_missed_within_two_seconds(waits: ScaleWaits) -> None:
    assert waits.check_s + waits.tries * max(waits.answer_s, waits.spacing_s) < 2
    assert max(CAS_STREAM_WAITS.silence_s, TOLEDO_WAITS.silence_s) < 2
