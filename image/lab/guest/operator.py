"""The lab's hand at a station: tells it what to do and waits, with a deadline, for what its devices say."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

from image.lab.plan import LabError

Record = dict[str, Any]
# An emulated machine with several stations at once is slow; a real one does all of this in two seconds.
DEADLINE_S = 60.0
_QUIET_S = 1.0


class Operator:
    """One conversation with a station. `seen` is every record since `forget`, oldest first."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._buffer = b""
        self._unread: list[Record] = []
        self.seen: list[Record] = []
        self.standing: dict[str, str] = {}

    def start(self, device: str, settings: Record) -> None:
        """Start a device; how it fares is told by its records."""
        self._ask({"do": "start", "device": device, "settings": settings})

    def stop(self, device: str) -> None:
        """Stop a device, whatever it does."""
        self._ask({"do": "stop", "device": device})

    def weigh(self, device: str, request: str) -> None:
        """Ask a scale for a weight."""
        self._ask({"do": "weigh", "device": device, "request": request})

    def print(self, device: str, job: str, lines: int) -> None:
        """Have a receipt printed."""
        self._ask({"do": "print", "device": device, "job": job, "lines": lines})

    def count(self) -> Record:
        """Open files and threads of the station."""
        return dict(self._ask({"do": "count"}))

    def forget(self) -> None:
        """Begin to collect records anew; those that nobody waited for are dropped."""
        self.seen = []
        self._unread = []

    def listen(self) -> None:
        """Let what is late come."""
        while self._receive(time.monotonic() + _QUIET_S):
            """Each may be followed by another."""

    def recover(self, device: str) -> None:
        """Drop what is late, and wait until the device is READY again."""
        self.listen()
        self.forget()
        if self.standing.get(device) != "ready":
            self.expect_lifecycle(device, "ready")

    def expect(self, what: str, fits: Callable[[Record], bool], deadline_s: float = DEADLINE_S) -> Record:
        """Wait for a record that fits, passing over others; `LabError` with those where none comes."""
        deadline = time.monotonic() + deadline_s
        passed: list[Record] = []
        while True:
            while self._unread:
                record = self._unread.pop(0)
                if fits(record):
                    return record
                passed.append(record)
            if not self._receive(deadline):
                told = "; ".join(map(_short, passed[-4:])) or "nothing"
                raise LabError(f"{what}: did not come within {deadline_s:.0f} s. Came: {told}")

    def expect_lifecycle(self, device: str, *wanted: str, deadline_s: float = DEADLINE_S) -> Record:
        """Wait until a device says that it stands so."""
        return self.expect(
            f"{device} {' or '.join(wanted)}",
            lambda record: (
                record["record"] == "DeviceChanged" and record["device"] == device and record["lifecycle"] in wanted
            ),
            deadline_s,
        )

    def _ask(self, command: Record) -> Any:  # noqa: ANN401 # as JSON has it
        self._link.sendall(json.dumps(command).encode() + b"\n")
        deadline = time.monotonic() + DEADLINE_S
        while True:
            message = self._message(deadline)
            if message is None:
                raise LabError(f"the station did not do {command['do']!r}")
            if "refused" in message:
                raise LabError(message["refused"])
            if "answer" in message:
                return message["answer"]
            self._keep(message)

    def _receive(self, deadline: float) -> bool:
        message = self._message(deadline)
        if message is not None:
            self._keep(message)
        return message is not None

    def _keep(self, message: Record) -> None:
        self._unread.append(message)
        self.seen.append(message)
        if message["record"] == "DeviceChanged":
            self.standing[message["device"]] = message["lifecycle"]

    def _message(self, deadline: float) -> Record | None:
        while b"\n" not in self._buffer:
            self._link.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self._link.recv(65536)
            except TimeoutError:
                return None
            if not data:
                raise LabError("the station ended")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: Record = json.loads(line)
        return message


def _short(record: Record) -> str:
    words = [record["record"], record.get("lifecycle", ""), record.get("state", ""), record.get("message", "")]
    words += [condition["message"] for condition in record.get("conditions", ())]
    return " ".join(word for word in words if word)
