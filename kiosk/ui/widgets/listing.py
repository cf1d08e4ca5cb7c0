"""A list of any length that holds widgets only for what is visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.presenter.model import Item, Role
from kiosk.ui.theme import Look
from kiosk.ui.widgets import icons
from kiosk.ui.widgets.buttons import ViewButton
from kiosk.ui.widgets.press import Pressable
from kiosk.ui.widgets.scrolling import DRAG_FROM_MM, Scroller
from kiosk.ui.widgets.slots import Many, Single


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a list: its item, and the items that act on it while it is selected."""

    item: Item
    controls: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a cell stands: pixels from the top left of the content."""

    entry: Entry
    left: float
    top: float
    width: float
    height: float


class Cell(Single, Pressable):
    """A cell of a list. A subclass says how high it wants to be and sets itself up."""

    controls = ObjectProperty(())
    _standing: tuple[object, ...] = ()

    @classmethod
    def height_at(cls, entry: Entry, width: float, look: Look) -> int:
        """The height in pixels this entry needs at this width."""
        raise NotImplementedError

    def show(self, entry: Entry, look: Look) -> None:
        """Show an entry, touching nothing that is shown already."""
        self.put([entry.item], look)
        self.controls = entry.controls

    def place(self, x: float, y: float, width: float, height: float) -> None:
        """Take this place on the screen, in pixels."""
        standing = (self.item, self.controls, x, y, width, height)
        if standing != self._standing:
            self._standing = standing
            self.pos, self.size = (x, y), (width, height)
            self.arrange(x, y, width, height)

    def arrange(self, x: float, y: float, width: float, height: float) -> None:
        """Put what is inside in its place, for the entry that is shown now."""
        raise NotImplementedError


class ItemList(Many, Scroller):
    """All items of a prefix, in cells. An item named CELL_something is a control of that cell."""

    cell: ClassVar[type[Cell]] = Cell
    columns = NumericProperty(1)
    gap = NumericProperty(0.0)
    follows_newest = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._entries: tuple[Entry, ...] = ()
        self._spots: list[Spot] = []
        self._look: Look | None = None
        self._live: dict[str, Cell] = {}
        self._spare: list[Cell] = []
        self._planned_for: tuple[float, float] = (0, 0)
        self._measured: dict[str, tuple[Entry, float, int]] = {}
        self._putting = False
        super().__init__(**kwargs)

    @property
    def filled(self) -> bool:
        """Whether there is any cell."""
        return bool(self._entries)

    def put(self, items: Sequence[Item], look: Look) -> None:
        """Show these items; a new last one, or the selected one, is scrolled into view."""
        entries = _entries(items)
        if entries == self._entries:
            return
        before, self._entries = self._entries, entries
        self._look = look
        self.drag_from, self.bar_width = look.mm(DRAG_FROM_MM), look.unit(0.5)
        # The height of the content and the offset change one after the other; the cells are put in place once.
        self._putting = True
        self._plan()
        self._follow(before)
        self._putting = False
        self.place()

    def _follow(self, before: tuple[Entry, ...]) -> None:
        known = {entry.item.id for entry in before}
        was_selected = {entry.item.id for entry in before if entry.item.selected}
        fresh = [s for s in self._spots if s.entry.item.id not in known]
        chosen = [s for s in self._spots if s.entry.item.selected and s.entry.item.id not in was_selected]
        if before and not known & {entry.item.id for entry in self._entries}:
            self.offset = 0.0
        elif self.follows_newest and fresh:
            self.reveal(fresh[-1].top, fresh[-1].height)
        elif chosen:
            self.reveal(chosen[0].top, chosen[0].height)

    def _plan(self) -> None:
        look = self._look
        self._planned_for = (self.width, self.columns)
        self._spots = []
        top = 0.0
        columns = max(int(self.columns), 1)
        width = (self.width - 2 * self.bar_width - (columns - 1) * self.gap) / columns
        if look is None or width <= 1:
            return
        heights = self._measure(width, look)
        for start in range(0, len(self._entries), columns):
            row = self._entries[start : start + columns]
            height = max(heights[entry.item.id] for entry in row)
            self._spots += [Spot(e, n * (width + self.gap), top, width, height) for n, e in enumerate(row)]
            top += height + self.gap
        self.content_height = max(top - self.gap, 0.0)

    def _measure(self, width: float, look: Look) -> dict[str, int]:
        """Heights in pixels by the items' ids; what was measured at this width before is not measured again."""
        before, self._measured = self._measured, {}
        for entry in self._entries:
            known = before.get(entry.item.id)
            if known is None or known[:2] != (entry, width):
                known = entry, width, self.cell.height_at(entry, width, look)
            self._measured[entry.item.id] = known
        return {item_id: height for item_id, (_, _, height) in self._measured.items()}

    def place(self) -> None:
        """Have a cell for each visible spot, reusing those that went out of view."""
        look = self._look
        if look is None or self._putting:
            return
        if self._planned_for != (self.width, self.columns):
            self._plan()
        seen = [s for s in self._spots if s.top + s.height > self.offset and s.top < self.offset + self.height]
        wanted = {spot.entry.item.id for spot in seen}
        for item_id in [item_id for item_id in self._live if item_id not in wanted]:
            gone = self._live.pop(item_id)
            self.remove_widget(gone)
            self._spare.append(gone)
        for spot in seen:
            cell = self._live.get(spot.entry.item.id) or self._fresh(spot.entry.item.id)
            cell.show(spot.entry, look)
            y = self.top - (spot.top - self.offset) - spot.height
            cell.place(round(self.x + spot.left), round(y), round(spot.width), round(spot.height))

    def _fresh(self, item_id: str) -> Cell:
        cell = self._spare.pop() if self._spare else self.cell()
        self._live[item_id] = cell
        self.add_widget(cell)
        return cell

    def bring(self, item_id: str) -> bool:
        """Scroll until the cell that holds this item is in view; False where no cell does."""
        for spot in self._spots:
            if item_id in {spot.entry.item.id, *(control.id for control in spot.entry.controls)}:
                self.reveal(spot.top, spot.height)
                self.place()
                return True
        return False


def _entries(items: Sequence[Item]) -> tuple[Entry, ...]:
    """Cells in the model's order, each with its controls."""
    heads = {item.id: item for item in items if item.role in {Role.LINE, Role.TILE}}
    controls: dict[str, list[Item]] = {}
    for item in items:
        owner = item.id.rpartition("_")[0]
        if item.id not in heads and owner in heads:
            controls.setdefault(owner, []).append(item)
    return tuple(Entry(item, tuple(controls.get(item.id, ()))) for item in heads.values())


class Pager(BoxLayout):  # type: ignore[misc]  # Kivy ships no types
    """Two buttons that turn the pages of a list, for those who cannot or will not drag."""

    listing = ObjectProperty(None)
    look = ObjectProperty(None)

    def on_listing(self, _: object, listing: ItemList) -> None:
        """Serve this list."""
        self._up = ViewButton(look=self.look, icon=icons.up)
        self._down = ViewButton(look=self.look, icon=icons.down)
        self._up.bind(on_tap=lambda *_: listing.turn(-1))
        self._down.bind(on_tap=lambda *_: listing.turn(1))
        for button in (self._up, self._down):
            self.add_widget(button)
        listing.bind(offset=self._follow, content_height=self._follow, height=self._follow)
        self._follow()

    def _follow(self, *_: object) -> None:
        listing = self.listing
        self._up.usable = listing.offset > 0.5
        self._down.usable = listing.offset < listing.limit - 0.5
