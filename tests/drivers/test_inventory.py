"""At boot a technician is told what hangs on the machine, what it is for, and what is missing or unknown."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import pytest

from drivers.device import Category
from drivers.inventory import Inventory, Standing, inventory, log_inventory
from tests.drivers.usb_tree import UsbTree

BY_ID = "/dev/serial/by-id/usb-FTDI_A1-if00-port0"
TABLES: dict[str, dict[str, object]] = {
    "scanner": {"driver": "keyboard_wedge", "vendor": "0C2E", "product": "0b61"},
    "scale": {"driver": "mettler_8217", "port": BY_ID, "unit": "kg"},
    "printer": {"driver": "escpos", "host": "192.0.2.7"},
}


@pytest.fixture
def tree(tmp_path: Path) -> UsbTree:
    tree = UsbTree(tmp_path / "sys")
    tree.plug("usb1", "1d6b:0002", device_class="09", name="xHCI Host Controller")
    tree.plug("1-1", "0c2e:0b61", serial="A1", name="Voyager")
    tree.node("1-1", "00", "input", "event5", "input/event5")
    tree.node("1-1", "01", "hidraw", "hidraw0")
    tree.plug("1-2", "0403:6001", serial="FT1")
    tree.node("1-2", "00", "tty", "ttyUSB4")
    return tree


def look(tree: UsbTree, tables: dict[str, dict[str, object]] | None = None) -> Inventory:
    return inventory(TABLES if tables is None else tables, tree.root, {BY_ID: "/dev/ttyUSB4"}.__getitem__)


def test_what_the_settings_name_is_found_by_ids_and_by_link(tree: UsbTree) -> None:
    told = look(tree)
    assert [(one.usb_port, one.standing, one.aliases) for one in told.found] == [
        ("1-1", Standing.ASSIGNED, ("scanner",)),
        ("1-2", Standing.ASSIGNED, ("scale",)),
    ]
    assert told.found[0].nodes == ("/dev/hidraw0", "/dev/input/event5")
    assert told.missing == ()


def test_what_is_not_plugged_in_is_missing_and_the_network_is_not_looked_at(tree: UsbTree) -> None:
    tree.pull("1-1")
    tree.pull("1-2")
    assert look(tree) == Inventory((), ("scanner", "scale"))


def test_what_the_settings_do_not_name_is_known_by_its_maker_or_unknown(tree: UsbTree) -> None:
    tree.plug("1-3", "04b8:0e15", name="TM-T20II")
    tree.plug("1-4", "beef:0001", name="Fidget spinner")
    told = {one.usb_port: (one.standing, one.category) for one in look(tree, {}).found}
    assert told == {
        "1-1": (Standing.LIKELY, Category.SCANNER),
        "1-2": (Standing.CONVERTER, None),
        "1-3": (Standing.LIKELY, Category.RECEIPT_PRINTER),
        "1-4": (Standing.UNKNOWN, None),
    }


def test_two_alike_are_told_apart_as_the_settings_do(tree: UsbTree) -> None:
    tree.plug("1-5", "0c2e:0b61", serial="B2")
    by_serial = look(tree, {"left": {**TABLES["scanner"], "serial": "B2"}})
    assert [one.usb_port for one in by_serial.found if one.aliases] == ["1-5"]
    by_place = look(tree, {"left": {**TABLES["scanner"], "usb_port": "1-1"}})
    assert [one.usb_port for one in by_place.found if one.aliases] == ["1-1"]


def test_a_machine_without_usb_has_an_empty_inventory(tmp_path: Path) -> None:
    assert inventory({}, tmp_path) == Inventory((), ())


def test_it_is_written_as_json(tree: UsbTree) -> None:
    assert b'"standing":"assigned"' in msgspec.json.encode(look(tree))


def test_at_the_start_the_log_says_what_is_there_and_warns_of_what_is_unknown_or_missing(
    tree: UsbTree, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tree.plug("1-4", "beef:0001", name="Fidget spinner")
    tree.pull("1-1")
    log_inventory({"scanner": TABLES["scanner"]}, tree.root)
    said = {(record.levelname, record.getMessage()) for record in caplog.records}
    assert said == {
        ("INFO", "hardware.converter usb_port=1-2 id=0403:6001 name='' devices="),
        ("WARNING", "hardware.unknown usb_port=1-4 id=beef:0001 name='Fidget spinner' devices="),
        ("WARNING", "hardware.missing device=scanner"),
    }
