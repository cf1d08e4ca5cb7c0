"""Everything of one run started and stopped: broker, headquarters, simulated devices, agent, lane."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.processes import Processes
from demo.setting_up import (
    STORE,
    TENANT,
    WORKSTATION,
    Panel,
    RunFolder,
    check_folder,
    free_port,
    write_broker_configuration,
    write_settings,
)
from demo.waiting import DemoError, until
from drivers.control import ControlHandle
from headquarters.demo_store import PICTURES


@dataclass(frozen=True, slots=True)
class Stage:
    """A running demo, by its handles."""

    folder: RunFolder
    processes: Processes
    devices: ControlHandle
    network: ControlHandle
    broker_port: int

    def headquarters_report(self) -> dict[str, object]:
        """What headquarters has booked."""
        text = self.processes.run(
            "headquarters report", "headquarters", "report", "--database", str(self.folder.database), "--json"
        )
        report: dict[str, object] = json.loads(text)
        return report


@contextmanager
def running(folder: RunFolder, panel: Panel, *, lane_environment: dict[str, str] | None = None) -> Iterator[Stage]:
    """Start everything in a fresh folder; on leaving, stop everything."""
    check_folder(folder.path)
    shutil.rmtree(folder.path, ignore_errors=True)
    folder.path.mkdir(parents=True)
    with Processes(folder.logs) as processes:
        port = free_port()
        processes.start("broker", [mosquitto(), "-c", str(write_broker_configuration(folder, port))])
        until("the broker answers", lambda: _answers(port))
        _start_devices(folder, processes, port)
        where = {**_places(folder.devices), **_places(folder.network)}
        write_settings(folder, where, panel, PICTURES)
        _enrol(folder, processes)
        start_headquarters(folder, processes, port)
        start_lane(folder, processes, lane_environment or {})
        stage = Stage(
            folder,
            processes,
            ControlHandle(folder.devices / "control.sock"),
            ControlHandle(folder.network / "control.sock"),
            port,
        )
        yield stage


def start_headquarters(folder: RunFolder, processes: Processes, port: int) -> None:
    """Headquarters on this run's database and broker."""
    processes.python(
        "headquarters",
        *("headquarters", "serve", "--database", str(folder.database)),
        *("--broker", f"127.0.0.1:{port}", "--tenant", TENANT),
    )


def start_lane(folder: RunFolder, processes: Processes, environment: dict[str, str]) -> None:
    """The lane's two processes."""
    processes.python("agent", "kiosk.agent", "--settings", str(folder.settings))
    processes.python("lane", "kiosk.ui", "--settings", str(folder.settings), environment=environment)


def mosquitto() -> str:
    """The broker's program; Debian keeps it out of a user's PATH."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise DemoError("There is no mosquitto on this machine.", "Run `make setup`, which installs it.")
    return found


def _start_devices(folder: RunFolder, processes: Processes, port: int) -> None:
    processes.python("devices", "drivers", "simulate", "--run", str(folder.devices))
    processes.python("network", "demo.network", "--run", str(folder.network), "--broker", f"127.0.0.1:{port}")
    for place in (folder.devices, folder.network):
        processes.wait_for(f"{place.name} are simulated", place / "devices.json")


def _enrol(folder: RunFolder, processes: Processes) -> None:
    """The device makes its key; headquarters learns its public half and gets the demo store's goods."""
    database = str(folder.database)
    processes.run(
        "provisioning",
        *("provisioning", "prepare", "--tenant", TENANT, "--store", STORE, "--workstation", WORKSTATION),
        *("--folder", str(folder.data)),
    )
    processes.run("register", "headquarters", "register", "--database", database, str(folder.data / "device.json"))
    processes.run("demo-store", "headquarters", "demo-store", "--database", database)


def _places(folder: Path) -> dict[str, dict[str, object]]:
    places: dict[str, dict[str, object]] = json.loads((folder / "devices.json").read_text(encoding="utf-8"))
    return places


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
