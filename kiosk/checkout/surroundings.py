"""What the flow may know besides the lane's own state: catalog, rules, time and numbers at the moment of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kiosk.config import Policy
from kiosk.domain.item import Item, TaxRate


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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`now_ms` is monotonic; `now` RFC 3339 UTC; `business_day` the local date of a lane opened now.

    `next_sequence_number` is the first number no transaction has used. `attendants` maps the SHA-256 of a badge's text
    to the operator. `name` is store and workstation, for ids that must be unique in the world.
    """

    catalog: CatalogLookup
    policy: Policy
    price_labels: tuple[str, ...]
    attendants: Mapping[str, str]
    currency: str
    languages: tuple[str, ...]
    name: str
    now_ms: int
    now: str
    business_day: str
    next_sequence_number: int
