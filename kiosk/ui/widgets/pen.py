"""Drawing in a square of 100 by 100 units with smooth edges: the base of icons and illustrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.graphics import (
    Color,
    InstructionGroup,
    SmoothEllipse,
    SmoothLine,
    SmoothQuad,
    SmoothRoundedRectangle,
    SmoothTriangle,
)

from kiosk.ui.theme import Colour, Palette


class Pen:
    """Draws into an instruction group; (0, 0) is the lower left of the square, (100, 100) its upper right.

    `x`, `y` and `size` are the square's place on the screen in pixels.
    """

    def __init__(self, group: InstructionGroup, palette: Palette, place: tuple[float, float, float]) -> None:
        self.palette = palette
        self._group = group
        self._x, self._y, size = place
        self._scale = size / 100

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self._x + x * self._scale, self._y + y * self._scale

    def _add(self, paint: Colour, shape: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        self._group.add(Color(*paint))
        self._group.add(shape)

    def disc(self, x: float, y: float, radius: float, paint: Colour) -> None:
        """A filled circle around (x, y)."""
        side = 2 * radius * self._scale
        self._add(paint, SmoothEllipse(pos=self._at(x - radius, y - radius), size=(side, side), segments=96))

    def box(self, rect: tuple[float, float, float, float], paint: Colour, radius: float = 0) -> None:
        """A filled rectangle (left, bottom, width, height) with round corners."""
        x, y, width, height = rect
        corner = max(radius * self._scale, 0.5)
        size = (width * self._scale, height * self._scale)
        self._add(paint, SmoothRoundedRectangle(pos=self._at(x, y), size=size, radius=[corner]))

    def line(self, points: Sequence[float], paint: Colour, width: float = 4) -> None:
        """A line through x, y, x, y, ... with round ends."""
        pairs = [self._at(points[i], points[i + 1]) for i in range(0, len(points), 2)]
        flat = [value for pair in pairs for value in pair]
        half = width * self._scale / 2
        self._add(paint, SmoothLine(points=flat, width=max(half - 0.2, 0.7), overdraw_width=1.2))
        for x, y in pairs:
            self._group.add(SmoothEllipse(pos=(x - half, y - half), size=(2 * half, 2 * half), segments=24))

    def arc(
        self, circle: tuple[float, float, float], degrees: tuple[float, float], paint: Colour, width: float
    ) -> None:
        """Part of a ring (x, y, radius), from and to in degrees clockwise from the top."""
        x, y, radius = circle
        centre = self._at(x, y)
        half = max(width * self._scale / 2 - 0.2, 0.7)
        self._add(
            paint, SmoothLine(circle=(*centre, radius * self._scale, *degrees, 64), width=half, overdraw_width=1.2)
        )

    def triangle(self, points: tuple[float, ...], paint: Colour) -> None:
        """A filled triangle of three points."""
        flat = [value for i in (0, 2, 4) for value in self._at(points[i], points[i + 1])]
        self._add(paint, SmoothTriangle(points=flat))

    def quad(self, points: tuple[float, ...], paint: Colour) -> None:
        """A filled quadrangle of four points."""
        flat = [value for i in (0, 2, 4, 6) for value in self._at(points[i], points[i + 1])]
        self._add(paint, SmoothQuad(points=flat))
