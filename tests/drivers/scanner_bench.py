"""Every simulated scanner in one process: `python -m tests.drivers.scanner_bench DIR`, until SIGTERM."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from drivers.scanner.simulated import SimulatedScanner
from drivers.scanner.simulated_ssi import SimulatedSsiScanner
from drivers.scanner.simulated_usb import SimulatedHidScanner, SimulatedWedgeScanner
from drivers.simulation import Simulation


def main(folder: Path) -> None:
    """Run them; a line on stdout says that they are up."""
    # Before any thread starts: each takes the mask over.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    devices = [
        SimulatedScanner("serial", folder),
        SimulatedSsiScanner("ssi", folder),
        SimulatedHidScanner("hid", folder),
        SimulatedWedgeScanner("wedge", folder),
    ]
    simulation = Simulation(folder, devices)
    simulation.start()
    sys.stdout.write("up\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})
    simulation.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
