"""All that the bench panel shows, put together from the devices' state and from what the person did last. No Kivy."""

from __future__ import annotations

import enum
from functools import partial

from demo.panel_counter import Counter
from demo.panel_desks import card_keys, card_line, needs_a_hand, plug_keys, printer_line, scale_reading
from demo.panel_goods import Good, Shelf
from demo.panel_model import Bench, Key, Notice, Outcome, Send, Tone
from demo.waiting import DemoError


class Page(enum.StrEnum):
    """The pages of the panel."""

    GOODS = "goods"
    SCALE = "scale"
    CARD = "card"
    PRINTER = "printer"


class Panel:
    """The panel without its window. `send` takes commands for the devices; what came of them is told to `done`."""

    def __init__(self, shelf: Shelf, send: Send, *, badge: str = "", page: Page = Page.GOODS) -> None:
        self.send = send
        self.counter = Counter(shelf, send, self._say, badge)
        self.bench = Bench()
        self.page = page
        self.notice = Notice("Take a good: it goes through the lane's scanner.")
        self._silent_terminal = False

    @property
    def currency(self) -> str:
        """The currency of the store."""
        return self.counter.shelf.currency

    def heard(self, bench: Bench) -> None:
        """The devices told how they are."""
        self.bench = bench

    def done(self, outcome: Outcome) -> None:
        """A command was done or refused: say so."""
        command = outcome.command
        if outcome.trouble:
            self.notice = Notice(outcome.trouble, Tone.CAUTION)
            return
        if (command.device, command.action) == ("terminal", "silent"):
            self._silent_terminal = command.fields.get("on") is True
        if command.said and not command.passing:
            self.notice = Notice(command.said)

    def press(self, key: Key) -> None:
        """A key was pressed; what cannot be done is said in the notice."""
        if key.enabled:
            self._try(key)

    def take(self, good: Good) -> None:
        """A good was taken."""
        self.counter.take(good)

    def turn_to(self, page: Page) -> None:
        """Show another page."""
        self.page = page

    def tab_keys(self) -> tuple[Key, ...]:
        """The pages, each with how its device is."""
        card, wish = card_line(self.bench, self.currency)
        asked = self.bench.of("terminal").flag("waiting")
        wanted = {page for page, wants in ((Page.CARD, asked), (Page.PRINTER, needs_a_hand(self.bench))) if wants}
        details = {
            Page.GOODS: f"{len(self.counter.shelf.goods)} to take",
            Page.SCALE: scale_reading(self.bench)[0],
            Page.CARD: f"asks for {card}" if asked else card.lower() if wish else card,
            Page.PRINTER: printer_line(self.bench)[0].lower(),
        }
        return tuple(
            Key(
                f"tab_{page}",
                page.capitalize(),
                partial(self.turn_to, page),
                detail,
                Tone.CAUTION if page in wanted else Tone.PLAIN,
                on=page is self.page,
            )
            for page, detail in details.items()
        )

    def plug_keys(self) -> tuple[Key, ...]:
        """A plug for each device, and the network."""
        return plug_keys(self.bench, self.send)

    def card_keys(self) -> tuple[Key, ...]:
        """What can be done at the card terminal."""
        return card_keys(self.bench, self.send, silent=self._silent_terminal)

    def _try(self, key: Key) -> None:
        try:
            key.act()
        except DemoError as error:
            self._say(Notice(f"{error.message} {error.remedy}", Tone.CAUTION))

    def _say(self, notice: Notice) -> None:
        self.notice = notice
