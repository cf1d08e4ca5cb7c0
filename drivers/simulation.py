"""A process full of simulated devices: hosts them and lets a test or a bench panel act on them over a Unix socket.

The control socket carries lines of JSON: {"device": "scanner", "do": "scan", "text": "4006381333931"} is answered with
{"ok": true, ...} or with {"ok": false, "error": what happened, "remedy": what to do}.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import socketserver
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from drivers.device import DeviceError

log = logging.getLogger(__name__)

CONTROL_SOCKET = "control.sock"
DEVICES_FILE = "devices.json"
# A line longer than this is no command (a receipt printer is sent none).
LONGEST_LINE = 1_000_000
# sun_path of unix(7) holds 108 bytes with the final NUL.
LONGEST_SOCKET_PATH = 107
POLL_S = 0.05


class SimulatedDevice(Protocol):
    """A simulated device: speaks its wire protocol on one side and is acted upon by `control` on the other."""

    @property
    def name(self) -> str:
        """The name it is acted upon by: "scanner", "scale", ..."""
        ...

    def start(self) -> None:
        """Make it reachable; returns when it is."""
        ...

    def stop(self) -> None:
        """Make it go away and give everything back; may be called twice."""
        ...

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """Do `action` and return what there is to tell.

        Called from several threads at once. `DeviceError` where there is no such action or it cannot be done now.
        """
        ...


class Simulation:
    """Simulated devices of one folder, from `start` to `stop`.

    What a driver finds each device by ({"port": ...} or {"host": ..., "port": ...}) is written to `devices.json` in one
    step when all have started: who sees that file sees all of them running.
    """

    def __init__(self, folder: Path, devices: Sequence[SimulatedDevice]) -> None:
        self._folder = folder
        self._devices = {device.name: device for device in devices}
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def control_path(self) -> Path:
        """Path of the control socket."""
        return self._folder / CONTROL_SOCKET

    def start(self) -> None:
        """Start all devices and the control socket. `DeviceError` where another simulation runs in the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._server = _Server(_free(self.control_path), self)
            for device in self._devices.values():
                device.start()
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(POLL_S,), name="control", daemon=True
            )
            self._thread.start()
            self._write_devices()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all devices, and leave nothing in the folder but what a printer printed. May be called twice."""
        server, self._server = self._server, None
        thread, self._thread = self._thread, None
        if server is None:
            return
        (self._folder / DEVICES_FILE).unlink(missing_ok=True)
        if thread is not None:
            server.shutdown()
            thread.join()
        server.server_close()
        self.control_path.unlink(missing_ok=True)
        for device in self._devices.values():
            device.stop()

    def where(self) -> dict[str, dict[str, object]]:
        """What a driver finds each device by."""
        return {name: _where(device) for name, device in self._devices.items()}

    def answer(self, line: bytes) -> dict[str, object]:
        """Do what a line of the control socket says; see the module."""
        try:
            command = _parse(line)
            device, action = command.pop("device", ""), command.pop("do", "")
            return {"ok": True, **self.do(str(device), str(action), command)}
        except DeviceError as error:
            return {"ok": False, "error": error.message, "remedy": error.remedy}

    def do(self, device: str, action: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Act on a device. `DeviceError` where there is none of that name or it refuses."""
        found = self._devices.get(device)
        if found is None:
            raise DeviceError(f"There is no device {device!r} here.", f"There are: {', '.join(self._devices)}.")
        return found.control(action, dict(fields))

    def _write_devices(self) -> None:
        path = self._folder / DEVICES_FILE
        fresh = path.with_name(f".{DEVICES_FILE}.{os.getpid()}")
        fresh.write_text(json.dumps(self.where(), indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)


def unknown_action(name: str, action: str, known: Sequence[str]) -> DeviceError:
    """Return the error for an action a device does not know."""
    return DeviceError(f"A {name} cannot {action!r}.", f"It can: {', '.join(known)}.")


def text_field(fields: Mapping[str, object], name: str) -> str:
    """Return a text of a command; `DeviceError` where it is missing or no text."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise DeviceError(f"This needs a text `{name}`.", f'Add "{name}": "..." to the command.')
    return value


def number_field(fields: Mapping[str, object], name: str) -> int:
    """Return a whole number of a command; `DeviceError` where it is missing or none."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise DeviceError(f"This needs a whole number `{name}`.", f'Add "{name}": 123 to the command.')
    return value


def flag_field(fields: Mapping[str, object], name: str) -> bool:
    """Return a true or false of a command, true where it is left out; `DeviceError` where it is neither."""
    value = fields.get(name, True)
    if not isinstance(value, bool):
        raise DeviceError(f"`{name}` is true or false.", f'Say "{name}": true or false.')
    return value


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, simulation: Simulation) -> None:
        self.simulation = simulation
        super().__init__(str(path), _Conversation)
        path.chmod(0o600)


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while line := self.rfile.readline(LONGEST_LINE):
                answer = self.server.simulation.answer(line)
                self.wfile.write(json.dumps(answer).encode() + b"\n")


def _parse(line: bytes) -> dict[str, object]:
    try:
        command = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DeviceError("The command is no JSON.", "Send one JSON object a line.") from error
    if not isinstance(command, dict):
        raise DeviceError("The command is no JSON object.", 'Send {"device": ..., "do": ...}.')
    return command


def _where(device: SimulatedDevice) -> dict[str, object]:
    address = getattr(device, "address", None)
    if isinstance(address, tuple):
        return {"host": address[0], "port": address[1]}
    return {"port": str(getattr(device, "port", ""))}


def _free(path: Path) -> Path:
    """Return `path`, with a socket that a killed simulation left there removed."""
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise DeviceError(f"The path {path} is too long for a socket.", "Name a folder with a shorter path.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return path
    raise DeviceError(f"Another simulation runs in {path.parent}.", "End it, or name another folder.")
