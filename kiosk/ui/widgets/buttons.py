"""Buttons that show an item of the model, and the few a view makes for itself."""

from __future__ import annotations

from typing import Any

from kivy.graphics import InstructionGroup
from kivy.properties import ColorProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.presenter.model import Item, Tone
from kiosk.ui.theme import Look
from kiosk.ui.widgets import icons
from kiosk.ui.widgets.pen import Pen
from kiosk.ui.widgets.press import Pressable, Touchable
from kiosk.ui.widgets.slots import Group, Single
from kiosk.ui.widgets.text import longest_word, text_size

ICON_EM = 0.9


class Painted(Widget):  # type: ignore[misc]  # Kivy ships no types
    """Something with a fill and an outline; the kv rule draws them."""

    fill_colour = ColorProperty((1, 1, 1, 1))
    held_colour = ColorProperty((1, 1, 1, 1))
    line_colour = ColorProperty((1, 1, 1, 1))
    corner = NumericProperty(4)


class ItemButton(Single, Pressable, Painted, Label):  # type: ignore[misc]  # Kivy ships no types
    """A button of the model: a sign, its words wrapped as they need, and never smaller than a finger wants."""

    style = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._look: Look | None = None
        self._icon = InstructionGroup()
        super().__init__(halign="center", valign="middle", **kwargs)
        self.canvas.after.add(self._icon)
        self.bind(size=self._place, pos=self._place)

    def fill(self, item: Item, look: Look) -> None:
        """Take an item's words, paint and least size."""
        self._look = look
        colours = look.button(item)
        self.fill_colour, self.held_colour = colours.fill, colours.held
        self.line_colour, self.color = colours.line, colours.text
        self.disabled_color = colours.text
        self.corner = look.radius()
        bold = item.tone in {Tone.PRIMARY, Tone.GOOD, Tone.DANGER} or item.selected
        self.bold = bold
        self.text = "" if icons.without_words(item.id) else item.text
        self._place()

    def _font(self, look: Look, item: Item) -> int:
        """The font of the button's style, or a smaller one where a word would break."""
        style = self.style or ("primary" if item.tone is Tone.PRIMARY else "body")
        room = self.width - 2 * self._inset(look)
        fonts = [look.font(style), *(look.font(smaller) for smaller in ("small", "fine"))]
        return next((f for f in fonts if longest_word(self.text, f, bold=self.bold) <= room), min(fonts))

    @property
    def _sign(self) -> int:
        """Width the sign and the gap to the words take, in pixels."""
        if not self.item or not self._look or icons.icon_for(self.item.id, roomy=self._look.tall) is None:
            return 0
        if not self.text:
            return round(self.font_size * ICON_EM)
        sign = round(self.font_size * (ICON_EM + 0.45))
        words = longest_word(self.text, int(self.font_size), bold=self.bold)
        # Words come before signs where there is no room for both.
        return sign if words + sign + 2 * self._inset(self._look) <= self.width else 0

    def _inset(self, look: Look) -> int:
        return look.unit(1.2)

    def natural_height(self, width: float) -> int:
        """The height its words and a finger need at this width, in pixels."""
        look = self._look
        if look is None or self.item is None:
            return 0
        room = max(round(width) - 2 * self._inset(look) - self._sign, 1)
        high = text_size(self.text, int(self.font_size), bold=self.bold, width=room)[1] if self.text else 0
        return int(max(look.touch(self.item.least_mm), high + look.unit(1.6)))

    def _place(self, *_: object) -> None:
        look = self._look
        if look is None or self.item is None:
            return
        self.font_size = self._font(look, self.item)
        inset, sign = self._inset(look), self._sign
        room = max(int(self.width) - 2 * inset - sign, 1)
        self.size_hint_min_y = self.natural_height(self.width)
        self.padding = (inset + (sign if self.text else 0), 0, inset, 0)
        # As high as the words, not as the button: what is transparent is filled all the same.
        self.text_size = (int(self.width), None)
        self._draw_icon(look, inset, room, sign)

    def _draw_icon(self, look: Look, inset: int, room: int, sign: int) -> None:
        self._icon.clear()
        icon = icons.icon_for(self.item.id, roomy=look.tall)
        if icon is None or not sign:
            return
        side = self.font_size * (ICON_EM if self.text else 1.15)
        words = text_size(self.text, int(self.font_size), bold=self.bold, width=None)[0] if self.text else 0
        left = self.x + inset + sign + (room - min(words, room)) / 2 - sign if words else self.center_x - side / 2
        ink = look.button(self.item).text
        icon(Pen(self._icon, look.palette, (left, self.center_y - side / 2, side)), ink)


class ButtonGroup(Group):
    """Buttons of the model one below the other, or so many in a row as `columns` says."""

    def make(self, item: Item) -> Single:
        """A button for an item."""
        del item
        return ItemButton(style=self.style)


class ViewButton(Touchable, Painted):
    """A button a view makes for itself, such as the next page of a list; `icon` draws its sign."""

    icon = ObjectProperty(None)
    usable = ObjectProperty(True)
    __events__ = ("on_tap",)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._sign = InstructionGroup()
        self.look: Look = kwargs.pop("look")
        super().__init__(**kwargs)
        self.canvas.after.add(self._sign)
        self.corner = self.look.radius()
        self.bind(pos=self._paint, size=self._paint, usable=self._paint)
        self._paint()

    def tappable(self) -> bool:
        """Whether it leads anywhere now."""
        return bool(self.usable)

    def tapped(self, touch: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        """Say so."""
        del touch
        self.dispatch("on_tap")

    def on_tap(self) -> None:
        """What a tap does is bound by the view."""

    def _paint(self, *_: object) -> None:
        p = self.look.palette
        self.fill_colour = p.card if self.usable else p.disabled
        self.line_colour = p.outline if self.usable else p.disabled
        self.held_colour = p.accent_soft
        self._sign.clear()
        side = min(self.width, self.height) * 0.4
        ink = p.accent_deep if self.usable else p.on_disabled
        if self.icon and side > 0:
            self.icon(Pen(self._sign, p, (self.center_x - side / 2, self.center_y - side / 2, side)), ink)
