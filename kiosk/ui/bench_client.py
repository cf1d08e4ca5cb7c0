"""Drives a lane's screen from another process, for tests and the demo: real touches in, what is shown out."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ANSWER_S = 30.0
RETRY_S = 0.02


class BenchError(Exception):
    """The lane did not do what it was asked; says what and why."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class BenchClient:
    """A connection to the bench socket of a lane (`[bench] socket` in its settings).

    `connect_s` is how long to wait for a lane that is still starting. `BenchError` where it does not come up, or
    does not answer.
    """

    def __init__(self, path: Path, connect_s: float = 30.0) -> None:
        self._path = path
        self._socket = _connect(path, connect_s)
        self._answers = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; the lane goes on."""
        self._answers.close()
        self._socket.close()

    def ask(self, request: Mapping[str, object], within_s: float = ANSWER_S) -> dict[str, Any]:
        """Send one request and return its answer, whatever it says; `BenchError` where none comes."""
        try:
            self._socket.settimeout(within_s)
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            line = self._answers.readline()
        except OSError as error:
            raise BenchError(f"The lane at {self._path} does not answer: {error}.", "See its log.") from error
        if not line:
            raise BenchError(f"The lane at {self._path} has hung up.", "See its log for why it ended.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _must(self, request: Mapping[str, object], within_s: float = ANSWER_S) -> dict[str, Any]:
        answer = self.ask(request, within_s)
        if not answer["ok"]:
            raise BenchError(str(answer["error"]), str(answer.get("remedy", "")))
        return answer

    def press(self, item: str) -> None:
        """Touch the middle of the item's widget on the topmost screen, scrolling to it where needed."""
        self._must({"do": "press", "item": item})

    def touch(self, x: float, y: float) -> None:
        """Touch a point; pixels from the lower left."""
        self._must({"do": "touch", "x": x, "y": y})

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a finger from one point to another; pixels from the lower left."""
        self._must({"do": "drag", "from": start, "to": end})

    def screen(self) -> dict[str, Any]:
        """What is shown: `name`, `language`, `items` (each a mapping), and `overlay` (the same, or None)."""
        shown: dict[str, Any] = self._must({"do": "screen"})["screen"]
        return shown

    def wait(
        self, screen: str | None = None, *, item: str | None = None, text: str | None = None, timeout_s: float = 10.0
    ) -> dict[str, Any]:
        """Wait until the topmost screen has this name, this item, and this text on it; returns what is shown then.

        `text` is looked for in that item, or in any where no item is named. `BenchError` at the deadline.
        """
        wanted = {"screen": screen, "item": item, "text": text}
        answer = self._must({"do": "wait", **wanted, "timeout_s": timeout_s}, timeout_s + ANSWER_S)
        shown: dict[str, Any] = answer["screen"]
        return shown

    def screenshot(self, path: Path) -> None:
        """Have the lane write what it shows to a PNG file."""
        self._must({"do": "screenshot", "path": str(path)})


def _connect(path: Path, within_s: float) -> socket.socket:
    deadline = time.monotonic() + within_s
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except OSError as error:
            connection.close()
            if time.monotonic() > deadline:
                raise BenchError(
                    f"No lane listens at {path}: {error.strerror}.", "Start one whose settings name this bench socket."
                ) from error
            time.sleep(RETRY_S)
        else:
            return connection
