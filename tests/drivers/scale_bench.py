"""A process of all simulated scales that are asked for a weight, for the contract tests; ends with its input."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.control import ControlHandle
from drivers.scale.simulated import SIMULATED_SCALES, simulated_scale
from drivers.scale.simulated_hid import SimulatedHidScale
from drivers.simulation import CONTROL_SOCKET, SimulatedDevice, Simulation
from tests.drivers.witness import PATIENCE_S, short_folder

HID = "scale_hid"


def main(folder: Path) -> None:
    """Host them until standard input ends."""
    devices: list[SimulatedDevice] = [simulated_scale(name, folder) for name in SIMULATED_SCALES]
    simulation = Simulation(folder, [*devices, SimulatedHidScale(HID, folder)])
    simulation.start()
    try:
        sys.stdout.write("up\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        simulation.stop()


@contextmanager
def scales() -> Iterator[tuple[Path, ControlHandle]]:
    """Run the process; yields its folder and the handle to act on the scales."""
    command = [sys.executable, "-m", "tests.drivers.scale_bench"]
    with (
        short_folder() as folder,
        subprocess.Popen(
            [*command, str(folder)], cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], "the simulated scales did not come up"
            assert process.stdout.readline() == b"up\n"
            yield folder, ControlHandle(folder / CONTROL_SOCKET)
        finally:
            process.stdin.close()
            process.wait(PATIENCE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
