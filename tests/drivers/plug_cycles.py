"""A device that is pulled out and plugged in again and again: its real driver, supervised, at a real pty."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.device import DeviceChanged, Driver, Lifecycle, Sink
from drivers.scale.mettler_8217 import Mettler8217, Mettler8217Settings
from drivers.scale.simulated import SimulatedScale
from drivers.scale.wire import ScaleWaits
from drivers.scanner.serial_scanner import SerialScanner, SerialScannerSettings
from drivers.scanner.simulated import SimulatedScanner
from drivers.simulation import SimulatedDevice
from drivers.supervisor import Supervisor, Waits
from tests.drivers.witness import PATIENCE_S, open_files

AT_ONCE = Waits(backoff_s=(0.001,), jitter=0)


@dataclass(frozen=True)
class Held:
    """What a process holds: open files and threads."""

    files: int
    threads: int


def held() -> Held:
    """What this process holds now."""
    return Held(open_files(), threading.active_count())


class Plug:
    """One device, its driver under a supervisor, and who waits for what comes of a plug."""

    def __init__(self, device: SimulatedDevice, make: Callable[[Sink], Driver]) -> None:
        self._device = device
        self._news = threading.Condition()
        self._ready = self._lost = 0
        self.supervisor = Supervisor("device", make, self._told, waits=AT_ONCE)

    def cycle(self) -> None:
        """Pull it out, wait until it is missed, plug it in, wait until it is ready."""
        ready, lost = self._ready, self._lost
        self._device.control("unplug", {})
        self._until(lambda: self._lost > lost)
        self._device.control("plug", {})
        self._until(lambda: self._ready > ready)

    def until_ready(self) -> None:
        """Wait until it is ready for the first time."""
        self._until(lambda: self._ready > 0)

    def _told(self, record: object) -> None:
        if isinstance(record, DeviceChanged):
            with self._news:
                self._ready += record.lifecycle is Lifecycle.READY
                self._lost += record.lifecycle is Lifecycle.LOST
                self._news.notify_all()

    def _until(self, so: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(so, PATIENCE_S), "what was plugged was not noticed"


def scanner(folder: Path) -> tuple[SimulatedDevice, Callable[[Sink], Driver]]:
    """A scanner at a serial line."""
    device = SimulatedScanner("scanner", folder)
    settings = SerialScannerSettings(driver="serial_scanner", port=str(device.port))
    return device, lambda sink: SerialScanner("scanner", settings, sink)


def scale(folder: Path) -> tuple[SimulatedDevice, Callable[[Sink], Driver]]:
    """A scale, which is ready once it has answered."""
    device = SimulatedScale("scale", folder)
    settings = Mettler8217Settings(driver="mettler_8217", port=str(device.port), unit="kg")
    waits = replace(ScaleWaits(), spacing_s=0.0)
    return device, lambda sink: Mettler8217("scale", settings, sink, waits=waits)


KINDS = {"scanner": scanner, "scale": scale}


@contextlib.contextmanager
def plugged(kind: str, folder: Path) -> Iterator[Plug]:
    """The device, plugged in and ready."""
    device, make = KINDS[kind](folder)
    plug = Plug(device, make)
    device.start()
    plug.supervisor.start()
    try:
        plug.until_ready()
        yield plug
    finally:
        plug.supervisor.stop()
        device.stop()
