"""Drawer, displays, light, keypad and jack in another process, and the clauses of the contract that all of them keep.

`python -m tests.drivers.small_bench DIR` hosts them until its input ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.control import ControlHandle
from drivers.device import AbsentError, DeviceChanged, DeviceError, Driver, HealthLevel, Lifecycle, Link, Sink
from drivers.display.simulated import SimulatedDisplay
from drivers.drawer.simulated import SimulatedDrawer
from drivers.keypad.simulated import SimulatedJack, SimulatedKeypad
from drivers.signal.simulated import SimulatedLight
from drivers.simulation import CONTROL_SOCKET, SimulatedDevice, Simulation
from drivers.supervisor import Supervisor, Waits
from drivers.transport.waiting import Deadline
from tests.drivers.witness import PATIENCE_S, Witness, open_files, short_folder

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.01,), jitter=0)


def main(folder: Path) -> None:
    """Host them until standard input ends."""
    devices: list[SimulatedDevice] = [
        SimulatedDisplay("cd5220", folder),
        SimulatedDisplay("epson_dmd", folder, model="epson_dmd", code_page="cp858"),
        SimulatedDisplay("behind", folder, model="cd5220", behind_printer=True),
        SimulatedLight("light", folder),
        SimulatedDrawer("drawer", folder),
        SimulatedKeypad("keypad", folder),
        SimulatedJack("jack", folder),
    ]
    simulation = Simulation(folder, devices)
    simulation.start()
    try:
        sys.stdout.write("up\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        simulation.stop()


@dataclass(frozen=True)
class Bench:
    """The simulated devices of another process."""

    folder: Path
    control: ControlHandle

    def do(self, name: str, action: str, **fields: object) -> dict[str, object]:
        return self.control.do(name, action, **fields)

    def until(self, name: str, **wanted: object) -> None:
        """Wait until a device has taken in what it was told: it reads on a thread of its own."""
        until(lambda: wanted.items() <= self.do(name, "state").items())


def until(so: Callable[[], bool]) -> None:
    """Wait until something is so that nobody tells of."""
    deadline = Deadline(PATIENCE_S)
    while not so():
        assert not deadline.passed
        os.sched_yield()


@contextlib.contextmanager
def bench() -> Iterator[Bench]:
    """Run the process."""
    with (
        short_folder() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.drivers.small_bench", str(folder)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], "the simulated devices did not come up"
            assert process.stdout.readline() == b"up\n"
            yield Bench(folder, ControlHandle(folder / CONTROL_SOCKET))
        finally:
            process.stdin.close()
            process.wait(PATIENCE_S)


@dataclass(frozen=True)
class Case:
    """A simulated device, and what makes the driver for it: `make(path, sink)`."""

    bench: Bench
    name: str
    make: Callable[[Path, Sink], Driver]

    @contextlib.contextmanager
    def supervised(self) -> Iterator[tuple[Supervisor[Driver], Witness]]:
        """Run the driver under a supervisor."""
        witness = Witness()
        path = self.bench.folder / self.name
        supervisor = Supervisor("it", lambda sink: self.make(path, sink), witness, waits=QUICK)
        supervisor.start()
        try:
            yield supervisor, witness
        finally:
            supervisor.stop(PATIENCE_S)

    @contextlib.contextmanager
    def ready(self) -> Iterator[tuple[Supervisor[Driver], Witness]]:
        """The same, once it is READY."""
        with self.supervised() as (supervisor, witness):
            witness.until_lifecycle(OPENING, READY)
            yield supervisor, witness


def absent_is_said_and_plugging_in_is_enough(case: Case) -> None:
    case.bench.do(case.name, "unplug")
    with pytest.raises(AbsentError):
        case.make(case.bench.folder / case.name, lambda _: None).open()
    with case.supervised() as (_, witness):
        witness.until_lifecycle(OPENING, LOST)
        assert witness.of(DeviceChanged, 2)[1].link is Link.OFF
        case.bench.do(case.name, "plug")
        witness.until_lifecycle(OPENING, LOST, READY)


def unplugged_while_idle_is_missed_and_it_comes_back_under_another_node(case: Case) -> None:
    with case.ready() as (supervisor, witness):
        for plugs in range(1, 4):
            case.bench.do(case.name, "unplug")
            witness.until_lifecycle(OPENING, READY, *((LOST, READY) * (plugs - 1)), LOST)
            case.bench.do(case.name, "plug")
            witness.until_lifecycle(OPENING, READY, *((LOST, READY) * plugs))
        assert supervisor.statistics().losses == 3


def a_second_program_is_a_clear_failure(case: Case) -> None:
    with case.ready(), case.supervised() as (_, witness):
        witness.until_lifecycle(OPENING, FAILED)
        problem = witness.of(DeviceChanged, 2)[1].conditions[0]
        assert "Another program holds" in problem.message
        assert problem.remedy


def nothing_is_left_open_also_after_a_loss(case: Case) -> None:
    files, threads = open_files(), threading.active_count()
    with case.ready() as (_, witness):
        case.bench.do(case.name, "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
    assert (open_files(), threading.active_count()) == (files, threads)


def an_internal_check_passes_and_close_may_come_twice(case: Case) -> None:
    driver = case.make(case.bench.folder / case.name, lambda _: None)
    driver.open()
    assert driver.check_health(HealthLevel.INTERNAL).passed
    driver.close()
    driver.close()
    with pytest.raises((DeviceError, OSError)):
        driver.listen(0, lambda _: None)


CONTRACT = (
    absent_is_said_and_plugging_in_is_enough,
    unplugged_while_idle_is_missed_and_it_comes_back_under_another_node,
    a_second_program_is_a_clear_failure,
    nothing_is_left_open_also_after_a_loss,
    an_internal_check_passes_and_close_may_come_twice,
)

if __name__ == "__main__":
    main(Path(sys.argv[1]))
