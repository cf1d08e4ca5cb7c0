"""Groups that set texts and amounts of the model one below the other."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.presenter.model import Item, Tone
from kiosk.ui.theme import Look
from kiosk.ui.widgets.slots import Group, Single
from kiosk.ui.widgets.text import Words


class TextGroup(Group):
    """Running text, one paragraph per item."""

    centred = BooleanProperty(False)
    inverse = BooleanProperty(False)

    def make(self, item: Item) -> Single:
        """Words for an item; what is not the screen's own text is set smaller."""
        halign = "center" if self.centred else "left"
        return Words(
            style=self.style or ("body" if item.id in {"text", "step"} else "small"),
            halign=halign,
            inverse=self.inverse,
        )


class Amount(Single, BoxLayout):  # type: ignore[misc]  # Kivy ships no types
    """A value with its name: a total, a weight. One that has no name stands alone, large."""

    caption = StringProperty("")
    value = StringProperty("")
    style = StringProperty("amount")
    colour = ColorProperty((0, 0, 0, 1))

    def fill(self, item: Item, look: Look) -> None:
        """Show a value."""
        self.colour = look.text_colour(item, self.style)
        alone = not item.amount
        self.caption = "" if alone else item.text
        self.value = item.text if alone else item.amount


class AmountGroup(Group):
    """Values one below the other."""

    def make(self, item: Item) -> Single:
        """A value for an item."""
        del item
        return Amount()


class Status(Words):
    """A standing remark, such as that the network is gone; on a ground of its own only where it needs attention."""

    toned = BooleanProperty(False)

    def fill(self, item: Item, look: Look) -> None:
        """Show a remark."""
        super().fill(item, look)
        self.toned = item.tone in {Tone.CAUTION, Tone.DANGER}
        self.color = look.palette.caution if self.toned else look.palette.ink_soft


class Notice(Words):
    """What has just happened, over everything else and gone soon."""

    alarming = BooleanProperty(False)

    def fill(self, item: Item, look: Look) -> None:
        """Show a notice."""
        super().fill(item, look)
        self.alarming = item.tone in {Tone.CAUTION, Tone.DANGER}
        self.color = look.palette.on_accent
