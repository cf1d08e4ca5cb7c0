"""A finger for the bench: its touches take the way every touch takes, through Kivy's event loop and window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kivy.base import EventLoop
from kivy.input.motionevent import MotionEvent

DRAG_STEPS = 8


class BenchTouch(MotionEvent):  # type: ignore[misc]  # Kivy ships no types
    """A touch at a point of the window."""

    def depack(self, args: tuple[float, float]) -> None:
        """Take a position as shares of the window's width and height."""
        self.sx, self.sy = args
        self.profile = ["pos"]
        super().depack(args)


class Hand:
    """One finger over the window. Each step is a generator: one `next` per frame."""

    def __init__(self) -> None:
        self._count = 0

    def tap(self, x: float, y: float) -> Iterator[None]:
        """Down and up at a point; pixels from the lower left."""
        yield from self.drag((x, y), (x, y), steps=0)

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = DRAG_STEPS) -> Iterator[None]:
        """Down at one point, over to another in so many frames, and up."""
        self._count += 1
        touch = BenchTouch("bench", f"bench-{self._count}", _share(start), is_touch=True, type_id="touch")
        EventLoop.post_dispatch_input("begin", touch)
        yield
        for n in range(1, steps + 1):
            touch.move(_share((_between(start[0], end[0], n / steps), _between(start[1], end[1], n / steps))))
            EventLoop.post_dispatch_input("update", touch)
            yield
        touch.update_time_end()
        EventLoop.post_dispatch_input("end", touch)


def _share(point: tuple[float, float]) -> tuple[float, float]:
    window: Any = EventLoop.window
    return point[0] / max(window.width - 1, 1), point[1] / max(window.height - 1, 1)


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share
