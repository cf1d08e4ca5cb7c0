"""A scripted shopper: real touches on the lane's screen, real bytes from its devices, and a picture of every screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from demo.setting_up import BADGE
from demo.stage import Stage
from demo.waiting import DemoError
from headquarters import demo_store
from kiosk.domain.catalog import Catalog
from kiosk.domain.gtin import Gtin, check_digit, gtin
from kiosk.domain.item import CodeKind, Item, Unit
from kiosk.ui.bench_client import BenchClient

SCREEN_S = 20.0


@dataclass
class Shopper:
    """Drives one lane. `screens` collects the pictures taken, in order."""

    stage: Stage
    screen: BenchClient
    pictures: Path
    catalog: Catalog = field(default_factory=demo_store.load)
    screens: list[str] = field(default_factory=list)
    sales: int = 0
    total_minor: int = 0

    def open_lane(self) -> None:
        """An attendant shows the badge and opens the lane."""
        self.sees("closed")
        self.device("scanner", "scan", text=BADGE)
        self.sees("attendant")
        self.press("action_open")
        self.sees("attract")

    def scans(self, good: Item) -> None:
        """Scan a good with a GTIN."""
        code = next(one for one in self.catalog.codes if one.sku == good.sku and one.kind is CodeKind.GTIN)
        number = gtin(code.code)
        if not isinstance(number, Gtin):
            raise DemoError(f"{code.code} is no GTIN.", "Correct the demo store.")
        self.device("scanner", "scan", text=number.shortest)
        self.sees("basket", text=good.name)

    def scans_label(self, good: Item, price_minor: int) -> None:
        """Scan a price label of a counter."""
        code = next(one for one in self.catalog.codes if one.sku == good.sku and one.kind is CodeKind.RCN)
        digits = f"21{code.code}{price_minor:05d}"
        self.device("scanner", "scan", text=f"{digits}{check_digit(digits)}")
        self.sees("basket", text=good.name)

    def weighs(self, good: Item, grams: int) -> None:
        """Find a good by its picture, see the scale say what it lacks, then lay the good on it."""
        self.press("lookup")
        self.sees("lookup")
        self.press(f"tile_{good.sku}")
        self.sees("weighing")
        self.device("scale", "load", grams=grams)
        self.sees("basket", text=good.name)
        self.device("scale", "load", grams=0)

    def asks_to_pay(self) -> int:
        """Press Pay; returns the amount the terminal asks for, in minor units."""
        self.press("pay")
        self.sees("tender_asking")
        waiting = self.device("terminal", "wait_for_authorisation", timeout_s=10)
        amount = waiting.get("amount_minor", 0)
        if not isinstance(amount, int):
            raise DemoError("The terminal does not say what it asks for.", "See the log of the devices.")
        return amount

    def pays(self) -> None:
        """Pay with a card that is approved, and count the sale."""
        amount = self.asks_to_pay()
        self.device("terminal", "tap")
        self.sees("receipt")
        self.sales += 1
        self.total_minor += amount

    def leaves(self) -> None:
        """Take the receipt and go."""
        self.sees("receipt", text="Please take your receipt")
        self.press("done")
        self.sees("thanks")
        self.sees("attract")

    def sees(self, name: str, text: str = "") -> None:
        """Wait for a screen (and a text on it) and take its picture."""
        self.stage.processes.check()
        self.screen.wait(name, text=text or None, timeout_s=SCREEN_S)
        picture = f"{len(self.screens) + 1:02d}-{name}.png"
        self.screen.screenshot(self.pictures / picture)
        self.screens.append(picture)

    def press(self, item: str) -> None:
        """Touch an item of the topmost screen."""
        self.screen.press(item)

    def device(self, name: str, action: str, **fields: object) -> dict[str, object]:
        """Do something at a simulated device."""
        return self.stage.devices.do(name, action, **fields)

    def good(self, *, by: Unit = Unit.EACH, at: int = 0, deposit: bool = False, counter: bool = False) -> Item:
        """Some good of the store: the `at`-th that can be sold without a person's help."""
        counters = {code.sku for code in self.catalog.codes if code.kind is CodeKind.RCN}
        with_gtin = {code.sku for code in self.catalog.codes if code.kind is CodeKind.GTIN}

        def fits(item: Item) -> bool:
            reachable = item.sku in counters if counter else (item.sku in with_gtin or item.by_sight)
            plain = not item.minimum_age and item.sellable and not item.style
            by_hand = by is Unit.KILOGRAM and (counter or item.by_sight)
            by_scan = by is Unit.EACH and item.sku in with_gtin
            return (
                reachable and plain and item.unit is by and bool(item.deposit_sku) == deposit and (by_hand or by_scan)
            )

        return [item for item in self.catalog.items if fits(item)][at]
