"""A shopper who looks at the screen and does the next sensible thing, also when the lane has died in between."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from drivers.device import DeviceError
from tests.bench import Bench
from tests.brokers import until
from tests.walks.lane import LaneEnded
from tests.walks.telling import Screen

# What a person does at a lane is never more than this; beyond, they would walk out.
MOST_ACTS = 600
MOMENTS = 25


@dataclass(frozen=True, slots=True)
class Want:
    """A good to buy: scanned, or of `grams` laid on the scale."""

    sku: str
    grams: int = 0


MILK = Want("10301")
CHEESE = Want("10302")
BANANAS = Want("10001", grams=457)


@dataclass
class Shopper:
    """Buys what is wanted, one visit after the other. `comebacks` are the points at which the lane died meanwhile.

    `cards` is what happens when the terminal next asks for one, first things first: an action of the simulated
    terminal, or "cancel_at_the_lane"; when none is left, a good card. One who `hesitates` leaves the scale once.
    """

    bench: Bench
    comebacks: list[str] = field(default_factory=list)
    bought: list[tuple[Want, ...]] = field(default_factory=list)
    hesitates: bool = False
    cards: list[str] = field(default_factory=list)
    _paid: bool = False
    _lines: tuple[tuple[str, str, str], ...] = ()
    _due: str = ""

    @property
    def screen(self) -> Screen:
        """What the shopper sees."""
        return self.bench.lane.screen

    def buys(self, *wanted: Want) -> None:
        """A whole visit, from the first scan to thanks; the lane is started again whenever it dies."""
        self._forgets()
        self.finishes(*wanted)
        self.bought.append(wanted)

    def buys_until_asked(self, *wanted: Want) -> None:
        """The first part of a visit: until the payment terminal asks for the card."""
        self._forgets()
        while not self.bench.terminal_waits():
            if self.screen.top.name != "tender_asking":
                self._act(wanted)
            self.bench.lane.looks()

    def finishes(self, *wanted: Want) -> None:
        """Go on with a visit from whatever the screen shows."""
        for _ in range(MOST_ACTS):
            try:
                if self._paid and self.screen.name == "thanks":
                    self._forgets()
                    break
                self._act(wanted)
            except LaneEnded as end:
                self._comes_back(end)
        else:
            pytest.fail(f"the visit does not end: {self.screen}; {self.bench.log('lanes')[-3000:]}")

    def _forgets(self) -> None:
        self._paid, self._lines, self._due = False, (), ""

    def _comes_back(self, end: LaneEnded) -> None:
        if not end.point:
            pytest.fail(f"the lane ended by itself: {self.bench.log('lanes')}")
        self.comebacks.append(end.point)
        shown = self.bench.start_lane().screen
        if shown.name == "basket":
            self.must_be_the_same_basket(shown)

    def must_be_the_same_basket(self, shown: Screen) -> None:
        """What was shown before is there; at most, what was on its way has come in too."""
        kept = shown.lines[: len(self._lines)]
        assert kept == self._lines, f"shown before: {self._lines}, shown now: {shown.lines}; {self.comebacks}"
        assert len(shown.lines) <= len(self._lines) + 1, f"{self._lines} became {shown.lines}"

    def _act(self, wanted: tuple[Want, ...]) -> None:
        shown = self.screen
        self._remember(shown)
        match shown.top.name:
            case "attract" | "thanks":
                self._takes(wanted[0])
            case "basket":
                self._goes_on(shown, wanted)
            case "lookup":
                self._presses(f"tile_{next(want.sku for want in wanted if want.grams)}")
            case "weighing" if self.hesitates:
                self.hesitates = False
                self._presses("back")
            case "tender_asking":
                self._holds_the_card_to_the_terminal()
            case "tender_declined":
                self._presses("retry")
            case "confirm_cancel" | "idle_warning":
                pytest.fail(f"nobody asked for this: {shown}")
            case "receipt" if shown.says("Please take your receipt") or shown.says("may not have printed"):
                self._presses("done")
        self.bench.lane.looks()

    def _remember(self, shown: Screen) -> None:
        if shown.name == "basket":
            self._lines = shown.lines
        total = shown.find("total")
        if total and shown.name.startswith("tender"):
            assert self._due in {"", total.amount}, f"{self._due} to pay became {total.amount}"
            self._due = total.amount
        if shown.name == "receipt" and total:
            self._paid = True
            assert self._due in {"", total.amount}, f"{self._due} to pay, but {total.amount} paid"

    def _goes_on(self, shown: Screen, wanted: tuple[Want, ...]) -> None:
        names = [name for name, _, _ in shown.lines]
        missing = next((want for want in wanted if self.bench.good(want.sku).name not in names), None)
        if missing:
            self._takes(missing)
        else:
            self._presses("pay")

    def _takes(self, want: Want) -> None:
        name = self.bench.good(want.sku).name
        if self.screen.top.name == "attract" and want.grams:
            self._presses("start")
        elif want.grams:
            self.bench.do("scale", "load", grams=0 if self.hesitates else want.grams)
            self._presses("lookup")
        else:
            until(lambda: self.bench.lane.works("scanner"), "the scanner's light")
            self.bench.scan(self.bench.code(want.sku))
            self.bench.lane.until(lambda screen: name in [line[0] for line in screen.lines], f"{name} in the basket")

    def _presses(self, item: str) -> None:
        """Press, and wait a moment for something to happen; where nothing does, a person looks and presses again."""
        before = self.screen
        if self.bench.lane.tries(item):
            return
        for _ in range(MOMENTS):
            if self.screen != before:
                return
            self.bench.lane.looks()

    def _holds_the_card_to_the_terminal(self) -> None:
        if not self.bench.terminal_waits() or self.screen.says("Cancelling"):
            return
        card = self.cards.pop(0) if self.cards else "tap"
        if card == "cancel_at_the_lane":
            self._presses("cancel")
            return
        try:
            self.bench.do("terminal", card)
        except DeviceError:  # it has just been told to stop asking
            return
