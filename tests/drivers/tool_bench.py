"""A command of the technician's tool in a process of its own, whose lines can be waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.drivers.witness import PATIENCE_S, Witness

ROOT = Path(__file__).parents[2]


class Command:
    """A running command; what it prints is kept, a line each."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines = Witness()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, *parts: str) -> str:
        """Wait for a line that holds all of `parts`; returns it."""
        lines = self._lines.until(lambda lines: any(all(part in str(line) for part in parts) for line in lines))
        return next(str(line) for line in lines if all(part in str(line) for part in parts))

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """End it as a person would; returns its exit status and all that it printed."""
        self._process.send_signal(how)
        status = self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status, "\n".join(map(str, self._lines.records))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines(line.rstrip("\n"))


def buffered() -> dict[str, str]:
    """The environment of a technician: output is buffered, so that what is not flushed is not seen."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@contextmanager
def tool(*arguments: object) -> Iterator[Command]:
    """Run `python -m drivers` with these arguments."""
    command = [sys.executable, "-m", "drivers", *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=buffered(), stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield Command(process)
        finally:
            process.kill()
            process.wait(PATIENCE_S)
