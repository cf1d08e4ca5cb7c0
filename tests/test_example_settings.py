"""The example settings file is complete and works: an installer copies it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from drivers.registry import DRIVERS, assemble, factory
from kiosk.config import (
    Broker,
    Cash,
    Display,
    Fiscal,
    Policy,
    PolicyKey,
    Reports,
    Settings,
    SettingsError,
    Store,
    Workstation,
    read_settings,
)
from kiosk.ui.__main__ import checked, fit_for_shoppers, main

EXAMPLE = Path(__file__).parents[1] / "kiosk" / "example-settings.toml"
DEVICES = Path(__file__).parents[1] / "drivers" / "example-devices.toml"


def test_it_loads_and_every_device_of_it_can_be_made(tmp_path: Path) -> None:
    settings = checked(read_settings(EXAMPLE))
    devices = fit_for_shoppers(assemble(settings.devices, lambda _: None, tmp_path))
    assert len(devices.scanners) == 2
    assert devices.scale
    assert devices.printer
    assert devices.terminal


def test_there_is_an_example_of_every_driver_and_each_makes_its_device(tmp_path: Path) -> None:
    tables = tomllib.loads(DEVICES.read_text(encoding="utf-8"))
    assert {name: table["driver"] for name, table in tables.items()} == {entry.name: entry.name for entry in DRIVERS}
    for name, table in tables.items():
        category, make = factory(name, table, tmp_path)
        assert make(lambda _: None).category is category


@pytest.mark.parametrize(
    "table", [Settings, Workstation, Store, Display, Broker, Policy, Fiscal, Cash, Reports, PolicyKey]
)
def test_it_names_every_key(table: type[msgspec.Struct]) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for name in table.__struct_fields__:
        if name not in {"bench", "devices", "attendants"}:
            assert name in text, f"{table.__name__}.{name}"


def test_the_keys_of_policies_work_when_their_lines_are_taken_in(tmp_path: Path) -> None:
    before, table = EXAMPLE.read_text(encoding="utf-8").split("# [[policy_keys]]")
    lines, after = table.split("\n\n", 1)
    taken_in = "\n".join(line.removeprefix("# ") for line in lines.splitlines())
    path = tmp_path / "settings.toml"
    path.write_text(f"{before}[[policy_keys]]{taken_in}\n\n{after}", encoding="utf-8")
    (key,) = read_settings(path).policy_keys
    assert (key.tenant, key.region, key.store_id, key.workstation_id) == ("harbour", "", "", "")


def test_a_terminal_that_needs_staff_is_refused(tmp_path: Path) -> None:
    tables: dict[str, dict[str, object]] = {"card": {"driver": "zvt", "host": "127.0.0.1", "attendance": "attended"}}
    with pytest.raises(SettingsError, match="attended lanes"):
        fit_for_shoppers(assemble(tables, lambda _: None, tmp_path))


def test_a_lane_that_cannot_start_says_why_and_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "settings.toml"
    wrong.write_text(EXAMPLE.read_text(encoding="utf-8").replace("idle_warning_s", "idle_warnings"), encoding="utf-8")
    assert main(["--settings", str(wrong)]) == 2
    told = capsys.readouterr().err
    assert "idle_warnings" in told
    assert "Traceback" not in told
