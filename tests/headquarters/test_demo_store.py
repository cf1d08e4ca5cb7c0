"""The demo store as a shop would check its own data: codes, look-ups, deposits, ages, pictures."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from headquarters.demo_store import GOODS, PICTURES, drawing, load, recipes
from headquarters.importer import ImportFailed
from kiosk.domain.catalog import Catalog, catalog_problems
from kiosk.domain.gtin import check_digit, holds
from kiosk.domain.item import CodeKind, Item, Unit


@pytest.fixture(scope="module")
def store() -> Catalog:
    return load()


@pytest.fixture(scope="module")
def by_sku(store: Catalog) -> dict[str, Item]:
    return {item.sku: item for item in store.items}


def test_it_is_a_whole_shop(store: Catalog) -> None:
    assert len(store.items) >= 450
    assert len({item.department for item in store.items}) >= 30
    assert {rate.code: rate.rate_ppm for rate in store.tax_rates} == {"Z": 0, "H": 90_000, "R": 135_000, "S": 230_000}
    assert {item.tax_code for item in store.items} == {"Z", "H", "R", "S"}
    assert store.currency == "EUR"
    assert catalog_problems(store) == ()


def test_the_version_is_the_callers() -> None:
    assert load(version=7).version == 7


def test_every_code_is_a_right_number_under_the_demonstration_prefix(store: Catalog) -> None:
    numbers = [code for code in store.codes if code.kind is CodeKind.GTIN]
    assert len(numbers) > 400
    for code in numbers:
        assert len(code.code) == 14
        assert holds(code.code)
        assert check_digit(code.code[:-1]) == int(code.code[-1])
        assert code.code[1:8] == "9520390"
        assert code.code[8:13] == code.sku
        assert (code.code[0] == "1") == (code.quantity > 1)


def test_no_code_plu_sku_or_name_is_there_twice(store: Catalog) -> None:
    keys = (
        [(code.kind, code.code) for code in store.codes],
        [item.plu for item in store.items if item.plu],
        [item.sku for item in store.items],
        [item.name for item in store.items],
    )
    for values in keys:
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_every_good_can_be_reached_at_a_lane(store: Catalog) -> None:
    coded = {code.sku for code in store.codes}
    for item in store.items:
        assert item.sku in coded or item.plu or item.department == "Deposits", item.name


def test_goods_by_sight_have_a_picture_and_a_plu_and_every_picture_is_used(store: Catalog) -> None:
    shown = [item for item in store.items if item.by_sight]
    assert len(shown) >= 60
    assert {item.picture for item in shown} == {path.stem for path in PICTURES.glob("*.png")}
    assert all(item.plu for item in shown)
    assert len({item.picture for item in shown}) == len(shown)


def test_every_picture_has_one_recipe() -> None:
    made = [*recipes.PLAIN, *recipes.COMPOSED, *recipes.BAGS, *drawing.DRAWINGS]
    assert sorted(made) == sorted(path.stem for path in PICTURES.glob("*.png"))


def test_pictures_are_small_square_and_see_through() -> None:
    paths = list(PICTURES.glob("*.png"))
    assert sum(path.stat().st_size for path in paths) < 400_000
    for path in paths:
        with Image.open(path) as image:
            assert image.size == (136, 136), path.name
            assert image.convert("RGBA").getchannel("A").getextrema() == (0, 255), path.name


def test_loose_produce_has_plus_of_the_published_list(by_sku: dict[str, Item]) -> None:
    known = {
        "4011": "Bananas",
        "4225": "avocado",
        "4664": "Vine tomatoes",
        "4608": "Garlic",
        "4065": "Green pepper",
    }
    found = {item.plu: item.name for item in by_sku.values()}
    for plu, name in known.items():
        assert name in found[plu]


def test_counter_goods_have_item_numbers_for_labels(store: Catalog, by_sku: dict[str, Item]) -> None:
    numbers = {code.code: by_sku[code.sku] for code in store.codes if code.kind is CodeKind.RCN}
    assert len(numbers) >= 30
    assert {item.department for item in numbers.values()} >= {"Cheese Counter", "Deli Counter", "Butcher Counter"}
    assert sum(item.unit is Unit.KILOGRAM for item in numbers.values()) >= 30
    assert all(len(number) == 5 and number.startswith("0") for number in numbers)


@pytest.mark.parametrize("department", ["Beer & Cider", "Wine", "Spirits"])
def test_alcohol_is_for_adults(store: Catalog, department: str) -> None:
    for item in store.items:
        if item.department == department:
            assert item.minimum_age == (0 if " 0.0 " in item.name else 18), item.name


def test_energy_drinks_are_from_sixteen(store: Catalog) -> None:
    assert {item.minimum_age for item in store.items if "Voltarra" in item.name} == {16}


def test_cans_carry_their_deposit(store: Catalog, by_sku: dict[str, Item]) -> None:
    for item in store.items:
        if item.name.endswith("ml can"):
            assert by_sku[item.deposit_sku].price_minor == 15, item.name
        if item.deposit_sku:
            assert by_sku[item.deposit_sku].department == "Deposits"


def test_a_multi_pack_carries_the_deposit_of_all_its_pieces_and_is_cheaper_than_them(by_sku: dict[str, Item]) -> None:
    single = next(item for item in by_sku.values() if item.name == "Fizzaro cola 330 ml can")
    pack = next(item for item in by_sku.values() if item.name == "Fizzaro cola 6 x 330 ml")
    assert by_sku[pack.deposit_sku].price_minor == 6 * by_sku[single.deposit_sku].price_minor
    assert pack.price_minor < 6 * single.price_minor


def test_a_bundle_is_cheaper_than_its_parts_and_made_of_what_it_says(by_sku: dict[str, Item]) -> None:
    bundles = [item for item in by_sku.values() if item.components]
    assert len(bundles) >= 3
    for bundle in bundles:
        parts = sum(by_sku[part.sku].price_minor * part.quantity for part in bundle.components)
        assert bundle.price_minor < parts, bundle.name
    lunch = next(item for item in bundles if item.name.startswith("Lunch box"))
    assert [by_sku[part.sku].name.split()[-1] for part in lunch.components] == ["sandwich", "g", "ml"]


def test_variants_share_a_style_and_differ_in_size_or_colour(store: Catalog) -> None:
    styles: dict[str, list[Item]] = {}
    for item in store.items:
        if item.style:
            styles.setdefault(item.style, []).append(item)
    assert len(styles) >= 3
    for variants in styles.values():
        assert len(variants) > 1
        assert len({(item.size, item.colour) for item in variants}) == len(variants)


def test_bigger_bottles_of_the_same_milk_cost_more(store: Catalog) -> None:
    milk = [item.price_minor for item in store.items if item.name.startswith("Ballyfane full fat milk")]
    assert len(milk) == 3
    assert all(smaller < bigger for smaller, bigger in pairwise(milk))


def test_prices_are_those_of_a_shop(store: Catalog) -> None:
    assert all(15 <= item.price_minor <= 6000 for item in store.items)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("9520390103019", "9520390103010", "check digit"),
        ("10301,", "10302,", "was used"),
        ("1.29", "", "no price"),
        ("Ballyfane full fat milk 1 L", " Ballyfane full fat milk 1 L", "trimmed"),
    ],
)
def test_a_wrong_row_refuses_the_store_and_says_where(tmp_path: Path, old: str, new: str, word: str) -> None:
    text = (GOODS / "dairy.csv").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "dairy.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ImportFailed, match=word):
        load(folder=tmp_path)


def test_an_empty_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed):
        load(folder=tmp_path)
