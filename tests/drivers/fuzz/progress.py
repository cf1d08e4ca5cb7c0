"""Keeps what was fuzzed already, so that a million frames can be run in several goes, by one process or two."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.drivers.fuzz.running import BATCH, Failure, batch
from tests.drivers.fuzz.targets import CODECS

# Batches that a process is given at a time: some seconds of work, and no more is lost when it is stopped.
GO = 10


class Done(msgspec.Struct, kw_only=True):
    """What was fuzzed of one codec: numbers of batches, and the processor time they took."""

    seed: int
    batches: list[int] = []
    processor_s: float = 0.0
    failures: list[str] = []


@dataclass(frozen=True)
class Result:
    """What came of some batches."""

    batches: tuple[int, ...]
    processor_s: float
    failures: tuple[Failure, ...]


class Progress:
    """One file a codec in a folder; another seed begins anew."""

    def __init__(self, folder: Path, codec: str, seed: int | None, fresh_seed: Callable[[], int]) -> None:
        self._path = folder / f"{codec}.json"
        known = msgspec.json.decode(self._path.read_bytes(), type=Done) if self._path.is_file() else None
        if known is not None and seed in (None, known.seed):
            self.done = known
        else:
            self.done = Done(seed=fresh_seed() if seed is None else seed)

    def left(self, frames: int) -> list[int]:
        """The batches that are still to be run for so many frames."""
        done = set(self.done.batches)
        return [number for number in range(-(-frames // BATCH)) if number not in done]

    def add(self, result: Result) -> None:
        """Write down what came of some batches, in one step."""
        self.done.batches = sorted({*self.done.batches, *result.batches})
        self.done.processor_s += result.processor_s
        self.done.failures += [str(failure) for failure in result.failures]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".fresh")
        fresh.write_bytes(msgspec.json.encode(self.done))
        fresh.replace(self._path)


def run(codec: str, seed: int, batches: Sequence[int]) -> Result:
    """Run some batches of a codec, in this process."""
    target = CODECS[codec]()
    began = time.process_time()
    failures = tuple(failure for number in batches for failure in batch(codec, target, seed, number))
    return Result(tuple(batches), time.process_time() - began, failures)


def results(codec: str, seed: int, batches: Sequence[int], jobs: int) -> Iterator[Result]:
    """Run batches in `jobs` processes; each result as soon as it is there."""
    goes = [batches[at : at + GO] for at in range(0, len(batches), GO)]
    if jobs == 1:
        yield from (run(codec, seed, go) for go in goes)
        return
    # Each begins afresh: the watchdog needs the main thread of a process that has no other.
    fresh = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=fresh) as pool:
        waiting = [pool.submit(run, codec, seed, go) for go in goes]
        for one in concurrent.futures.as_completed(waiting):
            yield one.result()
