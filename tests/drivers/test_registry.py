"""Settings name drivers; what is wrong in them is said by its key."""

from __future__ import annotations

import functools
import json
import threading
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from drivers.assembly import assembled
from drivers.device import Category, DeviceError, Finding, HealthLevel, Lifecycle, Sink
from drivers.devices import Devices
from drivers.entry import Entry, Model
from drivers.health import HealthReport
from drivers.identity import Hint
from drivers.outfit import Outfit
from drivers.registry import DRIVERS, assemble, factory, keys
from drivers.scale.interface import Weight
from drivers.scale.mettler_8217 import Mettler8217
from drivers.scanner.interface import Scan
from drivers.simulation import DEVICES_FILE
from drivers.supervisor import Waits
from drivers.transport.pseudo_port import PseudoPort
from drivers.transport.waiting import wait_readable
from tests.drivers.witness import PATIENCE_S, Witness, open_files, simulated

SCALE: dict[str, object] = {"driver": "mettler_8217", "port": "/dev/none-scale", "unit": "kg"}
SCANNER: dict[str, object] = {"driver": "serial_scanner", "port": "/dev/none-scanner"}
WEDGE: dict[str, object] = {"driver": "keyboard_wedge", "vendor": "0c2e", "product": "0b61"}
PRINTER: dict[str, object] = {"driver": "escpos", "host": "127.0.0.1", "port": 1}
TERMINAL: dict[str, object] = {"driver": "zvt", "host": "127.0.0.1", "port": 1}


@pytest.mark.parametrize(
    ("settings", "category"),
    [
        (SCANNER, Category.SCANNER),
        (WEDGE, Category.SCANNER),
        (SCALE, Category.SCALE),
        (PRINTER, Category.RECEIPT_PRINTER),
        (TERMINAL, Category.PAYMENT_TERMINAL),
    ],
)
def test_every_driver_is_made_by_its_name(settings: dict[str, object], category: Category, tmp_path: Path) -> None:
    found, make = factory("mine", settings, tmp_path)
    driver = make(lambda _: None)
    assert found is category is driver.category
    driver.close()
    driver.close()


def test_the_table_has_every_name_once_and_drivers_of_its_category() -> None:
    names = [entry.name for entry in DRIVERS]
    assert len(set(names)) == len(names) >= 7
    assert all("driver" in keys(entry) for entry in DRIVERS)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, r"devices\.mine\.driver is missing.*serial_scanner"),
        ({"driver": "metler_8217"}, r"devices\.mine\.driver names no driver.*mettler_8217\?"),
        ({"driver": 7}, r"devices\.mine\.driver names no driver: 7"),
        ({**SCALE, "baudrate": 9600}, r"devices\.mine\.baudrate is no setting of mettler_8217.*baud\?"),
        ({"driver": "mettler_8217", "port": "/dev/x"}, r"devices\.mine\.unit is missing"),
        ({**SCALE, "unit": "stone"}, r"devices\.mine\.unit is wrong"),
        ({**SCALE, "baud": 9601}, r"devices\.mine\.baud is wrong"),
        ({**SCALE, "baud": "9600"}, r"devices\.mine\.baud is wrong.*int"),
        ({**SCANNER, "port": ""}, r"devices\.mine\.port is wrong"),
        ({**SCANNER, "baud": 0}, r"devices\.mine\.baud is wrong.*300"),
        ({**WEDGE, "vendor": "0x0c2e"}, r"devices\.mine\.vendor is wrong"),
        ({**PRINTER, "port": 70000}, r"devices\.mine\.port is wrong"),
        ({**TERMINAL, "password": "secret"}, r"devices\.mine\.password is wrong"),
        ({**SCALE, "port": "/dev/ttyUSB0"}, r"devices\.mine\.port names /dev/ttyUSB0.*/dev/serial/by-id"),
        ({**SCANNER, "port": "/dev/ttyACM1"}, r"devices\.mine\.port names /dev/ttyACM1.*/dev/serial/by-id"),
    ],
)
def test_what_is_wrong_is_said_by_its_key(settings: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=said) as caught:
        factory("mine", settings, tmp_path)
    assert caught.value.permanent
    assert caught.value.remedy
    assert "secret" not in str(caught.value)


