"""What no simulated scale shows: a stream with a past, waits as a whole, a bagging scale's driver on made-up wires."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.device import DeviceError, HealthLevel
from drivers.identity import UsbIdentity
from drivers.scale.adam import ADAM_WAITS, Adam, AdamSettings
from drivers.scale.codec_hid import DATA_REPORT_DESCRIPTOR
from drivers.scale.hid import HID_WAITS, HidScale, HidScaleSettings
from drivers.scale.interface import NoWeight, ScaleRefusal, ScaleRefused, WeighProblem, Weight
from drivers.scale.judging import is_empty, problem_of, refusal_of, sellable_grams
from drivers.scale.mettler_8217 import Mettler8217, Mettler8217Settings
from drivers.scale.mt_sics import MT_SICS_WAITS, MtSics, MtSicsSettings
from drivers.scale.nci import NCI_WAITS
from drivers.scale.reading import Reading, Refused, Unit
from drivers.scale.sma import SMA_WAITS
from drivers.scale.wire import ScaleWaits
from drivers.transport.waiting import wait_readable

LONG_S = 60.0
KG = Unit.KILOGRAM


def stable(grams: int) -> bytes:
    return bytes([3, 4 if grams else 2, 2, 0]) + grams.to_bytes(2, "little")


class FakeHid:
    """A HID scale of which a test decides what lies in the kernel's ring and what comes while somebody waits."""

    name = "a scale"

    def __init__(self, *live: bytes, descriptor: bytes = DATA_REPORT_DESCRIPTOR) -> None:
        self.descriptor = descriptor
        self.ring: list[bytes] = []
        self.live = list(live)
        self.written: list[bytes] = []
        self.near, self.far = socket.socketpair()

    def fileno(self) -> int:
        return self.near.fileno()

    def read(self, deadline_s: float) -> bytes:
        if self.ring:
            return self.ring.pop(0)
        return self.live.pop(0) if deadline_s and self.live else b""

    def write_all(self, data: bytes, deadline_s: float) -> None:
        assert deadline_s > 0
        self.written.append(data)

    def send_feature(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.near.close()
        self.far.close()


@contextlib.contextmanager
def hid(port: FakeHid, waits: ScaleWaits = HID_WAITS) -> Iterator[HidScale]:
    settings = HidScaleSettings(driver="hid_scale", vendor="0922", product="8003", node="/dev/x")
    driver = HidScale("scale", settings, lambda _: None, open_node=lambda _: port, waits=waits)
    try:
        driver.open()
        yield driver
    finally:
        driver.close()


def test_a_stream_gives_no_weight_of_before_the_question() -> None:
    port = FakeHid(stable(0))
    with hid(port) as driver:
        # What came in while nobody listened, and the one that was being measured when the question came.
        port.ring = [stable(900)] * 60
        port.live = [stable(900), stable(250)]
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 250)


def test_a_stream_is_never_written_to() -> None:
    port = FakeHid(stable(0), stable(0), stable(0))
    with hid(port) as driver:
        driver.zero("z1")
        driver.tare("t1", 100)
        driver.check_health(HealthLevel.INTERNAL)
        driver.check_health(HealthLevel.EXTERNAL)
    assert port.written == []


def test_a_stream_that_has_ended_is_missed() -> None:
    port = FakeHid(stable(0))
    with hid(port, replace(HID_WAITS, silence_s=0.01)) as driver:
        bell, _other = socket.socketpair()
        with bell, _other, pytest.raises(DeviceError, match="does not answer"):
            driver.listen(bell.fileno(), lambda _: None)


def test_a_hid_device_that_is_no_scale_is_a_mistake_in_the_settings() -> None:
    keyboard = bytes.fromhex("0501 0906 a101 0507 19e0 29e7 1500 2501 7501 9508 8102 c0")
    port = FakeHid(descriptor=keyboard)
    with pytest.raises(DeviceError, match="is no scale") as raised, hid(port):
        pass
    assert raised.value.permanent
    assert port.fileno() == -1


def test_a_hid_scale_is_found_by_its_usb_ids_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[UsbIdentity, str]] = []

    class Found:
        node = tmp_path / "hidraw7"

    def find(wanted: UsbIdentity, subsystem: str, what: str) -> Found:
        assert what
        asked.append((wanted, subsystem))
        return Found()

    monkeypatch.setattr("drivers.scale.hid.find_usb", find)
    settings = HidScaleSettings(driver="hid_scale", vendor="0922", product="8003", serial="S1")
    nodes: list[Path] = []

    def open_node(node: Path) -> FakeHid:
        nodes.append(node)
        return FakeHid(stable(0))

    driver = HidScale("scale", settings, lambda _: None, open_node=open_node)
    with contextlib.closing(driver):
        driver.open()
    assert (asked, nodes) == ([(settings, "hidraw")], [tmp_path / "hidraw7"])


