"""The lab's virtual machine: QEMU with two serial ports, the console and the report, and a hard deadline."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image.lab.plan import LabError
from image.lab.root import Boot

MEMORY_MB = 1024
# /dev/kvm may open and the guest then hang in its firmware: a kernel that has not said a word by now never will.
FIRST_WORD_S = {"kvm": 10.0, "tcg": 90.0}
_POLL_S = 0.2
_CRASHED = re.compile(
    r"BUG: |Oops: |general protection fault|KASAN: |Kernel panic|WARNING: CPU|INFO: task .* blocked for more"
)

# Nehalem: the emulated "max" has features that made guests crash.
ACCELERATORS = {
    "kvm": ("-accel", "kvm", "-cpu", "host"),
    "tcg": ("-accel", "tcg,thread=multi", "-cpu", "Nehalem"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a machine's life: what it reported, what its kernel complained of, and why it ended."""

    accelerator: str
    messages: tuple[dict[str, Any], ...]
    crashes: tuple[str, ...]
    ended: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: where its files go, what the machine is told, how long it may live, and by what it is run.

    `accelerator`: "kvm", "tcg", or "auto" for the first of them that works. `folder` gets `console.log` and
    `report.jsonl`.
    """

    boot: Boot
    folder: Path
    options: Mapping[str, str]
    deadline_s: float
    accelerator: str = "auto"


def run(order: Order, say: Callable[[str], None]) -> Outcome:
    """Run a machine to its end or its deadline. Raises `LabError` where none comes up."""
    usable = os.access("/dev/kvm", os.R_OK | os.W_OK)
    tries = [order.accelerator] if order.accelerator != "auto" else (["kvm"] if usable else []) + ["tcg"]
    for chosen in tries:
        outcome = _live(order, chosen)
        if outcome is not None:
            return outcome
        say(f"no word from a kernel under {chosen} in {FIRST_WORD_S[chosen]:.0f} s")
    raise LabError(f"No machine comes up here ({', '.join(tries)}). See {order.folder / 'qemu.log'}.")


def _live(order: Order, accelerator: str) -> Outcome | None:
    console, report = order.folder / "console.log", order.folder / "report.jsonl"
    for file in (console, report):
        file.write_bytes(b"")
    began = time.monotonic()
    with (order.folder / "qemu.log").open("wb") as log:
        machine = subprocess.Popen(
            _command(order, console, report, accelerator),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            ended = _watch(machine, console, FIRST_WORD_S[accelerator], order.deadline_s)
        finally:
            machine.kill()
            machine.wait()
    if ended is None:
        return None
    seconds = time.monotonic() - began
    return Outcome(accelerator, messages(report.read_bytes()), crashes(console.read_bytes()), ended, seconds)


def _watch(machine: subprocess.Popen[bytes], console: Path, first_word_s: float, deadline_s: float) -> str | None:
    """Wait for the end; None where the kernel never said a word."""
    began, spoke = time.monotonic(), False
    while True:
        alive = machine.poll() is None
        spoke = spoke or b"Linux version" in console.read_bytes()
        seconds = time.monotonic() - began
        if not alive:
            return f"ended by itself ({machine.returncode})" if spoke else None
        if not spoke and seconds > first_word_s:
            return None
        if seconds > deadline_s:
            return f"was stopped after {deadline_s:.0f} s"
        time.sleep(_POLL_S)


def _command(order: Order, console: Path, report: Path, accelerator: str) -> list[str]:
    # An oops ends the machine at once: what comes after one proves nothing. Emulated, mitigations cost half the time.
    words = ["console=ttyS0", "panic=-1", "oops=panic", "mitigations=off", "usbcore.autosuspend=-1"]
    words += ["lab.tries=10"] if accelerator == "tcg" else []
    words += [f"lab.{key}={value}" for key, value in order.options.items() if value]
    return [
        "qemu-system-x86_64",
        "-M",
        "q35",
        *ACCELERATORS[accelerator],
        *("-smp", "2", "-m", str(MEMORY_MB), "-nodefaults", "-display", "none", "-no-reboot"),
        *("-serial", f"file:{console}", "-serial", f"file:{report}"),
        *("-kernel", str(order.boot.kernel), "-initrd", str(order.boot.root), "-append", " ".join(filter(None, words))),
    ]


def messages(report: bytes) -> tuple[dict[str, Any], ...]:
    """The whole lines of a report; a machine that died may have left half a line."""
    found = []
    for line in report.replace(b"\r", b"").split(b"\n"):
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict):
            found.append(message)
    return tuple(found)


def crashes(console: bytes) -> tuple[str, ...]:
    """What the kernel complained of on its console."""
    lines = console.decode("utf-8", "replace").splitlines()
    return tuple(line.strip() for line in lines if _CRASHED.search(line))