def test_a_workstation_is_assembled_started_and_stopped(tmp_path: Path) -> None:
    before = open_files()
    witness = Witness()
    tables = {"fixed": SCANNER, "hand": WEDGE, "scale": SCALE, "printer": PRINTER, "terminal": TERMINAL}
    devices = assemble(tables, witness, tmp_path, waits=Waits(backoff_s=(3600.0,)))
    assert [scanner.name for scanner in devices.scanners] == ["fixed", "hand"]
    assert devices.scale is not None
    assert isinstance(devices.scale.driver, Mettler8217)
    devices.start()
    supervisors = [*devices.scanners, devices.scale, devices.printer, devices.terminal]
    absent = (Lifecycle.LOST, Lifecycle.FAILED)
    witness.until(lambda _: all(device and device.lifecycle in absent for device in supervisors))
    devices.retry_now()
    devices.stop()
    assert all(device and device.lifecycle is Lifecycle.CLOSED for device in supervisors)
    assert open_files() == before


def test_a_whole_workstation_of_simulated_devices_becomes_ready_and_works(tmp_path: Path) -> None:
    drivers = {"scanner": "serial_scanner", "scale": "mettler_8217", "printer": "escpos", "terminal": "zvt"}
    with simulated(*drivers) as (folder, control):
        found = json.loads((folder / DEVICES_FILE).read_text())
        tables = {alias: {"driver": driver, **found[alias]} for alias, driver in drivers.items()}
        tables["scale"]["unit"] = "kg"
        witness = Witness()
        devices = assemble(tables, witness, tmp_path, waits=Waits(backoff_s=(0.01,)))
        devices.start()
        try:
            supervisors = [*devices.scanners, devices.scale, devices.printer, devices.terminal]
            witness.until(lambda _: all(device and device.lifecycle is Lifecycle.READY for device in supervisors))
            control.do("scanner", "scan", text="4006381333931")
            assert witness.of(Scan) == [Scan("scanner", "4006381333931")]
            control.do("scale", "load", grams=250)
            assert devices.scale is not None
            devices.scale.submit(lambda scale: scale.weigh("r1", 60.0), not_ready="not ready", lost="lost")
            assert witness.of(Weight) == [Weight("scale", "r1", 250)]
        finally:
            devices.stop()


def test_nothing_is_written_to_a_port_that_was_not_assigned(tmp_path: Path) -> None:
    heard: dict[str, list[bytes]] = {"scale": [], "other": []}
    answered = threading.Event()

    def listen_at(name: str, data: bytes) -> None:
        heard[name].append(data)
        answered.set()

    ports = {name: PseudoPort(tmp_path / name, functools.partial(listen_at, name)) for name in heard}
    for port in ports.values():
        port.plug()
    witness = Witness()
    devices = assemble({"scale": {**SCALE, "port": str(tmp_path / "scale")}}, witness, tmp_path)
    devices.start()
    assert answered.wait(PATIENCE_S)
    ports["scale"].unplug()
    witness.until_lifecycle(Lifecycle.OPENING, Lifecycle.LOST)
    devices.hint(Hint(added=True))
    devices.stop()
    ports["other"].unplug()
    assert heard["scale"]
    assert heard["other"] == []


def test_a_workstation_may_have_nothing(tmp_path: Path) -> None:
    devices = assemble({}, Witness(), tmp_path)
    assert devices == Devices()
    devices.start()
    devices.stop()


def test_a_second_scale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"devices\.other is a second scale beside devices\.scale"):
        assemble({"scale": SCALE, "other": SCALE}, Witness(), tmp_path)


class BoxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a device that exists in tests only; `role` as a scale has it, `printer` as a drawer has it."""

    driver: str
    role: Literal["checkout", "bagging"] = "checkout"
    printer: str = ""


class Box:
    """A device of any category that is ready at once, and keeps what it was handed."""

    def __init__(self, category: Category, settings: BoxSettings, outfit: Outfit) -> None:
        self.category = category
        self.settings = settings
        self.outfit = outfit

    def open(self) -> None:
        """Ready at once; a drawer looks for its printer."""
        if self.settings.printer:
            self.outfit.device(self.settings.printer)

    def listen(self, wake_fd: int, emit: Sink) -> None:  # noqa: ARG002 # says nothing
        wait_readable(PATIENCE_S, wake_fd)

    def close(self) -> None:
        """Nothing to give back."""

    def check_health(self, level: HealthLevel) -> Finding:
        return Finding(passed=True, text=f"checked {level}")


def boxed(category: Category) -> Entry:
    """An entry of the category's name."""
    needs = (("printer", Category.RECEIPT_PRINTER),) if category is Category.CASH_DRAWER else ()

    def make(alias: str, settings: BoxSettings, sink: Sink, outfit: Outfit) -> Box:  # noqa: ARG001 # as declared
        return Box(entry.category_of(settings), settings, outfit)

    entry = Entry(str(category), category, lambda: Model(BoxSettings, make, needs=needs))
    return entry


