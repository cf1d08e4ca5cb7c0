"""The peer of the lane: a Kivy application that is one label, at a terminal or without one.

`python -m tests.benchmarks.bare WIDTH HEIGHT [--idle-aware] [--port TTY] [--frames PIPE]`
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bare", description=__doc__)
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("--idle-aware", action="store_true", help="on the lane's clock instead of Kivy's own")
    parser.add_argument("--port", help="a tty whose lines become the label's text")
    parser.add_argument("--frames", type=Path, help="a pipe that is told of each frame")
    options = parser.parse_args()
    _prepare(options.width, options.height)
    clock = _lane_clock() if options.idle_aware else None

    from kivy.app import App  # noqa: PLC0415 - Kivy reads its environment when it is imported
    from kivy.base import EventLoop  # noqa: PLC0415 - same
    from kivy.clock import Clock  # noqa: PLC0415 - same
    from kivy.uix.label import Label  # noqa: PLC0415 - same

    label = Label(text="0", font_size=60)

    class Bare(App):  # type: ignore[misc]  # Kivy ships no types
        """One label."""

        def build(self) -> Any:
            window = EventLoop.window
            if clock is not None:
                from kiosk.ui.clock import watch_window  # noqa: PLC0415 - the bare peer knows nothing of the lane

                watch_window(clock, window)
            if options.frames:
                from tests.benchmarks.witness import Witness  # noqa: PLC0415 - same

                Witness(options.frames, lambda: str(label.text)).watch(window)
            if options.port:
                _read(options.port, Clock, lambda text: setattr(label, "text", text))
            return label

    app = Bare()
    signal.signal(signal.SIGTERM, lambda *_: Clock.schedule_once(lambda _dt: app.stop(), 0))
    app.run()
    return 0


def _prepare(width: int, height: int) -> None:
    os.environ |= {"KIVY_NO_ARGS": "1", "KIVY_NO_FILELOG": "1", "KIVY_NO_CONSOLELOG": "1", "KIVY_NO_CONFIG": "1"}
    from kivy.config import Config  # noqa: PLC0415 - Kivy reads the environment above when it is imported

    # As the lane has them, so that the two differ in nothing but what they do.
    for section, key, value in (
        ("graphics", "width", str(width)),
        ("graphics", "height", str(height)),
        ("graphics", "multisamples", "0"),
        ("graphics", "maxfps", "60"),
        ("graphics", "resizable", "0"),
    ):
        Config.set(section, key, value)
    Config.remove_option("input", "%(name)s")


def _lane_clock() -> Any:
    from kiosk.ui import clock  # noqa: PLC0415 - the bare peer knows nothing of the lane

    return clock.install()


def _read(port: str, clock: Any, show: Callable[[str], None]) -> None:
    """What the lane does, without doing anything: bytes on a thread, a trigger, a text on the screen."""
    terminal = os.open(port, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(terminal)
    texts: list[str] = []
    trigger = clock.create_trigger(lambda _dt: show(texts[-1]), -1)

    def read() -> None:
        line = b""
        while data := os.read(terminal, 4096):
            line += data
            if line.endswith(b"\r"):
                texts.append(line.strip().decode())
                line = b""
                trigger()

    threading.Thread(target=read, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
