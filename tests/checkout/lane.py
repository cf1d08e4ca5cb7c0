"""A lane without files or devices: states, a small catalog, a clock that is moved by hand, and effects to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.scanner.interface import Scan
from kiosk.checkout.effects import Append, BookSale, Effect
from kiosk.checkout.events import AttendantActed, Event, LinkChanged, Resumed
from kiosk.checkout.flow import advance
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import CatalogLookup, Surroundings
from kiosk.config import Policy
from kiosk.domain.item import Item, TaxRate, Unit
from kiosk.messages.contents import Content, Sale, TransactionCancelled

BADGE = "badge of Aoife"
MILK = Item("milk", "Fresh milk 1 l", "Dairy", 149, Unit.EACH, "Z")
BREAD = Item("bread", "Soda bread", "Bakery", 325, Unit.EACH, "Z")
WINE = Item("wine", "Red wine", "Wine", 1199, Unit.EACH, "S", minimum_age=18)
COLA = Item("cola", "Cola 0.5 l", "Drinks", 180, Unit.EACH, "S", deposit_sku="deposit15")
DEPOSIT = Item("deposit15", "Deposit", "Deposits", 15, Unit.EACH, "Z")
BANANA = Item("banana", "Bananas", "Fruit", 189, Unit.KILOGRAM, "Z", plu="4011", tare_grams=5, by_sight=True)
CHEDDAR = Item("cheddar", "Cheddar", "Cheese", 1590, Unit.KILOGRAM, "Z")
SHELL = Item("shell", "Display only", "Other", 0, Unit.EACH, "Z", sellable=False)
GOODS = (MILK, BREAD, WINE, COLA, DEPOSIT, BANANA, CHEDDAR, SHELL)

CODES = {
    "05390000000014": ("milk", 1),
    "05390000000021": ("bread", 1),
    "05390000000038": ("wine", 1),
    "05390000000045": ("cola", 1),
    "05390000000052": ("milk", 6),
    "05390000000069": ("shell", 1),
}
MILK_CODE = "5390000000014"
BREAD_CODE = "5390000000021"
WINE_CODE = "5390000000038"
COLA_CODE = "5390000000045"
MILK_CARTON_CODE = "5390000000052"
SHELL_CODE = "5390000000069"
UNKNOWN_CODE = "4006381333931"


@dataclass(frozen=True)
class SmallCatalog:
    """Eight goods in memory."""

    version: int = 7

    def by_code(self, code: str) -> tuple[Item, int] | None:
        hit = CODES.get(code)
        item = self.by_sku(hit[0]) if hit else None
        return (item, hit[1]) if hit and item else None

    def by_sku(self, sku: str) -> Item | None:
        return next((one for one in GOODS if one.sku == sku), None)

    def by_item_number(self, number: str) -> Item | None:
        return CHEDDAR if number == "00042" else None

    def tax_rate(self, code: str) -> TaxRate | None:
        return {"Z": TaxRate("Z", 0, "Zero"), "S": TaxRate("S", 2300, "Standard")}.get(code)


@dataclass
class FlowLane:
    """Feeds events to `advance` and keeps what it asked for."""

    state: LaneState = field(default_factory=LaneState)
    catalog: CatalogLookup = field(default_factory=SmallCatalog)
    now_ms: int = 1_000
    next_number: int = 41
    policy: Policy = field(default_factory=Policy)
    effects: list[Effect] = field(default_factory=list)

    def around(self) -> Surroundings:
        return Surroundings(
            catalog=self.catalog,
            policy=self.policy,
            price_labels=("21IIIIIPPPPPC", "22IIIIIWWWWWC"),
            attendants={sha256(BADGE.encode()).hexdigest(): "aoife"},
            currency="EUR",
            languages=("en", "de"),
            name="0101-07",
            now_ms=self.now_ms,
            now="2026-11-21T10:00:00.000Z",
            business_day="2026-11-21",
            next_sequence_number=self.next_number,
        )

    def feed(self, *events: Event) -> tuple[Effect, ...]:
        """Advance through the events, a second apart; the effects of all of them."""
        seen: list[Effect] = []
        for event in events:
            self.now_ms += 1_000
            self.state, effects = advance(self.state, event, self.around())
            self._count(effects)
            seen += effects
        self.effects += seen
        return tuple(seen)

    def entries(self) -> list[Content]:
        """Everything that went to the ledger, in order."""
        found: list[Content] = []
        for effect in self.effects:
            if isinstance(effect, Append):
                found.append(effect.content)
            if isinstance(effect, BookSale):
                found.append(effect.sale)
        return found

    def sales(self) -> list[Sale]:
        return [one for one in self.entries() if isinstance(one, Sale)]

    def _count(self, effects: Iterable[Effect]) -> None:
        """As the ledger does: a number is used up by a sale or a cancelled transaction."""
        for effect in effects:
            used = effect.sale if isinstance(effect, BookSale) else None
            if isinstance(effect, Append) and isinstance(effect.content, TransactionCancelled):
                self.next_number = max(self.next_number, effect.content.sequence_number + 1)
            if used:
                self.next_number = max(self.next_number, used.sequence_number + 1)


ALL_READY = tuple(
    DeviceChanged(str(category), category, Lifecycle.READY)
    for category in (Category.SCANNER, Category.SCALE, Category.RECEIPT_PRINTER, Category.PAYMENT_TERMINAL)
)


IN_TOUCH = LinkChanged(0, "", online=True, catalog_version=7)


def open_lane(catalog: CatalogLookup | None = None) -> FlowLane:
    """A lane that an attendant has opened, with all its devices ready."""
    lane = FlowLane(catalog=catalog or SmallCatalog())
    lane.feed(Resumed(), *ALL_READY, IN_TOUCH, Scan("scanner", BADGE), AttendantActed("open"))
    lane.effects.clear()
    return lane
