"""The examples of the tax README are taxed as they say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.domain import tax
from kiosk.domain.context import Context
from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.reckoning import Reckoned, reckon
from kiosk.domain.tax.rules import TaxPolicy, TaxRule
from kiosk.domain.tax.selection import select

README = Path(tax.__file__).with_name("README.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)]
DEFAULTS = {"store_id": "S1", "currency": "EUR", "at": "2026-11-22T12:00:00Z"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["taxes"][0]["code"])
def test_an_example_of_the_readme(example: dict[str, Any]) -> None:
    rules = msgspec.convert(example["taxes"], tuple[TaxRule, ...])
    policy = msgspec.convert(example["policy"], TaxPolicy)
    for sale in example["sales"]:
        assert shown(sold(sale, rules, policy)) == sale["result"]


def sold(sale: dict[str, Any], rules: tuple[TaxRule, ...], policy: TaxPolicy) -> Reckoned:
    context = msgspec.convert(DEFAULTS | sale.get("context", {}), Context)
    lines = []
    for number, line in enumerate(sale["lines"], 1):
        paid, exempt = select(rules, line.pop("tax_code", ""), context)
        lines.append(TaxableLine(number, rules=paid, exempt=exempt, **line))
    return reckon(lines, policy)


def shown(document: Reckoned) -> dict[str, list[list[int | str]]]:
    return {
        "lines": [[line.net_minor, line.tax_minor, line.gross_minor] for line in document.lines],
        "table": [[row.code, row.rate_ppm, row.net_minor, row.tax_minor, row.gross_minor] for row in document.table],
    }


def test_the_readme_has_its_examples() -> None:
    assert len(EXAMPLES) == README.count("```json") == 6
