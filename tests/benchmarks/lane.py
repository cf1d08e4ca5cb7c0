"""`python -m kiosk.ui` as it is, with a witness of its frames: `python -m tests.benchmarks.lane SETTINGS FRAMES`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from drivers.scanner.interface import Scan
from kiosk.checkout.session import Session
from kiosk.config import Display
from kiosk.store.ledger import Till
from kiosk.ui import __main__ as lane
from kiosk.ui.setup import prepare_environment
from tests.benchmarks.witness import REDRAWS, Witness

REDRAW_EVERY_S = 0.1


def main(settings: str, frames: str) -> int:
    """Run the lane until SIGTERM; its own exit code."""
    witness = Witness(Path(frames), shown)
    witness.around(Session, "post", "post", lambda _session, event: isinstance(event, Scan))
    witness.around(Session, "drain", "drain")
    witness.around(Till, "save_lane", "commit")

    def prepared(display: Display) -> None:
        prepare_environment(display)
        from kiosk.ui import clock  # noqa: PLC0415 - Kivy reads its environment when it is imported

        watch_window = clock.watch_window

        def watched(select_clock: Any, window: Any) -> None:
            from kiosk.ui.app import LaneApp  # noqa: PLC0415 - same

            watch_window(select_clock, window)
            witness.watch(window)
            witness.around(LaneApp, "show", "show")

        clock.watch_window = watched  # type: ignore[assignment]  # other argument names

    signal.signal(signal.SIGUSR1, draw_again)
    lane.prepare_environment = prepared  # type: ignore[attr-defined,assignment]  # the one seam before Kivy
    return lane.main(["--settings", settings])


def draw_again(*_: object) -> None:
    """Draw what is shown a few times more, nothing having changed: what any change of this screen costs at least."""
    from kivy.base import EventLoop  # noqa: PLC0415 - Kivy reads its environment when it is imported
    from kivy.clock import Clock  # noqa: PLC0415 - same

    for number in range(REDRAWS):
        Clock.schedule_once(lambda _dt: EventLoop.window.canvas.ask_update(), number * REDRAW_EVERY_S)


def shown() -> str:
    """The topmost screen's name and the total on it in minor units: "basket 1234"."""
    from kivy.app import App  # noqa: PLC0415 - Kivy reads its environment when it is imported

    screen = App.get_running_app().shown
    if screen is None:
        return ""
    total = next((item.amount for item in screen.items if item.id == "total"), "")
    return f"{screen.top.name} {''.join(filter(str.isdigit, total))}".strip()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
