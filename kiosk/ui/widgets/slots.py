"""Places of a layout that show items of the model: one item by its id, or many by prefix or role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.presenter.model import Item, Tone
from kiosk.ui.theme import Look


class Single(Widget):  # type: ignore[misc]  # Kivy ships no types
    """A widget that shows the item with the id `shows`, and is left out of the layout where there is none."""

    shows = StringProperty("")
    item = ObjectProperty(None, allownone=True)

    @property
    def filled(self) -> bool:
        """Whether there is something to show."""
        return self.item is not None

    def claim(self, left: dict[str, Item]) -> list[Item]:
        """Take the items this place shows out of those that are left."""
        return [left.pop(self.shows)] if self.shows in left else []

    def put(self, items: Sequence[Item], look: Look) -> None:
        """Show what was claimed; nothing is touched where it is shown already."""
        item = items[0] if items else None
        if item != self.item:
            self.item = item
            if item is not None:
                self.fill(item, look)

    def fill(self, item: Item, look: Look) -> None:
        """Set this widget up for an item that is new or has changed."""
        raise NotImplementedError


class Many(Widget):  # type: ignore[misc]  # Kivy ships no types
    """A place for every item whose id starts with `prefix`, or whose role is one of `roles`."""

    prefix = StringProperty("")
    roles = ListProperty([])

    @property
    def filled(self) -> bool:
        """Whether there is something to show."""
        raise NotImplementedError

    def claim(self, left: dict[str, Item]) -> list[Item]:
        """Take the items this place shows out of those that are left, in the model's order."""
        mine = [i for i in left.values() if (self.prefix and i.id.startswith(self.prefix)) or i.role in self.roles]
        for item in mine:
            del left[item.id]
        return mine

    def put(self, items: Sequence[Item], look: Look) -> None:
        """Show what was claimed."""
        raise NotImplementedError


class Frame(BoxLayout):  # type: ignore[misc]  # Kivy ships no types
    """A box that holds only those of its children that show something, and is left out where none does.

    `keep` holds it in place even then.
    """

    keep = BooleanProperty(False)
    _declared: list[Any] | None = None

    @property
    def declared(self) -> list[Any]:
        """All children in the order they were written down, shown or not."""
        if self._declared is None:
            self._declared = self.children[::-1]
        return self._declared

    @property
    def filled(self) -> bool:
        """Whether any place inside shows something."""
        return self.keep or any(child.filled for child in self.declared if isinstance(child, Single | Many | Frame))

    def settle(self) -> None:
        """Hold what shows something, here and below."""
        for child in self.declared:
            if isinstance(child, Frame):
                child.settle()
        wanted = [child for child in self.declared if not isinstance(child, Single | Many | Frame) or child.filled]
        if wanted != self.children[::-1]:
            self.clear_widgets()
            for child in wanted:
                self.add_widget(child)


class Group(Many, BoxLayout):  # type: ignore[misc]  # Kivy ships no types
    """Shows each of its items by a widget of its own; the primary one stands last, nearest to the hand.

    With `columns` above 1 the items stand side by side, so many in a row.
    """

    columns = NumericProperty(1)
    count = NumericProperty(0)
    style = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._widgets: dict[str, Any] = {}
        self._arranged: tuple[list[Any], int] = ([], 1)
        super().__init__(**kwargs)
        self.bind(columns=lambda *_: self._arrange())

    @property
    def filled(self) -> bool:
        """Whether there is any item."""
        return bool(self._widgets)

    def put(self, items: Sequence[Item], look: Look) -> None:
        """Show these items, reusing the widgets that show them already."""
        old, self._widgets = self._widgets, {}
        for item in sorted(items, key=lambda item: item.tone is Tone.PRIMARY):
            widget = old.pop(item.id, None) or self.make(item)
            widget.put([item], look)
            self._widgets[item.id] = widget
        self.count = len(self._widgets)
        self._arrange()

    def make(self, item: Item) -> Single:
        """A fresh widget for an item."""
        raise NotImplementedError

    def _arrange(self) -> None:
        arranged = (list(self._widgets.values()), max(int(self.columns), 1))
        if arranged == self._arranged:
            return
        self._arranged = arranged
        members, columns = arranged
        for member in members:
            if member.parent:
                member.parent.remove_widget(member)
        self.clear_widgets()
        for row in _rows(members, columns):
            self.add_widget(row[0] if len(row) == 1 and not self.prefix else self._row(row, columns))

    def _row(self, members: Sequence[Any], columns: int) -> Any:  # noqa: ANN401 - Kivy ships no types
        row = GroupRow(spacing=self.spacing)
        for member in members:
            row.add_widget(member)
        # The last row of a grid keeps to its columns; a lone button under pairs takes the whole width.
        for _ in range(columns - len(members) if self.prefix else 0):
            row.add_widget(Widget())
        return row


class GroupRow(BoxLayout):  # type: ignore[misc]  # Kivy ships no types
    """Items of a group side by side, equally wide and high."""


def _rows(members: Sequence[Any], columns: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(members), columns):
        yield members[start : start + columns]


def places(root: Widget) -> Iterable[Any]:
    """Every place of a layout, in the order it was written down."""
    children = root.declared if isinstance(root, Frame) else root.children[::-1]
    for child in children:
        if isinstance(child, Single | Many):
            yield child
        else:
            yield from places(child)
