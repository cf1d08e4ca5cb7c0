"""Cells that show goods: a line of the basket, and a tile of the look-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kivy.properties import BooleanProperty
from kivy.uix.label import Label

from kiosk.presenter.model import Item
from kiosk.ui.theme import Colour, Look
from kiosk.ui.widgets.buttons import ItemButton
from kiosk.ui.widgets.listing import Cell, Entry, ItemList
from kiosk.ui.widgets.picture import Picture
from kiosk.ui.widgets.text import LINE_HEIGHT, breakable, longest_word, text_size

_LINE_PICTURE_MM = 12.7
_TILE_PICTURE_SHARE = 0.52
_TILE_PICTURE_LARGEST_MM = 21.0


class _Text(Label):  # type: ignore[misc]  # Kivy ships no types
    """A text that is put in place by its cell."""

    def write(self, text: str, font_px: int, paint: Colour, *, bold: bool = False) -> None:
        """Take a text and its style."""
        self.text, self.font_size, self.bold, self.color = text, font_px, bold, paint
        self.line_height = LINE_HEIGHT

    def stand(self, left: float, top: float, width: float, height: float) -> None:
        """Take this place; `top` is the upper edge. Pixels."""
        self.text_size = (width, height)
        self.size, self.pos = (width, height), (left, top - height)


class LineRow(Cell):
    """A line of the basket: picture, name, how it is made up, amount; and its controls while it is selected."""

    lit = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._picture = Picture()
        self._name = _Text(halign="left", valign="top")
        self._detail = _Text(halign="left", valign="top")
        self._amount = _Text(halign="right", valign="top")
        self._buttons: list[ItemButton] = []
        super().__init__(**kwargs)
        for widget in (self._picture, self._name, self._detail, self._amount):
            self.add_widget(widget)

    @classmethod
    def height_at(cls, entry: Entry, width: float, look: Look) -> int:
        """The height of the words or the picture, and of the controls below."""
        words = _line_words(entry.item, width, look)
        upper = max(words.name_height + words.detail_height, look.mm(_picture_mm(look)))
        controls = _controls_height(entry, look)
        return max(upper + 2 * look.unit(1.4), look.touch(entry.item.least_mm)) + controls

    def fill(self, item: Item, look: Look) -> None:
        """Show a line."""
        p = look.palette
        self._look = look
        self.lit = item.selected
        self._picture.put([item], look)
        self._name.write(item.text, look.font("heading"), p.ink)  # set for the width in `arrange`
        self._detail.write(item.detail, look.font("small"), p.ink_soft)
        self._amount.write(item.amount, look.font("heading"), p.ink, bold=True)

    def show(self, entry: Entry, look: Look) -> None:
        """Show a line and its controls."""
        if entry.controls != self.controls:
            self._set_controls(entry.controls, look)
        super().show(entry, look)

    def _set_controls(self, controls: tuple[Item, ...], look: Look) -> None:
        while len(self._buttons) > len(controls):
            self.remove_widget(self._buttons.pop())
        while len(self._buttons) < len(controls):
            self._buttons.append(ItemButton(style="small"))
            self.add_widget(self._buttons[-1])
        for button, control in zip(self._buttons, controls, strict=True):
            button.put([control], look)

    def arrange(self, x: float, y: float, width: float, height: float) -> None:
        """Picture, words and amount side by side, the controls below."""
        look = self._look
        words = _line_words(self.item, width, look)
        pad, side = look.unit(1.4), look.mm(_picture_mm(look))
        controls = _controls_height(Entry(self.item, self.controls), look)
        middle = y + height - (height - controls) / 2
        self._picture.size = (side, side)
        self._picture.pos = (round(x + pad), round(middle - side / 2))
        left = x + pad + side + look.unit(1.6)
        start = round(middle + (words.name_height + words.detail_height) / 2)
        self._name.text, self._name.font_size = words.name, words.font
        self._name.stand(left, start, words.name_width, words.name_height)
        self._detail.stand(left, start - words.name_height, words.room, words.detail_height)
        right = x + width - pad - words.amount_width
        self._amount.stand(right, start, words.amount_width, words.amount_height)
        self._place_controls(look, left, y + pad, x + width - pad - left, controls - pad)

    def _place_controls(self, look: Look, left: float, bottom: float, room: float, height: float) -> None:
        gap = max(look.unit(1), look.mm(2.6))
        for button, width in zip(self._buttons, _control_widths(self.controls, room, gap, look), strict=True):
            button.size, button.pos = (width, height), (round(left), round(bottom))
            left += width + gap


def _picture_mm(look: Look) -> float:
    return 8.4 if look.compact else _LINE_PICTURE_MM * (1.6 if look.tall else 1.0)


def _name(item: Item, room: int, look: Look, style: str = "heading") -> tuple[str, int]:
    """A name that breaks no word, and its font size: a smaller one where even a broken-up word is too long."""
    for font in (look.font(style), look.font("small"), look.font("fine")):
        text = breakable(item.text, font, bold=False, width=room)
        if longest_word(text, font, bold=False) <= room:
            return text, font
    return item.text, look.font("fine")


@dataclass(frozen=True, slots=True)
class _LineWords:
    """The words of a line, measured for a width; all in pixels."""

    name: str
    font: int
    room: int
    name_width: int
    name_height: int
    detail_height: int
    amount_width: int
    amount_height: int


def _line_words(item: Item, width: float, look: Look) -> _LineWords:
    heading, small = look.font("heading"), look.font("small")
    amount = text_size(item.amount or " ", heading, bold=True, width=None)
    amount_width = amount[0] + 2 if item.amount else 0
    taken = 2 * look.unit(1.4) + look.mm(_picture_mm(look)) + look.unit(1.6) + look.unit(2.4) + amount_width
    room = max(round(width) - taken, 1)
    text, font = _name(item, room, look)
    # No wider than it is: what is transparent is filled all the same.
    name_width = min(text_size(text, font, bold=False)[0] + 1, room)
    name_height = text_size(text, font, bold=False, width=room)[1]
    detail = text_size(item.detail, small, bold=False, width=room)[1] if item.detail else 0
    return _LineWords(text, font, room, name_width, name_height, detail, amount_width, amount[1])


def _controls_height(entry: Entry, look: Look) -> int:
    if not entry.controls:
        return 0
    return max(look.touch(control.least_mm) for control in entry.controls) + look.unit(1.4)


def _control_widths(controls: tuple[Item, ...], room: float, gap: float, look: Look) -> list[int]:
    """Signs stand in squares; what has words takes the rest, within reason."""
    if not controls:
        return []
    squares = [round(look.touch(control.least_mm) * 1.15) for control in controls[:-1]]
    rest = room - sum(squares) - gap * len(squares)
    return [*squares, round(min(rest, look.touch(controls[-1].least_mm) * 3.6))]


class LineList(ItemList):
    """The lines of the basket; the newest is in view."""

    cell: ClassVar[type[Cell]] = LineRow


class Tile(Cell):
    """Goods to choose from: a picture, the name, the price."""

    lit = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._picture = Picture()
        self._name = _Text(halign="center", valign="top")
        self._price = _Text(halign="center", valign="top")
        super().__init__(**kwargs)
        for widget in (self._picture, self._name, self._price):
            self.add_widget(widget)

    @classmethod
    def height_at(cls, entry: Entry, width: float, look: Look) -> int:
        """The picture, the words at this width, and the paddings."""
        name, price = _tile_words(entry.item, width, look)
        return max(_tile_picture(width, look) + name + price + 3 * look.unit(1.2), look.touch(entry.item.least_mm))

    def fill(self, item: Item, look: Look) -> None:
        """Show goods."""
        self._look = look
        self.lit = item.selected
        self._picture.put([item], look)
        self._name.write(item.text, look.font("body"), look.palette.ink)  # set for the width in `arrange`
        self._price.write(item.detail, look.font("small"), look.palette.accent_deep, bold=True)

    def arrange(self, x: float, y: float, width: float, height: float) -> None:
        """The picture above, the name and the price below."""
        look = self._look
        pad = look.unit(1.2)
        room = _tile_room(width, look)
        name, price = _tile_words(self.item, width, look)
        side = _tile_picture(width, look)
        top = y + height - pad
        self._picture.size, self._picture.pos = (side, side), (round(x + (width - side) / 2), round(top - side))
        self._name.text, self._name.font_size = _name(self.item, room, look, "body")
        self._name.stand(x + look.unit(0.3), round(top - side - pad * 0.7), room, name)
        self._price.stand(x + look.unit(0.3), round(y + pad * 0.8 + price), room, price)


def _tile_picture(width: float, look: Look) -> int:
    largest = width if look.tall else look.mm(_TILE_PICTURE_LARGEST_MM)
    return round(min(width * _TILE_PICTURE_SHARE, largest))


def _tile_room(width: float, look: Look) -> int:
    return max(round(width - 2 * look.unit(0.3)), 1)


def _tile_words(item: Item, width: float, look: Look) -> tuple[int, int]:
    room = _tile_room(width, look)
    text, font = _name(item, room, look, "body")
    name = text_size(text, font, bold=False, width=room)[1]
    price = text_size(item.detail, look.font("small"), bold=True, width=room)[1] if item.detail else 0
    return name, price


class TileList(ItemList):
    """The goods of one department."""

    cell: ClassVar[type[Cell]] = Tile
