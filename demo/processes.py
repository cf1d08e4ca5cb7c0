"""Child processes that end with us, whatever ends us: a clean exit, Ctrl-C, SIGTERM or kill -9."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.waiting import DemoError, until

PR_SET_PDEATHSIG = 1
STOP_S = 5.0


class Processes:
    """Starts programs, keeps a log file of each, and stops them all in reverse order."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._libc = ctypes.CDLL(None, use_errno=True)

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def python(self, name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """Start `python -m ARGUMENTS` under `name`."""
        self.start(name, [sys.executable, "-m", *arguments], environment)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a program; its output goes to `<name>.log`."""
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
                preexec_fn=self._die_with_parent,  # noqa: PLW1509 - no threads yet, and one call of libc
            )
        self._running.append((name, process))

    def run(self, name: str, *arguments: str) -> str:
        """Run `python -m ARGUMENTS` to its end and return what it printed; `DemoError` where it fails."""
        done = subprocess.run(
            [sys.executable, "-m", *arguments], capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise DemoError(f"{name} failed: {(done.stderr or done.stdout).strip()}", "See the lines above.")
        return done.stdout

    def kill(self, name: str) -> None:
        """Kill -9, as a power cut would."""
        process = self._find(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def check(self) -> None:
        """`DemoError` where a program has ended by itself."""
        for name, process in self._running:
            if process.poll() is not None and process.returncode != -signal.SIGKILL:
                raise DemoError(
                    f"{name} ended with exit code {process.returncode}.", f"Its log is {self._logs / name}.log."
                )

    def alive(self, name: str) -> bool:
        """Whether the program still runs."""
        return self._find(name).poll() is None

    def stop(self) -> None:
        """SIGTERM in reverse order of start, then SIGKILL for what is still there."""
        while self._running:
            _, process = self._running.pop()
            if process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_for(self, what: str, path: Path, deadline_s: float = 30.0) -> None:
        """Wait until a file appears; `DemoError` at the deadline or when a program ends first."""

        def there() -> bool:
            self.check()
            return path.exists()

        until(what, there, deadline_s)

    def _find(self, name: str) -> subprocess.Popen[bytes]:
        return next(process for known, process in reversed(self._running) if known == name)

    def _die_with_parent(self) -> None:
        self._libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
