"""The four pages of the bench panel: goods, scale, card terminal and printer."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from demo.panel_desks import (
    SLIDE_GRAMS,
    card_line,
    charges,
    condition_keys,
    load,
    load_keys,
    printer_keys,
    printer_line,
    scale_reading,
    step_keys,
)
from demo.panel_goods import Good
from demo.panel_presenter import Panel
from demo.panel_widgets import KeyGrid, Paper, RowList, Slide
from headquarters.demo_store import PICTURES
from kiosk.ui.theme import Palette
from kiosk.ui.widgets.picture import load_picture
from kiosk.ui.widgets.press import Touchable

LABEL_HEIGHT = 94


class Sheet(BoxLayout):  # type: ignore[misc]  # Kivy ships no types
    """A page: shows the panel again whenever a person did something on it."""

    def __init__(self, panel: Panel, palette: Palette, again: Any) -> None:  # noqa: ANN401 - called without arguments
        self.panel, self.palette, self._again = panel, palette, again
        super().__init__()

    def press(self, key: Any) -> None:  # noqa: ANN401 - a Key, handed on
        """A key was pressed."""
        self.panel.press(key)
        self._again()

    def put(self, grid: KeyGrid, keys: Any) -> None:  # noqa: ANN401 - keys, handed on
        """Show keys in a grid."""
        grid.show(keys, self.palette, self.press)

    def refresh(self) -> None:
        """Show how things are now."""
        raise NotImplementedError


class ClearKey(Touchable, Label):  # type: ignore[misc]  # Kivy ships no types
    """Empties the search field; there while something is in it."""

    clear = ObjectProperty(None, allownone=True)

    def tappable(self) -> bool:
        """Whether there is something to clear."""
        return bool(self.text)

    def tapped(self, touch: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        """Clear it."""
        del touch
        self.clear()


class GoodRow(Touchable):
    """One good: a tap takes it."""

    good = ObjectProperty(None, allownone=True)
    name = StringProperty("")
    department = StringProperty("")
    price = StringProperty("")
    code = StringProperty("")
    letter = StringProperty("")
    scans = BooleanProperty(False)
    chosen = BooleanProperty(False)
    picture = ObjectProperty(None, allownone=True)
    ground = ColorProperty((1, 1, 1, 1))

    def __init__(self, take: Any) -> None:  # noqa: ANN401 - called with the good
        self._take = take
        super().__init__()

    def tappable(self) -> bool:
        """Any good can be taken."""
        return self.good is not None

    def tapped(self, touch: Any) -> None:  # noqa: ANN401 - Kivy ships no types
        """Take it."""
        del touch
        self._take(self.good)


class GoodsList(RowList):
    """The goods that were found."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self.page: GoodsPage | None = None
        super().__init__(**kwargs)

    def make(self) -> GoodRow:
        """A row for a good."""
        return GoodRow(self._taken)

    def fill(self, widget: GoodRow, row: Good) -> None:
        """Show a good."""
        page = self.page
        if page is None:
            return
        counter = page.panel.counter
        widget.chosen = counter.chosen is row
        if widget.good is row:
            return
        widget.good, widget.name, widget.department = row, row.name, row.item.department
        widget.price, widget.code, widget.scans = counter.shelf.price(row), row.code, bool(row.scan)
        widget.letter = next((sign for sign in row.name if sign.isalpha()), "").upper()
        widget.picture = load_picture(_picture(row))
        grounds = page.palette.goods
        widget.ground = grounds[zlib.crc32(row.item.department.encode()) % len(grounds)]

    def _taken(self, good: Good) -> None:
        if self.page is not None:
            self.page.take(good)


def _picture(good: Good) -> Path:
    return PICTURES / f"{good.item.picture or '-'}.png"


class GoodsPage(Sheet):
    """Everything that goes through the scanner."""

    searching = BooleanProperty(False)

    def __init__(self, panel: Panel, palette: Palette, again: Any) -> None:  # noqa: ANN401 - called without arguments
        super().__init__(panel, palette, again)
        self.ids.goods.page = self

    def searched(self, text: str) -> None:
        """Other words were typed."""
        self.panel.counter.search(text)
        self._again()

    def clear(self) -> None:
        """Show all goods again."""
        self.ids.search.text = ""

    def take(self, good: Good) -> None:
        """A good was taken."""
        self.panel.take(good)
        self._again()

    def refresh(self) -> None:
        """Show what was found, and the label of a chosen good."""
        counter = self.panel.counter
        self.put(self.ids.kinds, counter.kind_keys())
        self.ids.goods.show(counter.found)
        self._refresh_label()
        faults = counter.fault_keys(self.panel.bench)
        self.ids.faults.cols = len(faults)
        self.put(self.ids.faults, faults)

    def _refresh_label(self) -> None:
        counter, box = self.panel.counter, self.ids.label
        shown = counter.chosen is not None
        box.height, box.opacity = (dp(LABEL_HEIGHT) if shown else 0), (1 if shown else 0)
        self.put(self.ids.label_keys, counter.label_keys())
        self.ids.label_name.text = counter.chosen.name if counter.chosen else ""
        self.ids.label_portion.text = counter.portion


class ScalePage(Sheet):
    """What lies on the scale."""

    def __init__(self, panel: Panel, palette: Palette, again: Any) -> None:  # noqa: ANN401 - called without arguments
        super().__init__(panel, palette, again)
        slide: Slide = self.ids.slide
        slide.most = SLIDE_GRAMS
        slide.moved = self._moved

    def _moved(self, grams: int, down: bool) -> None:
        self.panel.send(load(grams, passing=down))

    def refresh(self) -> None:
        """Show the reading and the switches."""
        bench, send = self.panel.bench, self.panel.send
        self.ids.grams.text, self.ids.fares.text = scale_reading(bench)
        answer = bench.of("scale")
        self.ids.slide.show(answer.number("grams"), usable=answer.heard)
        self.put(self.ids.loads, load_keys(bench, send))
        self.put(self.ids.steps, step_keys(bench, send))
        self.put(self.ids.conditions, condition_keys(bench, send))


class ChargeRow(Widget):  # type: ignore[misc]  # Kivy ships no types
    """One charge of the terminal."""

    amount = StringProperty("")
    detail = StringProperty("")
    struck = BooleanProperty(False)


class ChargeList(RowList):
    """What the terminal charged, the newest first."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        super().__init__(**kwargs)
        self.row_height = dp(38)

    def make(self) -> ChargeRow:
        """A row for a charge."""
        return ChargeRow()

    def fill(self, widget: ChargeRow, row: tuple[str, str, bool]) -> None:
        """Show a charge."""
        widget.amount, widget.detail, widget.struck = row


class CardPage(Sheet):
    """The card terminal."""

    def refresh(self) -> None:
        """Show what it waits for and what it charged."""
        bench, currency = self.panel.bench, self.panel.currency
        self.ids.amount.text, self.ids.wish.text = card_line(bench, currency)
        self.put(self.ids.acts, self.panel.card_keys())
        self.ids.charges.show(charges(bench, currency))


class PrinterPage(Sheet):
    """The receipt printer."""

    def refresh(self) -> None:
        """Show how it fares and the last receipt."""
        bench = self.panel.bench
        self.ids.word.text, self.ids.sentence.text = printer_line(bench)
        self.put(self.ids.acts, printer_keys(bench, self.panel.send))
        paper: Paper = self.ids.paper
        paper.show(bench.receipt)
