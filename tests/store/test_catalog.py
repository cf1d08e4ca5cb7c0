"""The catalog of a lane: loaded beside the one in force, swapped in one commit, refused whole."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from kiosk.domain.catalog import NO_RULES, Catalog
from kiosk.domain.item import CodeKind, Component, Item, ItemCode, TaxRate, Unit
from kiosk.messages.catalog import CatalogError, ItemRow, TaxRateRow, decode_chunk, encode_chunks
from kiosk.store import catalog_load
from kiosk.store.agent_db import AgentDb
from kiosk.store.catalog import CatalogReader
from kiosk.store.catalog_load import CatalogLoad, catalog_state, refuse
from tests.rules import RULES

MILK = Item("1001", "Fresh Milk 1 L", "Dairy", 139, Unit.EACH, "Z")
CRATE = Item("1002", "Crate of Milk", "Dairy", 1500, Unit.EACH, "Z", components=(Component("1001", 12),))
BANANA = Item("2001", "Bananas", "Fruit", 189, Unit.KILOGRAM, "Z", plu="4011", picture="banana", by_sight=True)
CREME = Item("2002", "Crème brûlée", "Bakery", 350, Unit.EACH, "S", picture="custard", by_sight=True)
HAM = Item("3001", "Ham", "Deli", 2199, Unit.KILOGRAM, "Z", tare_grams=5)
COLA = Item("4001", "Cola", "Drinks", 150, Unit.EACH, "S", deposit_sku="9001", style="cola", size="0.5 L", colour="red")
DEPOSIT = Item("9001", "Deposit", "Deposits", 15, Unit.EACH, "Z")
UNPRICED = Item("5001", "Fresh Something", "Dairy", 0, Unit.EACH, "Z", sellable=False, minimum_age=18)
CODES = (
    ItemCode("05391234567892", "1001"),
    ItemCode("15391234567899", "1001", 12),
    ItemCode("00000040111117", "4001"),
    ItemCode("12345", "3001", kind=CodeKind.RCN),
)
RATES = (TaxRate("S", 230_000, "standard"), TaxRate("Z", 0, "zero"))
CATALOG = Catalog(7, "EUR", RATES, (MILK, CRATE, BANANA, CREME, HAM, COLA, DEPOSIT, UNPRICED), CODES)


def put_in_force(db: AgentDb, catalog: Catalog) -> None:
    head, chunks = encode_chunks(catalog)
    load = CatalogLoad(db, head)
    for name in head.chunks:
        load.add(decode_chunk(chunks[name]))
    load.finish()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"


def test_a_lane_without_a_catalog_is_empty_and_picks_it_up_when_it_comes(path: Path) -> None:
    reader = CatalogReader(path)
    assert reader.version == 0
    assert reader.by_code("05391234567892") is None
    assert (reader.by_sight(), reader.search("m", 5), reader.departments(), reader.tax_rates()) == ([], [], [], [])
    db = AgentDb(path)
    assert reader.version == 0
    put_in_force(db, CATALOG)
    assert reader.version == 7
    assert reader.by_code("05391234567892") == (MILK, 1)
    reader.close()
    db.close()


def test_every_way_to_an_item(path: Path) -> None:
    db = AgentDb(path)
    put_in_force(db, CATALOG)
    reader = CatalogReader(path)
    assert [reader.by_sku(item.sku) for item in CATALOG.items] == list(CATALOG.items)
    assert reader.by_code("15391234567899") == (MILK, 12)
    assert reader.by_code("12345") is None
    assert reader.by_item_number("12345") == HAM
    assert reader.by_item_number("05391234567892") is None
    assert reader.by_plu("4011") == BANANA
    assert reader.by_plu("") is None
    assert reader.by_sight() == [BANANA, CREME]
    assert reader.by_sight("Bakery") == [CREME]
    assert reader.departments() == ["Bakery", "Fruit"]
    assert reader.search("CREME  BRU", 5) == [CREME]
    assert reader.search("fresh", 5) == [MILK]
    assert len(reader.search("c", 2)) == 2
    assert reader.search("%", 5) == []
    assert reader.search(" ", 5) == []
    assert reader.tax_rates() == list(RATES)
    assert reader.state().currency == "EUR"
    reader.close()
    db.close()


def test_rules_come_with_the_goods_and_go_with_them(path: Path) -> None:
    db = AgentDb(path)
    put_in_force(db, replace(CATALOG, rules=RULES))
    reader = CatalogReader(path)
    assert reader.rules() == RULES
    put_in_force(db, replace(CATALOG, version=8))
    assert reader.rules() == NO_RULES
    reader.close()
    db.close()


def test_what_few_items_have_comes_back(path: Path) -> None:
    phone = Item(
        "7001",
        "Phone",
        "Electronics",
        19900,
        Unit.EACH,
        "S",
        tags=("boxed", "insured"),
        discountable=False,
        floor_minor=15_000,
        maximum_quantity=2,
        serial_number=True,
        returnable=False,
    )
    db = AgentDb(path)
    put_in_force(db, replace(CATALOG, items=(*CATALOG.items, phone)))
    reader = CatalogReader(path)
    assert reader.by_sku("7001") == phone
    reader.close()
    db.close()


def test_look_ups_use_an_index(path: Path) -> None:
    db = AgentDb(path)
    put_in_force(db, CATALOG)
    plans: list[str] = []
    for query, values in (
        ("select * from codes join items using (sku) where kind = ? and code = ?", ("gtin", "1")),
        ("select * from items where sku = ?", ("1",)),
        ("select * from items where plu = ? and plu <> ''", ("1",)),
        ("select * from items where sellable = 1 and search >= ? and search < ?", ("1", "2")),
        ("select * from items where by_sight = 1 and sellable = 1 and department = ?", ("1",)),
    ):
        rows = db.connection.execute(f"explain query plan {query}", values).fetchall()
        plans += [row[3] for row in rows]
    assert not [plan for plan in plans if not plan.startswith("SEARCH")]
    db.close()


def test_a_new_catalog_replaces_all_of_the_old_one(path: Path) -> None:
    db = AgentDb(path)
    reader = CatalogReader(path)
    for version in range(1, 5):
        milk = replace(MILK, price_minor=100 + version)
        put_in_force(db, Catalog(version, "EUR", RATES, (milk,), CODES[:1]))
        assert reader.by_code("05391234567892") == (milk, 1)
        assert reader.version == version
        assert reader.by_sku(BANANA.sku) is None
    reader.close()
    db.close()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (replace(CATALOG, items=(*CATALOG.items, replace(MILK, name="Again"))), "Item '1001'"),
        (replace(CATALOG, items=(*CATALOG.items, replace(BANANA, sku="2009"))), "PLU '4011' is there twice"),
        (replace(CATALOG, items=(*CATALOG.items, replace(MILK, sku="1009", price_minor=0))), "price is zero"),
        (replace(CATALOG, items=(*CATALOG.items, replace(MILK, sku="1009", price_minor=-1))), "price is below zero"),
        (replace(CATALOG, items=(*CATALOG.items, replace(MILK, sku="1009", tax_code="X"))), "unknown tax code 'X'"),
        (replace(CATALOG, items=(*CATALOG.items, replace(MILK, sku="1009", deposit_sku="0"))), "deposit '0'"),
        (
            replace(CATALOG, items=(*CATALOG.items, replace(MILK, sku="1009", components=(Component("0", 1),)))),
            "component '0'",
        ),
        (replace(CATALOG, codes=(*CODES, replace(CODES[0], sku="2001"))), "05391234567892"),
        (replace(CATALOG, codes=(*CODES, ItemCode("05391234567890", "1001"))), "no GTIN"),
        (replace(CATALOG, tax_rates=(*RATES, RATES[0])), "Tax rate 'S' is there twice"),
    ],
)
def test_a_bad_catalog_is_refused_whole(path: Path, bad: Catalog, said: str) -> None:
    db = AgentDb(path)
    put_in_force(db, CATALOG)
    with pytest.raises(CatalogError) as caught:
        put_in_force(db, replace(bad, version=8))
    assert said in caught.value.message
    assert caught.value.remedy
    reader = CatalogReader(path)
    assert reader.version == 7
    assert [reader.by_sku(item.sku) for item in CATALOG.items] == list(CATALOG.items)
    put_in_force(db, replace(CATALOG, version=9))
    assert reader.version == 9
    reader.close()
    db.close()


def test_a_code_that_leads_to_no_item_is_refused(path: Path) -> None:
    db = AgentDb(path)
    head, _ = encode_chunks(replace(CATALOG, items=(MILK,), codes=()))
    load = CatalogLoad(db, head)
    load.add([TaxRateRow(rate=RATES[1]), ItemRow(item=MILK, codes=(ItemCode("05391234567892", "gone"),))])
    with pytest.raises(CatalogError, match="leads to item 'gone'"):
        load.finish()
    db.close()


def test_a_price_beyond_what_can_be_kept_is_refused(path: Path) -> None:
    db = AgentDb(path)
    with pytest.raises(CatalogError, match="cannot be kept"):
        put_in_force(db, replace(CATALOG, items=(*CATALOG.items, replace(MILK, sku="1009", price_minor=2**70))))
    db.close()


def test_fewer_items_than_announced_are_refused(path: Path) -> None:
    db = AgentDb(path)
    head, chunks = encode_chunks(CATALOG)
    load = CatalogLoad(db, msgspec.structs.replace(head, items=head.items + 1))
    for chunk in chunks.values():
        load.add(decode_chunk(chunk))
    with pytest.raises(CatalogError, match="8 items, but announces 9"):
        load.finish()
    db.close()


def test_a_lane_looks_up_whole_catalogs_while_another_is_loaded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_load, "ROWS_PER_COMMIT", 10)
    db = AgentDb(path)
    items = tuple(Item(f"{n:05d}", f"Good {n}", "D", 100, Unit.EACH, "Z") for n in range(95))
    put_in_force(db, Catalog(1, "EUR", RATES, items, ()))
    reader = CatalogReader(path)
    head, chunks = encode_chunks(
        Catalog(2, "EUR", RATES, tuple(replace(item, price_minor=200) for item in items), ()), chunk_bytes=4_000
    )
    load = CatalogLoad(db, head)
    assert len(head.chunks) > 3
    for name in head.chunks:
        load.add(decode_chunk(chunks[name]))
        assert {found.price_minor for item in items if (found := reader.by_sku(item.sku))} == {100}
        assert reader.version == 1
    load.finish()
    assert {found.price_minor for item in items if (found := reader.by_sku(item.sku))} == {200}
    reader.close()
    db.close()


def test_a_load_cut_off_half_way_leaves_no_trace(path: Path) -> None:
    db = AgentDb(path)
    put_in_force(db, CATALOG)
    half = CatalogLoad(db, encode_chunks(replace(CATALOG, version=8))[0])
    half.add([ItemRow(item=MILK)])
    db.close()
    again = AgentDb(path)
    assert catalog_state(again.connection).version == 7
    put_in_force(again, replace(CATALOG, version=9))
    assert catalog_state(again.connection).version == 9
    again.close()


def test_a_refusal_is_kept_for_the_report_until_a_good_one_comes(path: Path) -> None:
    db = AgentDb(path)
    put_in_force(db, CATALOG)
    refuse(db, encode_chunks(replace(CATALOG, version=8))[0], "price is zero")
    reader = CatalogReader(path)
    assert (reader.state().version, reader.state().refused_version) == (7, 8)
    assert reader.state().refused_reason == "price is zero"
    put_in_force(db, replace(CATALOG, version=9))
    assert reader.state().refused_reason == ""
    reader.close()
    db.close()


def test_the_store_itself_refuses_a_good_without_a_price(path: Path) -> None:
    db = AgentDb(path)
    put_in_force(db, CATALOG)
    with pytest.raises(sqlite3.IntegrityError):
        db.connection.execute("update items_b set price_minor = 0 where sku = '1001'")
    db.close()
