"""From starting the process to its first frame, beside a bare Kivy application; files in the page cache."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from demo.setting_up import TALL
from tests.benchmarks.feed import Feed
from tests.benchmarks.figures import Figure, Run, figure
from tests.benchmarks.processes import end
from tests.benchmarks.workplace import OFFSCREEN, Workplace

PEER = "bare Kivy label"


def measure(place: Workplace, *, runs: int) -> Iterator[Figure]:
    """One figure: the first frame with the lane's screen on it; a first start of both warms up."""
    size = (str(TALL.width_px), str(TALL.height_px))
    lane = place.lane("start", TALL, place.folder.path / "no-scanner")
    feed = Feed(place.folder.path / "start.frames")
    found, blank = [], []
    for number in range(runs + 1):
        ours = _start(place, feed, "tests.benchmarks.lane", str(lane.settings), str(feed.path))
        peer = _start(place, feed, "tests.benchmarks.bare", *size, "--frames", str(feed.path))
        if number:
            found.append(Run([ours[1]], [peer[1]]))
            blank.append(ours[0])
    feed.close()
    parts = {"first frame of any content ms": statistics.median(blank)}
    yield figure("start to first frame, 1080x1920, warm", "ms", PEER, found, parts=parts)


def _start(place: Workplace, feed: Feed, *command: str) -> tuple[float, float]:
    """Milliseconds to the first frame at all, and to the first that shows something."""
    feed.forget()
    began = time.monotonic_ns()
    place.processes.python("start", *command, environment=OFFSCREEN)
    first = feed.wait("a first frame", lambda _frame: True)
    full = first if first.shows else feed.wait("a frame with a screen on it", lambda frame: bool(frame.shows))
    end(place.processes, "start")
    return (first.drawn_ns - began) / 1e6, (full.drawn_ns - began) / 1e6