@pytest.mark.parametrize(
    "waits", [ScaleWaits(), MT_SICS_WAITS, NCI_WAITS, SMA_WAITS], ids=["8217", "sics", "nci", "sma"]
)
def test_a_scale_that_is_gone_is_missed_within_two_seconds(waits: ScaleWaits) -> None:
    assert waits.check_s + waits.tries * max(waits.answer_s, waits.spacing_s) < 2
    assert HID_WAITS.silence_s < 2


class FakeLine:
    """A serial line: `answers` by command, one after the other; what is not in it is not answered."""

    def __init__(self, answers: dict[bytes, list[bytes]]) -> None:
        self.answers = answers
        self.sent: list[bytes] = []
        self.inbox = b""
        self.near, self.far = socket.socketpair()

    def fileno(self) -> int:
        return self.near.fileno()

    def read(self, deadline_s: float) -> bytes:
        if not self.inbox and deadline_s:
            wait_readable(min(deadline_s, 0.01), self.near.fileno())
        data, self.inbox = self.inbox, b""
        return data

    def write_all(self, data: bytes, deadline_s: float) -> None:
        assert deadline_s > 0
        self.sent.append(data)
        waiting = self.answers.get(data, [])
        if waiting:
            self.inbox += waiting.pop(0)

    def close(self) -> None:
        self.near.close()
        self.far.close()


@contextlib.contextmanager
def adam(line: FakeLine) -> Iterator[Adam]:
    settings = AdamSettings(driver="adam", port="/dev/x")
    waits = replace(ADAM_WAITS, spacing_s=0.03, answer_s=0.01, settle_s=0.01)
    driver = Adam("scale", settings, lambda _: None, open_port=lambda *_: line, waits=waits)
    try:
        driver.open()
        yield driver
    finally:
        driver.close()


class LateLine(FakeLine):
    """Answers only when the driver has given up to wait, before it asks again."""

    def read(self, deadline_s: float) -> bytes:
        return super().read(deadline_s) if deadline_s == 0 and len(self.sent) > 2 else b""


def test_what_a_scale_says_only_once_is_not_lost_by_coming_late() -> None:
    line = LateLine({b"P\r\n": [b"", b"", b"  0.480kg\r\n"]})
    with adam(line) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 480)


def test_what_a_silent_scale_printed_before_the_question_is_no_answer() -> None:
    line = FakeLine({})
    with adam(line) as driver:
        line.inbox = b"  0.900kg\r\n"
        assert driver.weigh("r1", 0.1) == NoWeight("scale", "r1", WeighProblem.EMPTY, final=True)


def test_a_silent_scale_is_not_asked_while_idle() -> None:
    line = FakeLine({})
    with adam(line) as driver:
        asked = len(line.sent)
        bell, ringer = socket.socketpair()
        with bell, ringer:
            ringer.send(b"!")
            for _ in range(3):
                driver.listen(bell.fileno(), lambda _: None)
        assert len(line.sent) == asked


@contextlib.contextmanager
def sics(line: FakeLine, sink: Callable[[object], None] = lambda _: None, unit: str = "kg") -> Iterator[MtSics]:
    settings = MtSicsSettings(driver="mt_sics", port="/dev/x", unit=unit)  # type: ignore[arg-type] # msgspec would check it
    waits = replace(MT_SICS_WAITS, spacing_s=0, answer_s=0.05, order_s=0.05, effect_s=0.05, settle_s=0.02)
    driver = MtSics("scale", settings, sink, open_port=lambda *_: line, waits=waits)
    try:
        driver.open()
        yield driver
    finally:
        driver.close()


ZERO, KILO = b"S S      0.000 kg\r\n", b"S S      1.000 kg\r\n"


def test_a_scale_that_refuses_the_question_is_not_ready() -> None:
    line = FakeLine({b"SI\r\n": [b"ES\r\n", b"ES\r\n"]})
    with pytest.raises(DeviceError, match="refuses") as raised, sics(line):
        pass
    assert not raised.value.permanent


def test_one_answer_in_a_wrong_unit_is_damage_and_two_are_wrong_settings() -> None:
    line = FakeLine(
        {b"SI\r\n": [ZERO, b"S S      1.000 g\r\n", KILO, b"S S      1.000 g\r\n", b"S S      1.000 g\r\n"]}
    )
    with sics(line) as driver:
        assert driver.weigh("r1", LONG_S) == Weight("scale", "r1", 1000)
        with pytest.raises(DeviceError, match="does not answer in kg") as raised:
            driver.weigh("r2", LONG_S)
        assert raised.value.permanent


def test_a_command_that_is_not_answered_but_done_is_done() -> None:
    line = FakeLine({b"SI\r\n": [KILO, ZERO], b"Z\r\n": []})
    with sics(line) as driver:
        assert type(driver.zero("z1")).__name__ == "ZeroDone"
    assert line.sent[1] == b"Z\r\n"


def test_a_scale_that_falls_silent_at_a_command_is_lost() -> None:
    line = FakeLine({b"SI\r\n": [KILO], b"Z\r\n": []})
    with sics(line) as driver, pytest.raises(DeviceError, match="does not answer"):
        driver.zero("z1")


