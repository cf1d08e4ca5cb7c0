"""The schemas that the package ships are those of the records, and say the same as the engine about examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.pricing.answering import encoded, priced
from kiosk.domain.pricing.schema import NAMES, Name, schema, schema_file

FOLDER = Path(__file__).parents[3] / "kiosk" / "domain" / "pricing"
EXAMPLES = sorted((FOLDER / "examples").glob("*.json"))


def checker(name: Name) -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema(name))
    return jsonschema.Draft202012Validator(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_file_in_the_package_is_that_of_the_records(name: Name) -> None:
    assert (FOLDER / f"{name}.schema.json").read_bytes() == schema_file(name), (
        f"draw it up again: python -m kiosk price --schema {name} > kiosk/domain/pricing/{name}.schema.json"
    )


def test_every_record_is_described() -> None:
    for name in NAMES:
        silent = [key for key, one in schema(name)["$defs"].items() if not one.get("description")]
        assert not silent


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_and_their_results_fit_the_schemas(path: Path) -> None:
    checker("document").validate(json.loads(path.read_bytes()))
    checker("result").validate(json.loads(encoded(priced(path.read_bytes())[1])))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"context": {"store_id": "1", "currency": "euro", "at": "2026-11-20T17:30:00Z"}, "lines": []},
        {"context": {"store_id": "1", "currency": "EUR", "at": "2026-11-20T17:30:00Z"}, "lines": [{"line": 0}]},
        {"context": {"store_id": "1", "currency": "EUR", "at": "2026-11-20T17:30:00Z"}, "lines": [], "item": 1},
    ],
)
def test_the_schema_refuses_what_the_engine_refuses(wrong: dict[str, Any]) -> None:
    assert not checker("document").is_valid(wrong)
