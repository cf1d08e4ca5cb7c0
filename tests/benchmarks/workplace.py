"""Where a lane under measurement lives: a fresh data folder, a lane that is open, simulated devices to be ready."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demo.processes import Processes
from demo.setting_up import STORE, WORKSTATION, Panel, RunFolder, check_folder, write_settings
from headquarters.demo_store import PICTURES
from kiosk.checkout.assembly import AGENT, KEY, TILL
from kiosk.checkout.state import Attract, LaneState, encode
from kiosk.messages.contents import LaneOpened
from kiosk.store.ledger import Till
from kiosk.store.signing import DeviceKey

# No display is needed; and what was compiled is kept, as it is on a device.
OFFSCREEN = {
    "SDL_VIDEODRIVER": "offscreen",
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": "build/bench/compiled",
}
# Nobody listens there: these lanes have no agent.
NOWHERE: dict[str, object] = {"host": "127.0.0.1", "port": 9}
BUSINESS_DAY = "2026-03-02"


@dataclass(frozen=True, slots=True)
class Workplace:
    """A run folder with simulated devices in it, and the processes of this run."""

    folder: RunFolder
    processes: Processes
    catalog: Path

    def lane(self, name: str, panel: Panel, scanner: Path) -> RunFolder:
        """A fresh lane, opened by an attendant, with the big catalog and its scanner at `scanner`."""
        lane = RunFolder(self.folder.path / name)
        lane.data.mkdir(parents=True)
        # One file for all lanes: they only read it.
        (lane.data / AGENT).symlink_to(self.catalog.resolve())
        open_lane(lane.data)
        told: dict[str, dict[str, object]] = json.loads(
            (self.folder.devices / "devices.json").read_text(encoding="utf-8")
        )
        where: dict[str, dict[str, object]] = {**told, "scanner": {"port": str(scanner)}, "network": NOWHERE}
        write_settings(lane, where, panel, PICTURES)
        without_bench(lane.settings)
        return lane


@contextmanager
def workplace(path: Path, catalog: Path) -> Iterator[Workplace]:
    """A fresh folder with a simulated scale, printer and payment terminal; all is stopped on leaving."""
    check_folder(path)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    folder = RunFolder(path)
    with Processes(folder.logs) as processes:
        processes.python(
            "devices",
            *("drivers", "simulate", "--run", str(folder.devices), "--devices", "scale,printer,terminal"),
        )
        processes.wait_for("devices are simulated", folder.devices / "devices.json")
        yield Workplace(folder, processes, catalog)


def open_lane(data: Path) -> None:
    """What is on disk when an attendant has opened a new lane: it comes up waiting for a shopper."""
    with closing(new_till(data)) as till:
        opened = LaneOpened(operator="aoife", business_day=BUSINESS_DAY)
        till.record((opened,), encode(LaneState(stage=Attract(), business_day=BUSINESS_DAY)))


def new_till(data: Path) -> Till:
    """The ledger of a new device."""
    key = DeviceKey.create(data / KEY)
    return Till(data / TILL, STORE, WORKSTATION, key, lambda: datetime.now(UTC))


def without_bench(settings: Path) -> None:
    """Take the bench socket out: a lane in a shop has none, and serving it costs idle time."""
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.partition("[bench]")[0], encoding="utf-8")
