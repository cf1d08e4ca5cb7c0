"""Sits inside a process under measurement and reports each frame it draws, with what is on it."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# How often a lane draws its screen again when it is sent SIGUSR1.
REDRAWS = 6


class Witness:
    """Reports to the pipe at `path`. `shows` tells what the frame just drawn has on it.

    Drawing is finished (`glFinish`) after every frame and in both processes that are compared: a display without a
    panel would else report a frame as shown that the software renderer has yet to draw.
    """

    def __init__(self, path: Path, shows: Callable[[], str]) -> None:
        self._pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._shows = shows
        self._marks: dict[str, int] = {}

    def mark(self, name: str) -> None:
        """Note that something happened now; it is reported with the next frame."""
        self._marks[name] = time.monotonic_ns()

    def around(self, owner: Any, method: str, name: str, only: Callable[..., bool] = lambda *_: True) -> None:
        """Mark `name` before and `name`_end after every call of a method of a class, or those whose arguments fit."""
        call = getattr(owner, method)

        def marked(*arguments: Any, **named: Any) -> Any:
            if not only(*arguments):
                return call(*arguments, **named)
            self.mark(name)
            result = call(*arguments, **named)
            self.mark(f"{name}_end")
            return result

        setattr(owner, method, marked)

    def watch(self, window: Any) -> None:
        """Report every flip of a Kivy window from now on."""
        from kivy.graphics.opengl import glFinish  # noqa: PLC0415 - Kivy reads its environment when it is imported

        flip = window.flip

        def flipped() -> None:
            flip()
            flip_ns = time.monotonic_ns()
            glFinish()
            self._report(flip_ns, time.monotonic_ns())

        # The event `on_flip` comes before the flip itself, so it is no use here; `on_draw` comes before the drawing.
        window.flip = flipped
        window.bind(on_draw=lambda *_: self.mark("draw"))

    def _report(self, flip_ns: int, drawn_ns: int) -> None:
        frame = {"flip_ns": flip_ns, "drawn_ns": drawn_ns, "shows": self._shows(), "marks": self._marks}
        self._marks = {}
        # Nobody reads between two measurements: a full pipe must not stop the lane.
        with contextlib.suppress(BlockingIOError):
            os.write(self._pipe, json.dumps(frame).encode() + b"\n")
