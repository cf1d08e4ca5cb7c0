"""A process that serves a recording: `python -m tests.drivers.replaying FOLDER NAME RECORDING serial|tcp`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Literal

from drivers.simulation import Simulation
from drivers.transport.recording import read_recording
from drivers.transport.replay import ReplayedDevice


def main(folder: Path, name: str, recording: Path, way: Literal["serial", "tcp"]) -> None:
    """Serve until SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    device = ReplayedDevice(name, folder, read_recording(recording), way=way, repeat=True)
    simulation = Simulation(folder, [device])
    simulation.start()
    sys.stdout.write("up\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})
    simulation.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), "tcp" if sys.argv[4] == "tcp" else "serial")
