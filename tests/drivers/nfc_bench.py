"""What the tests of NFC readers share: a pcscd of their own, and simulated tags in another process."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from drivers.control import ControlHandle
from drivers.simulation import CONTROL_SOCKET
from drivers.transport.waiting import Deadline, wait_readable
from tests.drivers.witness import PATIENCE_S, short_folder

VPCD_LIBRARY = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET = "pcscd.comm"
SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
# Where pcscd puts its socket, whatever it is told; libpcsclite looks for it at SOCKET_VARIABLE, once in a process.
GLOBAL_FOLDER = Path("/run/pcscd")
_LOCK = Path(tempfile.gettempdir()) / "checklane-pcscd.lock"

_SIMULATION = """
import sys
from pathlib import Path
from drivers.simulation import Simulation
from {module} import {kind}
simulation = Simulation(Path(sys.argv[1]), [{kind}("nfc", **{arguments!r})])
simulation.start()
print("up", flush=True)
sys.stdin.read()
simulation.stop()
"""


def need_pcscd() -> None:
    """Skip where this machine has not what PC/SC is tested with."""
    missing = [program for program in ("pcscd", "unshare", "mount") if shutil.which(program, path=_path()) is None]
    if not VPCD_LIBRARY.exists():
        missing.append("vsmartcard-vpcd")
    if importlib.util.find_spec("smartcard") is None:
        missing.append("the Python package pyscard")
    if os.geteuid() != 0:
        missing.append("root, to run pcscd")
    if missing:
        pytest.skip(f"PC/SC is not tested here, for want of: {', '.join(missing)}")


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Pcscd:
    """A pcscd with two virtual readers (vpcd), at `port` and the next, that this test may stop and start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = folder / "config"
        self._run = folder / "run"
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self.private = self._try_private()
        self.port = 0

    def start(self, reader: str = "Virtual PCD") -> None:
        """Start it with readers of that name; returns when it serves."""
        self.port = self.port or _two_ports()
        self._config.mkdir(exist_ok=True)
        lines = (
            f'FRIENDLYNAME "{reader}"',
            f"DEVICENAME /dev/null:{self.port:#x}",
            f"LIBPATH {VPCD_LIBRARY}",
            f"CHANNELID {self.port:#x}",
        )
        (self._config / "vpcd").write_text("\n".join(lines) + "\n")
        command = ["pcscd", "--foreground", "--info", "--config", str(self._config)]
        self._process = subprocess.Popen(
            self._privately(command) if self.private else command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": _path()},
        )
        assert self._process.stdout is not None
        ready = threading.Event()
        self._reader = threading.Thread(target=_drain, args=(self._process.stdout, ready), daemon=True)
        self._reader.start()
        assert ready.wait(PATIENCE_S), "pcscd did not come up"
        deadline = Deadline(PATIENCE_S)
        # It says "ready" a moment before it makes its socket.
        while not self._serves():
            assert not deadline.passed, "pcscd does not serve"
            wait_readable(0.01)

    def stop(self) -> None:
        """End it; its readers are gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        assert self._reader is not None
        self._reader.join(PATIENCE_S)
        assert process.stdout is not None
        process.stdout.close()
        for left in (SOCKET, "pcscd.pid"):
            (self.socket.parent / left).unlink(missing_ok=True)

    @property
    def socket(self) -> Path:
        """Where its clients find it."""
        return (self._run if self.private else GLOBAL_FOLDER) / SOCKET

    def _serves(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def _privately(self, command: list[str]) -> list[str]:
        """Run `command` where GLOBAL_FOLDER is our folder, so that several tests have a pcscd each."""
        script = 'mkdir -p "$1" && mount --bind "$0" "$1" && shift && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, str(self._run), str(GLOBAL_FOLDER), *command]

    def _try_private(self) -> bool:
        self._run.mkdir(exist_ok=True)
        tried = subprocess.run(
            self._privately(["true"]), capture_output=True, check=False, env={**os.environ, "PATH": _path()}
        )
        return tried.returncode == 0


def _drain(output: IO[bytes], ready: threading.Event) -> None:
    for line in output:
        if b"daemon ready" in line:
            ready.set()


def _two_ports() -> int:
    """Return a port that is free, as the one behind it is: vpcd takes one for each of its two slots."""
    while True:
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError, OverflowError):
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            second.bind(("127.0.0.1", port + 1))
            return port


@contextlib.contextmanager
def pcscd_in(folder: Path) -> Iterator[Pcscd]:
    """Yield a running pcscd. Where it cannot be private, one test at a time has the socket of the machine."""
    made = Pcscd(folder)
    with contextlib.ExitStack() as stack:
        if not made.private:
            lock = stack.enter_context(_LOCK.open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
            if made.socket.exists():
                pytest.skip("PC/SC is not tested here: this machine's own pcscd runs")
        made.start()
        stack.callback(made.stop)
        yield made


@contextlib.contextmanager
def tags(module: str, kind: str, **arguments: object) -> Iterator[ControlHandle]:
    """Run the simulated device `module.kind` as "nfc" in another process; yields the handle to act on it."""
    script = _SIMULATION.format(module=module, kind=kind, arguments=arguments)
    with (
        short_folder() as folder,
        subprocess.Popen(
            [sys.executable, "-c", script, str(folder)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], "the simulated tags did not come up"
            assert process.stdout.readline() == b"up\n"
            yield ControlHandle(folder / CONTROL_SOCKET, PATIENCE_S)
        finally:
            process.stdin.close()
            process.wait(PATIENCE_S)
