"""Which of the keyboards is the scanner: by what sysfs says of it, never by its number."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.device import AbsentError, DeviceError, Lifecycle
from drivers.scanner.hid_pos import HidPosScanner, HidPosSettings
from drivers.scanner.input_nodes import find_keyboard, keyboards
from drivers.scanner.interface import Scan
from drivers.scanner.keyboard_wedge import KeyboardWedge, KeyboardWedgeSettings
from drivers.scanner.keystrokes import tap
from drivers.supervisor import Supervisor
from drivers.transport.input_events import EV_KEY
from drivers.transport.interface import Transport
from tests.drivers.scanner_rig import QUICK
from tests.drivers.witness import Witness

# What sysfs shows for a keyboard, and for the volume keys beside it.
TYPES, VOLUME = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe", "3f 0 0 0 e000000000000 0"


def settings(**more: object) -> KeyboardWedgeSettings:
    return KeyboardWedgeSettings(driver="keyboard_wedge", vendor="0C2E", product="0b61", **more)  # type: ignore[arg-type] # msgspec would check them


def keyboard(sysfs: Path, number: int, *, port: str = "1-1.2", serial: str = "", keys: str = TYPES) -> None:
    """An input device of a USB scanner, as the kernel lays it out."""
    device = sysfs / "devices" / "usb1" / port
    write(device, idVendor="0c2e", idProduct="0b61", serial=serial, product="Scanner")
    interface = device / f"{port}:1.0"
    write(interface, bInterfaceNumber="00")
    node(sysfs, number, interface, keys)


def bluetooth(sysfs: Path, number: int, address: str) -> None:
    """An input device of a Bluetooth scanner: no USB above it but that of the radio."""
    node(sysfs, number, sysfs / "devices" / "virtual" / "uhid", TYPES, vendor="0c2e", product="0b61", uniq=address)


def node(
    sysfs: Path, number: int, parent: Path, keys: str, *, vendor: str = "", product: str = "", uniq: str = ""
) -> None:
    place = parent / "input" / f"input{number}"
    write(place, uniq=uniq)
    write(place / "id", vendor=vendor, product=product)
    write(place / "capabilities", key=keys)
    event = place / f"event{number}"
    write(event, uevent=f"DEVNAME=input/event{number}")
    (event / "device").symlink_to("..")
    entry = sysfs / "class" / "input" / event.name
    entry.parent.mkdir(parents=True, exist_ok=True)
    entry.symlink_to(os.path.relpath(event, entry.parent))


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content + "\n")


def test_the_one_that_types_is_found_and_its_volume_keys_are_not(tmp_path: Path) -> None:
    keyboard(tmp_path, 7, keys=VOLUME)
    keyboard(tmp_path, 11)
    assert find_keyboard(settings(), "scanner", sysfs=tmp_path) == Path("/dev/input/event11")
    (found,) = keyboards(tmp_path)
    assert (found.usb_port, found.interface) == ("1-1.2", "00")


@pytest.mark.parametrize("key", [{"usb_port": "1-1.3"}, {"serial": "B2"}])
def test_two_alike_are_told_apart_by_port_or_serial(tmp_path: Path, key: dict[str, str]) -> None:
    keyboard(tmp_path, 3, serial="A1")
    keyboard(tmp_path, 4, port="1-1.3", serial="B2")
    assert find_keyboard(settings(**key), "scanner", sysfs=tmp_path) == Path("/dev/input/event4")
    with pytest.raises(DeviceError, match="2 devices fit") as caught:
        find_keyboard(settings(), "scanner", sysfs=tmp_path)
    assert caught.value.permanent
    assert "1-1.2 interface 00, 1-1.3 interface 00" in caught.value.remedy


def test_a_bluetooth_scanner_is_found_by_its_address(tmp_path: Path) -> None:
    bluetooth(tmp_path, 5, "00:11:22:aa:bb:cc")
    bluetooth(tmp_path, 6, "00:11:22:aa:bb:dd")
    wanted = settings(serial="00:11:22:AA:BB:DD")
    assert find_keyboard(wanted, "scanner", sysfs=tmp_path) == Path("/dev/input/event6")


def test_one_that_is_not_there_is_absent(tmp_path: Path) -> None:
    keyboard(tmp_path, 3, port="1-1.3")
    for wanted in (settings(usb_port="1-1"), settings(interface="02"), settings(serial="Z")):
        with pytest.raises(AbsentError, match="not plugged in"):
            find_keyboard(wanted, "scanner", sysfs=tmp_path)


@pytest.mark.parametrize("bitmap", ["", "zz", "0", "10000000"])
def test_a_bitmap_without_enter_is_no_keyboard(tmp_path: Path, bitmap: str) -> None:
    keyboard(tmp_path, 3, keys=bitmap)
    # 10000000 is bit 28 alone, which is Enter.
    assert bool(keyboards(tmp_path)) is (bitmap == "10000000")


def test_the_drivers_open_the_node_that_was_found_whatever_its_number(tmp_path: Path) -> None:
    asked: list[Path] = []

    def refuse(path: Path) -> Transport:
        asked.append(path)
        raise AbsentError("gone", "again")

    keyboard(tmp_path, 9)
    hidraw = tmp_path / "class" / "hidraw" / "hidraw4"
    write(tmp_path / "devices/usb1/1-1.2/1-1.2:1.0/hidraw/hidraw4", uevent="DEVNAME=hidraw4")
    (tmp_path / "devices/usb1/1-1.2/1-1.2:1.0/hidraw/hidraw4/device").symlink_to("../..")
    hidraw.parent.mkdir(parents=True)
    hidraw.symlink_to(tmp_path / "devices/usb1/1-1.2/1-1.2:1.0/hidraw/hidraw4")
    pos = HidPosSettings(driver="hid_pos", vendor="0c2e", product="0b61")
    wedge = KeyboardWedge("scanner", settings(), lambda _: None, open_node=refuse, sysfs=tmp_path)
    hid = HidPosScanner("scanner", pos, lambda _: None, open_node=refuse, sysfs=tmp_path)  # type: ignore[arg-type] # it returns nothing
    for driver in (wedge, hid):
        with pytest.raises(AbsentError):
            driver.open()
    assert asked == [Path("/dev/input/event9"), Path("/dev/hidraw4")]


def test_a_virtual_keyboard_of_the_kernel_is_read() -> None:
    evdev = pytest.importorskip("evdev")
    if not os.access("/dev/uinput", os.W_OK):
        pytest.skip("no /dev/uinput to make a keyboard with")
    keys = {EV_KEY: list(range(1, 120))}
    with evdev.UInput(keys, vendor=0x0C2E, product=0x0B61, name="lane test scanner") as keyboard_of_kernel:
        witness = Witness()
        supervisor = Supervisor(
            "scanner", lambda sink: KeyboardWedge("scanner", settings(), sink), witness, waits=QUICK
        )
        supervisor.start()
        witness.until(lambda _: witness.lifecycles()[-1:] == [Lifecycle.READY])
        for event in [event for code in (5, 11, 11, 28) for event in tap(code)]:
            keyboard_of_kernel.write(*event)
        assert witness.of(Scan) == [Scan("scanner", "400")]
        supervisor.stop()
