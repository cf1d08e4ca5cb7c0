"""Makes the screen of a state for one shop: its languages and its goods by sight."""

from __future__ import annotations

from typing import Protocol

from kiosk.checkout.state import LaneState
from kiosk.config import Settings
from kiosk.domain.item import Item as Good
from kiosk.presenter.language import Language
from kiosk.presenter.model import Screen
from kiosk.presenter.outside import Lines, lines
from kiosk.presenter.present import present
from kiosk.presenter.view import View


class Shelf(Protocol):
    """The goods a shopper picks by sight."""

    @property
    def version(self) -> int:
        """Version of the catalog."""
        ...

    def by_sight(self, department: str | None = None) -> list[Good]:
        """Goods with a picture, of one department or of all."""
        ...

    def by_sku(self, sku: str) -> Good | None:
        """The item with this sku."""
        ...


class Presenter:
    """Turns states into screens. Keeps the list of goods by sight until the catalog has another version."""

    def __init__(self, settings: Settings, shelf: Shelf) -> None:
        self._settings = settings
        self._shelf = shelf
        store = settings.store
        self.languages = {code: Language(code, store.locale_territory, store.currency) for code in store.languages}
        self._seen_version = -1
        self._goods: tuple[Good, ...] = ()

    def screen(self, state: LaneState) -> Screen:
        """What a person sees in this state, now."""
        return present(state, self._view(state))

    def lines(self, state: LaneState, columns: int) -> Lines:
        """What a line display of so many columns shows in this state."""
        return lines(state, self._view(state), columns)

    def _view(self, state: LaneState) -> View:
        code = state.language if state.language in self.languages else self._settings.store.languages[0]
        return View(
            words=self.languages[code],
            others=tuple(language for other, language in self.languages.items() if other != code),
            store_name=self._settings.store.name,
            by_sight=self._by_sight,
            departments=self._departments,
            by_sku=self._shelf.by_sku,
        )

    def _all(self) -> tuple[Good, ...]:
        version = self._shelf.version
        if version != self._seen_version:
            self._goods = tuple(sorted(self._shelf.by_sight(), key=lambda good: good.name.casefold()))
            self._seen_version = version
        return self._goods

    def _by_sight(self, department: str) -> tuple[Good, ...]:
        return tuple(good for good in self._all() if department in {"", good.department})

    def _departments(self) -> tuple[str, ...]:
        return tuple(sorted({good.department for good in self._all()}))
