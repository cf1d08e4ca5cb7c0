"""Tactile keypads and headset jacks: each key is told once with its meaning, no digit is shown, no plug is missed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from evdev import ecodes
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import AbsentError, Category, Conditions, DeviceError, HealthLevel, Sink
from drivers.identity import UsbIdentity
from drivers.keypad import headset_jack, key_reader
from drivers.keypad.headset_jack import HeadsetJack, HeadsetJackSettings, Plug
from drivers.keypad.input_nodes import SW_HEADPHONE_INSERT, SW_MICROPHONE_INSERT, find_jack, find_keypad
from drivers.keypad.interface import HeadsetChanged, Key, KeyPressed
from drivers.keypad.key_maps import PROFILES, Jack, key_map
from drivers.keypad.key_reader import KeyReader
from drivers.keypad.tactile_keypad import TactileKeypad, TactileKeypadSettings
from drivers.supervisor import Supervisor
from drivers.transport.evdev_nodes import open_input
from drivers.transport.input_events import EV_KEY, EV_SW, EV_SYN, EVENT, SYN_DROPPED, InputEvent, packed
from tests.drivers.small_bench import CONTRACT, LOST, OPENING, READY, Bench, Case, bench
from tests.drivers.usb_tree import UsbTree
from tests.drivers.witness import Witness

STORM = {"vendor": "2047", "product": "09ad"}
NAME = "HDA Intel PCH Headphone"


@pytest.fixture(scope="module")
def inputs() -> Iterator[Bench]:
    with bench() as found:
        yield found


@pytest.fixture
def here(inputs: Bench) -> Bench:
    for name in ("keypad", "jack"):
        inputs.do(name, "plug")
    inputs.do("jack", "remove")
    inputs.do("keypad", "silent", on=False)
    inputs.do("keypad", "slow", ms=0)
    return inputs


def keypad(path: Path, sink: Sink, *, person_s: float = 20.0, **settings: Any) -> TactileKeypad:
    wanted = TactileKeypadSettings(driver="tactile_keypad", simulated=str(path), **(STORM | settings))
    return TactileKeypad("keypad", wanted, sink, person_s=person_s)


def jack(path: Path, sink: Sink, *, person_s: float = 20.0) -> HeadsetJack:
    settings = HeadsetJackSettings(driver="headset_jack", name=NAME, simulated=str(path))
    return HeadsetJack("jack", settings, sink, person_s=person_s)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("name", ["keypad", "jack"])
def test_contract(clause: Any, name: str, here: Bench) -> None:
    clause(Case(here, name, keypad if name == "keypad" else jack))


def test_keys_are_told_in_order_with_their_meaning(here: Bench) -> None:
    with Case(here, "keypad", keypad).ready() as (supervisor, witness):
        assert supervisor.driver.category is Category.KEYPAD
        for key in ("KEY_F17", "KEY_F18", "KEY_A", "KEY_F20"):
            here.do("keypad", "press", key=key)
        here.do("keypad", "hold", key="KEY_VOLUMEUP", repeats=2)
        here.do("keypad", "hold", key="KEY_F19", repeats=5)
        here.do("keypad", "press", key="KEY_F15")
        assert witness.of(HeadsetChanged) == [HeadsetChanged("keypad", plugged=True)]
        louder = [KeyPressed("keypad", Key.LOUDER), *[KeyPressed("keypad", Key.LOUDER, repeated=True)] * 2]
        told = [KeyPressed("keypad", key) for key in (Key.HELP, Key.UP, Key.SELECT)]
        assert witness.of(KeyPressed) == [*told, *louder, KeyPressed("keypad", Key.DOWN)]
        here.do("keypad", "press", key="KEY_F16")
        assert witness.of(HeadsetChanged, 2)[1] == HeadsetChanged("keypad", plugged=False)


def test_a_slow_keypad_and_one_that_sends_nonsense_lose_no_key(here: Bench) -> None:
    with Case(here, "keypad", keypad).ready() as (_, witness):
        here.do("keypad", "garbage")
        here.do("keypad", "overrun", key="KEY_F17")
        here.do("keypad", "slow", ms=20)
        here.do("keypad", "press", key="KEY_F18")
        here.do("keypad", "press", key="KEY_F19")
        assert witness.of(KeyPressed, 2) == [KeyPressed("keypad", Key.UP), KeyPressed("keypad", Key.DOWN)]


def test_a_keypad_that_breaks_off_in_an_event_works_after_a_replug(here: Bench) -> None:
    with Case(here, "keypad", keypad).ready() as (_, witness):
        here.do("keypad", "half", key="KEY_F17")
        here.do("keypad", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        here.do("keypad", "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        here.do("keypad", "press", key="KEY_F18")
        assert witness.of(KeyPressed) == [KeyPressed("keypad", Key.UP)]


def test_no_digit_is_in_a_log_or_in_a_frame(here: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make = Case(here, "keypad", lambda path, sink: keypad(path, sink, profile="generic_numpad"))
    with make.ready() as (_, witness):
        for digit in "8351":
            here.do("keypad", "press", key=f"KEY_KP{digit}")
        told = witness.of(KeyPressed, 4)
        assert "".join(one.key for one in told) == "8351"
        here.do("keypad", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
    said = "".join(record.getMessage() for record in caplog.records)
    assert "device.lost" in said
    assert not any(secret in said for secret in ("8351", "KeyPressed", "KP8", "digit"))
    frame = packed(InputEvent(EV_KEY, ecodes.KEY_KP8, 1))
    assert key_reader.redact(frame) == "2 events"
    assert key_reader.describe(frame) == {"events": 2, "keys": ["digit"]}
    others = packed(*[InputEvent(EV_KEY, code, 1) for code in (ecodes.KEY_F17, ecodes.KEY_7, ecodes.KEY_Q, 0x2FD)])
    assert key_reader.describe(others)["keys"] == ["KEY_F17", "digit", "letter", "key 765"]
    assert "error" in key_reader.describe(frame[:-1])


@pytest.mark.parametrize("pressed", [True, False])
def test_an_interactive_check_waits_for_a_key(pressed: bool, here: Bench) -> None:
    witness = Witness()
    driver = keypad(here.folder / "keypad", witness, person_s=20.0 if pressed else 0.1)
    driver.open()
    if pressed:
        here.do("keypad", "press", key="KEY_F17")
    found = driver.check_health(HealthLevel.INTERACTIVE)
    assert (found.passed, bool(found.remedy)) == (pressed, not pressed)
    assert [[one.code for one in told.conditions] for told in witness.of(Conditions, 2)] == [["press_a_key"], []]
    assert not any(isinstance(record, KeyPressed) for record in witness.records)
    driver.close()


def test_a_headset_is_told_at_the_start_and_at_each_change_also_one_the_kernel_lost(here: Bench) -> None:
    here.do("jack", "insert")
    with Case(here, "jack", jack).ready() as (supervisor, witness):
        assert supervisor.driver.category is Category.HEADSET_JACK
        witness.of(HeadsetChanged)
        here.do("jack", "remove")
        witness.of(HeadsetChanged, 2)
        here.do("jack", "garbage")
        here.do("jack", "overrun", plugged=True)
        witness.of(HeadsetChanged, 3)
        here.do("jack", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        here.do("jack", "remove")
        here.do("jack", "plug")
        assert [told.plugged for told in witness.of(HeadsetChanged, 4)] == [True, False, True, False]


@pytest.mark.parametrize("moved", [True, False])
def test_an_interactive_check_waits_for_a_plug(moved: bool, here: Bench) -> None:
    witness = Witness()
    driver = jack(here.folder / "jack", witness, person_s=20.0 if moved else 0.1)
    driver.open()
    assert "not plugged in" in driver.check_health(HealthLevel.EXTERNAL).text

    def hand() -> None:
        witness.of(Conditions)
        here.do("jack", "insert")

    person = threading.Thread(target=hand if moved else lambda: None)
    person.start()
    found = driver.check_health(HealthLevel.INTERACTIVE)
    person.join()
    assert (found.passed, bool(found.remedy)) == (moved, not moved)
    driver.close()


events = st.builds(
    InputEvent,
    st.sampled_from((EV_SYN, EV_KEY, EV_SW, 4)),
    st.sampled_from((0, SYN_DROPPED, ecodes.KEY_F17, ecodes.KEY_VOLUMEUP, ecodes.KEY_F15, 2, 4)),
    st.integers(0, 2),
)


@given(st.lists(events, max_size=40), st.lists(st.integers(0, 2000), max_size=8))
def test_keys_are_the_same_in_any_pieces(sent: list[InputEvent], cuts: list[int]) -> None:
    data = b"".join(packed(event) for event in sent)
    keys = key_map("storm_nav_pad", {})
    whole = KeyReader(keys).feed(data)
    pieces = KeyReader(keys)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    cut_up = [press for begin, end in pairwise(edges) for press in pieces.feed(data[begin:end])]
    assert cut_up == whole
    for press in whole:
        assert not press.repeated or press.meaning in (Key.LOUDER, Key.SOFTER)
    assert len(whole) <= len(sent)


@given(st.binary(max_size=300))
def test_any_bytes_are_taken(data: bytes) -> None:
    KeyReader(key_map("generic_numpad", {})).feed(data)
    assert key_reader.describe(data)
    assert "events" in key_reader.redact(data)
    assert isinstance(headset_jack.describe(data), dict)
    assert headset_jack.redact(data) == data.hex(" ")


@given(st.lists(events, max_size=40), st.integers(0, 31))
def test_a_plug_is_what_its_switches_last_said(sent: list[InputEvent], start: int) -> None:
    plug = Plug()
    plug.start(start)
    headphone, microphone = bool(start & 4), bool(start & 16)
    for event in sent:
        plug.see(event)
        if event.kind == EV_SW and event.code == SW_HEADPHONE_INSERT:
            headphone = bool(event.value)
        elif event.kind == EV_SW and event.code == SW_MICROPHONE_INSERT:
            microphone = bool(event.value)
    assert plug.plugged is (headphone or microphone)
    assert plug.lost is any((event.kind, event.code) == (EV_SYN, SYN_DROPPED) for event in sent)


def test_settings_say_what_a_key_means() -> None:
    keys = key_map("storm_nav_pad", {"F24": "repeat", "KEY_F17": "", "KEY_F13": "headset_in"})
    assert keys[ecodes.KEY_F24] is Key.REPEAT
    assert keys[ecodes.KEY_F13] is Jack.IN
    assert ecodes.KEY_F17 not in keys
    assert key_map("none", {"KEY_1": "1"}) == {ecodes.KEY_1: Key.DIGIT_1}
    wanted = {Key.UP, Key.DOWN, Key.SELECT, Key.HELP}
    for name, profile in PROFILES.items():
        assert name == "none" or wanted <= set(profile.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": {"KEY_NONSENSE": "help"}},
        {"keys": {"KEY_F17": "jump"}},
        {"profile": "none"},
        {"profile": "storm"},
        {"vendor": "1"},
    ],
)
def test_settings_are_bounded(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"driver": "tactile_keypad", **STORM, **wrong}, TactileKeypadSettings)


def bitmap(*bits: int) -> str:
    """As sysfs writes it: words of 64 bits, the highest first, no leading zeros."""
    number = sum(1 << bit for bit in bits)
    words: list[str] = []
    while number or not words:
        words.append(f"{number & (1 << 64) - 1:x}")
        number >>= 64
    return " ".join(reversed(words))


def put(sysfs: Path, event: str, **files: str) -> None:
    device = sysfs / "class" / "input" / event / "device"
    device.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = device / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")


def test_all_nodes_of_the_one_keypad_are_found_and_no_other(tmp_path: Path) -> None:
    tree = UsbTree(tmp_path)
    for port, serial in (("1-1", "A1"), ("1-2", "B2")):
        tree.plug(port, "2047:09ad", serial=serial)
    for number, (port, interface, keys) in enumerate(
        (
            ("1-1", "00", bitmap(ecodes.KEY_F15, ecodes.KEY_F23)),
            ("1-1", "02", bitmap(ecodes.KEY_VOLUMEUP)),
            ("1-1", "01", bitmap(ecodes.KEY_POWER)),
            ("1-2", "00", bitmap(ecodes.KEY_F15)),
        )
    ):
        tree.node(port, interface, "input", f"event{number}", f"input/event{number}")
        put(tmp_path, f"event{number}", capabilities__key=keys)
    codes = key_map("storm_nav_pad", {})
    found = find_keypad(UsbIdentity(**STORM, serial="A1"), "keypad", codes, sysfs=tmp_path)
    assert found == [Path("/dev/input/event0"), Path("/dev/input/event1")]
    with pytest.raises(DeviceError, match="2 devices fit") as raised:
        find_keypad(UsbIdentity(**STORM), "keypad", codes, sysfs=tmp_path)
    assert raised.value.permanent
    assert "1-1, 1-2" in raised.value.remedy
    with pytest.raises(AbsentError):
        find_keypad(UsbIdentity(vendor="2047", product="0001"), "keypad", codes, sysfs=tmp_path)


def test_a_jack_is_found_by_its_name(tmp_path: Path) -> None:
    for number, (name, phys, switches) in enumerate(
        (
            (NAME, "ALSA", bitmap(SW_HEADPHONE_INSERT)),
            ("HDA Intel PCH Mic", "ALSA", bitmap(SW_MICROPHONE_INSERT)),
            ("Lid Switch", "PNP0C0D/button/input0", bitmap(0)),
        )
    ):
        put(tmp_path, f"event{number}", name=name, phys=phys, capabilities__sw=switches)
    assert find_jack(NAME, "", "jack", sysfs=tmp_path) == Path("/dev/input/event0")
    with pytest.raises(AbsentError) as raised:
        find_jack("Lid Switch", "", "jack", sysfs=tmp_path)
    assert NAME in raised.value.remedy
    put(tmp_path, "event9", name=NAME, phys="usb-1", capabilities__sw=bitmap(SW_HEADPHONE_INSERT))
    with pytest.raises(DeviceError, match="2 headset jacks") as twice:
        find_jack(NAME, "", "jack", sysfs=tmp_path)
    assert twice.value.permanent
    assert find_jack(NAME, "usb-1", "jack", sysfs=tmp_path) == Path("/dev/input/event9")


def test_a_node_that_is_none_or_may_not_be_opened_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(AbsentError):
        open_input(tmp_path / "event0", "keypad", grab=True)
    (tmp_path / "event1").touch()
    with pytest.raises(DeviceError, match="no usable keypad") as raised:
        open_input(tmp_path / "event1", "keypad", grab=True)
    assert raised.value.permanent

    def forbidden(_: Path) -> Any:
        raise PermissionError(13, "no")

    witness = Witness()
    settings = TactileKeypadSettings(driver="tactile_keypad", simulated="/x", vendor="2047", product="09ad")
    supervisor = Supervisor(
        "keypad", lambda sink: TactileKeypad("keypad", settings, sink, open_node=forbidden), witness
    )
    supervisor.start()
    try:
        witness.until(lambda _: [str(one) for one in witness.lifecycles()] == ["opening", "failed"])
    finally:
        supervisor.stop(10.0)


def test_an_input_device_takes_no_orders(here: Bench) -> None:
    transport = open_input(here.folder / "jack", "headset jack", grab=False)
    with pytest.raises(DeviceError):
        transport.write_all(b"x", 1.0)
    assert transport.read(0) == b""
    transport.close()
    with pytest.raises(AbsentError):
        transport.fileno()
    assert EVENT.size == len(packed())
