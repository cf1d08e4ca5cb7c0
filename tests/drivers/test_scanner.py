"""The contract of a scanner: the real drivers, supervised, against simulated scanners of another process."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import evdev
import pytest

from drivers.control import ControlHandle
from drivers.device import DeviceChanged, DeviceError, Lifecycle
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.key_decoder import DOWN, EV_KEY, UP
from drivers.scanner.keyboard_wedge import KeyboardWedge, KeyboardWedgeSettings
from drivers.scanner.serial_scanner import SerialScanner, SerialScannerSettings
from drivers.scanner.simulated import SimulatedScanner
from drivers.supervisor import Supervisor, Waits
from tests.drivers.witness import Witness, open_files, simulated

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.01,), jitter=0)


@pytest.fixture(scope="module")
def simulation() -> Iterator[tuple[Path, ControlHandle]]:
    with simulated("scanner") as found:
        yield found


@pytest.fixture
def bench(simulation: tuple[Path, ControlHandle]) -> tuple[Path, ControlHandle]:
    simulation[1].do("scanner", "plug")
    return simulation


@contextlib.contextmanager
def supervised(port: Path, witness: Witness, **settings: object) -> Iterator[Supervisor[SerialScanner]]:
    checked = SerialScannerSettings("serial_scanner", str(port), **settings)  # type: ignore[arg-type] # msgspec would check them
    supervisor = Supervisor("scanner", lambda sink: SerialScanner("scanner", checked, sink), witness, waits=QUICK)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def test_codes_come_in_their_order(bench: tuple[Path, ControlHandle]) -> None:
    folder, control = bench
    witness = Witness()
    codes = [f"{number:013d}" for number in range(200)]
    with supervised(folder / "scanner", witness):
        witness.until_lifecycle(OPENING, READY)
        for code in codes:
            control.do("scanner", "scan", text=code, aim="]E0")
        assert witness.of(Scan, len(codes)) == [Scan("scanner", code, "]E0") for code in codes]


def test_garbage_and_half_a_code_are_bad_reads_and_the_next_code_is_read(bench: tuple[Path, ControlHandle]) -> None:
    folder, control = bench
    witness = Witness()
    with supervised(folder / "scanner", witness):
        witness.until_lifecycle(OPENING, READY)
        control.do("scanner", "garbage")
        control.do("scanner", "half", text="4006381333931")
        assert [read.reason for read in witness.of(BadRead, 2)] == ["undecodable", "broken_off"]
        control.do("scanner", "scan", text="4006381333931")
        assert witness.of(Scan) == [Scan("scanner", "4006381333931")]


def test_a_scanner_pulled_out_in_the_middle_of_a_code_comes_back_at_another_node(
    bench: tuple[Path, ControlHandle],
) -> None:
    folder, control = bench
    witness = Witness()
    with supervised(folder / "scanner", witness):
        witness.until_lifecycle(OPENING, READY)
        control.do("scanner", "half", text="4006381333931")
        before = (folder / "scanner").resolve()
        control.do("scanner", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        # Another terminal takes the old number, so that the scanner cannot come back under it.
        with occupied(before):
            control.do("scanner", "plug")
            assert (folder / "scanner").resolve() != before
            witness.until_lifecycle(OPENING, READY, LOST, READY)
            control.do("scanner", "scan", text="4006381333931")
            assert witness.of(Scan) == [Scan("scanner", "4006381333931")]


@contextlib.contextmanager
def occupied(node: Path) -> Iterator[None]:
    """Open pseudo terminals until one of them is `node`."""
    opened: list[int] = []
    try:
        while not node.exists():
            opened += os.openpty()
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)


def test_a_scanner_that_is_absent_is_lost_until_it_is_plugged_in(bench: tuple[Path, ControlHandle]) -> None:
    folder, control = bench
    control.do("scanner", "unplug")
    witness = Witness()
    with supervised(folder / "scanner", witness):
        witness.until_lifecycle(OPENING, LOST)
        assert "Plug the device in" in witness.of(DeviceChanged, 2)[1].conditions[0].remedy
        control.do("scanner", "plug")
        witness.until_lifecycle(OPENING, LOST, READY)


def test_a_port_that_another_program_holds_is_failed(bench: tuple[Path, ControlHandle]) -> None:
    folder, _ = bench
    first, second = Witness(), Witness()
    with supervised(folder / "scanner", first):
        first.until_lifecycle(OPENING, READY)
        with supervised(folder / "scanner", second):
            second.until_lifecycle(OPENING, FAILED)
            assert "Another program holds" in second.of(DeviceChanged, 2)[1].conditions[0].message


def test_a_port_without_permission_is_failed(
    bench: tuple[Path, ControlHandle], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may open all, so the refusal of the kernel is handed in."""

    def refuse(*_: object, **__: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("serial.Serial", refuse)
    witness = Witness()
    with supervised(bench[0] / "scanner", witness):
        witness.until_lifecycle(OPENING, FAILED)
        assert "No permission" in witness.of(DeviceChanged, 2)[1].conditions[0].message


def test_what_is_no_serial_port_is_failed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    witness = Witness()
    with supervised(tmp_path / "file", witness):
        witness.until_lifecycle(OPENING, FAILED)


def test_nothing_that_was_scanned_is_logged(
    bench: tuple[Path, ControlHandle], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    folder, control = bench
    witness = Witness()
    with supervised(folder / "scanner", witness):
        witness.until_lifecycle(OPENING, READY)
        control.do("scanner", "scan", text="4006381333931")
        control.do("scanner", "half", text="4006381333931")
        control.do("scanner", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
    assert "device.lost" in caplog.text
    assert "400638" not in caplog.text


def test_plugging_in_and_out_leaves_no_file_behind(tmp_path: Path) -> None:
    """In this process: both ends count."""
    scanner = SimulatedScanner("scanner", tmp_path)
    scanner.start()
    witness = Witness()
    with supervised(scanner.port, witness):
        witness.until_lifecycle(OPENING, READY)
        before = open_files()
        for _ in range(20):
            changes = witness.lifecycles()
            scanner.control("unplug", {})
            witness.until_lifecycle(*changes, LOST)
            scanner.control("plug", {})
            witness.until_lifecycle(*changes, LOST, READY)
        assert open_files() == before
    scanner.stop()
    assert list(tmp_path.iterdir()) == []


class Event(NamedTuple):
    """As `evdev.InputEvent` has it."""

    type: int
    code: int
    value: int


class Ids(NamedTuple):
    """As `evdev.DeviceInfo` has it."""

    vendor: int
    product: int


@dataclass
class FakeKeyboard:
    """An event device made of a pipe: three bytes an event."""

    info: Ids = field(default_factory=lambda: Ids(0x0C2E, 0x0B61))
    phys: str = "usb-0000:00:14.0-2/input0"
    uniq: str = ""
    types: bool = True
    grab_error: int = 0

    def __post_init__(self) -> None:
        self.fd, self.far_end = os.pipe()
        self.grabbed = False

    def capabilities(self) -> dict[int, list[int]]:
        return {EV_KEY: [28] if self.types else [113]}

    def grab(self) -> None:
        if self.grab_error:
            raise OSError(self.grab_error, os.strerror(self.grab_error))
        self.grabbed = True

    def read(self) -> Iterable[Event]:
        data = os.read(self.fd, 4096)
        if not data:
            raise OSError(errno.ENODEV, "No such device")
        return [Event(*data[at : at + 3]) for at in range(0, len(data), 3)]

    def type(self, *codes: int) -> None:
        # In one piece: a machine that is busy must not pause between two keys for longer than a scanner would.
        os.write(self.far_end, b"".join(bytes([EV_KEY, code, DOWN, EV_KEY, code, UP]) for code in codes))

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def unplug(self) -> None:
        if self.far_end >= 0:
            os.close(self.far_end)
            self.far_end = -1


WEDGE = KeyboardWedgeSettings("keyboard_wedge", "0C2E", "0b61")


@pytest.fixture
def keyboards() -> Iterator[Callable[..., FakeKeyboard]]:
    made: list[FakeKeyboard] = []

    def make(**facts: object) -> FakeKeyboard:
        made.append(FakeKeyboard(**facts))  # type: ignore[arg-type] # facts are the fields of a keyboard
        return made[-1]

    yield make
    for keyboard in made:
        keyboard.unplug()
        keyboard.close()


def wedge(*found: FakeKeyboard, denied: int = 0, settings: KeyboardWedgeSettings = WEDGE) -> KeyboardWedge:
    return KeyboardWedge("scanner", settings, lambda _: None, keyboards=lambda: (list(found), denied))


def test_a_scanner_that_types_is_grabbed_and_read(keyboards: Callable[..., FakeKeyboard]) -> None:
    mine, other = keyboards(), keyboards(info=Ids(0x046D, 0xC31C))
    volume = keyboards(types=False)
    offered = [[other, volume, mine]]
    witness = Witness()
    supervisor = Supervisor(
        "scanner",
        lambda sink: KeyboardWedge("scanner", WEDGE, sink, keyboards=lambda: (offered.pop() if offered else [], 0)),
        witness,
        waits=QUICK,
    )
    supervisor.start()
    witness.until_lifecycle(OPENING, READY)
    assert mine.grabbed
    assert other.fd == volume.fd == -1
    mine.type(5, 11, 11, 28)
    assert witness.of(Scan) == [Scan("scanner", "400")]
    mine.type(5, 11)
    assert witness.of(BadRead) == [BadRead("scanner", "broken_off")]
    mine.unplug()
    witness.until_lifecycle(OPENING, READY, LOST)
    supervisor.stop()
    assert mine.fd == -1


def test_a_scanner_that_is_not_plugged_in_is_worth_another_try() -> None:
    with pytest.raises(DeviceError, match="not plugged in") as caught:
        wedge().open()
    assert not caught.value.permanent


def test_two_scanners_alike_are_told_apart_by_a_person(keyboards: Callable[..., FakeKeyboard]) -> None:
    left, right = keyboards(), keyboards(phys="usb-0000:00:14.0-21/input0")
    with pytest.raises(DeviceError, match="2 devices fit") as caught:
        wedge(left, right).open()
    assert caught.value.permanent
    assert left.fd == right.fd == -1


@pytest.mark.parametrize("key", [{"usb_port": "usb-0000:00:14.0-2"}, {"serial": "A1"}])
def test_two_scanners_alike_are_told_apart_by_port_or_serial(
    keyboards: Callable[..., FakeKeyboard], key: dict[str, str]
) -> None:
    left, right = keyboards(uniq="A1"), keyboards(phys="usb-0000:00:14.0-21/input0", uniq="A2")
    driver = wedge(right, left, settings=KeyboardWedgeSettings("keyboard_wedge", "0c2e", "0b61", **key))  # type: ignore[arg-type] # both are text
    driver.open()
    assert (left.grabbed, right.grabbed) == (True, False)
    driver.close()


def test_no_permission_to_look_and_a_scanner_in_other_hands_need_a_person(
    keyboards: Callable[..., FakeKeyboard],
) -> None:
    held = keyboards(grab_error=errno.EBUSY)
    for driver, message in ((wedge(denied=3), "No permission"), (wedge(held), "Another program")):
        with pytest.raises(DeviceError, match=message) as caught:
            driver.open()
        assert caught.value.permanent
        driver.close()


def test_a_virtual_keyboard_of_the_kernel_is_read() -> None:
    if not os.access("/dev/uinput", os.W_OK):
        pytest.skip("no /dev/uinput to make a keyboard with")
    with evdev.UInput({EV_KEY: list(range(1, 120))}, vendor=0x0C2E, product=0x0B61, name="lane test scanner") as keys:
        witness = Witness()
        supervisor = Supervisor("scanner", lambda sink: KeyboardWedge("scanner", WEDGE, sink), witness, waits=QUICK)
        supervisor.start()
        witness.until(lambda _: witness.lifecycles()[-1:] == [READY])
        for code in (5, 11, 11, 28):
            for value in (DOWN, UP):
                keys.write(EV_KEY, code, value)
                keys.syn()
        assert witness.of(Scan) == [Scan("scanner", "400")]
        supervisor.stop()
