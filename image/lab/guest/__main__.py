"""Runs the contract suite inside the lab's machine and tells each row over the second serial port as it comes."""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from image.lab.guest import cases
from image.lab.guest.kinds import make_benches
from image.lab.guest.operator import Operator
from image.lab.plan import CASES, DEFAULT_CYCLES, KINDS, NOT_FOR, LabError, MissedError

REPORT = Path("/dev/ttyS1")
RULES = Path("/opt/checklane/60-checklane.rules")
USER = "checklane"
_DEVICES_FIRST = -10

Tell = Callable[[dict[str, Any]], None]


def main() -> int:
    """Run everything; what could not be run is missing in the report, which its reader counts as failed."""
    logging.basicConfig(level=logging.INFO, format="lab %(message)s")
    report = os.open(REPORT, os.O_WRONLY | os.O_NOCTTY)

    def tell(message: dict[str, Any]) -> None:
        # One write for a whole line: several processes report.
        os.write(report, json.dumps(message).encode() + b"\n")

    benches = make_benches(_wanted("kinds", KINDS))
    operators = _stations(2 * len(benches))
    tell({"up_s": _uptime_s()})
    options = cases.Options(int(_option("cycles", str(DEFAULT_CYCLES))), int(_option("tries", "1")))
    trials = [
        cases.Trial(bench, operators[2 * number], operators[2 * number + 1], options)
        for number, bench in enumerate(benches)
    ]
    _all_at_once(trials, ("denied",), tell)
    _install_rules()
    _all_at_once(trials, [case for case in CASES if case != "denied"], tell)
    tell({"done": True, "up_s": _uptime_s()})
    return 0


def _all_at_once(trials: Sequence[cases.Trial], names: Sequence[str], tell: Tell) -> None:
    """Every device in a process of its own, so that one that hangs or waits holds up no other."""
    wanted = _wanted("cases", names)
    children = []
    for trial in trials:
        child = os.fork()
        if child == 0:
            # A real device is not slowed down by what the machine it is plugged into does.
            os.nice(_DEVICES_FIRST)
            try:
                _run(trial, wanted, tell)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _run(trial: cases.Trial, names: Sequence[str], tell: Tell) -> None:
    for name in names:
        if (trial.device, name) in NOT_FOR:
            continue
        began = time.monotonic()
        tell({"kind": trial.device, "began": name, "up_s": _uptime_s()})
        problem = _problem(trial, name)
        seconds = round(time.monotonic() - began, 2)
        tell({"kind": trial.device, "case": name, "passed": not problem, "seconds": seconds, "detail": problem})


def _problem(trial: cases.Trial, name: str) -> str:
    """Run one case, again where its driver says that it missed something; what is wrong with it, or nothing."""
    problem = ""
    for _ in range(trial.options.tries):
        try:
            cases.FUNCTIONS[name](trial)
        except (LabError, OSError) as error:
            problem = str(error) or type(error).__name__
            traceback.print_exc()
            _afresh(trial)
            if not isinstance(error, MissedError):
                break
        else:
            return ""
    return problem


def _afresh(trial: cases.Trial) -> None:
    try:
        trial.afresh()
    except (LabError, OSError):
        traceback.print_exc()


def _stations(count: int) -> list[Operator]:
    """Start one process of stations as the service user, and return a conversation with each."""
    pairs = [socket.socketpair() for _ in range(count)]
    theirs = [theirs for _, theirs in pairs]
    numbers = [str(station.fileno()) for station in theirs]
    subprocess.Popen(
        [sys.executable, "-m", "image.lab.guest.station", *numbers],
        pass_fds=[station.fileno() for station in theirs],
        user=USER,
        group=USER,
        extra_groups=[],
    )
    for station in theirs:
        station.close()
    operators = [Operator(ours) for ours, _ in pairs]
    for operator in operators:
        operator.count()
    return operators


def _install_rules() -> None:
    folder = Path("/run/udev/rules.d")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(RULES, folder)
    subprocess.run(["/usr/bin/udevadm", "control", "--reload"], check=True, timeout=30)


def _option(name: str, default: str) -> str:
    """An option of the kernel's command line: "lab.cycles=10"."""
    words = Path("/proc/cmdline").read_text(encoding="ascii").split()
    return next((word.split("=", 1)[1] for word in words if word.startswith(f"lab.{name}=")), default)


def _wanted(name: str, known: Sequence[str]) -> list[str]:
    chosen = _option(name, "")
    return [one for one in known if not chosen or one in chosen.split(",")]


def _uptime_s() -> float:
    return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])


if __name__ == "__main__":
    sys.exit(main())
