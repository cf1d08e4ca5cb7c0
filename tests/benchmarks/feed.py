"""Frames as another process reports them: a pipe in the file system with one line of JSON per frame drawn."""

from __future__ import annotations

import contextlib
import json
import os
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.waiting import DemoError

READ_SIZE = 65536
FRAME_S = 30.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame: when it was handed to the display and when it was drawn to the end (CLOCK_MONOTONIC, ns).

    `shows` is what is on it, in words of the process; `marks` when things on the way to it happened.
    """

    flip_ns: int
    drawn_ns: int
    shows: str
    marks: Mapping[str, int]


class Feed:
    """The reading end; the path is what the other process is given."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        # For writing too, so that it neither blocks here nor ends when the process does.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._rest = b""

    def close(self) -> None:
        """Remove it."""
        os.close(self._pipe)
        self.path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Drop what has come in so far."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._pipe, READ_SIZE):
                pass
        self._rest = b""

    def wait(self, what: str, fits: Callable[[Frame], bool], deadline_s: float = FRAME_S) -> Frame:
        """The first frame from here on that fits; `DemoError` naming `what` at the deadline."""
        end = time.monotonic() + deadline_s
        last = "nothing"
        while (left_s := end - time.monotonic()) > 0:
            if not select.select([self._pipe], [], [], left_s)[0]:
                break
            *lines, self._rest = (self._rest + os.read(self._pipe, READ_SIZE)).split(b"\n")
            for number, line in enumerate(lines):
                frame = Frame(**json.loads(line))
                last = frame.shows
                if fits(frame):
                    self._rest = b"".join(one + b"\n" for one in lines[number + 1 :]) + self._rest
                    return frame
        raise DemoError(f"Waited {deadline_s:.0f} s for this: {what}; shown was {last!r}.", "See the logs.")
