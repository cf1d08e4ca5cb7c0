"""Small signs on buttons, so that a button is told by more than its words."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.ui.theme import Colour
from kiosk.ui.widgets.pen import Pen

Icon = Callable[[Pen, Colour], None]


def plus(pen: Pen, ink: Colour) -> None:
    """One more."""
    pen.box((12, 43, 76, 14), ink, 5)
    pen.box((43, 12, 14, 76), ink, 5)


def minus(pen: Pen, ink: Colour) -> None:
    """One less."""
    pen.box((12, 43, 76, 14), ink, 5)


def back(pen: Pen, ink: Colour) -> None:
    """Back to where one came from."""
    pen.line((84, 50, 18, 50), ink, 12)
    pen.line((46, 80, 16, 50, 46, 20), ink, 12)


def up(pen: Pen, ink: Colour) -> None:
    """A page up."""
    pen.line((20, 36, 50, 66, 80, 36), ink, 13)


def down(pen: Pen, ink: Colour) -> None:
    """A page down."""
    pen.line((20, 64, 50, 34, 80, 64), ink, 13)


def search(pen: Pen, ink: Colour) -> None:
    """Look something up."""
    pen.arc((44, 56, 28), (0, 360), ink, 12)
    pen.line((65, 35, 88, 12), ink, 13)


def remove(pen: Pen, ink: Colour) -> None:
    """Into the bin."""
    pen.line((14, 78, 86, 78), ink, 10)
    pen.line((38, 79, 40, 92, 60, 92, 62, 79), ink, 10)
    pen.line((23, 76, 29, 10, 71, 10, 77, 76), ink, 10)
    pen.line((42, 60, 44, 28), ink, 9)
    pen.line((58, 60, 56, 28), ink, 9)


def cross(pen: Pen, ink: Colour) -> None:
    """Give up."""
    pen.line((22, 22, 78, 78), ink, 13)
    pen.line((22, 78, 78, 22), ink, 13)


def person(pen: Pen, ink: Colour) -> None:
    """Someone who helps."""
    pen.disc(50, 72, 21, ink)
    pen.box((14, 6, 72, 36), ink, 18)
    pen.box((14, 6, 72, 18), ink, 4)


def globe(pen: Pen, ink: Colour) -> None:
    """Another language."""
    pen.arc((50, 50, 40), (0, 360), ink, 9)
    pen.line((12, 50, 88, 50), ink, 8)
    pen.line((50, 90, 34, 72, 29, 50, 34, 28, 50, 10), ink, 8)
    pen.line((50, 90, 66, 72, 71, 50, 66, 28, 50, 10), ink, 8)


_BY_ID: dict[str, Icon] = {
    "help": person,
    "back": back,
    "lookup": search,
    "cancel": cross,
    "leave": back,
}
_BY_ENDING: dict[str, Icon] = {"_plus": plus, "_minus": minus, "_remove": remove}


def icon_for(item_id: str, *, roomy: bool = True) -> Icon | None:
    """The sign of a button, told by its item's id; None where words are enough.

    Names of languages stand side by side, so they have a sign only on a `roomy` panel: all of them or none.
    """
    for ending, icon in _BY_ENDING.items():
        if item_id.endswith(ending):
            return icon
    if item_id.startswith("language_"):
        return globe if roomy else None
    return _BY_ID.get(item_id)


def without_words(item_id: str) -> bool:
    """Whether the sign stands alone, as plus and minus do."""
    return item_id.endswith(("_plus", "_minus"))
