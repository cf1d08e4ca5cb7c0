"""Catalog import: files of a retailer or of Open Food Facts become a catalog, with a report on every row left out."""

from headquarters.importer.basis import Basis
from headquarters.importer.intake import ImportResult, run, run_all
from headquarters.importer.outcome import ImportFailed

__all__ = ["Basis", "ImportFailed", "ImportResult", "run", "run_all"]
