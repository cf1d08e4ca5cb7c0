"""What the scanner tests share: every kind of scanner, supervised, against its simulated twin of another process."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.control import ControlHandle
from drivers.device import Sink
from drivers.scanner.hid_pos import HidPosScanner, HidPosSettings
from drivers.scanner.keyboard_wedge import KeyboardWedge, KeyboardWedgeSettings
from drivers.scanner.scanner_driver import ScannerDriver
from drivers.scanner.serial_scanner import SerialScanner, SerialScannerSettings
from drivers.simulation import CONTROL_SOCKET
from drivers.supervisor import Supervisor, Waits
from drivers.transport.waiting import Deadline
from tests.drivers.witness import PATIENCE_S, Witness, short_folder

QUICK = Waits(backoff_s=(0.01,), jitter=0)
KINDS = ("serial", "ssi", "hid", "wedge")


@dataclass(frozen=True)
class Rig:
    """The simulated scanners of another process."""

    folder: Path
    control: ControlHandle

    def do(self, kind: str, action: str, **fields: object) -> dict[str, object]:
        return self.control.do(kind, action, **fields)

    def until(self, kind: str, **wanted: object) -> None:
        """Wait until a scanner has taken in what it was told: it reads on a thread of its own."""
        until(lambda: wanted.items() <= self.do(kind, "state").items())


def until(so: Callable[[], bool]) -> None:
    """Wait until something is so that nobody tells of."""
    deadline = Deadline(PATIENCE_S)
    while not so():
        assert not deadline.passed
        os.sched_yield()


@contextlib.contextmanager
def rig() -> Iterator[Rig]:
    """Run all simulated scanners in another process."""
    with short_folder() as folder:
        command = [sys.executable, "-m", "tests.drivers.scanner_bench", str(folder)]
        with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                assert select.select([process.stdout], [], [], PATIENCE_S)[0], "the simulated scanners did not come up"
                assert process.stdout.readline()
                yield Rig(folder, ControlHandle(folder / CONTROL_SOCKET))
            finally:
                process.terminate()
                process.wait(PATIENCE_S)


def driver(kind: str, path: Path, sink: Sink, **settings: object) -> ScannerDriver:
    """The real driver of a kind, for the simulated scanner at `path`."""
    usb = {"vendor": "0c2e", "product": "0b61", "simulated": str(path)}
    port = {"driver": "serial_scanner", "port": str(path)}
    makers: dict[str, Callable[[], ScannerDriver]] = {
        "serial": lambda: SerialScanner("scanner", SerialScannerSettings(**(port | settings)), sink),  # type: ignore[arg-type] # msgspec would check them
        "ssi": lambda: SerialScanner(
            "scanner",
            SerialScannerSettings(**(port | {"trigger": "zebra_ssi"} | settings)),  # type: ignore[arg-type] # msgspec would check them
            sink,
        ),
        "hid": lambda: HidPosScanner("scanner", HidPosSettings(driver="hid_pos", **(usb | settings)), sink),  # type: ignore[arg-type] # msgspec would check them
        "wedge": lambda: KeyboardWedge(
            "scanner",
            KeyboardWedgeSettings(driver="keyboard_wedge", **(usb | settings)),  # type: ignore[arg-type] # msgspec would check them
            sink,
        ),
    }
    return makers[kind]()


@contextlib.contextmanager
def supervised(kind: str, path: Path, witness: Witness, **settings: object) -> Iterator[Supervisor[ScannerDriver]]:
    """Run the driver of a kind under a supervisor."""
    supervisor = Supervisor("scanner", lambda sink: driver(kind, path, sink, **settings), witness, waits=QUICK)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
