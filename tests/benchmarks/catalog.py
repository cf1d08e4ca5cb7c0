"""A catalog of a million items, loaded as the agent loads one, and kept between runs."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from kiosk.domain.gtin import check_digit
from kiosk.domain.item import Item, ItemCode, TaxRate, Unit
from kiosk.messages.catalog import CatalogRow, ItemRow, TaxRateRow, catalog_digest
from kiosk.messages.envelope import CatalogHead
from kiosk.store.agent_db import FILE_NAME, AgentDb
from kiosk.store.agent_schema import AGENT_DB
from kiosk.store.catalog_load import CatalogLoad

ITEMS = 1_000_000
BATCH = 20_000

_QUALITIES = ("Organic", "Fine", "Smoked", "Mild", "Wholegrain", "Dark", "Fresh", "Salted", "Crispy", "Red")
_GOODS = ("Coffee", "Oats", "Trout", "Cheddar", "Bread", "Chocolate", "Juice", "Butter", "Crackers", "Apples", "Beans")
_SIZES = ("100 g", "250 g", "400 g", "500 g", "750 ml", "1 kg", "1.5 l", "6 x 33 cl")


def gtin_of(number: int) -> str:
    """The GTIN of the item with this number, 14 digits; spread over many prefixes, as those of a real catalog."""
    # 7919 is prime and no factor of the range: every number gets its own place, and neighbours are far apart.
    digits = f"03{number * 7919 % 10**7:07d}{number // 10**7:01d}539"
    return f"{digits}{check_digit(digits)}"


def price_of(number: int) -> int:
    """Its price in minor units."""
    return 29 + number % 4970


def build(folder: Path, items: int, say: Callable[[str], None]) -> Path:
    """The `agent.db` with so many items: the kept one where it fits this code, else a new one (about a minute)."""
    tables = hashlib.sha256(repr((AGENT_DB.steps, items, gtin_of(items))).encode()).hexdigest()[:12]
    place = folder / f"catalog-{items}-{tables}"
    if not place.exists():
        for old in folder.glob("catalog-*"):
            shutil.rmtree(old)
        say(f"Loading a catalog of {items:,} items into {place} (once)...")
        making = folder / "catalog-making"
        making.mkdir(parents=True)
        with closing(AgentDb(making / FILE_NAME)) as db:
            _load(db, items)
        making.rename(place)  # whole or not at all, should the load be broken off
    return place / FILE_NAME


def _load(db: AgentDb, items: int) -> None:
    chunks = (hashlib.sha256(str(items).encode()).hexdigest(),)
    head = CatalogHead(version=1, currency="EUR", items=items, chunks=chunks, digest=catalog_digest(chunks))
    load = CatalogLoad(db, head)
    load.add((TaxRateRow(rate=TaxRate("S", 230_000, "Standard")),))
    rows = _rows(items)
    while batch := tuple(islice(rows, BATCH)):
        load.add(batch)
    load.finish()


def _rows(items: int) -> Iterator[CatalogRow]:
    for number in range(items):
        quality, good = _QUALITIES[number % 10], _GOODS[number // 10 % 11]
        item = Item(
            sku=f"{number:08d}",
            name=f"{quality} {good} {_SIZES[number % 8]} No {number}",
            department=good,
            price_minor=price_of(number),
            unit=Unit.EACH,
            tax_code="S",
        )
        yield ItemRow(item=item, codes=(ItemCode(gtin_of(number), item.sku),))
