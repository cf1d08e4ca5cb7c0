"""A real mosquitto for tests: started, killed and restarted on the same port, on loopback only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

LOOPBACK = "127.0.0.1"
DEADLINE_S = 30.0


def until(condition: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Look again and again until `condition` holds; a failure names what was waited for."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {deadline_s:.0f} s: {what}")
        pause.wait(0.02)


def free_port() -> int:
    """A TCP port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """Path of a program of the mosquitto package; skips the test where it is not installed."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install mosquitto")
    return found


def password_file(folder: Path, users: dict[str, str]) -> Path:
    """A mosquitto password file of these users."""
    file = folder / "passwords"
    file.touch(mode=0o600)
    for user, password in users.items():
        command = [program("mosquitto_passwd"), "-b", str(file), user, password]
        subprocess.run(command, check=True, capture_output=True, timeout=DEADLINE_S)
    return file


@dataclass
class Broker:
    """A mosquitto of one's own. `options` are configuration lines for its listener, such as TLS or a password file.

    Use as a context manager: started on entry, killed at exit. `kill` is kill -9: nothing that it held survives.
    """

    folder: Path
    options: Sequence[str] = ("allow_anonymous true",)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def address(self) -> str:
        """host:port."""
        return f"{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        configuration = self.folder / "mosquitto.conf"
        # As root, mosquitto would otherwise become a user who cannot read the test's folder.
        lines = ["user root", "persistence false", f"listener {self.port} {LOOPBACK}", *self.options]
        configuration.write_text("\n".join(lines) + "\n")
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(
                [program("mosquitto"), "-c", str(configuration), "-v"], stdout=log, stderr=subprocess.STDOUT
            )
        until(self._listens, f"mosquitto listening on {self.address}; see {self.folder}/mosquitto.log")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=DEADLINE_S)
            self.process = None

    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "mosquitto.log").read_text(errors="replace")

    def _listens(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            pytest.fail(f"mosquitto ended at once: {self.log()}")
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1):
                return True
        except OSError:
            return False
