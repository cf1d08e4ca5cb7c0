"""Which layout shows which screen, on one page: the place to add a screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kivy.uix.floatlayout import FloatLayout

from kiosk.presenter.model import Item, Role, Screen
from kiosk.ui.theme import Look
from kiosk.ui.widgets.slots import Frame, Many, Single, places


class ScreenView(FloatLayout):  # type: ignore[misc]  # Kivy ships no types
    """A layout with places, filled from the model; only what differs from what is shown is touched."""

    def show(self, screen: Screen, look: Look, picture: str) -> tuple[str, ...]:
        """Show a screen of the kind this layout is for; `picture` is its illustration if the model names none.

        Returns the ids of items for which the layout has no place.
        """
        left = {item.id: item for item in _with_picture(screen.items, picture)}
        for place in sorted(places(self), key=_precedence):
            place.put(place.claim(left), look)
        for child in self.children:
            if isinstance(child, Frame):
                child.settle()
        return tuple(left)


def _precedence(place: Single | Many) -> int:
    """An id is more particular than a prefix, and a prefix more than a role."""
    if isinstance(place, Single):
        return 0
    return 1 if place.prefix else 2


def _with_picture(items: Iterable[Item], picture: str) -> list[Item]:
    """The items, with the layout's own illustration where the model leaves it open and nothing else is to be seen."""
    found = [replace(i, picture=picture) if i.id == "picture" and not i.picture else i for i in items]
    if picture and not any(i.id == "picture" or i.role is Role.LINE for i in found):
        found.append(Item("picture", Role.PICTURE, "", picture=picture))
    return found


class AttractStack(ScreenView):
    """Nobody is here, portrait."""


class AttractSplit(ScreenView):
    """Nobody is here, landscape."""


class BasketStack(ScreenView):
    """The basket, portrait."""


class BasketSplit(ScreenView):
    """The basket, landscape."""


class LookupStack(ScreenView):
    """Goods without a code, portrait."""


class LookupSplit(ScreenView):
    """Goods without a code, landscape."""


class MessageStack(ScreenView):
    """One thing to know and one to do, portrait."""


class MessageSplit(ScreenView):
    """One thing to know and one to do, landscape."""


class Sheet(ScreenView):
    """Comes between; the screen below is dimmed."""


class SheetStack(Sheet):
    """Comes between, portrait."""


class SheetSplit(Sheet):
    """Comes between, landscape."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The views of one screen, and the illustration it has where the model names none ("": none)."""

    stack: type[ScreenView]
    split: type[ScreenView]
    picture: str = ""


def _message(picture: str) -> Layout:
    return Layout(MessageStack, MessageSplit, picture)


def _sheet(picture: str = "") -> Layout:
    return Layout(SheetStack, SheetSplit, picture)


LAYOUTS: dict[str, Layout] = {
    "closed": _message("closed"),
    "attract": Layout(AttractStack, AttractSplit, "scan"),
    "basket": Layout(BasketStack, BasketSplit, "scan"),
    "lookup": Layout(LookupStack, LookupSplit),
    "weighing": _message("scale"),
    "unknown_code": _message("unknown_code"),
    "attention": _message("attendant"),
    "tender_asking": _message("card"),
    "tender_in_doubt": _message("doubt"),
    "tender_declined": _message("declined"),
    "receipt": _message("receipt"),
    "thanks": _message("check"),
    "help": _sheet("attendant"),
    "out_of_order": _sheet("wait"),
    "idle_warning": _sheet(),
    "attendant": _sheet(),
    "confirm_cancel": _sheet("basket"),
}
# A screen nobody has drawn yet is still readable.
PLAIN = Layout(MessageStack, MessageSplit)
PLAIN_SHEET = Layout(SheetStack, SheetSplit)


def layout_for(name: str, *, overlay: bool) -> Layout:
    """The layout of a screen by its name."""
    return LAYOUTS.get(name) or (PLAIN_SHEET if overlay else PLAIN)


KV_FILES = ("attract.kv", "basket.kv", "lookup.kv", "message.kv", "sheet.kv")
