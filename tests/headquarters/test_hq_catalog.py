"""The catalog in force: whole, with a version that counts, and cut into chunks that devices fetch."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from headquarters.catalog import Publication, added, load_catalog, save_catalog
from headquarters.database import Database
from headquarters.errors import HeadquartersError
from kiosk.domain.catalog import Catalog
from kiosk.domain.item import CodeKind, Component, Item, ItemCode, TaxRate, Unit
from kiosk.messages.catalog import check_head, decode_chunk, rule_rows
from tests.headquarters.paper_lane import AT
from tests.rules import RULES

OATS = Item("OATS", "Oats 500 g", "Cereals", 250, Unit.EACH, "S")
APPLE = Item("APPLE", "Apples", "Fruit", 299, Unit.KILOGRAM, "Z", plu="4011", picture="apple", by_sight=True)
BOX = Item("BOX", "Breakfast box", "Cereals", 500, Unit.EACH, "S", components=(Component("OATS", 2),))
CATALOG = Catalog(
    version=77,
    currency="EUR",
    tax_rates=(TaxRate("S", 230_000, "standard"), TaxRate("Z", 0, "zero")),
    items=(OATS, BOX, APPLE),
    codes=(ItemCode("05390000000014", "OATS"), ItemCode("12345", "APPLE", kind=CodeKind.RCN)),
    rules=RULES,
)


def in_force(database: Database) -> Catalog | None:
    with database.read() as connection:
        return load_catalog(connection)


def test_a_catalog_comes_back_as_it_was_saved(database: Database) -> None:
    assert in_force(database) is None
    assert save_catalog(database, CATALOG, "test", AT) == 1
    assert in_force(database) == replace(CATALOG, version=1)


def test_the_version_counts_changes_and_not_imports(database: Database) -> None:
    dearer = replace(CATALOG, items=(replace(OATS, price_minor=260), BOX, APPLE))
    versions = [save_catalog(database, catalog, "test", AT) for catalog in (CATALOG, CATALOG, dearer, dearer, CATALOG)]
    assert versions == [1, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (replace(CATALOG, items=(replace(OATS, price_minor=0), BOX, APPLE)), "price is zero"),
        (replace(CATALOG, items=(OATS, OATS, BOX, APPLE)), "2 times"),
        (replace(CATALOG, tax_rates=CATALOG.tax_rates[:1]), "tax code"),
        (replace(CATALOG, codes=(ItemCode("05390000000014", "GONE"),)), "not there"),
        (replace(CATALOG, rules=msgspec.structs.replace(RULES, prices=RULES.prices * 2)), "price 'flash' is there 2"),
    ],
)
def test_a_catalog_with_a_problem_is_refused_and_the_last_good_one_stays(
    database: Database, wrong: Catalog, words: str
) -> None:
    save_catalog(database, CATALOG, "test", AT)
    with pytest.raises(HeadquartersError, match=words):
        save_catalog(database, wrong, "test", AT)
    assert in_force(database) == replace(CATALOG, version=1)


def test_goods_are_added_to_those_in_force_and_win(database: Database) -> None:
    save_catalog(database, CATALOG, "test", AT)
    pear = Item("PEAR", "Pears", "Fruit", 349, Unit.KILOGRAM, "Z", plu="4011")
    more = Catalog(
        1, "EUR", CATALOG.tax_rates, (replace(OATS, price_minor=1), pear), (ItemCode("12345", "PEAR", 1, CodeKind.RCN),)
    )
    whole = added(CATALOG, more)
    assert save_catalog(database, whole, "test", AT) == 2
    prices = {item.sku: (item.price_minor, item.plu) for item in whole.items}
    assert prices == {"OATS": (1, ""), "BOX": (500, ""), "APPLE": (299, ""), "PEAR": (349, "4011")}
    assert {code.code: code.sku for code in whole.codes} == {"05390000000014": "OATS", "12345": "PEAR"}
    with pytest.raises(HeadquartersError, match="EUR"):
        added(CATALOG, replace(more, currency="SEK"))


def test_devices_get_a_head_and_the_chunks_it_names(database: Database) -> None:
    publication = Publication(database)
    assert (publication.refresh(), publication.head) == (False, None)
    save_catalog(database, CATALOG, "test", AT)
    assert (publication.refresh(), publication.refresh()) == (True, False)
    head = publication.head
    assert head is not None
    check_head(head)
    assert (head.version, head.items, head.currency) == (1, 3, "EUR")
    rows = [row for name in head.chunks for row in decode_chunk(publication.chunk(name) or b"")]
    assert len(rows) == len(CATALOG.items) + len(CATALOG.tax_rates) + len(list(rule_rows(CATALOG.rules)))


def test_a_device_half_way_through_the_last_catalog_can_finish_it(database: Database) -> None:
    publication = Publication(database)
    names = []
    for price in (1, 2, 3):
        save_catalog(database, replace(CATALOG, items=(replace(OATS, price_minor=price), BOX, APPLE)), "test", AT)
        publication.refresh()
        assert publication.head is not None
        names.append(publication.head.chunks[0])
    assert [publication.chunk(name) is not None for name in names] == [False, True, True]
