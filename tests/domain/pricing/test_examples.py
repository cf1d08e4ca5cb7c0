"""The examples that an integrator learns from cost what their README says, and the README's code runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.domain.pricing.answering import priced
from kiosk.domain.pricing.engine import price
from kiosk.domain.pricing.explaining import explained
from tests.benchmarks.pricing import shop_document

FOLDER = Path(__file__).parents[3] / "kiosk" / "domain" / "pricing"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+\.json)` \|.*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
CODE = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("name", "amounts"), [(name, [int(text) for text in amounts]) for name, *amounts in ROWS])
def test_an_example_costs_what_its_readme_says(name: str, amounts: list[int]) -> None:
    document, result = priced((FOLDER / "examples" / name).read_bytes())
    totals = result.totals
    assert document.id == Path(name).stem
    assert [
        totals.before_discounts_minor,
        totals.discount_minor,
        totals.tax_minor,
        totals.total_minor,
    ] == amounts


def test_every_example_is_in_the_readme() -> None:
    assert sorted(name for name, *_ in ROWS) == sorted(path.name for path in (FOLDER / "examples").iterdir())


def test_the_code_of_the_readme_runs() -> None:
    assert CODE
    for code in CODE:
        exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README


def test_the_flash_price_ends_at_its_second() -> None:
    text = (FOLDER / "examples" / "flash_sale.json").read_text(encoding="utf-8")
    before, after = (
        priced(text.replace("17:30:00+01:00", moment).encode())[1].lines[0]
        for moment in ("17:59:59+01:00", "18:00:00+01:00")
    )
    assert (before.unit_price_minor, before.price_id) == (499, "coffee-flash")
    assert (after.unit_price_minor, after.price_id) == (799, "")


def test_a_person_is_told_why() -> None:
    document, result = priced((FOLDER / "examples" / "exclusive.json").read_bytes())
    text = explained(document, result)
    assert re.search(r"Clearance 30 %.* -479\n", text)
    assert re.search(r"total EUR +1119\n", text)
    assert "- 5 %: An exclusive promotion applies alone. By alone.\n" in text


def test_names_cannot_command_a_terminal() -> None:
    text = (FOLDER / "examples" / "exclusive.json").read_text(encoding="utf-8")
    document, result = priced(text.replace("Clearance", "\\u001b[2J").encode())
    assert "\x1b" not in explained(document, result)
    assert "?[2J 30 %" in explained(document, result)


def test_the_shop_of_the_benchmark_costs_what_django_oscar_says() -> None:
    """1767.10 with 50 of 1,000 offers applied: what django-oscar 4.2.1 answered, which the benchmark asks again."""
    result = price(shop_document())
    assert sum(one.applied for one in result.promotions) == 50
    assert result.totals.total_minor == 176_710
    assert len(result.promotions) == 1_000
