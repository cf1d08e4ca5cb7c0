"""How a lane looks: colours, text sizes and spaces, for one panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kiosk.presenter.model import Item, Role, Tone
from kiosk.ui.geometry import Form, Geometry

Colour = tuple[float, float, float, float]

# Cap height in millimetres by style: (tall, wide, compact). 4.8 mm is what ADA 707.7.2 asks of a standing kiosk;
# nothing a shopper must read at arm's length goes below 3.5 mm, and a handheld is read at half that distance.
CAP_MM: dict[str, tuple[float, float, float]] = {
    "display": (14.0, 7.4, 4.6),
    "amount": (14.0, 7.8, 5.2),
    "title": (9.6, 5.4, 3.7),
    "primary": (7.4, 4.6, 3.1),
    "heading": (6.4, 4.2, 2.8),
    "body": (5.8, 3.9, 2.6),
    "small": (4.8, 3.5, 2.3),
    "fine": (3.8, 3.5, 1.8),
}
_COLUMN = {Form.TALL: 0, Form.WIDE: 1, Form.COMPACT: 2}
# Spaces are multiples of one unit of this many millimetres, so everything stands on one grid.
_UNIT_MM = {Form.TALL: 3.2, Form.WIDE: 1.7, Form.COMPACT: 1.05}


def colour(code: str, alpha: float = 1.0) -> Colour:
    """An "#RRGGBB" as the four floats of Kivy."""
    return (int(code[1:3], 16) / 255, int(code[3:5], 16) / 255, int(code[5:7], 16) / 255, alpha)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a lane: warm paper, ink, and one green. Each text colour is 4.5:1 on what it stands on."""

    paper: Colour = field(default=colour("#F6F3EC"))
    card: Colour = field(default=colour("#FFFFFF"))
    hairline: Colour = field(default=colour("#E5DFD3"))
    outline: Colour = field(default=colour("#CFC7B7"))
    ink: Colour = field(default=colour("#1D2925"))
    ink_soft: Colour = field(default=colour("#56625C"))
    accent: Colour = field(default=colour("#17603F"))
    accent_deep: Colour = field(default=colour("#0F4A30"))
    accent_soft: Colour = field(default=colour("#E1EEE6"))
    accent_mid: Colour = field(default=colour("#8FBFA4"))
    on_accent: Colour = field(default=colour("#FFFFFF"))
    on_accent_soft: Colour = field(default=colour("#D9EBE0"))
    caution: Colour = field(default=colour("#7A4A00"))
    caution_soft: Colour = field(default=colour("#FBEED3"))
    caution_mid: Colour = field(default=colour("#E9B75C"))
    danger: Colour = field(default=colour("#A32E26"))
    danger_deep: Colour = field(default=colour("#7F211B"))
    danger_soft: Colour = field(default=colour("#FAE7E3"))
    disabled: Colour = field(default=colour("#EAE6DD"))
    on_disabled: Colour = field(default=colour("#5F645F"))
    clear: Colour = field(default=colour("#FFFFFF", 0.0))
    backdrop: Colour = field(default=colour("#14201B", 0.55))
    shadow: Colour = field(default=colour("#3A2F18", 0.16))
    goods: tuple[Colour, ...] = (
        colour("#E8F0E3"),
        colour("#FBEBDD"),
        colour("#F3E8EF"),
        colour("#E4EEF3"),
        colour("#F7F0D8"),
    )


@dataclass(frozen=True, slots=True)
class ButtonColours:
    """What a button is painted with; `line` is its outline."""

    fill: Colour
    held: Colour
    text: Colour
    line: Colour


@dataclass(frozen=True)  # no slots: what is asked for on every frame is worked out once
class Look:
    """A panel's geometry with the palette: everything a kv rule asks about sizes and colours.

    `pictures` is the folder of goods' pictures as NAME.png, or None.
    """

    geometry: Geometry
    pictures: Path | None = None
    palette: Palette = field(default_factory=Palette)

    @cached_property
    def compact(self) -> bool:
        """Whether this is a handheld."""
        return self.geometry.form is Form.COMPACT

    @cached_property
    def tall(self) -> bool:
        """Whether this is a standing kiosk."""
        return self.geometry.form is Form.TALL

    def mm(self, mm: float) -> int:
        """Millimetres in pixels."""
        return self.geometry.px(mm)

    def unit(self, count: float = 1) -> int:
        """This many steps of the grid, in pixels."""
        return self.geometry.px(count * self._unit_mm)

    @cached_property
    def _unit_mm(self) -> float:
        return _UNIT_MM[self.geometry.form]

    def cap_mm(self, style: str) -> float:
        """Cap height of a text style in millimetres."""
        return CAP_MM[style][_COLUMN[self.geometry.form]]

    def font(self, style: str) -> int:
        """Font size of a text style in pixels."""
        return self._fonts[style]

    @cached_property
    def _fonts(self) -> dict[str, int]:
        return {style: self.geometry.font_px(self.cap_mm(style)) for style in CAP_MM}

    def touch(self, least_mm: float) -> int:
        """Least height and width in pixels of an item that asks for `least_mm`."""
        return self.geometry.px(self.geometry.touch_mm(least_mm))

    @cached_property
    def hair(self) -> int:
        """The width of a fine line, in pixels."""
        return self.geometry.px(0.25)

    @cached_property
    def gap(self) -> int:
        """The space between things that belong together; never less than fingers need, 2.54 mm where it can be had."""
        return self.geometry.px(1.8) if self.compact else max(self.unit(1.5), self.geometry.px(2.6))

    @cached_property
    def margin(self) -> int:
        """The space around a screen, in pixels."""
        return self.unit(3.4) if self.tall else self.unit(2.6)

    def columns(self, count: int, most: int) -> int:
        """How many of `count` things stand side by side where at most `most` fit, so that the rows are alike."""
        rows = max(-(-count // most), 1)
        return max(-(-count // rows), 1)

    def radius(self) -> int:
        """Corner radius of a card, in pixels."""
        return self.unit(2.2)

    def button(self, item: Item) -> ButtonColours:
        """The paint of a button."""
        p = self.palette
        if not item.enabled:
            return ButtonColours(p.disabled, p.disabled, p.on_disabled, p.disabled)
        if item.tone in {Tone.PRIMARY, Tone.GOOD}:
            return ButtonColours(p.accent, p.accent_deep, p.on_accent, p.accent)
        if item.tone is Tone.DANGER:
            return ButtonColours(p.danger_soft, p.hairline, p.danger, p.danger_soft)
        if item.selected:
            return ButtonColours(p.accent_soft, p.hairline, p.accent_deep, p.accent)
        if item.tone is Tone.QUIET:
            return ButtonColours(p.paper, p.hairline, p.ink_soft, p.outline)
        return ButtonColours(p.card, p.accent_soft, p.accent_deep, p.outline)

    def text_colour(self, item: Item, style: str) -> Colour:
        """The colour of a text on paper or card."""
        p = self.palette
        by_tone = {Tone.CAUTION: p.caution, Tone.DANGER: p.danger, Tone.GOOD: p.accent, Tone.QUIET: p.ink_soft}
        plain = p.ink_soft if item.role is Role.TEXT and style in {"small", "body"} else p.ink
        return by_tone.get(item.tone, plain)


def contrast(over: Colour, under: Colour) -> float:
    """Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""

    def luminance(value: Colour) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in value[:3]]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(over), luminance(under)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
