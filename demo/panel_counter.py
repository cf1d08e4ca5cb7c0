"""The goods page of the bench panel: what is searched and chosen, and what goes through the scanner. No Kivy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from demo.panel_goods import Good, Kind, Shelf, damaged, label_price, price_label, weight_label
from demo.panel_model import Bench, Command, Key, Notice, Send, Tone, money, weight

LEAST_GRAMS, MOST_GRAMS = 10, 5_000


class Counter:
    """What a person does with the goods. `say` shows a line where nothing is sent to a device."""

    def __init__(self, shelf: Shelf, send: Send, say: Callable[[Notice], None], badge: str = "") -> None:
        self.shelf = shelf
        self._send, self._say, self._badge = send, say, badge
        self._last_code = next((good.scan for good in shelf.goods if good.scan), "")
        self.query = ""
        self.kind = Kind.ALL
        self.chosen: Good | None = None
        self.grams = 350
        self.found = shelf.goods

    def search(self, query: str) -> None:
        """Show the goods that hold these words."""
        self.query = query
        self.found = self.shelf.search(self.query, self.kind)

    def choose(self, kind: Kind) -> None:
        """Show the goods of this kind only."""
        self.kind = kind
        self.found = self.shelf.search(self.query, self.kind)

    def take(self, good: Good) -> None:
        """A person takes this good: it is scanned, or its label is made first, or it has to be picked by sight."""
        self.chosen = good if good.item_number else None
        if good.scan:
            self._last_code = good.scan
            self._scan(good.scan, f"Scanned: {good.name}.")
        elif good.item_number:
            self._say(Notice(f"{good.name}: print its label below."))
        else:
            lay = " Lay it on the scale first." if good.by_weight else ""
            self._say(Notice(f"{good.name} has no bar code: pick it on the lane's screen.{lay}"))

    def step(self, grams: int) -> None:
        """Make the portion for the label heavier or lighter."""
        self.grams = min(max(LEAST_GRAMS, self.grams + grams), MOST_GRAMS)

    @property
    def portion(self) -> str:
        """The chosen good's portion and price, in words; "" where none is chosen."""
        good = self.chosen
        if good is None:
            return ""
        price = money(label_price(good, self.grams), self.shelf.currency)
        return f"{weight(self.grams)}  ·  {price}" if good.by_weight else f"1 piece  ·  {price}"

    def kind_keys(self) -> tuple[Key, ...]:
        """The choices of goods."""
        return tuple(
            Key(f"kind_{kind.name.lower()}", kind.capitalize(), partial(self.choose, kind), on=kind is self.kind)
            for kind in Kind
        )

    def label_keys(self) -> tuple[Key, ...]:
        """What can be done with the chosen good of a counter; none where none is chosen."""
        good = self.chosen
        if good is None:
            return ()
        steps = (("lighter", "− 50 g", -50), ("heavier", "+ 50 g", 50))
        changes = [Key(id_, text, partial(self.step, by), enabled=good.by_weight) for id_, text, by in steps]
        return (
            *changes,
            Key("price_label", "Price label", self._print_price, tone=Tone.PRIMARY),
            Key("weight_label", "Weight label", self._print_weight, tone=Tone.PRIMARY, enabled=good.by_weight),
        )

    def fault_keys(self, bench: Bench) -> tuple[Key, ...]:
        """Bad scans, and the attendant's badge."""
        plugged = bench.of("scanner").flag("plugged")
        bad = Command("scanner", "garbage", said="Sent what a wrong baud rate looks like.")
        keys = [
            Key("unknown", "Unknown\ncode", self._unknown, enabled=plugged),
            Key("damaged", "Damaged\ncode", self._damaged, enabled=plugged),
            Key("half", "Half\na scan", self._half, enabled=plugged),
            Key("garbage", "Garbage", partial(self._send, bad), enabled=plugged),
        ]
        if self._badge:
            keys.append(Key("badge", "Attendant's\nbadge", self._show_badge, enabled=plugged))
        return tuple(keys)

    def _scan(self, text: str, said: str) -> None:
        self._send(Command("scanner", "scan", {"text": text}, said))

    def _print_price(self) -> None:
        if self.chosen is not None:
            label = price_label(self.chosen, label_price(self.chosen, self.grams))
            self._scan(label, f"Scanned the price label of {self.chosen.name}: {self.portion}.")

    def _print_weight(self) -> None:
        if self.chosen is not None:
            label = weight_label(self.chosen, self.grams)
            self._scan(label, f"Scanned the weight label of {self.chosen.name}: {self.portion}.")

    def _unknown(self) -> None:
        self._scan(self.shelf.unknown_code(), "Scanned a right code that the store does not sell.")

    def _damaged(self) -> None:
        self._scan(damaged(self._last_code), "Scanned a code with a wrong check digit.")

    def _half(self) -> None:
        said = "Scanned half a code, and the cable went quiet."
        self._send(Command("scanner", "half", {"text": self._last_code}, said))

    def _show_badge(self) -> None:
        self._scan(self._badge, "Scanned the attendant's badge.")
