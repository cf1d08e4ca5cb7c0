"""The bench Star printer on the network, on USB or on a serial port; acted upon as the ESC/POS one, see README."""

from __future__ import annotations

from pathlib import Path

from drivers.printer.simulated import SimulatedPrinter, SimulatedSerialPrinter, SimulatedUsbPrinter
from drivers.printer.simulated_faults import Faults
from drivers.printer.star_mechanism import StarMechanism

_JOB_BEGINS = b"\x1b\x1eF"  # ESC RS F, the font: no status question has it


class SimulatedStarPrinter(SimulatedPrinter):
    """A Star printer on `host` and `port` (0: any free one), known after `start` by its `address`."""

    def __init__(self, name: str, host: str = "127.0.0.1", port: int = 0, *, folder: Path) -> None:
        super().__init__(name, host, port, folder=folder)
        self._mechanism, self._faults = StarMechanism(), Faults(job_begins=_JOB_BEGINS)


class SimulatedSerialStarPrinter(SimulatedSerialPrinter):
    """A Star printer on a serial port, under the link `folder/<name>-port`."""

    def __init__(self, name: str, *, folder: Path) -> None:
        super().__init__(name, folder=folder)
        self._mechanism, self._faults = StarMechanism(), Faults(job_begins=_JOB_BEGINS)


class SimulatedUsbStarPrinter(SimulatedUsbPrinter):
    """A Star printer on USB 0519:0003: `port` is the sysfs tree that a driver finds it in (`sysfs`)."""

    IDS = ("0519", "0003")

    def __init__(self, name: str, *, folder: Path, serial: str = "BENCH1") -> None:
        super().__init__(name, folder=folder, serial=serial)
        self._mechanism, self._faults = StarMechanism(), Faults(job_begins=_JOB_BEGINS)
