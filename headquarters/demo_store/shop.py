"""Loads the demo store through the same import that a retailer's own files go through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from headquarters.importer import Basis, ImportFailed, ImportResult, run_all
from headquarters.importer.rules import read_rules
from kiosk.domain.catalog import Catalog, catalog_problems

NAME = "Harbour Market, Galway"
CURRENCY = "EUR"
GOODS = Path(__file__).parent / "goods"
RULES = Path(__file__).parent / "rules.json"
PICTURES = Path(__file__).parent / "pictures"


def load(version: int = 1, folder: Path = GOODS) -> Catalog:
    """The catalog of the demo store, of all CSV files in `folder`.

    Every row must be right as it stands: raises `ImportFailed` with the first row that is not.
    """
    result = run_all(sorted(folder.glob("*.csv")), "csv", basis=Basis(version=version, currency=CURRENCY))
    _all_accepted(result)
    found = catalog_problems(result.catalog)
    if found:
        raise ImportFailed(f"The goods in {folder} do not fit together: {found[0]}.", "Correct that row.")
    return replace(result.catalog, rules=read_rules(RULES))


def _all_accepted(result: ImportResult) -> None:
    report = result.report
    if report["examples"]:
        first = report["examples"][0]
        raise ImportFailed(f"{first['source']}, row {first['row']}: {first['message']}.", first["remedy"])
    if report["repaired"] or not report["rows"]:
        raise ImportFailed(f"The goods need repairs: {report['repairs']}.", "Write them right in the file.")
