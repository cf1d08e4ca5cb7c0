"""A file to a catalog: reads row by row, judges each, keeps codes and skus unique, and counts all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headquarters.importer.basis import Basis
from headquarters.importer.judge import JUDGES
from headquarters.importer.lines import opened
from headquarters.importer.outcome import BrokenRow, ImportFailed, Place, Reason, Refused, Repair, Taken, short
from headquarters.importer.readers import READERS
from headquarters.importer.tally import Report, Tally, write
from kiosk.domain.catalog import Catalog, dangling
from kiosk.domain.item import Item, ItemCode

FORMATS = tuple(READERS)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The catalog that came of a file, and the report on it."""

    catalog: Catalog
    report: Report


@dataclass(frozen=True, slots=True)
class _Kept:
    place: Place
    item: Item
    codes: tuple[ItemCode, ...]
    repairs: tuple[Repair, ...]


def run(source: Path, fmt: str, report: Path | None = None, *, basis: Basis | None = None) -> ImportResult:
    """Read `source` as `fmt` ("csv", "jsonl", "openfoodfacts"; gzip or not) and write the report, if one is named.

    Reads one line at a time: memory grows with the items kept, not with the file. Raises `ImportFailed` where the
    file as a whole cannot be read; no row, however broken, raises.
    """
    return run_all([source], fmt, report, basis=basis)


def run_all(
    sources: Sequence[Path], fmt: str, report: Path | None = None, *, basis: Basis | None = None
) -> ImportResult:
    """As `run`, of several files that make up one catalog: a row may lead to an item of another file."""
    if fmt not in READERS:
        raise ImportFailed(f"There is no format {short(fmt)}.", f"Name one of: {', '.join(FORMATS)}.")
    basis = basis or Basis()
    intake = _Intake(basis)
    for source in sources:
        with opened(source) as lines:
            for row in READERS[fmt](lines):
                place = Place(source.name, row.number)
                intake.add(place, row.refused if isinstance(row, BrokenRow) else JUDGES[fmt](row, basis))
    intake.refuse_dangling()
    result = ImportResult(intake.catalog(), intake.tally.report(sources, fmt, intake.remarks(fmt)))
    if report is not None:
        write(result.report, report)
    return result


class _Intake:
    """Items taken so far, by everything that must be unique. The first row wins; later ones are refused."""

    def __init__(self, basis: Basis) -> None:
        self._basis = basis
        self._by_sku: dict[str, _Kept] = {}
        self._by_code: dict[tuple[str, str], str] = {}
        self._by_plu: dict[str, str] = {}
        self.tally = Tally()

    def add(self, place: Place, found: Taken | Refused) -> None:
        self.tally.rows += 1
        outcome = (self._double(found) or found) if isinstance(found, Taken) else found
        if isinstance(outcome, Refused):
            self.tally.refuse(place, outcome)
        else:
            self._keep(place, outcome)

    def _keep(self, place: Place, taken: Taken) -> None:
        item = taken.item
        self._by_sku[item.sku] = _Kept(place, item, taken.codes, taken.repairs)
        self._by_code.update({(code.kind, code.code): item.sku for code in taken.codes})
        if item.plu:
            self._by_plu[item.plu] = item.sku
        self.tally.take(taken.repairs)

    def _double(self, taken: Taken) -> Refused | None:
        item = taken.item
        seen: set[tuple[str, str]] = set()
        for code in taken.codes:
            key = (code.kind.value, code.code)
            if key in self._by_code or key in seen:
                return self._same_code(item, code, self._by_code.get(key, item.sku))
            seen.add(key)
        if item.sku in self._by_sku:
            message = f"the sku {short(item.sku)} was used in {self._by_sku[item.sku].place}"
            return Refused(Reason.SKU_DUPLICATE, message, "Give every good a sku of its own.")
        if item.plu in self._by_plu:
            message = f"the PLU {item.plu} was used in {self._by_sku[self._by_plu[item.plu]].place}"
            return Refused(Reason.PLU_DUPLICATE, message, "Give every loose good a PLU of its own.")
        return None

    def _same_code(self, item: Item, code: ItemCode, sku: str) -> Refused:
        first = self._by_sku.get(sku)
        if first is None:
            return Refused(Reason.DUPLICATE_OTHER, f"{code.code} stands twice in this row", "Give each code once.")
        if first.item == item:
            message = f"the same good with the code {code.code} was taken in {first.place}"
            return Refused(Reason.DUPLICATE_SAME, message, "Nothing is lost; take one of the two out of the file.")
        message = f"{code.code} belongs to {short(first.item.name)} since {first.place}, not to {short(item.name)}"
        return Refused(Reason.DUPLICATE_OTHER, message, "Decide which good has this code, and take the other row out.")

    def refuse_dangling(self) -> None:
        """Refuse items whose deposit or component was refused or never there, until none is left."""
        while broken := list(dangling([kept.item for kept in self._by_sku.values()])):
            for sku, other in broken:
                kept = self._by_sku.pop(sku, None)
                if kept is None:  # it leads to two missing items, and the first has taken it out
                    continue
                self.tally.give_back(kept.repairs)
                message = f"{short(sku)} leads to {short(other)} (deposit or component), which is not in the catalog"
                remedy = "Add that item, correct the sku, or see why its own row was refused."
                self.tally.refuse(kept.place, Refused(Reason.REFERENCE_UNKNOWN, message, remedy))

    def catalog(self) -> Catalog:
        kept = self._by_sku.values()
        return Catalog(
            self._basis.version,
            self._basis.currency,
            self._basis.tax_rates,
            tuple(one.item for one in kept),
            tuple(code for one in kept for code in one.codes),
        )

    def remarks(self, fmt: str) -> list[str]:
        unsold = sum(not kept.item.sellable for kept in self._by_sku.values())
        found = [f"Without a price or marked so: {unsold:,} items cannot be sold until priced."] if unsold else []
        if fmt == "openfoodfacts":
            found.append("Data by Open Food Facts contributors, under the ODbL 1.0: name them where you show it.")
        return found
