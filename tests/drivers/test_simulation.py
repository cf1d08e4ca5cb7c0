"""Simulated devices in a process of their own: found, acted upon, and gone without a trace."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.__main__ import main
from drivers.control import ControlHandle
from drivers.device import DeviceError
from drivers.scale.simulated import SimulatedScale
from drivers.scanner.simulated import SimulatedScanner
from drivers.simulation import CONTROL_SOCKET, DEVICES_FILE, Simulation
from tests.drivers.witness import PATIENCE_S, open_files, running, short_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as made:
        yield made


@pytest.fixture
def control(folder: Path) -> Iterator[ControlHandle]:
    simulation = Simulation(folder, [SimulatedScanner("scanner", folder), SimulatedScale("scale", folder)])
    simulation.start()
    yield ControlHandle(folder / CONTROL_SOCKET)
    simulation.stop()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_process_of_devices_says_where_they_are_and_leaves_nothing(folder: Path, ending: signal.Signals) -> None:
    with running(folder, ["scanner", "scale"]) as process:
        found = json.loads((folder / DEVICES_FILE).read_text())
        assert found == {name: {"port": str(folder / name)} for name in ("scanner", "scale")}
        assert all(Path(where["port"]).is_char_device() for where in found.values())
        assert ControlHandle(folder / CONTROL_SOCKET).do("scale", "state")["grams"] == 0
        process.send_signal(ending)
        assert process.wait(PATIENCE_S) == 0
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_is_in_nobodys_way(folder: Path) -> None:
    with running(folder, ["scanner"]) as process:
        process.kill()
        process.wait(PATIENCE_S)
        assert (folder / CONTROL_SOCKET).exists()
    with running(folder, ["scanner"]):
        assert ControlHandle(folder / CONTROL_SOCKET).do("scanner", "state")["plugged"] is True


def test_two_processes_do_not_share_a_folder(folder: Path, control: ControlHandle) -> None:
    second = Simulation(folder, [SimulatedScanner("scanner", folder)])
    with pytest.raises(DeviceError, match="Another simulation runs"):
        second.start()
    second.stop()
    assert control.do("scanner", "state")["plugged"] is True


@pytest.mark.parametrize(
    ("device", "action", "fields", "said"),
    [
        ("drawer", "open", {}, "no device 'drawer'.*scanner, scale"),
        ("scanner", "sing", {}, "cannot 'sing'.*It can: scan"),
        ("scanner", "scan", {}, "needs a text `text`"),
        ("scale", "load", {"grams": "heavy"}, "whole number `grams`"),
        ("scale", "load", {"grams": 1.5}, "whole number `grams`"),
        ("scale", "motion", {"on": "yes"}, "true or false"),
    ],
)
def test_a_wrong_command_is_refused_with_a_remedy(
    control: ControlHandle, device: str, action: str, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(DeviceError, match=said) as caught:
        control.do(device, action, **fields)
    assert caught.value.remedy


def test_a_scanner_that_is_unplugged_cannot_scan(control: ControlHandle) -> None:
    assert control.do("scanner", "unplug")["plugged"] is False
    with pytest.raises(DeviceError, match="Plug it in first"):
        control.do("scanner", "scan", text="4006381333931")
    control.do("scanner", "plug")
    assert control.do("scanner", "scan", text="4006381333931")["scans"] == 1


@pytest.mark.parametrize("line", [b"no json\n", b"[1]\n", b"\xff\n", b"{}\n", b'{"device": {}, "do": 1}\n'])
def test_noise_on_the_control_socket_is_answered_and_the_next_command_done(
    folder: Path, control: ControlHandle, line: bytes
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(PATIENCE_S)
        link.connect(str(folder / CONTROL_SOCKET))
        link.sendall(line + b'{"device": "scale", "do": "state"}\n')
        with link.makefile() as answers:
            refused, done = json.loads(answers.readline()), json.loads(answers.readline())
    assert (refused["ok"], done["ok"]) == (False, True)
    assert refused["error"]
    assert refused["remedy"]
    assert control.do("scale", "state")["grams"] == 0


def test_a_simulation_that_does_not_run_is_said_so(folder: Path) -> None:
    with pytest.raises(DeviceError, match=r"does not answer.*python -m drivers simulate"):
        ControlHandle(folder / CONTROL_SOCKET).do("scale", "state")


def test_a_folder_whose_path_is_too_long_for_a_socket_is_said_so(folder: Path) -> None:
    with pytest.raises(DeviceError, match="too long for a socket"):
        Simulation(folder / ("x" * 120), []).start()


def test_a_device_that_does_not_start_takes_the_others_with_it(folder: Path) -> None:
    class Broken(SimulatedScanner):
        def start(self) -> None:
            raise DeviceError("It does not start.", "Mend it.")

    before = open_files()
    simulation = Simulation(folder, [SimulatedScale("scale", folder), Broken("scanner", folder)])
    with pytest.raises(DeviceError, match="does not start"):
        simulation.start()
    assert list(folder.iterdir()) == []
    assert open_files() == before


def test_stopping_twice_is_stopping_once(folder: Path) -> None:
    before = open_files()
    simulation = Simulation(folder, [SimulatedScale("scale", folder)])
    simulation.start()
    simulation.stop()
    simulation.stop()
    assert open_files() == before
    assert list(folder.iterdir()) == []


def test_the_technician_lists_the_drivers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    for word in ("serial_scanner", "keyboard_wedge", "mettler_8217", "escpos", "zvt", "'crlf'", "required"):
        assert word in listed


def test_the_technician_asks_for_a_device_there_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["simulate", "--run", str(folder), "--devices", "scanner,toaster"])
    assert caught.value.code == 2
    assert "toaster" in capsys.readouterr().err