def test_a_zero_of_a_tare_is_no_zero_of_the_scale() -> None:
    net_zero = b"\x0200.000N\r"
    line = FakeLine({b"W": [net_zero] * 100_000, b"Z": [b"\x02?`\r"]})
    settings = Mettler8217Settings(driver="mettler_8217", port="/dev/x", unit="kg")
    waits = ScaleWaits(spacing_s=0, effect_s=0.02)
    driver = Mettler8217("scale", settings, lambda _: None, open_port=lambda *_: line, waits=waits)
    with contextlib.closing(driver):
        driver.open()
        assert driver.zero("z1") == ScaleRefused("scale", "z1", ScaleRefusal.REFUSED)


def test_a_tare_is_not_believed_to_be_cleared_by_a_scale_that_does_not_show_it() -> None:
    line = FakeLine({b"SI\r\n": [KILO] * 100_000})
    with sics(line) as driver:
        assert isinstance(driver.clear_tare("t1"), ScaleRefused)


def test_a_stream_of_noise_is_missed_like_silence() -> None:
    port = FakeHid(stable(0))
    with hid(port, replace(HID_WAITS, silence_s=0.01)) as driver:
        bell, other = socket.socketpair()
        port.far.send(b"!")

        def listen_on() -> None:
            for _ in range(100_000):
                port.ring = [b"\x03\xff\xff\xff"]
                driver.listen(bell.fileno(), lambda _: None)

        with bell, other, pytest.raises(DeviceError, match="no USB HID scale protocol"):
            listen_on()


def test_a_tare_is_never_negative_nor_nothing() -> None:
    line = FakeLine({b"SI\r\n": [KILO] * 5})
    with sics(line) as driver:
        for grams in (0, -5):
            refused = driver.tare("t1", grams)
            assert getattr(refused, "reason", None) is ScaleRefusal.OUT_OF_RANGE
    assert line.sent == [b"SI\r\n"] * 3


def shown(value: str | None, *, is_stable: bool = True, **flags: object) -> Reading:
    reading = Reading(None if value is None else Decimal(value), None if value is None else KG, stable=is_stable)
    return replace(reading, **flags)  # type: ignore[arg-type] # flags only


@pytest.mark.parametrize(
    ("answer", "grams", "problem", "empty"),
    [
        (shown("1.250"), 1250, WeighProblem.EMPTY, False),
        (shown("1.250", net=True), 1250, WeighProblem.EMPTY, False),
        (shown("1.250", is_stable=False), 0, WeighProblem.IN_MOTION, False),
        (shown("1.250", in_motion=True), 0, WeighProblem.IN_MOTION, False),
        (shown("1.250", over_capacity=True), 0, WeighProblem.OVER_CAPACITY, False),
        (shown("1.250", fault="ram"), 0, WeighProblem.NOT_READY, False),
        (shown("1.250", needs_zero=True), 0, WeighProblem.NOT_READY, False),
        (shown("1.250", busy=True), 0, WeighProblem.NOT_READY, False),
        (shown("-0.250"), 0, WeighProblem.UNDER_ZERO, False),
        (shown("0.250", under_zero=True), 0, WeighProblem.UNDER_ZERO, False),
        (shown("0.000"), 0, WeighProblem.EMPTY, True),
        (shown("0.000", is_stable=False), 0, WeighProblem.IN_MOTION, False),
        (shown("0.0004"), 0, WeighProblem.EMPTY, False),
        (shown(None), 0, WeighProblem.NOT_READY, False),
        (shown(None, at_zero=True), 0, WeighProblem.EMPTY, True),
        (shown(None, at_zero=True, in_motion=True), 0, WeighProblem.IN_MOTION, False),
        (Refused("syntax"), 0, WeighProblem.NOT_READY, False),
        (None, 0, WeighProblem.EMPTY, False),
    ],
)
def test_what_an_answer_means_for_a_sale(
    answer: Reading | Refused | None, grams: int, problem: WeighProblem, *, empty: bool
) -> None:
    assert sellable_grams(answer) == grams
    assert problem_of(answer) is problem
    assert (isinstance(answer, Reading) and is_empty(answer)) is empty


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Refused("out_of_range"), ScaleRefusal.OUT_OF_RANGE),
        (Refused("not_ready"), ScaleRefusal.NOT_READY),
        (Refused("unknown_command"), ScaleRefusal.REFUSED),
        (None, ScaleRefusal.REFUSED),
        (shown(None, busy=True, is_stable=False), ScaleRefusal.NOT_READY),
        (shown(None, in_motion=True, is_stable=False), ScaleRefusal.IN_MOTION),
        (shown("-0.100"), ScaleRefusal.UNDER_ZERO),
        (shown(None, over_capacity=True), ScaleRefusal.OVER_CAPACITY),
        (shown("0.500"), ScaleRefusal.REFUSED),
    ],
)
def test_why_a_scale_did_not_do_what_it_was_told(answer: Reading | Refused | None, reason: ScaleRefusal) -> None:
    assert refusal_of(answer) is reason
