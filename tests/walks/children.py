"""Child processes of a bench: each writes to a log of its own, is killed by its handle, and ends with the bench."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.brokers import DEADLINE_S

ROOT = Path(__file__).parents[2]


def start(stack: ExitStack, folder: Path, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start `python -m COMMAND`; its output goes to `<name>.log`, and it ends with the stack."""
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    stack.callback(kill, process)
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait(timeout=DEADLINE_S)
