"""The import as a command of headquarters: arguments, a summary a person can act on, and an exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from headquarters.importer.basis import IRISH_VAT, Basis, checked_currency, read_tax_rates
from headquarters.importer.intake import FORMATS, ImportResult, run_all
from headquarters.importer.outcome import ImportFailed
from kiosk.domain.catalog import Catalog

COUNTS: tuple[Literal["accepted", "repaired", "refused"], ...] = ("accepted", "repaired", "refused")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Teach `parser` what an import needs to know."""
    parser.add_argument("sources", type=Path, nargs="+", metavar="FILE", help="what to import, plain or gzip")
    parser.add_argument("--format", required=True, choices=FORMATS, help="what the file holds")
    parser.add_argument("--report", type=Path, help="where to write what became of every row, as JSON")
    parser.add_argument("--currency", default=Basis().currency, help="currency of the prices, ISO 4217 (%(default)s)")
    parser.add_argument("--tax-rates", type=Path, help="CSV of code,percent,name (without it: Irish VAT)")
    parser.add_argument("--catalog-version", type=int, default=1, help="version of the catalog (%(default)s)")


def run_command(args: argparse.Namespace, save: Callable[[Catalog], None]) -> int:
    """Import as `args` say and hand the catalog to `save`.

    Returns 0 when every row was taken, 1 when some were refused (the rest is saved), 2 when nothing was saved.
    """
    try:
        result = run_all(args.sources, args.format, args.report, basis=_basis(args))
    except ImportFailed as failed:
        sys.stderr.write(f"{failed.message}\n{failed.remedy}\n")
        return 2
    sys.stdout.write(summary(result))
    if not result.catalog.items:
        sys.stderr.write("Nothing was imported.\nSee the reasons above; the catalog stays as it was.\n")
        return 2
    save(result.catalog)
    return 1 if result.report["refused"] else 0


def _basis(args: argparse.Namespace) -> Basis:
    rates = read_tax_rates(args.tax_rates) if args.tax_rates else IRISH_VAT
    highest = max(rates, key=lambda rate: rate.rate_ppm).code
    return Basis(args.catalog_version, checked_currency(args.currency), rates, unpriced_tax_code=highest)


def summary(result: ImportResult) -> str:
    """The report in a screen: counts, then each reason with one example and its remedy."""
    report = result.report
    counts = ", ".join(f"{report[what]:,} {what}" for what in COUNTS)
    lines = [f"{report['rows']:,} rows: {counts}"]
    lines += [f"  repaired {times:>7,}  {repair}" for repair, times in report["repairs"].items()]
    first = {example["reason"]: example for example in reversed(report["examples"])}
    for reason, times in report["reasons"].items():
        example = first[reason]
        lines.append(f"  refused  {times:>7,}  {reason}")
        lines.append(f"           row {example['row']} of {example['source']}: {example['message']}.")
        lines.append(f"           {example['remedy']}")
    return "\n".join([*lines, *report["remarks"]]) + "\n"
