"""The processes of `drivers_idle`: `python -m tests.benchmarks.drivers_idle_process twins|ours FOLDER`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.device import Driver, Lifecycle, Sink
from drivers.scale.mettler_8217 import Mettler8217, Mettler8217Settings
from drivers.scale.simulated import SimulatedScale
from drivers.scanner.simulated import SimulatedScanner
from drivers.scanner.simulated_usb import SimulatedHidScanner, SimulatedWedgeScanner
from drivers.simulation import SimulatedDevice, Simulation
from drivers.supervisor import Supervisor
from tests.drivers.scanner_rig import driver, until

# The peer's.
SPARE = "spare"
SCANNERS, SCALES = [f"scanner{number}" for number in range(6)], [f"scale{number}" for number in range(4)]


def twins(folder: Path) -> None:
    """All simulated devices, until SIGTERM."""
    devices: list[SimulatedDevice] = [SimulatedScanner(name, folder) for name in (*SCANNERS, SPARE)]
    devices += [SimulatedScale(name, folder) for name in SCALES]
    devices += [SimulatedHidScanner("hid", folder), SimulatedWedgeScanner("wedge", folder)]
    simulation = Simulation(folder, devices)
    simulation.start()
    (folder / "twins.up").touch()
    signal.sigwait({signal.SIGTERM})
    simulation.stop()


def ours(folder: Path) -> None:
    """All drivers, each under its supervisor, until SIGTERM."""
    makers: dict[str, Callable[[Sink], Driver]] = {}
    for name in SCANNERS:
        makers[name] = _scanner("serial", folder / name)
    for name in ("hid", "wedge"):
        makers[name] = _scanner(name, folder / name)
    for name in SCALES:
        settings = Mettler8217Settings(driver="mettler_8217", port=str(folder / name), unit="kg")
        makers[name] = lambda sink, settings=settings: Mettler8217("scale", settings, sink)  # type: ignore[misc] # bound now, not later
    supervisors: list[Supervisor[Any]] = [Supervisor(name, make, lambda _: None) for name, make in makers.items()]
    for supervisor in supervisors:
        supervisor.start()
    until(lambda: all(supervisor.lifecycle is Lifecycle.READY for supervisor in supervisors))
    (folder / "ours.up").touch()
    signal.sigwait({signal.SIGTERM})
    for supervisor in supervisors:
        supervisor.stop()


def _scanner(kind: str, path: Path) -> Callable[[Sink], Driver]:
    return lambda sink: driver(kind, path, sink)


if __name__ == "__main__":
    # Before any thread starts: each takes the mask over.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    {"twins": twins, "ours": ours}[sys.argv[1]](Path(sys.argv[2]))
