"""`make bench`: measures the lane beside its peers, prints a table, and writes build/bench.json."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from demo.waiting import DemoError
from drivers.device import DeviceError
from kiosk.store.database import StoreError
from kiosk.ui.bench_client import BenchError
from tests.benchmarks import (
    booking,
    catalog,
    codecs,
    drivers,
    drivers_idle,
    footprint,
    look_up,
    plugs,
    pricing,
    scan_to_frame,
    start,
)
from tests.benchmarks.figures import Figure, Report, table
from tests.benchmarks.machine import describe
from tests.benchmarks.workplace import workplace

OUT = Path("build/bench.json")
FOLDER = Path("build/bench")
NAMES = ("scan", "booking", "lookup", "footprint", "start", "pricing", "codecs", "drivers", "idle", "plugs")


def main() -> int:
    """Exit code 0 with all figures written, 1 with a message where one could not be taken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", choices=NAMES, action="append", help="take only this one (may be given again)")
    parser.add_argument("--quick", action="store_true", help="few runs, to see that it works: no figures to quote")
    options = parser.parse_args()
    began, folder = time.monotonic(), FOLDER.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    machine = describe(folder)
    figures = []
    try:
        for name in options.only or NAMES:
            say(f"Measuring {name}...")
            figures += list(_measure(name, folder, quick=options.quick))
    except (DemoError, DeviceError, StoreError, BenchError) as error:
        sys.stderr.write(f"{error.message} {error.remedy}\nLogs: {folder}/run/logs\n")
        return 1
    machine |= {"load_after": os.getloadavg()[0], "took_s": round(time.monotonic() - began)}
    report = Report(machine=machine, runs=_runs(quick=options.quick), figures=figures)
    OUT.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    say(table(figures))
    say(f"Load {machine['load_before']:.1f} before, {machine['load_after']:.1f} after. See {OUT}.")
    return 0


def _runs(*, quick: bool) -> int:
    return 2 if quick else 3


def _measure(name: str, folder: Path, *, quick: bool) -> Iterator[Figure]:
    runs = _runs(quick=quick)
    if name == "booking":
        return booking.measure(folder / "run", runs=runs + 2, samples=60 if quick else 400)
    if name == "footprint":
        return footprint.measure(folder / "run", runs=1 if quick else runs)
    if name == "pricing":
        return pricing.measure(runs=runs, samples=20 if quick else 200)
    if name in _OF_DRIVERS:
        return _OF_DRIVERS[name](folder / "run", runs, quick)
    agent_db = catalog.build(folder, catalog.ITEMS, say)
    if name == "lookup":
        return look_up.measure(agent_db, runs=runs + 2, samples=500 if quick else 4000)
    return _at_a_workplace(name, folder, agent_db, quick=quick)


_OF_DRIVERS: dict[str, Callable[[Path, int, bool], Iterator[Figure]]] = {
    "codecs": lambda _, runs, quick: codecs.measure(runs=runs, samples=20 if quick else 100),
    "drivers": lambda folder, runs, quick: drivers.measure(folder, runs=runs, samples=100 if quick else 1000),
    "idle": lambda _, runs, quick: drivers_idle.measure(runs=1 if quick else runs),
    "plugs": lambda folder, runs, quick: plugs.measure(folder, runs=runs, cycles=100 if quick else 1000),
}


def _at_a_workplace(name: str, folder: Path, agent_db: Path, *, quick: bool) -> Iterator[Figure]:
    runs = _runs(quick=quick)
    with workplace(folder / "run", agent_db) as place:
        if name == "scan":
            yield from scan_to_frame.measure(place, runs=runs, samples=8 if quick else 36)
        else:
            yield from start.measure(place, runs=runs if quick else 7)


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
