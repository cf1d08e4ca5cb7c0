"""Build the lab's machine, run the contract suite in it and print the table: `make lab`."""

from __future__ import annotations

import argparse
import fcntl
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from image.lab import machine, results
from image.lab.plan import CASES, DEFAULT_CYCLES, KINDS, LabError, planned
from image.lab.root import build, missing

REPOSITORY = Path(__file__).resolve().parents[2]
DEADLINE_S = 900
_PASSED, _FAILED, _CANNOT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lab; 0 where every row passed, 1 where one failed, 2 where it cannot run here."""
    options = _parser().parse_args(arguments)
    lacking = missing()
    if lacking:
        _say(f"missing: {', '.join(lacking)}. As root: apt-get install -y {' '.join(lacking.values())}")
        return _CANNOT
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"another lab runs in {folder}: wait for it, or name another folder by --folder")
            return _CANNOT
        return _run(options, folder)


def _run(options: argparse.Namespace, folder: Path) -> int:
    wanted = [(kind, case) for kind, case in planned() if kind in options.kinds and case in options.cases]
    try:
        boot = build(REPOSITORY, folder, _say)
        _say("starting the machine")
        order = machine.Order(boot, folder, _words(options), options.deadline, options.accelerator)
        outcome = machine.run(order, _say)
    except LabError as error:
        _say(str(error))
        return _CANNOT
    found = results.rows(outcome, wanted)
    results.save(found, outcome, folder)
    sys.stdout.write(results.table(found) + "\n")
    _say(f"{outcome.seconds:.0f} s under {outcome.accelerator}; see {folder}/lab.json, lab.xml and console.log")
    return _PASSED if all(row.passed for row in found) else _FAILED


def _words(options: argparse.Namespace) -> dict[str, str]:
    """What the machine is told, on its kernel's command line."""
    words = {"cycles": str(options.cycles_each)}
    if len(options.kinds) < len(KINDS):
        words["kinds"] = ",".join(options.kinds)
    if len(options.cases) < len(CASES):
        words["cases"] = ",".join(options.cases)
    return words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m image.lab", description=__doc__)
    parser.add_argument("--kinds", type=_some_of(KINDS), default=list(KINDS), help="only these, by commas")
    parser.add_argument("--cases", type=_some_of(tuple(CASES)), default=list(CASES), help="only these, by commas")
    parser.add_argument("--cycles", dest="cycles_each", type=int, default=DEFAULT_CYCLES, help="plug cycles each")
    parser.add_argument("--deadline", type=int, default=DEADLINE_S, help="seconds until the machine is stopped")
    parser.add_argument("--accelerator", choices=("auto", *machine.ACCELERATORS), default="auto")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "build/lab", help="where all of it is kept")
    return parser


def _some_of(known: Sequence[str]) -> Callable[[str], list[str]]:
    def chosen(text: str) -> list[str]:
        words = text.split(",")
        unknown = set(words) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are {', '.join(known)}")
        return words

    return chosen


def _say(text: str) -> None:
    sys.stderr.write(f"lab: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