BOXES = tuple(boxed(category) for category in Category if category is not Category.BAGGING_SCALE)


def boxes(tables: dict[str, dict[str, object]], witness: Witness, folder: Path) -> Devices:
    return assembled(tables, BOXES, witness, folder)


def test_every_category_has_its_place_and_all_are_started_hinted_checked_and_stopped(tmp_path: Path) -> None:
    tables: dict[str, dict[str, object]] = {str(entry.category): {"driver": entry.name} for entry in BOXES}
    tables["bags"] = {"driver": "scale", "role": "bagging"}
    tables["second_scanner"], tables["second_reader"] = {"driver": "scanner"}, {"driver": "nfc_reader"}
    tables["second_display"] = {"driver": "line_display"}
    witness = Witness()
    devices = boxes(tables, witness, tmp_path)
    placed = (devices.scanners, devices.nfc_readers, devices.displays)
    assert [device.name for several in placed for device in several] == [
        *("scanner", "second_scanner", "nfc_reader", "second_reader", "line_display", "second_display")
    ]
    assert devices.bagging_scale is not None
    assert devices.bagging_scale.name == "bags"
    singles = ("scale", "printer", "label_printer", "terminal", "signature_unit", "drawer", "light", "keypad", "jack")
    assert all(getattr(devices, name) is not None for name in singles)
    assert sorted(device.name for device in devices.all()) == sorted(tables)
    opening = {told.device: told.category for told in devices.opening()}
    assert opening["bags"] is Category.BAGGING_SCALE
    devices.start()
    witness.until(lambda _: all(device.lifecycle is Lifecycle.READY for device in devices.all()))
    devices.hint(Hint(added=False))
    devices.check_health(HealthLevel.EXTERNAL)
    assert {report.device for report in witness.of(HealthReport, len(tables))} == set(tables)
    devices.stop()
    assert all(device.lifecycle is Lifecycle.CLOSED for device in devices.all())


def test_only_some_categories_may_be_there_twice(tmp_path: Path) -> None:
    for entry in BOXES:
        tables: dict[str, dict[str, object]] = {"one": {"driver": entry.name}, "two": {"driver": entry.name}}
        if entry.category in {Category.SCANNER, Category.NFC_READER, Category.LINE_DISPLAY}:
            assert len(list(boxes(tables, Witness(), tmp_path).all())) == 2
        else:
            with pytest.raises(DeviceError, match=r"devices\.two is a second .* beside devices\.one"):
                boxes(tables, Witness(), tmp_path)


def test_a_drawer_finds_its_printer_whatever_the_order(tmp_path: Path) -> None:
    tables: dict[str, dict[str, object]] = {
        "drawer": {"driver": "cash_drawer", "printer": "receipts"},
        "receipts": {"driver": "receipt_printer"},
    }
    witness = Witness()
    devices = boxes(tables, witness, tmp_path)
    assert devices.drawer is not None
    drawer = devices.drawer.driver
    assert isinstance(drawer, Box)
    assert drawer.outfit.device("receipts") is devices.printer
    with pytest.raises(DeviceError, match="no device 'nobody'") as caught:
        drawer.outfit.device("nobody")
    assert "drawer, receipts" in caught.value.remedy
    devices.drawer.start()
    witness.until_lifecycle(Lifecycle.OPENING, Lifecycle.READY)
    devices.stop()


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({}, r"devices\.drawer\.printer names no receipt printer: 'receipts'.*Add a receipt printer"),
        ({"receipts": {"driver": "scanner"}}, r"devices\.drawer\.printer names no receipt printer: 'receipts'"),
        ({"printer": {"driver": "receipt_printer"}}, r"names no receipt printer: 'receipts'.*There are: printer"),
    ],
)
def test_a_drawer_whose_printer_is_none_is_refused(
    others: dict[str, dict[str, object]], said: str, tmp_path: Path
) -> None:
    tables: dict[str, dict[str, object]] = {"drawer": {"driver": "cash_drawer", "printer": "receipts"}, **others}
    with pytest.raises(DeviceError, match=said) as caught:
        boxes(tables, Witness(), tmp_path)
    assert caught.value.permanent
    assert boxes({"drawer": {"driver": "cash_drawer"}}, Witness(), tmp_path).drawer
