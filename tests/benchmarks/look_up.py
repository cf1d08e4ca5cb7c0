"""Finding a good by its GTIN among a million, beside a bare SQLite select of the same row."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from kiosk.store.catalog import _COLUMNS, CatalogReader
from tests.benchmarks.catalog import ITEMS, gtin_of, price_of
from tests.benchmarks.figures import Figure, Run, figure

PEER = "raw prepared sqlite3 select, same row"
WARM_UP = 500


def measure(agent_db: Path, *, runs: int, samples: int) -> Iterator[Figure]:
    """One figure: random GTINs, each looked up on both sides, first by turns."""
    found = [_run(agent_db, number, samples) for number in range(runs)]
    note = "ours also looks whether the agent has replaced the file, and makes a typed item of the row"
    yield figure("look-up by GTIN at 1,000,000", "us", PEER, found, note=note)


def _run(agent_db: Path, seed: int, samples: int) -> Run:
    draw = random.Random(seed)
    query = f"select {_COLUMNS}, quantity from codes join items using (sku) where kind = ? and code = ?"  # noqa: S608 - names are constants
    with (
        closing(CatalogReader(agent_db)) as reader,
        closing(sqlite3.connect(f"file:{agent_db}?mode=ro", uri=True, isolation_level=None)) as raw,
    ):

        def ours(code: str) -> int:
            found = reader.by_code(code)
            return found[0].price_minor if found else 0

        def peer(code: str) -> int:
            row = raw.execute(query, ("gtin", code)).fetchone()
            return int(row[3])

        taken: dict[Callable[[str], int], list[float]] = {ours: [], peer: []}
        for number in range(WARM_UP + samples):
            item = draw.randrange(ITEMS)
            for side in (ours, peer) if number % 2 else (peer, ours):
                took_us = _timed(side, gtin_of(item), price_of(item))
                if number >= WARM_UP:
                    taken[side].append(took_us)
    return Run(taken[ours], taken[peer])


def _timed(look_up: Callable[[str], int], code: str, price_minor: int) -> float:
    began = time.perf_counter_ns()
    found = look_up(code)
    took = time.perf_counter_ns() - began
    if found != price_minor:
        raise AssertionError(f"{code} was looked up as {found}, not {price_minor}")
    return took / 1e3
