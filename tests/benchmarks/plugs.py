"""What a plug costs: pulled out, missed, plugged in, ready again, a thousand times; and what is left over of it."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

from drivers.transport.pseudo_port import PseudoPort
from kiosk.ui.bench_client import BenchError
from tests.benchmarks.figures import Figure, Run, figure
from tests.drivers.plug_cycles import KINDS, Plug, held, plugged

PEER = "bare: open the new pty, read until it is hung up"


def measure(folder: Path, *, runs: int, cycles: int) -> Iterator[Figure]:
    """A figure for each kind: milliseconds a cycle, by turns; no figure where a file or a thread is left over."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.WARNING)
    try:
        for kind in KINDS:
            found, left = [], 0.0
            for _ in range(runs):
                run, more = _run(kind, folder, cycles // runs)
                found.append(run)
                left += more
            parts = {"cycles": float(cycles // runs * runs), "files and threads left over": left}
            note = "ours: supervisor, back-off of 1 ms, open, lock, line set up; a scale answers before it is ready"
            yield figure(f"plug cycle, {kind}", "ms", PEER, found, note=note, parts=parts)
    finally:
        logging.disable(logging.NOTSET)


def _run(kind: str, folder: Path, cycles: int) -> tuple[Run, float]:
    ours, peer = [], []
    port = PseudoPort(folder / "bare", lambda _: None)
    with plugged(kind, folder) as plug:
        plug.cycle()
        before = held()
        for _ in range(cycles):
            ours.append(_timed(plug))
            peer.append(_bare(port))
        after = held()
    left = abs(after.files - before.files) + abs(after.threads - before.threads)
    if left:
        raise BenchError("Files or threads are left over of a plug.", f"Before: {before}, after: {after}.")
    return Run(ours, peer), float(left)


def _timed(plug: Plug) -> float:
    began = time.perf_counter_ns()
    plug.cycle()
    return (time.perf_counter_ns() - began) / 1e6


def _bare(port: PseudoPort) -> float:
    began = time.perf_counter_ns()
    port.plug()
    fd = os.open(port.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    port.unplug()
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    poll.poll()
    with contextlib.suppress(OSError):
        os.read(fd, 1)
    os.close(fd)
    return (time.perf_counter_ns() - began) / 1e6
