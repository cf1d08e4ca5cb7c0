"""The bench for walks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench import Bench, set_up
from tests.walks.shopper import Shopper


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A shop with simulated devices and no lane running yet."""
    with set_up() as made:
        yield made


@pytest.fixture
def shopper(bench: Bench) -> Shopper:
    """A shopper before a lane that is open."""
    bench.open_lane()
    return Shopper(bench)
