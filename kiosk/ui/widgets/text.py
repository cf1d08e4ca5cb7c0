"""Text that wraps to its width and never loses a word, and the measuring of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.label import Label

from kiosk.presenter.model import Item
from kiosk.ui.theme import Look
from kiosk.ui.widgets.slots import Single

LINE_HEIGHT = 1.12


def label_options(font_px: int, *, bold: bool, width: int | None = None) -> dict[str, object]:
    """What a Kivy label needs to set text like ours; sizes in pixels."""
    return {"font_size": font_px, "bold": bold, "line_height": LINE_HEIGHT, "text_size": (width, None)}


@lru_cache(maxsize=4096)
def text_size(text: str, font_px: int, *, bold: bool, width: int | None = None) -> tuple[int, int]:
    """Width and height in pixels of a text, wrapped to `width` where one is given."""
    label = CoreLabel(text=text, **label_options(font_px, bold=bold, width=width))
    label.resolve_font_name()
    label.refresh()
    return int(label.texture.width), int(label.texture.height)


def longest_word(text: str, font_px: int, *, bold: bool) -> int:
    """Width in pixels below which a word of this text would be broken."""
    return max((text_size(word, font_px, bold=bold)[0] for word in text.split()), default=0)


def breakable(text: str, font_px: int, *, bold: bool, width: int) -> str:
    """The text with a line break after a hyphen in each word that would not fit in `width` pixels otherwise."""
    return " ".join(_broken(word, font_px, bold=bold, width=width) for word in text.split(" "))


def _broken(word: str, font_px: int, *, bold: bool, width: int) -> str:
    if "-" not in word or text_size(word, font_px, bold=bold)[0] <= width:
        return word
    for cut in [n + 1 for n, sign in enumerate(word) if sign == "-"][::-1]:
        if cut < len(word) and text_size(word[:cut], font_px, bold=bold)[0] <= width:
            return f"{word[:cut]}\n{_broken(word[cut:], font_px, bold=bold, width=width)}"
    return word


class Words(Single, Label):  # type: ignore[misc]  # Kivy ships no types
    """The text of one item in a style of the theme; as high as its words need at the width it is given."""

    style = StringProperty("body")
    soft = BooleanProperty(False)
    inverse = BooleanProperty(False)

    def fill(self, item: Item, look: Look) -> None:
        """Show an item's text."""
        self.text = item.text
        self.color = self._colour(item, look)

    def _colour(self, item: Item, look: Look) -> tuple[float, float, float, float]:
        if self.inverse:
            return look.palette.on_accent_soft if self.soft else look.palette.on_accent
        return look.palette.ink_soft if self.soft else look.text_colour(item, self.style)


def text_texture(text: str, **options: object) -> Any:  # noqa: ANN401 - Kivy ships no types
    """The texture of a short text, for drawing it by hand."""
    label = CoreLabel(text=text, **options)
    label.resolve_font_name()
    label.refresh()
    return label.texture
