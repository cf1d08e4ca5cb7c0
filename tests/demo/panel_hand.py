"""A hand at the real bench panel: taps what its script says with Kivy touches, and tells what the panel showed.

`python -m tests.demo.panel_hand DEVICES NETWORK PICTURE` prints a JSON list of the notices shown after each step.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.panel import connect, prepare_window, run

if TYPE_CHECKING:
    from demo.panel_app import PanelApp  # importing it opens Kivy, which must be set up first

DEADLINE_S = 40
LOOK_S = 0.05
ESCAPE, F1 = 27, 282

Step = Callable[[], bool]


class Hand:
    """Does one step after the other, each as soon as the one before has had its effect."""

    def __init__(self, picture: Path) -> None:
        self._picture = picture
        self._steps: Iterator[Step] | None = None
        self._waits_for: Step = lambda: True
        self.notices: list[str] = []
        self.finished = False

    def shown(self, app: PanelApp) -> None:
        """The panel showed something: begin once every device was heard."""
        if self._steps is None and app.panel.bench.heard:
            from kivy.clock import Clock  # noqa: PLC0415 - Kivy opens its window when imported

            self._steps = self._script(app)
            Clock.schedule_interval(lambda _dt: self._look(app), LOOK_S)
            Clock.schedule_once(lambda _dt: app.stop(), DEADLINE_S)

    def _look(self, app: PanelApp) -> None:
        if self._steps is not None and self._waits_for():
            try:
                self._waits_for = next(self._steps)
            except StopIteration:
                self.finished = True
                app.stop()

    def _script(self, app: PanelApp) -> Iterator[Step]:
        panel = app.panel
        yield self._tap_good(app)
        yield lambda: panel.notice.text.startswith("Scanned: ")
        self.notices.append(panel.notice.text)
        self._keyboard(ESCAPE, F1)
        yield self._tap(app, "tab_scale")
        yield self._tap(app, "load_452")
        yield lambda: panel.bench.of("scale").number("grams") == 452
        self.notices.append(panel.notice.text)
        yield self._tap(app, "plug_scanner")
        yield lambda: not panel.bench.of("scanner").flag("plugged")
        self.notices.append(panel.notice.text)
        yield self._tap(app, "tab_goods")
        yield self._tap_good(app)
        yield lambda: "unplugged. " in panel.notice.text
        self.notices.append(panel.notice.text)
        app.root.export_to_png(str(self._picture))

    def _tap(self, app: PanelApp, key_id: str) -> Step:
        """A step that taps a key as soon as it is there and can be pressed."""

        def tap() -> bool:
            button = app.root.find(key_id)
            if button is None or not button.tappable():
                return False
            _touch(button)
            return True

        return tap

    def _tap_good(self, app: PanelApp) -> Step:
        def tap() -> bool:
            page = app.root.ids.page.children[0]
            row = page.ids.goods.bring(0)
            if row.height <= 0 or page.ids.goods.height < row.height:
                return False
            _touch(row)
            return True

        return tap

    def _keyboard(self, *keys: int) -> None:
        from kivy.base import EventLoop  # noqa: PLC0415 - Kivy opens its window when imported

        for key in keys:
            EventLoop.window.dispatch("on_keyboard", key, 0, "", [])


def _touch(widget: Any) -> None:
    from kivy.tests.common import UnitTestTouch  # noqa: PLC0415 - Kivy opens its window when imported

    x, y = widget.to_window(*widget.center)
    touch = UnitTestTouch(x, y)
    touch.touch_down()
    touch.touch_up()


def main() -> int:
    """Run the script; exit code 1 where it did not come to its end."""
    devices, network, picture = map(Path, sys.argv[1:])
    hand = Hand(picture)
    with tempfile.TemporaryDirectory() as home:
        prepare_window((560, 900), (0, 0), Path(home))
        run(connect(devices, network), on_shown=hand.shown)
    sys.stdout.write(json.dumps(hand.notices) + "\n")
    return 0 if hand.finished else 1


if __name__ == "__main__":
    sys.exit(main())
