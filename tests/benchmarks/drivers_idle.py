"""What twelve idle devices cost: memory of the supervisors and processor time, beside one bare thread that polls."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from demo.processes import Processes
from tests.benchmarks.figures import Figure, Run, figure
from tests.benchmarks.footprint import WINDOW_S, precise_s, resident_mb
from tests.benchmarks.processes import pid
from tests.drivers.witness import short_folder

OURS, PEER = "twelve-devices", "bare-thread"
SETTLE_S = 3.0
WHAT = "bare Python, one thread that polls one pty each second"


def measure(*, runs: int) -> Iterator[Figure]:
    """Two figures; both processes in the same windows, the simulated devices in a third one."""
    with short_folder() as folder, Processes(folder / "logs") as processes:
        for name, role in (("twins", "twins"), (OURS, "ours")):
            processes.python(name, "tests.benchmarks.drivers_idle_process", role, str(folder))
            processes.wait_for(f"{name} up", folder / f"{role}.up")
        port, ready = folder / "spare", folder / "bare.up"
        processes.python(PEER, "tests.benchmarks.drivers_idle_bare", str(port), str(ready))
        processes.wait_for(f"{PEER} up", ready)
        time.sleep(SETTLE_S)
        numbers = {name: pid(processes, name) for name in (OURS, PEER)}
        memory = {name: resident_mb(number) for name, number in numbers.items()}
        windows = [_window(numbers) for _ in range(runs)]
        processes.check()
    for of in ("rss", "pss"):
        run = Run([getattr(memory[OURS], of)], [getattr(memory[PEER], of)])
        yield figure(f"resident memory of 12 supervised devices, {of}", "MB", WHAT, [run])
    found = [Run([one[OURS]], [one[PEER]]) for one in windows]
    parts = {"a device, % of a core": statistics.median(one[OURS] for one in windows) / 12}
    note = (
        "6 serial scanners, 4 scales that are asked now and then, a HID scanner, a wedge; user and system, by schedstat"
    )
    yield figure("processor of 12 idle devices", "% of a core", WHAT, found, parts=parts, note=note)


def _window(numbers: dict[str, int]) -> dict[str, float]:
    before = {name: precise_s(number) for name, number in numbers.items()}
    began = time.monotonic()
    time.sleep(WINDOW_S)
    lasted = time.monotonic() - began
    return {name: (precise_s(number) - before[name]) / lasted * 100 for name, number in numbers.items()}
