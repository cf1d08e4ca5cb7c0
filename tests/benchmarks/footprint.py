"""What an idle lane costs: resident memory and processor time of its two processes, beside bare ones."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from demo.setting_up import BADGE, TALL, RunFolder
from demo.stage import Stage, running
from demo.waiting import until
from kiosk.store.catalog import AgentStatus
from kiosk.ui.bench_client import BenchClient
from tests.benchmarks.figures import Figure, Run, figure
from tests.benchmarks.processes import end, pid
from tests.benchmarks.workplace import OFFSCREEN, without_bench

WINDOW_S = 10.0
SETTLE_S = 6.0
LIMIT_PERCENT = 0.5

LANE, AGENT, KIVY, MQTT = "lane-in-shop", "agent-in-shop", "bare-kivy", "bare-mqtt"


@dataclass(frozen=True, slots=True)
class Resident:
    """Memory of a process in megabytes (10^6 bytes): all of it, and with shared pages split among their users."""

    rss: float
    pss: float


def resident_mb(process: int) -> Resident:
    """Memory of a process now, from the kernel (proc(5), smaps_rollup)."""
    kilobytes = {}
    for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]:
        name, _, value = line.partition(":")
        kilobytes[name] = int(value.split()[0])
    return Resident(kilobytes["Rss"] * 1024 / 1e6, kilobytes["Pss"] * 1024 / 1e6)


def processor_s(process: int) -> float:
    """Processor time a process has used, seconds: utime and stime of proc(5), in ticks of 10 ms."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def precise_s(process: int) -> float:
    """The same by the scheduler, in nanoseconds, over all threads that live (`schedstat`)."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((one / "schedstat").read_text(encoding="utf-8").split()[0]) for one in threads) / 1e9


def measure(path: Path, *, runs: int) -> Iterator[Figure]:
    """Memory and idle processor time of lane and agent, all processes at once in the same windows."""
    with running(RunFolder(path), TALL, lane_environment=OFFSCREEN) as stage:
        _open(stage)
        _start_peers(stage)
        time.sleep(SETTLE_S)
        numbers = {name: pid(stage.processes, name) for name in (LANE, AGENT, KIVY, MQTT)}
        memory = {name: resident_mb(number) for name, number in numbers.items()}
        windows = [_window(numbers) for _ in range(runs)]
        stage.processes.check()
    yield from _memory(memory)
    yield from _idle(windows)


def _open(stage: Stage) -> None:
    """Open the lane with the attendant's badge; then start both again as in a shop: no bench socket, compiled."""
    with BenchClient(stage.folder.touch) as client:
        client.wait("closed", timeout_s=30)
        stage.devices.do("scanner", "scan", text=BADGE)
        client.wait("attendant")
        client.press("action_open")
        client.wait("attract")
    with closing(AgentStatus(stage.folder.data / "agent.db")) as status:
        until("headquarters answers the agent", lambda: status.link().online, 30)
    without_bench(stage.folder.settings)
    for before, after, module in (("lane", LANE, "kiosk.ui"), ("agent", AGENT, "kiosk.agent")):
        end(stage.processes, before)
        stage.processes.python(after, module, "--settings", str(stage.folder.settings), environment=OFFSCREEN)


def _start_peers(stage: Stage) -> None:
    size = (str(TALL.width_px), str(TALL.height_px))
    stage.processes.python(KIVY, "tests.benchmarks.bare", *size, environment=OFFSCREEN)
    stage.processes.python(MQTT, "tests.benchmarks.bare_mqtt", str(stage.broker_port), environment=OFFSCREEN)


def _window(processes: dict[str, int]) -> dict[str, tuple[float, float]]:
    """Percent of a core in one window: by ticks, and by the scheduler."""
    before = {name: (processor_s(one), precise_s(one)) for name, one in processes.items()}
    began = time.monotonic()
    time.sleep(WINDOW_S)
    after = {name: (processor_s(one), precise_s(one)) for name, one in processes.items()}
    lasted = time.monotonic() - began
    return {
        name: ((after[name][0] - ticks) / lasted * 100, (after[name][1] - precise) / lasted * 100)
        for name, (ticks, precise) in before.items()
    }


def _memory(memory: dict[str, Resident]) -> Iterator[Figure]:
    for ours, peer, what in ((LANE, KIVY, "bare Kivy label, 1080x1920"), (AGENT, MQTT, "bare MQTT client")):
        name = "lane" if ours == LANE else "agent"
        for measure_of in ("rss", "pss"):
            run = Run([getattr(memory[ours], measure_of)], [getattr(memory[peer], measure_of)])
            yield figure(f"resident memory of the {name}, {measure_of}", "MB", what, [run])


def _idle(windows: list[dict[str, tuple[float, float]]]) -> Iterator[Figure]:
    for ours, name in ((LANE, "lane at attract"), (AGENT, "agent, connected")):
        ticks = statistics.median(window[ours][0] for window in windows)
        parts = {"by utime+stime %": ticks}
        precise = [window[ours][1] for window in windows]
        for peer, others in (
            ("bare Kivy label, Kivy's clock", [window[KIVY][1] for window in windows]),
            (f"limit: {LIMIT_PERCENT} % of a core", [LIMIT_PERCENT for _ in windows]),
        ):
            runs = [Run([mine], [other]) for mine, other in zip(precise, others, strict=True)]
            yield figure(f"idle processor, {name}", "% of a core", peer, runs, parts=parts)
