"""A plug is pulled out and put in a thousand times at a real pseudo terminal: no file and no thread is left over."""

from __future__ import annotations

import logging

import pytest

from tests.drivers.plug_cycles import KINDS, held, plugged
from tests.drivers.witness import short_folder

CYCLES = 1000


# A thousand cycles take their time on a machine that is busy.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_plugs_leave_nothing_behind(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    # Two lines a cycle are kept by pytest otherwise.
    caplog.set_level(logging.CRITICAL)
    before = held()
    with short_folder() as folder, plugged(kind, folder) as plug:
        plug.cycle()
        first = held()
        for _ in range(CYCLES):
            plug.cycle()
        assert held() == first
        assert plug.supervisor.statistics().opens >= CYCLES
    assert held() == before
