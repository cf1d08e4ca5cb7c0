"""Settings name drivers; what is wrong in them is said by its key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drivers.device import Category, DeviceError, Lifecycle
from drivers.devices import Devices
from drivers.registry import DRIVERS, assemble, factory, keys
from drivers.scale.interface import Weight
from drivers.scale.mettler_8217 import Mettler8217
from drivers.scanner.interface import Scan
from drivers.simulation import DEVICES_FILE
from drivers.supervisor import Waits
from tests.drivers.witness import Witness, open_files, simulated

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
    assert len(set(names)) == len(names) == 7
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


def test_a_workstation_may_have_nothing(tmp_path: Path) -> None:
    devices = assemble({}, Witness(), tmp_path)
    assert devices == Devices()
    devices.start()
    devices.stop()


def test_a_second_scale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"devices\.other is a second scale beside devices\.scale"):
        assemble({"scale": SCALE, "other": SCALE}, Witness(), tmp_path)
