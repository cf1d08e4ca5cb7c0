"""The bench panel's own widgets: keys, a slide, and lists that keep widgets only for what is visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, ListProperty, NumericProperty, ObjectProperty
from kivy.uix.gridlayout import GridLayout
from kivy.uix.label import Label
from kivy.utils import escape_markup

from demo.panel_model import Key, Tone
from kiosk.ui.theme import Colour, Palette
from kiosk.ui.widgets.picture import load_picture
from kiosk.ui.widgets.press import Touchable
from kiosk.ui.widgets.scrolling import Scroller

WHEEL_PX = 60
# The slide's thumb must not leave its ends.
SLIDE_INSET = 12
SLIDE_STEP_GRAMS = 5


class Said(Label):  # type: ignore[misc]  # Kivy ships no types
    """A text that wraps to its width; the kv rule sets it."""


class KeyButton(Touchable, Label):  # type: ignore[misc]  # Kivy ships no types
    """Shows a key of the model and reports that it was pressed."""

    fill_colour = ColorProperty((1, 1, 1, 1))
    held_colour = ColorProperty((1, 1, 1, 1))
    line_colour = ColorProperty((1, 1, 1, 1))
    strong = BooleanProperty(False)
    dot = ColorProperty((1, 1, 1, 0))
    key = ObjectProperty(None, allownone=True)

    def __init__(self, palette: Palette, press: Callable[[Key], None], **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's
        self._palette, self._press = palette, press
        super().__init__(**kwargs)

    def show(self, key: Key, *, small: bool, tab: bool, plug: bool) -> None:
        """Take the key's words and paint."""
        self.key = key
        fill, text, line = _paint(key, self._palette, tab=tab, plug=plug)
        self.fill_colour, self.color, self.line_colour = fill, text, line
        self.held_colour = self._palette.accent_deep if key.tone is Tone.PRIMARY else self._palette.accent_mid
        self.strong = key.enabled and (key.tone is Tone.PRIMARY or key.on) and not plug
        if plug:
            self.dot = self._dot(key)
        self.font_size = dp(13 if small else 14 if plug else 15)
        words = escape_markup(key.text)
        self.text = f"{words}\n[size={round(dp(12))}]{escape_markup(key.detail)}[/size]" if key.detail else words

    def _dot(self, key: Key) -> Colour:
        if not key.enabled:
            return self._palette.clear
        return self._palette.accent if key.on else self._palette.caution_mid

    def tappable(self) -> bool:
        """Whether the key can be pressed."""
        return self.key is not None and self.key.enabled

    def tapped(self, touch: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        """Press the key."""
        del touch
        self._press(self.key)


def _paint(key: Key, p: Palette, *, tab: bool, plug: bool) -> tuple[Colour, Colour, Colour]:
    """Fill, text and outline of a key."""
    if not key.enabled:
        return p.disabled, p.on_disabled, p.disabled
    if key.tone is Tone.PRIMARY or (tab and key.on):
        return p.accent, p.on_accent, p.accent
    if key.tone is Tone.CAUTION:
        return p.caution_soft, p.caution, p.caution_mid
    if plug:
        return p.paper, p.ink, p.outline
    if key.on:
        return p.accent_soft, p.accent_deep, p.accent
    return p.card, p.accent_deep, p.outline


class KeyGrid(GridLayout):  # type: ignore[misc]  # Kivy ships no types
    """Keys in rows of `cols`."""

    small = BooleanProperty(False)
    tabs = BooleanProperty(False)
    plugs = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._shown: tuple[Key, ...] = ()
        super().__init__(**kwargs)

    def show(self, keys: Sequence[Key], palette: Palette, press: Callable[[Key], None]) -> None:
        """Show these keys; a button stays the same while its key's id does."""
        if [key.id for key in keys] != [key.id for key in self._shown]:
            self.clear_widgets()
            for _ in keys:
                self.add_widget(KeyButton(palette, press))
        self._shown = tuple(keys)
        for button, key in zip(reversed(self.children), keys, strict=True):
            button.show(key, small=self.small, tab=self.tabs, plug=self.plugs)


class Slide(Touchable):
    """A weight set by dragging. `moved` gets grams and whether the finger is still down."""

    grams = NumericProperty(0)
    most = NumericProperty(5000)
    thumb_x = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self.moved: Callable[[int, bool], None] = lambda _grams, _down: None
        self.usable = False
        super().__init__(**kwargs)
        self.bind(grams=self._place, most=self._place, pos=self._place, size=self._place)

    def show(self, grams: int, *, usable: bool) -> None:
        """Show a weight, unless a finger is just setting another."""
        self.usable = usable
        if not self.held:
            self.grams = grams

    def tappable(self) -> bool:
        """Whether there is a scale to load."""
        return self.usable

    def tapped(self, touch: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        """Nothing more: the weight was set on the way."""

    def on_touch_down(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Jump to the finger."""
        taken = super().on_touch_down(touch)
        if self.held:
            self._follow(touch, down=True)
        return taken

    def on_touch_move(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Follow the finger, also where it leaves the slide."""
        if touch.grab_current is not self:
            return False
        self._follow(touch, down=True)
        return True

    def on_touch_up(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """The weight stays where the finger left it."""
        if touch.grab_current is self:
            self._follow(touch, down=False)
        return super().on_touch_up(touch)

    def _follow(self, touch: Any, *, down: bool) -> None:  # noqa: ANN401 - Kivy ships no types
        way = max(self.width - 2 * dp(SLIDE_INSET), 1)
        share = min(max((touch.x - self.x - dp(SLIDE_INSET)) / way, 0), 1)
        self.grams = round(share * self.most / SLIDE_STEP_GRAMS) * SLIDE_STEP_GRAMS
        self.moved(int(self.grams), down)

    def _place(self, *_: object) -> None:
        share = min(max(self.grams / self.most, 0), 1)
        self.thumb_x = self.x + dp(SLIDE_INSET) + share * (self.width - 2 * dp(SLIDE_INSET))


class WheelScroller(Scroller):
    """A scroller that also follows a mouse wheel, which a lane does not have."""

    def wheel(self, *, down: bool) -> None:
        """Roll a little."""
        self.offset = min(max(0.0, self.offset + dp(WHEEL_PX if down else -WHEEL_PX)), self.limit)


class RowList(WheelScroller):
    """Rows of one height, with widgets for the visible ones only. A subclass makes and fills them."""

    row_height = NumericProperty(58)
    empty = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._rows: Sequence[Any] = ()
        self._live: list[Any] = []
        super().__init__(**kwargs)
        self.row_height = dp(self.row_height)

    def make(self) -> Any:  # noqa: ANN401 - a widget of the subclass's choice
        """A widget for a row."""
        raise NotImplementedError

    def fill(self, widget: Any, row: Any) -> None:  # noqa: ANN401 - of the subclass's choice
        """Show a row in a widget."""
        raise NotImplementedError

    def show(self, rows: Sequence[Any]) -> None:
        """Show these rows, from the top where they are others than before."""
        if rows != self._rows:
            self._rows = rows
            self.offset = 0.0
        self.empty = not rows
        self.content_height = len(rows) * self.row_height
        self.place()

    def bring(self, index: int) -> Any:  # noqa: ANN401 - a widget of the subclass's choice
        """The widget of a row, scrolled into view."""
        self.reveal(index * self.row_height, self.row_height)
        return self._live[index - int(self.offset // self.row_height)]

    def place(self) -> None:
        """Have a widget for each visible row."""
        first = int(self.offset // self.row_height)
        last = int((self.offset + self.height) // self.row_height)
        seen = self._rows[first : last + 1]
        while len(self._live) > len(seen):
            self.remove_widget(self._live.pop())
        while len(self._live) < len(seen):
            self._live.append(self.make())
            self.add_widget(self._live[-1])
        for number, (widget, row) in enumerate(zip(self._live, seen, strict=True), first):
            widget.size = (self.width, self.row_height)
            widget.pos = (self.x, round(self.top + self.offset - (number + 1) * self.row_height))
            self.fill(widget, row)


class Paper(WheelScroller):
    """The last receipt, as wide as there is room."""

    texture = ObjectProperty(None, allownone=True)
    sheet = ListProperty([0, 0, 0, 0])
    shown = BooleanProperty(False)

    def show(self, path: str) -> None:
        """Show a picture file; "" shows none."""
        self.texture = load_picture(Path(path)) if path else None
        self.shown = self.texture is not None
        self.place()

    def place(self) -> None:
        """Put the sheet where it stands at this offset."""
        if self.texture is None:
            self.content_height = 0
            return
        edge = dp(14)
        wide = max(min(self.width - 2 * edge, self.texture.width), 1)
        high = wide * self.texture.height / self.texture.width
        if self.content_height != high + 2 * edge:
            self.content_height = high + 2 * edge
        top = self.top + self.offset - edge
        self.sheet = [round(self.center_x - wide / 2), round(top - high), round(wide), round(high)]
