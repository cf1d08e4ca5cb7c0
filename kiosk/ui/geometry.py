"""Millimetres to pixels of one panel, and the form factor that follows from its size."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from functools import cached_property

from kiosk.config import Display

# Roboto's capitals are 0.71 em high (measured), and legibility rules speak of capitals (ADA 707.7.2).
CAP_HEIGHT_EM = 0.71
# A panel is told by its millimetres: the same 1080 pixels are 270 mm or 400 mm wide.
TALL_FROM_HEIGHT_MM = 250.0
COMPACT_BELOW_HEIGHT_MM = 110.0
COMPACT_BELOW_WIDTH_MM = 80.0
# A handheld is held close and worked with one thumb: WCAG 2.5.8 and Android's 48 dp are 9 mm.
COMPACT_LEAST_TOUCH_MM = 9.0
COMPACT_TOUCH_SHARE = 0.7
# Standing, with an arm stretched out, one aims less well, and there is room.
TALL_TOUCH_SHARE = 1.3


class Form(enum.StrEnum):
    """The three form factors: a standing kiosk, a counter-top panel, a handheld."""

    TALL = "tall"
    WIDE = "wide"
    COMPACT = "compact"


@dataclass(frozen=True)  # no slots: what is asked for on every frame is worked out once
class Geometry:
    """One panel: pixels of the picture as shown (after rotation) and its diagonal in millimetres."""

    width_px: int
    height_px: int
    diagonal_mm: float

    @classmethod
    def of(cls, display: Display) -> Geometry:
        """The geometry a settings file describes."""
        return cls(display.width_px, display.height_px, float(display.diagonal_mm))

    @cached_property
    def px_per_mm(self) -> float:
        """Pixels in one millimetre; pixels are taken to be square."""
        return math.hypot(self.width_px, self.height_px) / self.diagonal_mm

    @cached_property
    def width_mm(self) -> float:
        """Width of the picture in millimetres."""
        return self.width_px / self.px_per_mm

    @cached_property
    def height_mm(self) -> float:
        """Height of the picture in millimetres."""
        return self.height_px / self.px_per_mm

    @property
    def landscape(self) -> bool:
        """Whether there is room for two columns side by side."""
        return self.width_px > self.height_px

    @cached_property
    def form(self) -> Form:
        """The form factor: decides sizes of text and touch targets."""
        if self.height_mm >= TALL_FROM_HEIGHT_MM:
            return Form.TALL
        if self.height_mm < COMPACT_BELOW_HEIGHT_MM or self.width_mm < COMPACT_BELOW_WIDTH_MM:
            return Form.COMPACT
        return Form.WIDE

    def px(self, mm: float) -> int:
        """Millimetres as whole pixels; never 0 for something that has a size."""
        pixels = round(mm * self.px_per_mm)
        return max(pixels, 1) if mm > 0 else pixels

    def font_px(self, cap_mm: float) -> int:
        """Kivy `font_size` in pixels for capitals of this height."""
        return max(round(cap_mm * self.px_per_mm / CAP_HEIGHT_EM), 1)

    def touch_mm(self, least_mm: float) -> float:
        """The least size of a touch target on this panel, for an item that asks for `least_mm`."""
        if self.form is Form.COMPACT:
            return max(COMPACT_LEAST_TOUCH_MM, least_mm * COMPACT_TOUCH_SHARE)
        return least_mm * TALL_TOUCH_SHARE if self.form is Form.TALL else least_mm
