"""Every screen worth looking at, made by the real flow and the real presenter with the goods of the demo store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

from msgspec.structs import replace

from drivers.device import Category, Condition, DeviceChanged, Lifecycle, Severity
from drivers.payment.interface import Approved, CardDetails, DeclineReason, PaymentProgress, Unknown
from drivers.payment.interface import Declined as TerminalDeclined
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.scale.interface import NoWeight, WeighProblem
from drivers.scanner.interface import BadRead, Scan
from headquarters import demo_store
from kiosk.checkout import events
from kiosk.checkout.state import LaneState, Thanks
from kiosk.config import Settings, Store, Workstation
from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.catalog import Catalog, taxes_in_force
from kiosk.domain.gtin import check_digit
from kiosk.domain.item import CodeKind, Item, TaxRate
from kiosk.domain.pricing.engine import Pricing
from kiosk.domain.promotion.offers import asks_for
from kiosk.presenter.model import Screen
from kiosk.presenter.shop import Presenter
from tests.checkout.lane import BADGE, FlowLane, open_lane

LANGUAGES = ("en", "de")
ATTEMPT = "0101-07-000041-1"


@dataclass(frozen=True)
class DemoCatalog:
    """The demo store in memory, as a lane looks things up in it."""

    catalog: Catalog

    @property
    def version(self) -> int:
        return self.catalog.version

    def by_code(self, code: str) -> tuple[Item, int] | None:
        found = next((one for one in self.catalog.codes if one.code == code and one.kind is CodeKind.GTIN), None)
        item = self.by_sku(found.sku) if found else None
        return (item, found.quantity) if found and item else None

    def by_sku(self, sku: str) -> Item | None:
        return next((item for item in self.catalog.items if item.sku == sku), None)

    def by_item_number(self, number: str) -> Item | None:
        found = next((one for one in self.catalog.codes if one.code == number and one.kind is CodeKind.RCN), None)
        return self.by_sku(found.sku) if found else None

    def tax_rate(self, code: str) -> TaxRate | None:
        return next((rate for rate in self.catalog.tax_rates if rate.code == code), None)

    def pricing(self) -> Pricing:
        rules = self.catalog.rules
        taxes = taxes_in_force(rules, self.catalog.tax_rates)
        return Pricing.prepared(rules.promotions, rules.prices, taxes, rules.policies)

    def takes_coupon(self, code: str) -> bool:
        return any(one.coupon and asks_for(one.coupon, code) for one in self.catalog.rules.promotions)

    def by_sight(self, department: str | None = None) -> list[Item]:
        return [item for item in self.catalog.items if item.by_sight and department in {None, item.department}]

    def scan(self, item: Item) -> Scan:
        """The scan of a good by its GTIN."""
        return Scan("scanner", next(code.code for code in self.catalog.codes if code.sku == item.sku))

    def some(self, count: int, *, age: bool = False, deposit: bool = False) -> list[Item]:
        """Goods with a GTIN, a different department each time round."""
        with_code = {code.sku for code in self.catalog.codes if code.kind is CodeKind.GTIN}
        fitting = [
            item
            for item in self.catalog.items
            if item.sku in with_code and bool(item.minimum_age) == age and bool(item.deposit_sku) == deposit
        ]
        return [fitting[(17 * number) % len(fitting)] for number in range(count)]


@lru_cache(maxsize=1)
def shop() -> tuple[DemoCatalog, Presenter]:
    """The store's goods, and a presenter for it."""
    catalog = DemoCatalog(demo_store.load())
    settings = Settings(
        workstation=Workstation(tenant="demo", store_id="0101", workstation_id="07"),
        store=Store(name="Harbour Market", currency="EUR", languages=LANGUAGES),
        data_folder="",
    )
    return catalog, Presenter(settings, catalog)


def _opened() -> tuple[FlowLane, DemoCatalog]:
    catalog, _ = shop()
    return open_lane(catalog), catalog


def _filled(count: int = 5) -> FlowLane:
    """A basket with a deposit, a weighed good, a price label and more."""
    lane, catalog = _opened()
    lane.feed(*(catalog.scan(item) for item in catalog.some(count - 3)), *(2 * [catalog.scan(catalog.some(3)[2])]))
    lane.feed(catalog.scan(catalog.some(1, deposit=True)[0]))
    counter = next(code.code for code in catalog.catalog.codes if code.kind is CodeKind.RCN)
    digits = f"21{counter}00640"
    lane.feed(Scan("scanner", f"{digits}{check_digit(digits)}"))
    return lane


def _reduced() -> FlowLane:
    """A basket with three for a set price, a percentage from six pieces on, and a coupon for all of it."""
    lane, catalog = _opened()
    for sku, times in (("11701", 2), ("11702", 1), ("12001", 6)):
        good = catalog.by_sku(sku)
        assert good is not None
        lane.feed(*(times * [catalog.scan(good)]))
    coupon = next(one.coupon for one in catalog.catalog.rules.promotions if one.coupon)
    lane.feed(Scan("scanner", coupon.codes[0]))
    return lane


def _asking() -> FlowLane:
    lane = _filled()
    lane.feed(events.PayPressed(), PaymentProgress("terminal", ATTEMPT, "insert_card"))
    return lane


