"""Headquarters on a real SQLite file, and a lane it knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headquarters.booking import Booking
from headquarters.database import Database, open_database
from tests.headquarters.paper_lane import PaperLane, now, registered


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database of headquarters."""
    opened = open_database(str(tmp_path / "headquarters.db"))
    yield opened
    opened.close()


@pytest.fixture
def booking(database: Database) -> Booking:
    """Booking into that database."""
    return Booking(database, now)


@pytest.fixture
def lane(database: Database) -> PaperLane:
    """A registered lane with an opened epoch and nothing sold yet."""
    made = registered(database, PaperLane())
    made.open_epoch(made.epoch)
    return made
