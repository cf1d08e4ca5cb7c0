"""What the driver tests share: a sink that can be waited for, and simulated devices in another process."""

from __future__ import annotations

import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from drivers.control import ControlHandle
from drivers.device import DeviceChanged, Lifecycle
from drivers.simulation import CONTROL_SOCKET

T = TypeVar("T")
PATIENCE_S = 20.0


class Witness:
    """A sink that keeps all records and lets a test wait for one."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.records: list[object] = []

    def __call__(self, record: object) -> None:
        with self._news:
            self.records.append(record)
            self._news.notify_all()

    def until(self, enough: Callable[[list[object]], bool]) -> list[object]:
        """Wait until `enough(records)`; returns them."""
        with self._news:
            assert self._news.wait_for(lambda: enough(self.records), PATIENCE_S), self.records
            return list(self.records)

    def of(self, kind: type[T], count: int = 1) -> list[T]:
        """Wait for `count` records of `kind`; returns all there are."""
        self.until(lambda records: sum(isinstance(record, kind) for record in records) >= count)
        return [record for record in list(self.records) if isinstance(record, kind)]

    def lifecycles(self) -> list[Lifecycle]:
        """Return the lifecycles that were told, each change once."""
        told = [record.lifecycle for record in list(self.records) if isinstance(record, DeviceChanged)]
        return [now for before, now in zip([None, *told], told, strict=False) if now is not before]

    def until_lifecycle(self, *wanted: Lifecycle) -> None:
        """Wait until the changes of lifecycle are exactly `wanted`."""
        self.until(lambda _: self.lifecycles() == list(wanted))


def open_files() -> int:
    """Return how many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@contextmanager
def short_folder() -> Iterator[Path]:
    """Yield a folder whose path is short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="lane-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def simulated(*devices: str) -> Iterator[tuple[Path, ControlHandle]]:
    """Run simulated devices in another process; yields their folder and the handle to act on them."""
    with short_folder() as folder, running(folder, devices):
        yield folder, ControlHandle(folder / CONTROL_SOCKET)


@contextmanager
def running(folder: Path, devices: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m drivers simulate` in `folder` from when its devices are up until it is told to end."""
    with _process("drivers", "simulate", "--run", str(folder), "--devices", ",".join(devices)) as process:
        yield process


@contextmanager
def served(folder: Path, name: str, recording: Path, way: str) -> Iterator[ControlHandle]:
    """Serve a recording in another process, as the device `name` of `folder`; yields the handle to act on it."""
    with _process("tests.drivers.replaying", str(folder), name, str(recording), way):
        yield ControlHandle(folder / CONTROL_SOCKET)


@contextmanager
def _process(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module from when it has said its first line until it is told to end."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], "the simulated devices did not come up"
            assert process.stdout.readline()
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
