"""`python -m kiosk till`: which shifts there are, and that a counter is not told what to count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.messages.tills import TrainingStarted
from tests.commands.till_files import record, two_days
from tests.store.tills import Device, sale

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return two_days(Device(tmp_path))


def test_the_open_shift_is_shown_without_what_it_should_hold(device: Device, capsys: Capture) -> None:
    assert main(["till", str(device.path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "till 1: shift 0101-07-000002 of ann, open",
        "  business day 2026-03-01, 1 sales, 0 cash movements, 0 no-sales, counted 0 times",
    ]


def test_a_supervisor_may_ask_for_it(device: Device, capsys: Capture) -> None:
    assert main(["till", str(device.path), "--expected"]) == 0
    assert "  cash €131.22" in capsys.readouterr().out.splitlines()


def test_json_hides_it_as_well(device: Device, capsys: Capture) -> None:
    assert main(["till", str(device.path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [shift["standing"] for shift in said["shifts"]] == ["open"]
    assert "expected" not in said["shifts"][0]
    assert main(["till", str(device.path), "--json", "--expected"]) == 0
    assert json.loads(capsys.readouterr().out)["shifts"][0]["expected"] == {"cash": 13_122}


def test_a_lane_without_shifts_says_so(tmp_path: Path, capsys: Capture) -> None:
    device = Device(tmp_path)
    device.till().close()
    assert main(["till", str(device.path)]) == 0
    assert "No shift is open" in capsys.readouterr().out


def test_sales_outside_any_shift_and_training_are_named(device: Device, capsys: Capture) -> None:
    record(device, sale(9, "a1"), TrainingStarted(operator="ann"))
    assert main(["till", str(device.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Training mode is on."
    assert lines[-1] == "Outside any shift: card €1.19"
