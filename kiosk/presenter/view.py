"""What presenting needs besides the state: the language, the shop and the goods that are picked by sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.item import Item as Good
from kiosk.presenter.language import Language
from kiosk.presenter.model import PRIMARY_MM, Item, Role, Tone


@dataclass(frozen=True, slots=True)
class View:
    """Handed to every screen function. `by_sight(department)` lists goods ("" for all departments)."""

    words: Language
    others: tuple[Language, ...]
    store_name: str
    by_sight: Callable[[str], tuple[Good, ...]]
    departments: Callable[[], tuple[str, ...]]
    by_sku: Callable[[str], Good | None]


def title(text: str, speech: str = "") -> Item:
    """What this screen is about."""
    return Item("title", Role.TITLE, text, speech=speech)


def text(text: str, item_id: str = "text", tone: Tone = Tone.NEUTRAL) -> Item:
    """A sentence or two."""
    return Item(item_id, Role.TEXT, text, tone=tone)


def button(item_id: str, label: str, action: object, tone: Tone = Tone.NEUTRAL, *, enabled: bool = True) -> Item:
    """Something to press; a primary one is as large as the hand of a hurried person needs."""
    least = PRIMARY_MM if tone is Tone.PRIMARY else 12.7
    return Item(item_id, Role.BUTTON, label, tone=tone, action=action, enabled=enabled, least_mm=least)


def amount(item_id: str, label: str, value: str, tone: Tone = Tone.NEUTRAL) -> Item:
    """A figure that matters, with its name."""
    return Item(item_id, Role.AMOUNT, label, amount=value, tone=tone)


def picture(name: str) -> Item:
    """The picture of a good, or one of the drawings of the screens."""
    return Item("picture", Role.PICTURE, "", picture=name)
