"""What makes an item or a catalog unfit, and that a fit one is left alone."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from kiosk.domain.catalog import Catalog, catalog_problems
from kiosk.domain.item import CodeKind, Component, Item, ItemCode, TaxRate, Unit, code_problems, problems

MILK = Item("10301", "Milk 1 L", "Dairy", 129, Unit.EACH, "Z")
BANANAS = Item("10001", "Bananas", "Fruit", 169, Unit.KILOGRAM, "Z", plu="4011", picture="banana", by_sight=True)
ZERO = TaxRate("Z", 0, "VAT 0%")


def catalog(*items: Item, codes: tuple[ItemCode, ...] = (), rates: tuple[TaxRate, ...] = (ZERO,)) -> Catalog:
    return Catalog(1, "EUR", rates, items, codes)


def test_a_fit_catalog_has_no_problems() -> None:
    codes = (ItemCode("00000096385074", "10301"), ItemCode("00410", "10001", kind=CodeKind.RCN))
    assert catalog_problems(catalog(MILK, BANANAS, codes=codes)) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"sku": ""}, "sku"),
        ({"sku": "a b"}, "sku"),
        ({"sku": "a\x00"}, "printable"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"department": ""}, "department"),
        ({"price_minor": 0}, "price"),
        ({"price_minor": -1}, "price"),
        ({"tax_code": "Q"}, "tax code"),
        ({"plu": "40"}, "PLU"),
        ({"plu": "40١١"}, "PLU"),
        ({"minimum_age": -1}, "age"),
        ({"tare_grams": 5}, "tare"),
        ({"by_sight": True}, "picture"),
        ({"picture": "../secret"}, "picture"),
        ({"size": "M"}, "style"),
        ({"deposit_sku": "10301"}, "its own"),
        ({"components": (Component("1", 0),)}, "quantity"),
        ({"unit": Unit.KILOGRAM, "deposit_sku": "D"}, "by weight"),
    ],
)
def test_each_problem_is_said(change: dict[str, object], word: str) -> None:
    found = problems(dataclasses.replace(MILK, **change), {"Z"})  # type: ignore[arg-type] # any field, by name
    assert len(found) == 1
    assert word in found[0]


def test_an_item_without_a_price_may_be_known_but_not_sellable() -> None:
    assert problems(dataclasses.replace(MILK, price_minor=0, sellable=False)) == ()


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (ItemCode("96385074", "10301"), "14 digits"),
        (ItemCode("00000096385075", "10301"), "14 digits"),
        (ItemCode("041", "10301", kind=CodeKind.RCN), "4 to 7 digits"),
        (ItemCode("00000096385074", "10301", 0), "less than one"),
    ],
)
def test_a_bad_code_is_said(code: ItemCode, word: str) -> None:
    assert [word in text for text in code_problems(code)] == [True]


def test_doubles_and_references_that_lead_nowhere_are_said() -> None:
    twin = dataclasses.replace(MILK, deposit_sku="D1", components=(Component("X1", 1),))
    plu_twin = dataclasses.replace(BANANAS, sku="10002")
    code = ItemCode("00000096385074", "10301")
    found = catalog_problems(
        catalog(
            MILK, twin, BANANAS, plu_twin, codes=(code, code, dataclasses.replace(code, sku="gone")), rates=(ZERO, ZERO)
        )
    )
    for text in ("'D1'", "'X1'", "'gone'", "sku '10301' is there 2", "PLU '4011'", "is there 3 times", "tax code 'Z'"):
        assert any(text in line for line in found), text


def test_a_catalog_survives_json() -> None:
    whole = catalog(MILK, BANANAS, codes=(ItemCode("00000096385074", "10301"),))
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Catalog) == whole
