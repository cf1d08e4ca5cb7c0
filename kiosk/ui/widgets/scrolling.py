"""A window onto something longer than itself: dragged by a finger, flicked, or turned page by page."""

from __future__ import annotations

from typing import Any

from kivy.animation import Animation
from kivy.base import EventLoop
from kivy.graphics import Rectangle, StencilPop, StencilPush, StencilUnUse, StencilUse
from kivy.graphics.scissor_instructions import ScissorPop, ScissorPush
from kivy.properties import BooleanProperty, ListProperty, NumericProperty
from kivy.uix.widget import Widget

from kiosk.ui.widgets.press import DRAGGED

# A finger that moved less is tapping.
DRAG_FROM_MM = 2.5
# How long a flick rolls on, and how much of its speed is worth.
FLICK_S = 0.45
FLICK_SHARE = 0.25
PAGE_SHARE = 0.9
# The scroll bar of a very long list can still be seen: this many times the drag distance.
LEAST_BAR = 4


class Scroller(Widget):  # type: ignore[misc]  # Kivy ships no types
    """Shows `content_height` pixels through its own height, from `offset` pixels below the top of the content.

    A subclass puts its children in place in `place`. Unlike Kivy's scroll view a tap passes through at once.
    """

    offset = NumericProperty(0.0)
    content_height = NumericProperty(0.0)
    drag_from = NumericProperty(10.0)
    bar_width = NumericProperty(0.0)
    # Where the scroll bar is drawn: x, y, width, height in pixels.
    bar = ListProperty([0.0, 0.0, 0.0, 0.0])
    limit_shown = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._start: tuple[float, float] = (0.0, 0.0)
        self._last: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self._edges: tuple[Any, ...] = ()
        super().__init__(**kwargs)
        self._clip()
        for name in ("pos", "size", "offset", "content_height"):
            self.fbind(name, self._moved)

    def _clip(self) -> None:
        """Draw no child beyond the edges: by scissors, which cost nothing, or a stencil where the picture is turned."""
        window = EventLoop.window
        if window is None or window.rotation == 0:
            scissor = ScissorPush()
            self._edges = (scissor,)
            self.canvas.before.add(scissor)
            self.canvas.after.insert(0, ScissorPop())
            return
        self._edges = (Rectangle(), Rectangle())
        for instruction in (StencilPush(), self._edges[0], StencilUse()):
            self.canvas.before.add(instruction)
        for place, instruction in enumerate((StencilUnUse(), self._edges[1], StencilPop())):
            self.canvas.after.insert(place, instruction)

    @property
    def limit(self) -> float:
        """The largest offset, in pixels; 0 where everything is visible."""
        return max(0.0, float(self.content_height - self.height))

    def place(self) -> None:
        """Put the children where they stand at this offset."""
        raise NotImplementedError

    def _moved(self, *_: object) -> None:
        for edge in self._edges:
            edge.pos, edge.size = (round(self.x), round(self.y)), (round(self.width), round(self.height))
        bounded = min(max(0.0, float(self.offset)), self.limit)
        if bounded != self.offset:
            self.offset = bounded  # comes back here
        else:
            self._draw_bar()
            self.place()

    def _draw_bar(self) -> None:
        self.limit_shown = self.limit > 1
        if self.limit_shown:
            long = max(self.height * self.height / self.content_height, self.drag_from * LEAST_BAR)
            way = (self.height - long) * self.offset / self.limit
            self.bar = [self.right - self.bar_width, self.top - way - long, self.bar_width, long]

    def turn(self, pages: int) -> None:
        """Roll so many pages down (negative: up)."""
        target = min(max(0.0, self.offset + pages * self.height * PAGE_SHARE), self.limit)
        Animation.cancel_all(self, "offset")
        Animation(offset=target, duration=0.25, transition="out_cubic").start(self)

    def reveal(self, top: float, height: float) -> None:
        """Scroll at once, and as little as needed, until this stretch of the content is visible."""
        Animation.cancel_all(self, "offset")
        lowest = top + height - self.height
        self.offset = min(max(self.offset, lowest), top) if height <= self.height else top

    def on_touch_down(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Let what lies here have the finger, and watch whether it becomes a drag."""
        if not self.collide_point(*touch.pos):
            return False
        Animation.cancel_all(self, "offset")
        super().on_touch_down(touch)
        self._start = (touch.y, self.offset)
        self._last = (touch.y, touch.time_start, 0.0)
        touch.grab(self)
        return True

    def on_touch_move(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Follow the finger."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        came_from, offset = self._start
        if abs(touch.y - came_from) > self.drag_from:
            touch.ud[DRAGGED] = True
        if touch.ud.get(DRAGGED):
            elapsed = max(touch.time_update - self._last[1], 0.001)
            self._last = (touch.y, touch.time_update, (touch.y - self._last[0]) / elapsed)
            self.offset = offset + touch.y - came_from
        return True

    def on_touch_up(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Roll on where the finger flicked."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        if touch.ud.get(DRAGGED) and touch.time_update - self._last[1] < 0.1:
            target = min(max(0.0, self.offset + self._last[2] * FLICK_SHARE), self.limit)
            Animation(offset=target, duration=FLICK_S, transition="out_cubic").start(self)
        return True
