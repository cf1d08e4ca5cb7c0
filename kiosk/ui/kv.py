"""Loads the kv rules and hands them the look of the panel."""

from __future__ import annotations

from pathlib import Path

from kivy.factory import Factory
from kivy.lang import Builder, global_idmap

from kiosk.ui.screens import layouts
from kiosk.ui.theme import Look
from kiosk.ui.widgets import buttons, goods, listing, messages, picture, plates, scrolling, slots, text

_FOLDER = Path(__file__).parent
_WIDGETS = (
    slots.Frame,
    slots.Group,
    text.Words,
    buttons.ItemButton,
    buttons.ButtonGroup,
    buttons.Painted,
    messages.TextGroup,
    messages.AmountGroup,
    messages.Amount,
    messages.Status,
    messages.Notice,
    goods.LineList,
    goods.TileList,
    listing.Pager,
    scrolling.Scroller,
    picture.Picture,
)


def load(look: Look) -> None:
    """Load every rule; widgets made after this have this look.

    Kivy keeps rules and their global names per process, so a process has one look at a time.
    """
    global_idmap["look"] = look
    global_idmap["plates"] = plates
    plates.cheapen_plain_fills()
    for widget in _WIDGETS:
        Factory.register(widget.__name__, cls=widget)
    files = [_FOLDER / "widgets" / "widgets.kv", *(_FOLDER / "screens" / name for name in layouts.KV_FILES)]
    for file in files:
        if str(file) not in Builder.files:
            Builder.load_file(str(file))
