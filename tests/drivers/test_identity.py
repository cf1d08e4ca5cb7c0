"""A device is known by its ids, its serial and its place, whatever its node is called today."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import AbsentError, DeviceError
from drivers.identity import Hint, UsbIdentity, find_usb, heeds, refuse_volatile, usb_nodes
from tests.drivers.usb_tree import UsbTree

SCANNER = UsbIdentity(vendor="0C2E", product="0b61")


class SerialSettings(msgspec.Struct):
    """Settings of a device on a serial line."""

    port: str = ""


class NetworkSettings(msgspec.Struct):
    """Settings of a device on the network."""

    host: str
    port: int = 9100


@pytest.fixture
def tree(tmp_path: Path) -> UsbTree:
    return UsbTree(tmp_path / "sys")


def wanted(**more: str) -> UsbIdentity:
    return UsbIdentity(vendor="0c2e", product="0b61", **more)


def test_a_device_is_found_by_its_ids_with_all_that_is_known_of_it(tree: UsbTree) -> None:
    tree.plug("1-1.2", "0c2e:0b61", serial="A1", name="Voyager 1400g")
    tree.node("1-1.2", "02", "hidraw", "hidraw3")
    found = find_usb(SCANNER, "hidraw", "scanner", sysfs=tree.root)
    assert (str(found.node), found.usb_port, found.interface) == ("/dev/hidraw3", "1-1.2", "02")
    assert (found.vendor, found.product, found.serial, found.name) == ("0c2e", "0b61", "A1", "Voyager 1400g")


def test_a_printer_has_its_node_in_a_folder(tree: UsbTree) -> None:
    tree.plug("1-3", "04b8:0e15")
    tree.node("1-3", "00", "usbmisc", "lp0", "usb/lp0")
    tree.node("1-3", "01", "usbmisc", "hiddev0", "usb/hiddev0")
    printer = UsbIdentity(vendor="04b8", product="0e15")
    assert find_usb(printer, "usbmisc", "printer", pattern="lp*", sysfs=tree.root).node == Path("/dev/usb/lp0")


def test_the_same_device_is_found_under_another_node(tree: UsbTree) -> None:
    tree.plug("1-1", "0c2e:0b61", serial="A1")
    tree.node("1-1", "00", "tty", "ttyACM0")
    before = find_usb(wanted(serial="A1"), "tty", "scanner", sysfs=tree.root)
    tree.pull("1-1")
    tree.plug("1-1", "0c2e:0b61", serial="A1")
    tree.node("1-1", "00", "tty", "ttyACM7")
    after = find_usb(wanted(serial="A1"), "tty", "scanner", sysfs=tree.root)
    assert (str(before.node), str(after.node)) == ("/dev/ttyACM0", "/dev/ttyACM7")


def test_of_two_alike_none_is_guessed_and_both_places_are_named(tree: UsbTree) -> None:
    for port, serial in (("1-1", "A1"), ("1-2", "B2")):
        tree.plug(port, "0c2e:0b61", serial=serial)
        tree.node(port, "00", "hidraw", f"hidraw{port[-1]}")
    with pytest.raises(DeviceError, match="2 devices fit the scanner") as caught:
        find_usb(SCANNER, "hidraw", "scanner", sysfs=tree.root)
    assert caught.value.permanent
    assert "1-1 interface 00, 1-2 interface 00" in caught.value.remedy
    assert find_usb(wanted(serial="B2"), "hidraw", "scanner", sysfs=tree.root).usb_port == "1-2"
    assert find_usb(wanted(usb_port="1-1"), "hidraw", "scanner", sysfs=tree.root).serial == "A1"


def test_two_that_share_a_serial_number_are_told_apart_by_their_port_only(tree: UsbTree) -> None:
    for port in ("1-1", "1-2"):
        tree.plug(port, "0c2e:0b61", serial="000000")
        tree.node(port, "00", "hidraw", f"hidraw{port[-1]}")
    with pytest.raises(DeviceError, match="2 devices fit"):
        find_usb(wanted(serial="000000"), "hidraw", "scanner", sysfs=tree.root)
    assert find_usb(wanted(serial="000000", usb_port="1-2"), "hidraw", "scanner", sysfs=tree.root).usb_port == "1-2"


def test_a_device_that_shows_two_of_a_kind_is_told_by_its_interface(tree: UsbTree) -> None:
    tree.plug("1-1", "0c2e:0b61")
    tree.node("1-1", "00", "hidraw", "hidraw0")
    tree.node("1-1", "0a", "hidraw", "hidraw1")
    with pytest.raises(DeviceError, match="2 devices fit"):
        find_usb(SCANNER, "hidraw", "scanner", sysfs=tree.root)
    assert find_usb(wanted(interface="0A"), "hidraw", "scanner", sysfs=tree.root).node == Path("/dev/hidraw1")


def test_a_device_that_is_not_there_is_absent_and_another_is_not_taken_for_it(tree: UsbTree) -> None:
    tree.plug("1-1", "0c2e:0b62")
    tree.node("1-1", "00", "hidraw", "hidraw0")
    with pytest.raises(AbsentError, match=r"scanner .*0C2E:0b61.* is not plugged in") as caught:
        find_usb(SCANNER, "hidraw", "scanner", sysfs=tree.root)
    assert not caught.value.permanent
    with pytest.raises(AbsentError):
        find_usb(SCANNER, "no_such_subsystem", "scanner", sysfs=tree.root)


def test_what_is_pulled_out_during_the_look_is_left_out(tree: UsbTree, monkeypatch: pytest.MonkeyPatch) -> None:
    for port in ("1-1", "1-2"):
        tree.plug(port, "0c2e:0b61", serial=port)
        tree.node(port, "00", "hidraw", f"hidraw{port[-1]}")
    read = Path.read_text

    def pulled_out_meanwhile(path: Path, *args: str, **more: str) -> str:
        if path.name == "idProduct" and "1-1" in str(path):
            tree.pull("1-1")
        return read(path, *args, **more)

    monkeypatch.setattr(Path, "read_text", pulled_out_meanwhile)
    assert [node.usb_port for node in usb_nodes("hidraw", tree.root)] == ["1-2"]


def test_a_node_that_hangs_on_no_usb_is_none_of_ours(tree: UsbTree) -> None:
    entry = tree.root / "devices/platform/serial8250/tty/ttyS0"
    entry.mkdir(parents=True)
    (entry / "uevent").write_text("DEVNAME=ttyS0\n")
    (entry / "device").symlink_to(entry.parents[1])
    (tree.root / "class/tty").mkdir(parents=True)
    (tree.root / "class/tty/ttyS0").symlink_to(entry)
    assert list(usb_nodes("tty", tree.root)) == []


@pytest.mark.parametrize(
    "node",
    [
        "/dev/ttyUSB0",
        "/dev/ttyACM0",
        "/dev/hidraw3",
        "/dev/usb/lp0",
        "/dev/input/event5",
        "/dev/video0",
        "/dev//ttyUSB1",
    ],
)
def test_a_node_that_is_another_one_tomorrow_is_refused(node: str) -> None:
    assert refuse_volatile(SerialSettings(node)) == "port"


@pytest.mark.parametrize(
    "path",
    [
        "/dev/serial/by-id/usb-FTDI_A1-if00-port0",
        "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0",
        "/dev/ttyS0",
        "/dev/ttyAMA0",
        "/dev/serial0",
        "/run/lane/scale",
        "",
    ],
)
def test_a_path_that_stays_is_taken(path: str) -> None:
    assert refuse_volatile(SerialSettings(path)) is None


@given(vendor=st.sampled_from(["", "0c2e", "04b8"]), product=st.sampled_from(["0b61", "0202"]), added=st.booleans())
def test_a_hint_reaches_the_device_it_may_mean(vendor: str, product: str, *, added: bool) -> None:
    hint = Hint(added, vendor, product if vendor else "")
    assert heeds(SCANNER)(hint) is (not vendor or (vendor, product) == ("0c2e", "0b61"))
    assert heeds(SerialSettings())(hint)
    assert not heeds(NetworkSettings("printer.local"))(hint)
