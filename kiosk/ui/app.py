"""The Kivy application of a lane: one window, one stage, one way in from other threads."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import EventLoop, ExceptionHandler, ExceptionManager
from kivy.clock import Clock

from kiosk.config import Display
from kiosk.presenter.model import Item, Screen
from kiosk.ui import kv
from kiosk.ui.clock import SelectClock, watch_window
from kiosk.ui.geometry import Geometry
from kiosk.ui.stage import Stage
from kiosk.ui.theme import Look

log = logging.getLogger(__name__)

# The first frame on a bare KMS display stays black until a second one is shown (seen with virtio-gpu).
FIRST_FRAMES_AT_S = (0.1, 0.3, 0.8, 1.5, 2.0)
# A screen settles in one frame however deep its boxes are nested; Kivy's default is 10.
LAYOUT_PASSES = 40


class _Reporter(ExceptionHandler):  # type: ignore[misc]  # Kivy ships no types
    """Logs what went wrong and lets it end the process: systemd starts a fresh one, the basket is on disk."""

    def handle_exception(self, exception: BaseException) -> int:
        """Called by Kivy for whatever its main loop raised."""
        if not isinstance(exception, KeyboardInterrupt | SystemExit):
            log.critical("ui.crashed error=%s", type(exception).__name__, exc_info=exception)
        return int(ExceptionManager.RAISE)


class LaneApp(App):  # type: ignore[misc]  # Kivy ships no types
    """Shows screens of the presenter's model and reports what a person presses.

    `on_action` gets the `action` of a pressed item, once per press. `drain` is called on the UI thread soon after
    `wake` was called from any thread. `on_frame` is called after each frame that was drawn. `clock` is what
    `kiosk.ui.clock.install` returned.
    """

    def __init__(  # noqa: PLR0913 - the parts a lane hands to its screen, each named
        self,
        *,
        display: Display,
        pictures: Path | None,
        on_action: Callable[[object], None],
        drain: Callable[[], None],
        on_frame: Callable[[], None] | None = None,
        clock: SelectClock | None = None,
    ) -> None:
        super().__init__()
        self._look = Look(Geometry.of(display), pictures)
        self._on_action = on_action
        self._on_frame = on_frame
        self._select_clock = clock
        self._trigger = Clock.create_trigger(lambda _dt: drain(), -1)
        self._pending: Screen | None = None
        self._stage: Stage | None = None

    @property
    def stage(self) -> Stage:
        """The root widget, once the window is open."""
        if self._stage is None:
            raise RuntimeError("the stage is set when the application runs")
        return self._stage

    @property
    def shown(self) -> Screen | None:
        """The screen that was shown last."""
        return self._stage.shown if self._stage else self._pending

    def build(self) -> Stage:
        """Called by Kivy when the window is open."""
        ExceptionManager.add_handler(_Reporter())
        Clock.max_iteration = LAYOUT_PASSES
        kv.load(self._look)
        self._stage = Stage(self._look, self._pressed, time.monotonic)
        window = EventLoop.window
        window.clearcolor = self._look.palette.paper
        if self._select_clock is not None:
            watch_window(self._select_clock, window)
        if self._on_frame is not None:
            window.bind(on_flip=self._framed)
        for after_s in FIRST_FRAMES_AT_S:
            Clock.schedule_once(lambda _dt: window.canvas.ask_update(), after_s)
        if self._pending is not None:
            self._stage.show(self._pending)
        return self._stage

    def open_settings(self, *_: object) -> bool:
        """Kivy's settings panel is not for shoppers: F1 does nothing."""
        return False

    def wake(self) -> None:
        """Have `drain` called on the UI thread; from any thread, any number of times."""
        self._trigger()

    def show(self, screen: Screen) -> None:
        """Show a screen; on the UI thread only."""
        if self._stage is None:
            self._pending = screen
        else:
            self._stage.show(screen)

    def _pressed(self, item: Item) -> None:
        log.info("ui.pressed item=%s", item.id)
        self._on_action(item.action)

    def _framed(self, *_: Any) -> None:  # noqa: ANN401 - Kivy hands its own objects
        if self._on_frame is not None:
            self._on_frame()
