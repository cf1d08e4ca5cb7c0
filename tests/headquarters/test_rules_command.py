"""`python -m headquarters rules`: what goods are sold by, put in force from a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from headquarters.__main__ import EXIT_ERROR, main
from headquarters.catalog import load_catalog
from headquarters.database import open_database
from headquarters.importer.rules import read_rules
from kiosk.domain.catalog import Rules
from kiosk.domain.context import Scope
from kiosk.domain.tax.rules import TaxRule
from tests.rules import RULES


def in_force(database: str) -> Rules:
    opened = open_database(database, create=False)
    with opened.read() as connection:
        catalog = load_catalog(connection)
    opened.close()
    assert catalog is not None
    return catalog.rules


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "headquarters.db")
    assert main(["demo-store", "--database", path]) == 0
    return path


def write(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "rules.json"
    path.write_bytes(content)
    return str(path)


def test_rules_of_a_file_come_into_force_and_goods_imported_later_keep_them(database: str, tmp_path: Path) -> None:
    file = write(tmp_path, msgspec.json.encode(RULES))
    assert main(["rules", file, "--database", database]) == 0
    assert in_force(database) == RULES
    goods = tmp_path / "goods.csv"
    goods.write_text("sku,name,department,price,tax_code,tags,lowest_price\n1,Milk,Dairy,1.29,Z,fresh own,1.00\n")
    assert main(["import", str(goods), "--format", "csv", "--database", database]) == 0
    assert in_force(database) == RULES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"promotions": [{"id": "a"}]}', "$.promotions[0]"),
        (b'{"promotions": [{"id": "a", "rewards": [{"type": "percent_off", "percent_ppm": 2.5}]}]}', "percent_ppm"),
        (
            b'{"prices": [{"id": "a", "sku": "1", "price_minor": 1}, {"id": "a", "sku": "2", "price_minor": 1}]}',
            "2 times",
        ),
        (b'{"tax_rules": [{"code": "a", "kind": "of_price", "rate_ppm": 1000000}]}', "all of a price"),
        (b'{"promotion": []}', "promotion"),
        (b"[]", "Expected `object`"),
    ],
)
def test_rules_that_are_not_understood_are_named_and_the_old_ones_stay(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    before = in_force(database)
    assert before.promotions
    assert main(["rules", write(tmp_path, content), "--database", database]) == EXIT_ERROR
    assert said in capsys.readouterr().err
    assert in_force(database) == before


def test_a_tax_may_have_another_rate_from_a_day_on(database: str, tmp_path: Path) -> None:
    later = Scope(valid_from=datetime(2027, 1, 1))  # noqa: DTZ001 - midnight in the store's zone, as rules say it
    rates = (TaxRule(code="S", rate_ppm=230_000), TaxRule(code="S", rate_ppm=210_000, scope=later))
    file = write(tmp_path, msgspec.json.encode(Rules(tax_rules=rates)))
    assert main(["rules", file, "--database", database]) == 0
    assert in_force(database).tax_rules == rates


def test_the_demo_stores_rules_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = str(tmp_path / "empty.db")
    open_database(empty).close()
    path = Path("headquarters/demo_store/rules.json")
    assert len(read_rules(path).promotions) > 4
    assert main(["rules", str(path), "--database", empty]) == EXIT_ERROR
    assert "Import a catalog first" in capsys.readouterr().err
