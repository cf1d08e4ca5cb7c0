"""Runs frames through a codec, stops what does not end, and cuts what fails down to its shortest form."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType

from tests.drivers.fuzz.mutations import Mutator
from tests.drivers.fuzz.target import BrokenPromiseError, Check, Target

BATCH = 1000
# Processor time, not the clock's: a busy machine is no endless loop. The longest frames take some tenths of it.
LIMIT_S = 20.0
ENDLESS = "it does not end"
# Of making a frame shorter, which is a help and no more.
_SHORTEN_S = 10.0
_MOST_FAILURES = 10


class EndlessError(BaseException):
    """A codec did not come back. No `Exception`, so that no codec can swallow it."""


@dataclass(frozen=True)
class Failure:
    """What went wrong: where, with which frame, and the shortest that fails in the same way."""

    codec: str
    seed: int
    number: int
    frame: bytes
    shortest: bytes
    what: str
    where: str

    def __str__(self) -> str:
        return (
            f"{self.codec}: {self.what}\n"
            f"  at {self.where}\n"
            f"  seed {self.seed}, frame {self.number}: {_shown(self.frame)}\n"
            f"  shortest: {_shown(self.shortest)}\n"
            f"  again: python -m tests.drivers.fuzz --codec {self.codec} --replay {_shown(self.shortest)}"
        )


def batch(codec: str, target: Target, seed: int, number: int, frames: int = BATCH) -> list[Failure]:
    """Run the batch `number` of a codec: the same seed and number give the same frames. Returns each failure once."""
    # By its name, so that adding a codec changes no other's frames.
    mutator = Mutator(target.seeds, Random(f"{seed} {codec} {number}"))
    failures: dict[str, Failure] = {}
    with watched():
        for place in range(frames):
            frame = mutator.frame()
            pieces = mutator.pieces(frame)
            found = attempt(target.check, frame, pieces)
            if found is not None and found[1] not in failures and len(failures) < _MOST_FAILURES:
                # What does not end takes its whole limit at each try.
                endless = found[0] == ENDLESS
                shortest = frame if endless else shorten(target.check, frame, pieces, found[1])
                failures[found[1]] = Failure(codec, seed, number * BATCH + place, frame, shortest, *found)
    return list(failures.values())


def attempt(check: Check, frame: bytes, pieces: Sequence[bytes]) -> tuple[str, str] | None:
    """Check one frame within the limit; what went wrong and where, or None. Only within `watched`."""
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    try:
        check(frame, pieces)
    except EndlessError as error:
        return ENDLESS, _place(error)
    except Exception as error:  # noqa: BLE001 # whatever it is, it is the finding
        return f"{type(error).__name__}: {error}"[:300], _place(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def shorten(check: Check, frame: bytes, pieces: Sequence[bytes], where: str) -> bytes:
    """The shortest frame found that fails at the same place, byte by byte or in two halves."""
    for cut in (_bytes_of, _halves_of, lambda _: pieces):
        if _fails(check, frame, cut(frame), where):
            return frame if cut(frame) is pieces else _shorter(check, frame, cut, where)
    return frame


@contextmanager
def watched() -> Iterator[None]:
    """Have `attempt` stop what does not end; in the main thread of a process only."""
    before = signal.signal(signal.SIGVTALRM, _stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _shorter(check: Check, frame: bytes, cut: Callable[[bytes], Sequence[bytes]], where: str) -> bytes:
    """Leave out ever smaller parts as long as it still fails."""
    size, until = max(1, len(frame) // 2), time.process_time() + _SHORTEN_S
    while time.process_time() < until:
        at, before = 0, len(frame)
        while at < len(frame) and time.process_time() < until:
            without = frame[:at] + frame[at + size :]
            if _fails(check, without, cut(without), where):
                frame = without
            else:
                at += size
        if size == 1 and len(frame) == before:
            break
        size = max(1, size // 2)
    return frame


def _fails(check: Check, frame: bytes, pieces: Sequence[bytes], where: str) -> bool:
    found = attempt(check, frame, pieces)
    return found is not None and found[1] == where


def _bytes_of(frame: bytes) -> list[bytes]:
    return [frame[at : at + 1] for at in range(len(frame))]


def _halves_of(frame: bytes) -> list[bytes]:
    return [frame[: len(frame) // 2], frame[len(frame) // 2 :]]


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise EndlessError


def _place(error: BaseException) -> str:
    """Where it failed: the way through the drivers, or the place of the promise where it came back from them."""
    if isinstance(error, BrokenPromiseError):
        return f"the promise: {error}"
    steps = traceback.extract_tb(error.__traceback__)
    inside = [step for step in steps if "/drivers/" in step.filename and "/tests/" not in step.filename]
    if isinstance(error, EndlessError):
        # Where in the loop it was stopped is chance; the function that was called is not.
        inside = inside[:1]
    step = (inside or list(steps))[-1]
    line = "" if isinstance(error, EndlessError) else f":{step.lineno}"
    return f"{Path(step.filename).name}{line} {step.name}"


def _shown(frame: bytes) -> str:
    return frame.hex() if len(frame) <= 2000 else f"{frame[:2000].hex()}... ({len(frame)} bytes)"
