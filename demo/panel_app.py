"""The bench panel's window: shows the panel's pages and is woken by the thread that talks to the devices."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.factory import Factory
from kivy.lang import Builder, global_idmap
from kivy.properties import BooleanProperty
from kivy.uix.boxlayout import BoxLayout

from demo import panel_pages, panel_widgets
from demo.panel_model import Bench, Key, Outcome, Tone
from demo.panel_presenter import Page, Panel
from kiosk.ui.clock import SelectClock, watch_window
from kiosk.ui.theme import Palette

KV = Path(__file__).with_name("panel.kv")
# A page settles in one frame however deep its boxes are nested; Kivy's default is 10.
LAYOUT_PASSES = 40
WHEEL = {"scrollup": True, "scrolldown": False}
PAGES: dict[Page, type[panel_pages.Sheet]] = {
    Page.GOODS: panel_pages.GoodsPage,
    Page.SCALE: panel_pages.ScalePage,
    Page.CARD: panel_pages.CardPage,
    Page.PRINTER: panel_pages.PrinterPage,
}


class PanelRoot(BoxLayout):  # type: ignore[misc]  # Kivy ships no types
    """Everything in the window: plugs, tabs, the page and the notice."""

    troubled = BooleanProperty(False)

    def __init__(self, panel: Panel, palette: Palette) -> None:
        self._panel, self._palette = panel, palette
        self._pages: dict[Page, panel_pages.Sheet] = {}
        super().__init__()

    def refresh(self) -> None:
        """Show how things are now."""
        panel = self._panel
        self.ids.plugs.show(panel.plug_keys(), self._palette, self._press)
        self.ids.tabs.show(panel.tab_keys(), self._palette, self._press)
        page = self._page(panel.page)
        if page.parent is None:
            self.ids.page.clear_widgets()
            self.ids.page.add_widget(page)
        page.refresh()
        self.troubled = panel.notice.tone is Tone.CAUTION
        self.ids.notice.text = panel.notice.text

    def _page(self, page: Page) -> panel_pages.Sheet:
        if page not in self._pages:
            self._pages[page] = PAGES[page](self._panel, self._palette, self.refresh)
        return self._pages[page]

    def _press(self, key: Key) -> None:
        self._panel.press(key)
        self.refresh()

    def on_touch_down(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy ships no types
        """Let a wheel roll the list under it, and only a left button press anything."""
        if "button" not in touch.profile or touch.button == "left":
            return bool(super().on_touch_down(touch))
        for widget in self.walk(restrict=True):
            inside = isinstance(widget, panel_widgets.WheelScroller) and widget.collide_point(
                *widget.to_widget(*touch.pos)
            )
            if inside and touch.button in WHEEL:
                widget.wheel(down=WHEEL[touch.button])
        return True

    def find(self, key_id: str) -> Any:  # noqa: ANN401 - Kivy ships no types
        """The button that shows a key of this id; None where none does."""
        for widget in self.walk(restrict=True):
            if isinstance(widget, panel_widgets.KeyButton) and widget.key is not None and widget.key.id == key_id:
                return widget
        return None


class PanelApp(App):  # type: ignore[misc]  # Kivy ships no types
    """Shows `panel`. `heard` and `done` are called from any thread. `on_shown` is called after each change is shown."""

    title = "Checklane bench"

    def __init__(
        self, panel: Panel, clock: SelectClock | None = None, on_shown: Callable[[PanelApp], None] | None = None
    ) -> None:
        super().__init__()
        self.panel = panel
        self._select_clock = clock
        self._on_shown = on_shown
        self._palette = Palette()
        self._inbox: deque[Bench | Outcome] = deque()
        self._trigger = Clock.create_trigger(lambda _dt: self._drain(), -1)

    def heard(self, bench: Bench) -> None:
        """The devices told how they are; from any thread."""
        self._inbox.append(bench)
        self._trigger()

    def done(self, outcome: Outcome) -> None:
        """A command was done or refused; from any thread."""
        self._inbox.append(outcome)
        self._trigger()

    def build(self) -> PanelRoot:
        """Called by Kivy when the window is open."""
        Clock.max_iteration = LAYOUT_PASSES
        load_rules(self._palette)
        EventLoop.ensure_window()
        window = EventLoop.window
        window.clearcolor = self._palette.paper
        if self._select_clock is not None:
            watch_window(self._select_clock, window)
        root = PanelRoot(self.panel, self._palette)
        root.refresh()
        return root

    def open_settings(self, *_: object) -> bool:
        """Kivy's settings panel is of no use here: F1 does nothing."""
        return False

    def _drain(self) -> None:
        if self.root is None:
            return
        while self._inbox:
            told = self._inbox.popleft()
            if isinstance(told, Bench):
                self.panel.heard(told)
            else:
                self.panel.done(told)
        self.root.refresh()
        if self._on_shown is not None:
            self._on_shown(self)


def load_rules(palette: Palette) -> None:
    """Load the kv rules with these colours."""
    global_idmap["paint"] = palette
    for module in (panel_widgets, panel_pages):
        for name, found in vars(module).items():
            if isinstance(found, type) and found.__module__ == module.__name__:
                Factory.register(name, cls=found)
    if str(KV) not in Builder.files:
        Builder.load_file(str(KV))
