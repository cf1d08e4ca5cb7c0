"""A damaged catalog is an empty shelf, not a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.checkout.shelf import Shelf
from kiosk.store.catalog import CatalogReader


def test_a_damaged_file_finds_nothing_and_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "agent.db"
    path.write_bytes(b"this is no database at all" * 400)
    shelf = Shelf(CatalogReader(path))
    for _ in range(3):
        assert shelf.version == 0
        assert shelf.by_code("05390000000014") is None
        assert shelf.by_sku("milk") is None
        assert shelf.by_item_number("00042") is None
        assert shelf.tax_rate("Z") is None
        assert shelf.by_sight() == []
    assert caplog.text.count("catalog.unreadable") == 1
    shelf.close()


def test_a_file_that_comes_back_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    path = tmp_path / "agent.db"
    path.write_bytes(b"this is no database at all" * 400)
    shelf = Shelf(CatalogReader(path))
    assert shelf.version == 0
    path.unlink()
    assert shelf.by_sku("milk") is None
    assert "catalog.readable" in caplog.text
    shelf.close()
