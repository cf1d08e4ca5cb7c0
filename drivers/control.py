"""The control handle: acts on the simulated devices of another process, for tests and for the bench panel."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from drivers.device import DeviceError
from drivers.transport.waiting import Deadline

READ_SIZE = 65536


class ControlHandle:
    """Acts on the simulation behind `socket_path`. Holds no connection, so the simulation may come and go."""

    def __init__(self, socket_path: Path, deadline_s: float = 5.0) -> None:
        self._path = socket_path
        self._deadline_s = deadline_s

    def do(self, device: str, action: str, **fields: object) -> dict[str, object]:
        """Do `action` at `device` and return what it tells (without the `ok`).

        An action that itself waits is given its `timeout_s` on top of the handle's deadline. `DeviceError` with a
        remedy where the device refuses and where the simulation does not answer.
        """
        patience = fields.get("timeout_s", 0)
        deadline = Deadline(self._deadline_s + (patience if isinstance(patience, int | float) else 0))
        line = json.dumps({"device": device, "do": action, **fields}).encode() + b"\n"
        try:
            answer = json.loads(self._exchange(line, deadline))
        except (OSError, ValueError) as error:
            remedy = "See whether `python -m drivers simulate` runs, with the same folder."
            raise DeviceError(f"The simulation at {self._path} does not answer.", remedy) from error
        if not answer.pop("ok", False):
            raise DeviceError(str(answer.get("error", "")), str(answer.get("remedy", "")))
        return dict(answer)

    def _exchange(self, line: bytes, deadline: Deadline) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(max(0.001, deadline.left_s))
            link.connect(str(self._path))
            link.sendall(line)
            received = bytearray()
            while not received.endswith(b"\n"):
                link.settimeout(max(0.001, deadline.left_s))
                data = link.recv(READ_SIZE)
                if not data:
                    raise ConnectionResetError
                received += data
            return bytes(received)
