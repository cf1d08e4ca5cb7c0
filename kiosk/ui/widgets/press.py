"""What it takes to press something: one finger, down and up on the same thing, without sliding off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.properties import BooleanProperty
from kivy.uix.widget import Widget

from kiosk.presenter.model import Item

# Keys of `touch.ud`: the stage hands in where a press goes; a scroller says that a touch became a drag.
PRESS = "checklane.press"
DRAGGED = "checklane.dragged"


class Touchable(Widget):  # type: ignore[misc]  # Kivy ships no types
    """A widget that is tapped: acts on release, cancelled for good by sliding off or by dragging."""

    held = BooleanProperty(False)

    def tappable(self) -> bool:
        """Whether a tap would do anything now."""
        raise NotImplementedError

    def tapped(self, touch: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        """A finger went down and up here."""
        raise NotImplementedError

    def on_touch_down(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Take a finger that comes down on this widget, unless a child of it does."""
        if super().on_touch_down(touch):
            return True
        if not self.collide_point(*touch.pos):
            return False
        if self.tappable():
            touch.grab(self)
            self.held = True
        # A finger on a disabled button must not reach what lies under it.
        return True

    def on_touch_move(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Let go of a finger that slid off."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        if touch.ud.get(DRAGGED) or not self.collide_point(*touch.pos):
            touch.ungrab(self)
            self.held = False
        return True

    def on_touch_up(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Act where the finger leaves what it came down on."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        self.held = False
        shown = self.get_root_window() is not None
        if shown and self.tappable() and not touch.ud.get(DRAGGED) and self.collide_point(*touch.pos):
            self.tapped(touch)
        return True


class Pressable(Touchable):
    """A tapped widget that stands for an item of the model; it is found as `item` on the mixed-in class."""

    def tappable(self) -> bool:
        """Whether the item can be pressed."""
        item: Item | None = self.item
        return item is not None and item.enabled and item.action is not None

    def tapped(self, touch: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        """Hand the item to whoever the stage named."""
        press: Callable[[Item], None] = touch.ud[PRESS]
        press(self.item)
