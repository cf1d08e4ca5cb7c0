"""A lane of sample screens in a process of its own: `python -m tests.screens.lane SOCKET [--forever-asleep]`.

Pressing an item shows, by a line in the notice, which actions came in so far; some lead to another sample.
"""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import replace
from pathlib import Path

from kiosk.config import Display
from kiosk.presenter.model import Item, Role, Screen
from kiosk.ui.setup import prepare_environment
from tests.screens.hand_made import HAND_MADE

DISPLAY = Display(width_px=1024, height_px=600, diagonal_mm=257, fullscreen=False)
# Where an action leads: sample and language.
LEADS = {
    "start": ("basket", "en"),
    "language_de": ("basket", "de"),
    "lookup": ("lookup", "en"),
    "back": ("basket_long_offline", "en"),
    "help": ("help", "en"),
    "cancel_help": ("basket_empty", "en"),
}


class Shop:
    """What stands where the checkout stands: an inbox, and the screen that follows from it."""

    def __init__(self) -> None:
        self.inbox: deque[object] = deque()
        self.pressed: list[str] = []
        self._sample = ("attract", "en")

    def drain(self) -> None:
        """Take what was posted."""
        while self.inbox:
            action = str(self.inbox.popleft())
            self.pressed.append(action)
            self._sample = LEADS.get(action, self._sample)

    def screen(self) -> Screen:
        """The screen as it should be now."""
        name, language = self._sample
        screen = HAND_MADE[name](language)
        notice = Item("notice", Role.NOTICE, ",".join(self.pressed) or "nothing yet")
        if screen.overlay:
            overlay = screen.overlay
            return replace(screen, overlay=replace(overlay, items=(*overlay.items, notice)))
        return replace(screen, items=(*(item for item in screen.items if item.id != "notice"), notice))


def main() -> None:
    """Run until the window is closed or the process is ended."""
    prepare_environment(DISPLAY)
    from kiosk.ui import clock  # noqa: PLC0415 - Kivy reads its environment when it is imported

    if "--forever-asleep" in sys.argv:
        # A wake-up that depends on the regular one would then be noticed.
        clock.LONGEST_SLEEP_S = 3600.0
    installed = clock.install()
    from kiosk.ui.app import LaneApp  # noqa: PLC0415 - same
    from kiosk.ui.bench_socket import BenchSocket  # noqa: PLC0415 - same

    shop = Shop()

    def drain() -> None:
        shop.drain()
        app.show(shop.screen())

    def on_action(action: object) -> None:
        shop.inbox.append(action)
        app.wake()

    app = LaneApp(display=DISPLAY, pictures=None, on_action=on_action, drain=drain, clock=installed)
    app.show(shop.screen())
    bench = BenchSocket(Path(sys.argv[1]), app)
    app.bind(on_start=lambda _app: bench.start())
    try:
        app.run()
    finally:
        bench.stop()


if __name__ == "__main__":
    main()
