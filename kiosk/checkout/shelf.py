"""The catalog as the lane uses it: a file of the agent's that cannot be read is an empty shelf, never a crash.

The agent makes a damaged `agent.db` anew; until then the lane says that it has no goods, and a basket stays what it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from kiosk.domain.catalog import NO_RULES, taxes_in_force
from kiosk.domain.item import Item, TaxRate
from kiosk.domain.pricing.engine import Pricing
from kiosk.domain.promotion.offers import CouponRule, asks_for
from kiosk.store.catalog import CatalogReader
from kiosk.store.database import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Shelf:
    """`CatalogReader`, with nothing found where it would raise `StoreError`; logged once when gone, once when back."""

    def __init__(self, reader: CatalogReader) -> None:
        self._reader = reader
        self._gone = False
        self._pricing: Pricing | None = None
        self._coupons: list[CouponRule] = []
        self._ready = 0

    @property
    def version(self) -> int:
        """Version of the catalog in force; 0 for none, or none that can be read."""
        return self._calmly(lambda: self._reader.version, 0)

    def by_code(self, code: str) -> tuple[Item, int] | None:
        """The item a 14-digit GTIN leads to, and how many pieces of it."""
        return self._calmly(lambda: self._reader.by_code(code), None)

    def by_sku(self, sku: str) -> Item | None:
        """The item with this sku."""
        return self._calmly(lambda: self._reader.by_sku(sku), None)

    def by_item_number(self, number: str) -> Item | None:
        """The item behind the 5-digit item number of a price label."""
        return self._calmly(lambda: self._reader.by_item_number(number), None)

    def tax_rate(self, code: str) -> TaxRate | None:
        """The tax rate with this code."""
        return self._calmly(lambda: self._reader.tax_rate(code), None)

    def pricing(self) -> Pricing:
        """The rules in force, made ready once for each version of the catalog."""
        version = self.version
        if self._pricing is None or version != self._ready:
            rules = self._calmly(self._reader.rules, NO_RULES)
            taxes = taxes_in_force(rules, self._calmly(self._reader.tax_rates, []))
            self._pricing = Pricing.prepared(rules.promotions, rules.prices, taxes, rules.policies)
            self._coupons = [one.coupon for one in rules.promotions if one.coupon]
            self._ready = version
        return self._pricing

    def takes_coupon(self, code: str) -> bool:
        """Whether a promotion in force asks for this code."""
        self.pricing()
        return any(asks_for(rule, code) for rule in self._coupons)

    def by_sight(self, department: str | None = None) -> list[Item]:
        """Goods that are picked by sight."""
        empty: list[Item] = []
        return self._calmly(lambda: self._reader.by_sight(department), empty)

    def close(self) -> None:
        """Give the file back."""
        self._reader.close()

    def _calmly(self, look_up: Callable[[], T], otherwise: T) -> T:
        try:
            found = look_up()
        except StoreError as error:
            if not self._gone:
                log.error("catalog.unreadable reason=%r remedy=%r", error.message, error.remedy)  # noqa: TRY400 - the remedy says more than a traceback
            self._gone = True
            self._reader.close()
            return otherwise
        if self._gone:
            log.info("catalog.readable")
        self._gone = False
        return found