def _paid(printing: PrintState, printer: DeviceChanged | None = None) -> LaneState:
    lane = _asking()
    total = lane.state.transaction.total_minor if lane.state.transaction else 0
    lane.feed(Approved("terminal", ATTEMPT, total, CardDetails("52001234", 8, 11)))
    lane.feed(*([printer] if printer else []), PrintJobChanged("printer", "receipt-0101-07-000041", printing))
    return lane.state


def _weighing(problem: WeighProblem | None = None) -> LaneState:
    lane, catalog = _opened()
    banana = next(item for item in catalog.by_sight() if item.plu == "4011")
    lane.feed(events.LookupPressed(), events.ItemChosen(banana.sku))
    if problem:
        lane.feed(NoWeight("scale", "41-1", problem, final=False))
    return lane.state


def _after(lane: FlowLane, *happened: events.Event) -> LaneState:
    lane.feed(*happened)
    return lane.state


def _held_up(wine: Scan) -> FlowLane:
    """A basket with three matters: an age, an amount, and more of one good than one buys."""
    lane = _filled()
    lane.rules = AttentionRules(quantity_max=1, amount_max_minor=2_000)
    lane.feed(wine, events.PayPressed())
    return lane


def _idle() -> LaneState:
    lane = _filled()
    lane.now_ms += lane.policy.idle_warning_s * 1000
    return _after(lane, events.Tick(), events.Tick(), events.Tick())


@lru_cache(maxsize=1)
def states() -> dict[str, LaneState]:
    """The states by the name of what is to be seen, each reached as a lane reaches it."""
    lane, catalog = _opened()
    closed = replace(FlowLane().state, now=lane.state.now)
    gone = Condition("device_lost", Severity.FAULT, "The scanner is gone.", "Check its cable and its power.")
    no_paper = Condition("paper_out", Severity.FAULT, "The printer is out of paper.", "Put in a new roll.")
    out = DeviceChanged("receipt_printer", Category.RECEIPT_PRINTER, Lifecycle.READY, (no_paper,))
    offline = events.LinkChanged(12, "2026-11-21T10:00:00.000Z", online=False, catalog_version=7)
    wine = catalog.scan(catalog.some(1, age=True)[0])
    return {
        "closed": closed,
        "attract": lane.state,
        "attract_no_goods": _after(_opened()[0], events.LinkChanged(0, "", online=False, catalog_version=0)),
        "basket_empty": _after(_opened()[0], events.StartPressed()),
        "basket": _filled().state,
        "basket_bad_read": _after(_filled(), BadRead("scanner", "damaged")),
        "basket_selected": _after(
            _filled(), events.LineSelected(3), Scan("scanner", BADGE), events.AttendantActed("leave")
        ),
        "basket_reduced": _reduced().state,
        "basket_long_offline": _after(_filled(120), offline, events.LineRemoved(2)),
        "lookup": _after(_opened()[0], events.LookupPressed(), events.DepartmentChosen("Fruit")),
        "lookup_all": _after(_opened()[0], events.LookupPressed()),
        "weighing": _weighing(),
        "weighing_in_motion": _weighing(WeighProblem.IN_MOTION),
        "unknown_code": _after(_filled(), Scan("scanner", "4006381333931")),
        "age_check": _after(_filled(), wine, events.PayPressed()),
        "attention": _held_up(wine).state,
        "attendant_attention": _after(_held_up(wine), Scan("scanner", BADGE)),
        "tender_asking": _asking().state,
        "tender_in_doubt": _after(_asking(), Unknown("terminal", ATTEMPT, "no answer")),
        "tender_declined": _after(_asking(), TerminalDeclined("terminal", ATTEMPT, DeclineReason.DECLINED)),
        "receipt": _paid(PrintState.CONFIRMED),
        "receipt_no_paper": _paid(PrintState.FAILED, out),
        "thanks": replace(_paid(PrintState.CONFIRMED), stage=Thanks()),
        "help": _after(_filled(), events.HelpPressed()),
        "out_of_order": _after(_filled(), DeviceChanged("scanner", Category.SCANNER, Lifecycle.LOST, (gone,))),
        "idle_warning": _idle(),
        "attendant": _after(_filled(), wine, events.PayPressed(), Scan("scanner", BADGE)),
        "attendant_in_doubt": _after(_asking(), Unknown("terminal", ATTEMPT, "no answer"), Scan("scanner", BADGE)),
        "confirm_cancel": _after(_filled(), events.CancelPressed()),
    }


def sample(name: str, language: str) -> Screen:
    """One sample in one language."""
    return shop()[1].screen(replace(states()[name], language=language))


NAMES = (
    *("closed", "attract", "attract_no_goods", "basket_empty", "basket", "basket_bad_read"),
    *("basket_selected", "basket_reduced", "basket_long_offline"),
    *("lookup", "lookup_all", "weighing", "weighing_in_motion", "unknown_code", "age_check", "attention"),
    *("tender_asking", "tender_in_doubt", "tender_declined", "receipt", "receipt_no_paper", "thanks"),
    *(
        "help",
        "out_of_order",
        "idle_warning",
        "attendant",
        "attendant_attention",
        "attendant_in_doubt",
        "confirm_cancel",
    ),
)
SAMPLES = {name: partial(sample, name) for name in NAMES}
