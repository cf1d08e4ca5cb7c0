"""What the benchmarks need of the demo's processes beyond starting them: a number, and a quiet end."""

from __future__ import annotations

import subprocess

from demo.processes import STOP_S, Processes


def pid(processes: Processes, name: str) -> int:
    """The process number of the one started last under this name."""
    return processes._find(name).pid


def end(processes: Processes, name: str) -> None:
    """SIGTERM, and SIGKILL for one that does not go; it is no more minded by `Processes.check`."""
    process = processes._find(name)
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    processes._running.remove((name, process))
