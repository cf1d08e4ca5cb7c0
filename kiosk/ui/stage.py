"""Holds the screens: shows a model by changing what differs, and turns touches into presses of its items."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from kivy.base import EventLoop
from kivy.core.image import Image as CoreImage
from kivy.graphics import ClearBuffers, ClearColor, Fbo, Rectangle
from kivy.uix.floatlayout import FloatLayout

from kiosk.presenter.model import Item, Screen
from kiosk.ui.screens.layouts import ScreenView, layout_for
from kiosk.ui.theme import Look
from kiosk.ui.widgets.listing import ItemList
from kiosk.ui.widgets.press import PRESS, Pressable

log = logging.getLogger(__name__)

# A second tap on the same thing this soon is a trembling finger, not a wish.
SAME_AGAIN_S = 0.3
# A finger that never came up again (a panel that was unplugged) must not lock the lane for ever.
LOST_TOUCH_S = 10.0


class Stage(FloatLayout):  # type: ignore[misc]  # Kivy ships no types
    """The root widget. `on_press` is called with an item when a person pressed it; `now` is a monotonic clock in s."""

    def __init__(self, look: Look, on_press: Callable[[Item], None], now: Callable[[], float]) -> None:
        self._look, self._on_press, self._now = look, on_press, now
        self._views: dict[tuple[str, bool], ScreenView] = {}
        self._layers: list[ScreenView] = []
        self._touch: Any = None
        self._touched_at = 0.0
        self._pressed: tuple[str, float] = ("", float("-inf"))
        self.shown: Screen | None = None
        super().__init__()

    def export_as_image(self, *_: object, **__: object) -> CoreImage:
        """What is shown, on the paper it stands on: the window clears itself to that, a picture must be given it.

        Drawn upright, as on the window, and turned over afterwards: lists are clipped in pixels of the window.
        """
        window = EventLoop.window
        place = window.canvas.indexof(self.canvas)
        upright = Fbo(size=self.size, with_stencilbuffer=True)
        with upright:
            ClearColor(*self._look.palette.paper)
            ClearBuffers()
        if place >= 0:
            window.canvas.remove(self.canvas)
        upright.add(self.canvas)
        upright.draw()
        upright.remove(self.canvas)
        if place >= 0:
            window.canvas.insert(place, self.canvas)
        turned = Fbo(size=self.size)
        with turned:
            Rectangle(size=self.size, texture=upright.texture, tex_coords=(0, 1, 1, 1, 1, 0, 0, 0))
        turned.draw()
        return CoreImage(turned.texture)

    def show(self, screen: Screen) -> None:
        """Show a screen and what lies over it; nothing is touched that is shown already."""
        if screen == self.shown:
            return
        chain = list(_layers(screen))
        wanted = [self._view(layer, overlay=depth > 0) for depth, layer in enumerate(chain)]
        if wanted != self._layers:
            self._layers = wanted
            self.clear_widgets()
            for view in wanted:
                self.add_widget(view)
        for depth, (layer, view) in enumerate(zip(chain, wanted, strict=True)):
            self._fill(view, layer, overlay=depth > 0)
        self.shown = screen

    def _view(self, screen: Screen, *, overlay: bool) -> ScreenView:
        key = (screen.name, overlay)
        if key not in self._views:
            layout = layout_for(screen.name, overlay=overlay)
            make = layout.split if self._look.geometry.landscape else layout.stack
            self._views[key] = make()
        return self._views[key]

    def _fill(self, view: ScreenView, screen: Screen, *, overlay: bool) -> None:
        picture = layout_for(screen.name, overlay=overlay).picture
        homeless = view.show(screen, self._look, picture)
        if homeless:
            log.error("screen.no_place screen=%s items=%s", screen.name, ",".join(homeless))

    @property
    def top_view(self) -> ScreenView | None:
        """The view that takes touches."""
        return self._layers[-1] if self._layers else None

    def seconds_until_pressable(self, item_id: str) -> float:
        """How long a tap on this item would still be taken for a trembling finger."""
        last, at = self._pressed
        return max(0.0, at + SAME_AGAIN_S - self._now()) if last == item_id else 0.0

    def _press(self, item: Item) -> None:
        if self.seconds_until_pressable(item.id) > 0:
            return
        self._pressed = (item.id, self._now())
        self._on_press(item)

    def on_touch_down(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Let the topmost screen have the first finger; any other is ignored until that one is gone."""
        now = self._now()
        if self._touch is not None and now - self._touched_at < LOST_TOUCH_S:
            return True
        if "button" in touch.profile and touch.button != "left":
            return True
        self._touch, self._touched_at = touch, now
        touch.ud[PRESS] = self._press
        if self.top_view is not None:
            self.top_view.dispatch("on_touch_down", touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """The finger is gone."""
        if touch is self._touch:
            self._touch = None
        return bool(super().on_touch_up(touch))

    def find(self, item_id: str) -> Any:  # noqa: ANN401 - Kivy ships no types
        """The widget that takes presses of an item of the topmost screen, scrolled into view; None where none does."""
        if self.top_view is None:
            return None
        for listing in (w for w in self.top_view.walk(restrict=True) if isinstance(w, ItemList)):
            listing.bring(item_id)
        for widget in self.top_view.walk(restrict=True):
            if isinstance(widget, Pressable) and widget.item is not None and widget.item.id == item_id:
                return widget
        return None


def _layers(screen: Screen) -> Iterator[Screen]:
    layer: Screen | None = screen
    while layer is not None:
        yield layer
        layer = layer.overlay
