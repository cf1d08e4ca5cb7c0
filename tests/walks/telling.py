"""What a lane without a window and its bench tell each other: JSON lines, these two records."""

from __future__ import annotations

import msgspec

from kiosk.presenter import model


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on the screen, as the presenter meant it; `pressable` where a finger would do something."""

    id: str
    role: str
    text: str
    detail: str = ""
    amount: str = ""
    pressable: bool = False


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """What one state shows, with what lies over it."""

    name: str
    language: str
    items: tuple[Item, ...]
    overlay: Screen | None = None

    @property
    def top(self) -> Screen:
        """The screen that takes touches."""
        return self.overlay.top if self.overlay else self

    def says(self, words: str) -> bool:
        """Whether these words stand on the topmost screen, or anywhere below it."""
        here = any(words in part for item in self.items for part in (item.text, item.detail, item.amount))
        return here or (self.overlay is not None and self.overlay.says(words))

    def find(self, item_id: str) -> Item | None:
        """An item of this very screen."""
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def lines(self) -> tuple[tuple[str, str, str], ...]:
        """The lines of a basket: name, how the price came about, price."""
        return tuple((item.text, item.detail, item.amount) for item in self.items if item.role == model.Role.LINE)


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From the lane: one of these at a time.

    `pid` once at the start; `screen` whenever one is shown; `point` for each commit and effect that it passes, before
    and after; `killed` right before it kills itself; `done` or `error` to answer what it was asked, with the devices
    that `work` at that moment.
    """

    pid: int = 0
    screen: Screen | None = None
    point: str = ""
    killed: str = ""
    done: bool = False
    error: str = ""
    work: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """To the lane: `settings` first and once, then a touch, or time to pass; with any of them a crash to come.

    `crash_at` is the kind of point ("before commit", "after commit", "before effect", "after effect") and `crash_on`
    which of that kind from now, counted from 1. `pass_s` moves the lane's clock by so many seconds.
    """

    settings: str = ""
    press: str = ""
    crash_at: str = ""
    crash_on: int = 0
    pass_s: int = 0


def shown(screen: model.Screen) -> Screen:
    """A screen of the presenter, fit to be sent."""
    return Screen(
        name=screen.name,
        language=screen.language,
        items=tuple(_item(item) for item in screen.items),
        overlay=shown(screen.overlay) if screen.overlay else None,
    )


def _item(item: model.Item) -> Item:
    return Item(
        id=item.id,
        role=str(item.role),
        text=item.text,
        detail=item.detail,
        amount=item.amount,
        pressable=item.enabled and item.action is not None,
    )
