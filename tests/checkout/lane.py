"""A lane without files or devices: states, a small catalog, a clock that is moved by hand, and effects to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.scanner.interface import Scan
from kiosk.accounts.fiscal import entry_of
from kiosk.accounts.report import ReportPolicy
from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.accounts.till import TillState, folded
from kiosk.accounts.till_policy import Sharing, TillPolicy, TillRules
from kiosk.checkout.effects import Append, BookSale, Effect, RequestPayment
from kiosk.checkout.events import AttendantActed, Event, LinkChanged, Resumed
from kiosk.checkout.flow import advance
from kiosk.checkout.staffing import Filed, Staffing
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import CatalogLookup, Surroundings
from kiosk.config import Policy
from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.catalog import NO_RULES, Rules, taxes_in_force
from kiosk.domain.fiscal.interface import FiscalRegister
from kiosk.domain.item import Item, TaxRate, Unit
from kiosk.domain.operator.credentials import Credential, Credentials, badge_hash
from kiosk.domain.operator.rights import Role, by_name, default_roles
from kiosk.domain.policy.self_checkout import SelfCheckoutRules
from kiosk.domain.pricing.engine import Pricing
from kiosk.domain.promotion.offers import asks_for
from kiosk.messages.contents import Content, FiscalReceipt, Sale, TransactionCancelled
from kiosk.messages.tills import ReportTaken

BADGE = "badge of Aoife"
BENS_BADGE = "badge of Ben"
TECHNICIANS_BADGE = "badge of Tom"
STAFF = ((BADGE, "aoife", "supervisor"), (BENS_BADGE, "ben", "attendant"), (TECHNICIANS_BADGE, "tom", "technician"))
MILK = Item("milk", "Fresh milk 1 l", "Dairy", 149, Unit.EACH, "Z")
BREAD = Item("bread", "Soda bread", "Bakery", 325, Unit.EACH, "Z")
WINE = Item("wine", "Red wine", "Wine", 1199, Unit.EACH, "S", minimum_age=18)
COLA = Item("cola", "Cola 0.5 l", "Drinks", 180, Unit.EACH, "S", deposit_sku="deposit15")
DEPOSIT = Item("deposit15", "Deposit", "Deposits", 15, Unit.EACH, "Z")
BANANA = Item("banana", "Bananas", "Fruit", 189, Unit.KILOGRAM, "Z", plu="4011", tare_grams=5, by_sight=True)
CHEDDAR = Item("cheddar", "Cheddar", "Cheese", 1590, Unit.KILOGRAM, "Z")
SHELL = Item("shell", "Display only", "Other", 0, Unit.EACH, "Z", sellable=False)
PHONE = Item("phone", "Phone", "Electronics", 19900, Unit.EACH, "S", serial_number=True)
TABLETS = Item("tablets", "Headache tablets", "Pharmacy", 250, Unit.EACH, "S", maximum_quantity=2, tags=("medicine",))
GOODS = (MILK, BREAD, WINE, COLA, DEPOSIT, BANANA, CHEDDAR, SHELL, PHONE, TABLETS)

RATES = (TaxRate("Z", 0, "Zero"), TaxRate("S", 230_000, "Standard"))

CODES = {
    "05390000000014": ("milk", 1),
    "05390000000021": ("bread", 1),
    "05390000000038": ("wine", 1),
    "05390000000045": ("cola", 1),
    "05390000000052": ("milk", 6),
    "05390000000069": ("shell", 1),
    "05390000000076": ("banana", 1),
    "05390000000083": ("phone", 1),
    "05390000000090": ("tablets", 1),
}
MILK_CODE = "5390000000014"
BREAD_CODE = "5390000000021"
WINE_CODE = "5390000000038"
COLA_CODE = "5390000000045"
MILK_CARTON_CODE = "5390000000052"
SHELL_CODE = "5390000000069"
BANANA_CODE = "5390000000076"
PHONE_CODE = "5390000000083"
TABLETS_CODE = "5390000000090"
UNKNOWN_CODE = "4006381333931"


@dataclass(frozen=True)
class SmallCatalog:
    """Ten goods in memory."""

    version: int = 7
    rules: Rules = NO_RULES

    def by_code(self, code: str) -> tuple[Item, int] | None:
        hit = CODES.get(code)
        item = self.by_sku(hit[0]) if hit else None
        return (item, hit[1]) if hit and item else None

    def by_sku(self, sku: str) -> Item | None:
        return next((one for one in GOODS if one.sku == sku), None)

    def by_item_number(self, number: str) -> Item | None:
        return CHEDDAR if number == "00042" else None

    def tax_rate(self, code: str) -> TaxRate | None:
        return next((rate for rate in RATES if rate.code == code), None)

    def pricing(self) -> Pricing:
        return _pricing(self.rules)

    def takes_coupon(self, code: str) -> bool:
        return any(one.coupon and asks_for(one.coupon, code) for one in self.rules.promotions)


@cache
def _pricing(rules: Rules) -> Pricing:
    return Pricing.prepared(rules.promotions, rules.prices, taxes_in_force(rules, RATES), rules.policies)


class InMemory:
    """The accounts of a ledger that is a list; `when` is the time of all its entries."""

    def __init__(self, contents: list[Content], when: str) -> None:
        self._contents, self._when = contents, when

    def books(self) -> Books:
        return entered(Books(), (Placed(one, "e" * 16, at) for at, one in enumerate(self._contents, start=1)))

    def tills(self) -> TillState:
        return folded(self._contents)

    def last_z(self) -> Filed | None:
        taken = [one for one in self._contents if isinstance(one, ReportTaken) and one.report_kind == "z"]
        return Filed(taken[-1], self._when) if taken else None


@dataclass
class FlowLane:
    """Feeds events to `advance` and keeps what it asked for."""

    state: LaneState = field(default_factory=LaneState)
    catalog: CatalogLookup = field(default_factory=SmallCatalog)
    now_ms: int = 1_000
    next_number: int = 41
    policy: Policy = field(default_factory=Policy)
    effects: list[Effect] = field(default_factory=list)
    now: str = "2026-11-21T10:00:00.000Z"
    fiscal: FiscalRegister | None = None
    before: list[Content] = field(default_factory=list)
    drawer: bool = False
    badge_prefix: str = ""
    roles: tuple[Role, ...] = field(default_factory=default_roles)
    reports: ReportPolicy = field(default_factory=ReportPolicy)
    rules: AttentionRules = field(default_factory=AttentionRules)
    self_checkout: SelfCheckoutRules = field(default_factory=SelfCheckoutRules)

    def staffing(self) -> Staffing:
        policy = TillPolicy(sharing=Sharing.SHARED, drawer=self.drawer)
        operators = (
            Credential(operator=name, roles=(role,), badge_sha256=badge_hash(badge)) for badge, name, role in STAFF
        )
        return Staffing(
            Credentials(tuple(operators)),
            TillRules("0101-07", "EUR", policy, by_name(self.roles)),
            reports=self.reports,
            badge_prefix=self.badge_prefix,
        )

    def around(self) -> Surroundings:
        return Surroundings(
            catalog=self.catalog,
            policy=self.policy,
            price_labels=("21IIIIIPPPPPC", "22IIIIIWWWWWC"),
            staffing=self.staffing(),
            accounts=InMemory([*self.before, *self.entries()], self.now),
            currency="EUR",
            languages=("en", "de"),
            name="0101-07",
            now_ms=self.now_ms,
            now=self.now,
            business_day="2026-11-21",
            next_sequence_number=self.next_number,
            store_id="0101",
            time_zone="Europe/Dublin",
            region="IE",
            fiscal=self.fiscal,
            fiscal_system="rksv",
            rules=self.rules,
            self_checkout=self.self_checkout,
        )

    def feed(self, *events: Event) -> tuple[Effect, ...]:
        """Advance through the events, a second apart; the effects of all of them."""
        seen: list[Effect] = []
        for event in events:
            self.now_ms += 1_000
            self.state, effects = advance(self.state, event, self.around())
            self._count(effects)
            self.effects += effects
            seen += effects
        return tuple(seen)

    def entries(self) -> list[Content]:
        """Everything that went to the ledger, in order, since `before`."""
        found: list[Content] = []
        for effect in self.effects:
            if isinstance(effect, Append):
                found.append(effect.content)
            if isinstance(effect, RequestPayment):
                found.append(effect.attempt)
            if isinstance(effect, BookSale):
                found.append(effect.sale)
        return found

    def sales(self) -> list[Sale]:
        return [one for one in self.entries() if isinstance(one, Sale)]

    def _count(self, effects: Iterable[Effect]) -> None:
        """As the ledger does: a number is used up by a sale or a cancelled transaction."""
        for effect in effects:
            used = effect.sale if isinstance(effect, BookSale) else None
            if isinstance(effect, Append) and isinstance(effect.content, FiscalReceipt) and self.fiscal:
                self.fiscal = self.fiscal.after(entry_of(effect.content))
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
    lane.before += lane.entries()
    lane.effects.clear()
    return lane
