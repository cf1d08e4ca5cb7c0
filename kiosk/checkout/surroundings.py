"""What the flow may know besides the lane's own state: catalog, rules, time and numbers at the moment of an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from kiosk.checkout.staffing import Accounts, Staffing
from kiosk.config import Policy
from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.context import Context, Customer
from kiosk.domain.fiscal.interface import FiscalRegister
from kiosk.domain.item import Item, TaxRate
from kiosk.domain.policy.self_checkout import SelfCheckoutRules
from kiosk.domain.pricing.engine import Pricing


class CatalogLookup(Protocol):
    """Read-only look-ups in the catalog in force."""

    @property
    def version(self) -> int:
        """Version of the catalog; 0 before the first has arrived."""
        ...

    def by_code(self, code: str) -> tuple[Item, int] | None:
        """The item a 14-digit GTIN leads to, and how many pieces of it."""
        ...

    def by_sku(self, sku: str) -> Item | None:
        """The item with this sku."""
        ...

    def by_item_number(self, number: str) -> Item | None:
        """The item behind the 5-digit item number of a price label."""
        ...

    def tax_rate(self, code: str) -> TaxRate | None:
        """The tax rate with this code."""
        ...

    def pricing(self) -> Pricing:
        """The promotions, prices, taxes and policies in force, made ready once for each version."""
        ...

    def takes_coupon(self, code: str) -> bool:
        """Whether a promotion in force asks for this code."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`now_ms` is monotonic; `now` RFC 3339 UTC; `business_day` the local date of a lane opened now.

    `next_sequence_number` is the first number no transaction has used. `name` is store and workstation, for ids that
    must be unique in the world. `fiscal` is the cash register under its country's law, None where there is none; a sale
    waits `fiscal_deadline_ms` for its signature. `rules` and `self_checkout` are sections of the policies in force now.
    """

    catalog: CatalogLookup
    policy: Policy
    price_labels: tuple[str, ...]
    staffing: Staffing
    accounts: Accounts
    currency: str
    languages: tuple[str, ...]
    name: str
    now_ms: int
    now: str
    business_day: str
    next_sequence_number: int
    store_id: str = ""
    time_zone: str = "UTC"
    region: str = ""
    fiscal: FiscalRegister | None = None
    fiscal_system: str = ""
    fiscal_deadline_ms: int = 3_000
    rules: AttentionRules = field(default_factory=AttentionRules)
    self_checkout: SelfCheckoutRules = field(default_factory=SelfCheckoutRules)

    @property
    def local_time(self) -> str:
        """`now` in the store's zone, YYYY-MM-DDThh:mm:ss."""
        moment = datetime.fromisoformat(self.now).astimezone(ZoneInfo(self.time_zone))
        return moment.replace(tzinfo=None).isoformat(timespec="seconds")

    def context(self, at: str, fulfilment: str, customer: Customer) -> Context:
        """The circumstances in which goods are sold here, at the moment `at` (RFC 3339)."""
        return Context(
            store_id=self.store_id,
            currency=self.currency,
            at=datetime.fromisoformat(at),
            time_zone=self.time_zone,
            region=self.region,
            fulfilment=fulfilment,
            customer=customer,
        )
