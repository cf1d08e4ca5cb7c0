"""`python -m tests.drivers.fuzz`: a million mutated frames through each codec; goes on where it was stopped."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.drivers.fuzz.progress import Done, Progress, results
from tests.drivers.fuzz.running import BATCH, attempt, watched
from tests.drivers.fuzz.targets import CODECS

FOLDER = Path("build/fuzz")


def main() -> int:
    """Exit code 0 where no codec failed, 1 where one did."""
    options = _options()
    names: list[str] = options.codec or list(CODECS)
    if options.replay is not None:
        return _replay(names, bytes.fromhex(options.replay))
    rows: list[tuple[str, Done]] = []
    for codec in names:
        progress = Progress(options.folder, codec, options.seed, lambda: int.from_bytes(os.urandom(4)))
        left = progress.left(options.frames)
        say(f"{codec}: seed {progress.done.seed}, {len(left) * BATCH} of {options.frames} frames to go")
        try:
            for result in results(codec, progress.done.seed, left, options.jobs):
                progress.add(result)
                for failure in result.failures:
                    say(str(failure))
        except KeyboardInterrupt:
            say("Stopped. The same command goes on from here.")
            return 1
        rows.append((codec, progress.done))
    say(table(rows))
    return int(any(done.failures for _, done in rows))


def table(rows: list[tuple[str, Done]]) -> str:
    """A line for each codec: frames, frames a second of one processor, places that failed."""
    wide = max(len(codec) for codec, _ in rows)
    lines = [f"{'codec'.ljust(wide)}     frames  frames/s  failures  seed"]
    for codec, done in rows:
        frames = len(done.batches) * BATCH
        rate = frames / done.processor_s if done.processor_s else 0.0
        lines.append(f"{codec.ljust(wide)}  {frames:9d}  {rate:8.0f}  {len(done.failures):8d}  {done.seed}")
    return "\n".join(lines)


def _replay(names: list[str], frame: bytes) -> int:
    """Run one frame, byte by byte and in halves, and say what comes of it."""
    failed = False
    for codec in names:
        check = CODECS[codec]().check
        for way in (
            [frame[at : at + 1] for at in range(len(frame))],
            [frame[: len(frame) // 2], frame[len(frame) // 2 :]],
        ):
            with watched():
                found = attempt(check, frame, way)
            failed = failed or found is not None
            say(f"{codec}, in {len(way)} pieces: {' at '.join(found) if found else 'well'}")
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.drivers.fuzz", description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000, help="frames for each codec (1000000)")
    parser.add_argument("--codec", choices=sorted(CODECS), action="append", metavar="NAME", help="only this one")
    parser.add_argument("--seed", type=int, help="another seed begins anew; without one, the last one goes on")
    parser.add_argument("--jobs", type=int, default=1, choices=range(1, 17), metavar="N", help="processes (1)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where progress is kept ({FOLDER})")
    parser.add_argument("--replay", metavar="HEX", help="run this one frame and say what comes of it")
    return parser.parse_args()


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
