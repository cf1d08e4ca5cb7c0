"""Looks over a drawn screen: is everything there, does it fit, can it be read, can it be hit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from PIL import Image

from kiosk.presenter.model import Item, Role, Screen
from kiosk.ui.theme import contrast
from kiosk.ui.widgets.buttons import ItemButton
from kiosk.ui.widgets.icons import without_words
from kiosk.ui.widgets.listing import Cell, ItemList
from kiosk.ui.widgets.picture import Picture
from kiosk.ui.widgets.press import Touchable
from kiosk.ui.widgets.text import longest_word, text_size

LEAST_CONTRAST = 4.5
# Cap heights nothing may go below, in millimetres: at arm's length, and in the hand (kiosk/ui/theme.py).
LEAST_CAP_MM = {"tall": 3.5, "wide": 3.5, "compact": 1.8}


def audit(stage: Any, picture: Image.Image) -> list[str]:
    """What is wrong with the topmost screen of this stage, in words; empty where all is well."""
    return [
        *_missing(stage),
        *_texts(stage, picture),
        *_targets(stage),
        *_overlaps(stage),
    ]


def _shown(stage: Any, kind: type) -> list[Any]:
    return [widget for widget in stage.top_view.walk(restrict=True) if isinstance(widget, kind)]


def _missing(stage: Any) -> Iterator[str]:
    screen: Screen = stage.shown.top
    texts = " ".join(w.text for w in _labels(stage))
    held = {w.item.id for w in stage.top_view.walk(restrict=True) if getattr(w, "item", None) is not None}
    listed = {
        item.id
        for listing in _shown(stage, ItemList)
        for entry in listing._entries
        for item in (entry.item, *entry.controls)
    }
    for item in screen.items:
        if item.id not in held | listed:
            yield f"{item.id} is nowhere"
        elif item.id in held - listed and item.role is not Role.PICTURE and not without_words(item.id):
            yield from _unsaid(item, texts)


def _unsaid(item: Item, texts: str) -> Iterator[str]:
    return (f"{item.id}: {text!r} is not shown" for text in (item.text, item.amount) if text not in texts)


def _inside(stage: Any, widget: Any) -> bool:
    return bool(
        widget.x >= -0.5 and widget.y >= -0.5 and widget.right <= stage.width + 0.5 and widget.top <= stage.height + 0.5
    )


def _labels(stage: Any) -> list[Any]:
    return [w for w in stage.top_view.walk(restrict=True) if hasattr(w, "texture_size") and w.text]


def _in_list(widget: Any) -> ItemList | None:
    while widget is not None and widget.parent is not widget:
        if isinstance(widget, ItemList):
            return widget
        widget = widget.parent
    return None


def _texts(stage: Any, picture: Image.Image) -> Iterator[str]:
    form = stage._look.geometry.form.value
    for label in _labels(stage):
        text = label.text
        listing = _in_list(label)
        if listing is None and not _inside(stage, label):
            yield f"{text!r} leaves the screen"
        yield from _fits(label)
        cap_mm = label.font_size * 0.71 / stage._look.geometry.px_per_mm
        if cap_mm < LEAST_CAP_MM[form] - 0.06:
            yield f"{text!r} is too small: {cap_mm:.1f} mm"
        if listing is None or (label.y >= listing.y and label.top <= listing.top):
            yield from _readable(label, picture)


def _fits(label: Any) -> Iterator[str]:
    left, top, right, bottom = label.padding
    room = label.width - left - right
    size, bold = int(label.font_size), bool(label.bold)
    if longest_word(label.text, size, bold=bold) > room + 1:
        yield f"{label.text!r}: a word is wider than {room:.0f}"
    needed = text_size(label.text, size, bold=bold, width=max(round(room), 1))[1] + top + bottom
    # A label's line height of 1.12 counts below the last line too: nothing is drawn there.
    if needed > label.height + size * 0.14 + 1:
        yield f"{label.text!r} needs {needed} of {label.height:.0f} px"


def _readable(label: Any, picture: Image.Image) -> Iterator[str]:
    box = (
        max(round(label.x), 0),
        max(round(picture.height - label.top), 0),
        min(round(label.right), picture.width),
        min(round(picture.height - label.y), picture.height),
    )
    if box[2] - box[0] < 2 or box[3] - box[1] < 2:
        yield f"{label.text!r} has no room at all"
        return
    pixels = picture.crop(box)
    colours: list[tuple[int, Any]] = pixels.getcolors(65536) or []
    ground = max(colours)[1]
    ratio = contrast(tuple(label.color), (*(value / 255 for value in ground), 1.0))
    if ratio < LEAST_CONTRAST:
        yield f"{label.text!r} has a contrast of {ratio:.1f}"
    if not any(_near(colour, label.color) for _, colour in colours):
        yield f"{label.text!r} is not painted"


def _near(pixel: tuple[int, ...], colour: Any) -> bool:
    return all(abs(value / 255 - wanted) < 0.12 for value, wanted in zip(pixel, colour[:3], strict=True))


def _targets(stage: Any) -> Iterator[str]:
    geometry = stage._look.geometry
    for target in _shown(stage, Touchable):
        item = getattr(target, "item", None)
        least = geometry.px(geometry.touch_mm(item.least_mm if item else 12.7)) - 1
        if (item is None or item.action is not None) and min(target.width, target.height) < least:
            yield f"{item.id if item else 'a page button'} is {target.width:.0f} x {target.height:.0f}, not {least}"
        if _in_list(target) is None and not _inside(stage, target):
            yield f"{item.id if item else 'a page button'} leaves the screen"


def _overlaps(stage: Any) -> Iterator[str]:
    solid = [w for w in _shown(stage, Touchable) if not isinstance(w, Cell)]
    cells = _shown(stage, Cell)
    words = [w for w in _labels(stage) if _in_list(w) is None and not isinstance(w, Touchable)]
    pictures = [w for w in _shown(stage, Picture) if _in_list(w) is None]
    for one, other in combinations([*solid, *words, *pictures], 2):
        if _in_list(one) is None and _in_list(other) is None and _cross(one, other):
            yield f"{_name(one)} and {_name(other)} overlap"
    for one, other in combinations([*cells], 2):
        if _cross(one, other):
            yield f"{_name(one)} and {_name(other)} overlap"
    buttons = [w for w in solid if isinstance(w, ItemButton) and _in_list(w) is not None]
    yield from (f"{_name(a)} and {_name(b)} overlap" for a, b in combinations(buttons, 2) if _cross(a, b))


def _cross(one: Any, other: Any) -> bool:
    return bool(
        min(one.right, other.right) - max(one.x, other.x) > 1 and min(one.top, other.top) - max(one.y, other.y) > 1
    )


def _name(widget: Any) -> str:
    item = getattr(widget, "item", None)
    return item.id if item is not None else repr(getattr(widget, "text", type(widget).__name__))
