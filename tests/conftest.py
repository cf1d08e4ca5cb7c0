"""Fixtures for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is no failure: nothing here is judged by the clock.
settings.register_profile("checklane", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("checklane")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data for tests, from CHECKLANE_DATA or beside the checkout; skips where absent."""
    folder = Path(os.environ.get("CHECKLANE_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no folder of real data: name one in CHECKLANE_DATA")
    return folder
