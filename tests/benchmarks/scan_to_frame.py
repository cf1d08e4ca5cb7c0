"""From bytes on the scanner's tty to the frame with the good in the basket, a million items in the catalog."""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demo.setting_up import TALL, WIDE, Panel
from drivers.transport.pseudo_port import PseudoPort
from kiosk.domain.gtin import Gtin
from tests.benchmarks.catalog import ITEMS, gtin_of, price_of
from tests.benchmarks.feed import Feed
from tests.benchmarks.figures import Figure, Run, figure
from tests.benchmarks.footprint import resident_mb
from tests.benchmarks.processes import end, pid
from tests.benchmarks.witness import REDRAWS
from tests.benchmarks.workplace import OFFSCREEN, Workplace

PEER = "bare Kivy label, same clock"
# Each side rests twice this long: it sleeps again when its next code comes, as a lane does between two goods.
REST_S = (0.28, 0.38)
# The lane asks for a few frames by itself in its first two seconds.
SETTLE_S = 2.2
WARM_UP = 4

# Where the time goes: from one mark to the next (of the last frame's marks, see lane.py).
PARTS = (
    ("tty to queue", "written", "post"),
    ("wake the UI thread", "post", "drain"),
    ("look up, price, decide", "drain", "commit"),
    ("commit to disk", "commit", "commit_end"),
    ("present", "commit_end", "show"),
    ("change widgets", "show", "show_end"),
    ("lay out", "show_end", "draw"),
    ("draw", "draw", "drawn"),
)


@dataclass(frozen=True, slots=True)
class Side:
    """A process with a tty on one end and frames on the other."""

    name: str
    port: PseudoPort
    feed: Feed

    def code(self, text: str, shows: str) -> dict[str, int]:
        """Send a code and wait for the frame that `shows` it; the moments on the way, ns."""
        self.feed.forget()
        written = time.monotonic_ns()
        self.port.write(f"{text}\r".encode())
        frame = self.feed.wait(f"{self.name} shows {shows!r}", lambda one: one.shows == shows)
        return {**frame.marks, "written": written, "flip": frame.flip_ns, "drawn": frame.drawn_ns}


class Till:
    """The codes to be scanned, and the total that the lane must show after each: nothing else is the right frame."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._total_minor = 0

    def scan(self) -> tuple[str, str]:
        """The next code, and what the lane shows when its good is in the basket."""
        number = self._random.randrange(ITEMS)
        self._total_minor += price_of(number)
        return Gtin(gtin_of(number)).shortest, f"basket {self._total_minor}"


def measure(place: Workplace, *, runs: int, samples: int) -> Iterator[Figure]:
    """A figure per panel."""
    for panel in (TALL, WIDE):
        size = f"{panel.width_px}x{panel.height_px}"
        found = [_run(place, panel, f"{size}-{number}", samples) for number in range(runs)]
        # Until the drawing begins: what is left where a graphics processor draws.
        ready = [Run(_all(one.lane, "written", "draw"), _all(one.bare, "written", "draw")) for one in found]
        yield figure(f"scan to frame ready to draw, {size}", "ms", PEER, ready)
        parts = {
            f"{name} ms": statistics.median(_all([m for one in found for m in one.lane], a, b)) for name, a, b in PARTS
        }
        parts["the same screen drawn again ms"] = statistics.median(again for one in found for again in one.again)
        parts["lane resident after the run MB"] = statistics.median(one.lane_mb for one in found)
        yield figure(
            f"scan to changed frame, {size}",
            "ms",
            PEER,
            [Run(_all(one.lane, "written", "drawn"), _all(one.bare, "written", "drawn")) for one in found],
            note="ours holds the look-up, pricing, and the commit of the basket to disk (fdatasync) before it is shown",
            parts=parts,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    lane: list[dict[str, int]]
    bare: list[dict[str, int]]
    again: list[float]
    lane_mb: float


def _run(place: Workplace, panel: Panel, name: str, samples: int) -> _Found:
    """A basket of `samples` goods, code by code with the peer's label."""
    processes = place.processes
    with _side(place, "lane", name) as lane, _side(place, "bare", name) as bare:
        folder = place.lane(name, panel, lane.port.link)
        processes.python(
            f"lane-{name}",
            *("tests.benchmarks.lane", str(folder.settings), str(lane.feed.path)),
            environment=OFFSCREEN,
        )
        processes.python(
            f"bare-{name}",
            *("tests.benchmarks.bare", str(panel.width_px), str(panel.height_px), "--idle-aware"),
            *("--port", str(bare.port.link), "--frames", str(bare.feed.path)),
            environment=OFFSCREEN,
        )
        lane.feed.wait("the lane waits for a shopper", lambda frame: frame.shows == "attract")
        bare.feed.wait("the bare label is drawn", lambda frame: frame.shows == "0")
        time.sleep(SETTLE_S)
        ours, peer = _by_turns(lane, bare, samples)
        again = _again(lane, pid(processes, f"lane-{name}"))
        resident = resident_mb(pid(processes, f"lane-{name}"))
        end(processes, f"lane-{name}")
        end(processes, f"bare-{name}")
    return _Found(ours, peer, again, resident.rss)


def _by_turns(lane: Side, bare: Side, samples: int) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    till, rest = Till(samples), random.Random(samples)
    found: dict[str, list[dict[str, int]]] = {lane.name: [], bare.name: []}
    for _ in range(WARM_UP + samples):
        code, shows = till.scan()
        for side, expected in ((lane, shows), (bare, code)):
            time.sleep(rest.uniform(*REST_S))
            found[side.name].append(side.code(code, expected))
    return found[lane.name][WARM_UP:], found[bare.name][WARM_UP:]


def _again(lane: Side, process: int) -> list[float]:
    """Milliseconds of drawing the screen as it is, nothing having changed."""
    lane.feed.forget()
    os.kill(process, signal.SIGUSR1)
    frames = [lane.feed.wait("the screen is drawn again", lambda _frame: True) for _ in range(REDRAWS // 2)]
    return [(frame.drawn_ns - frame.marks["draw"]) / 1e6 for frame in frames]


@contextmanager
def _side(place: Workplace, name: str, run: str) -> Iterator[Side]:
    folder = place.folder.path
    port = PseudoPort(folder / f"{name}-{run}.tty", lambda _: None)
    feed = Feed(folder / f"{name}-{run}.frames")
    port.plug()
    try:
        yield Side(name, port, feed)
    finally:
        port.unplug()
        feed.close()


def _all(moments: list[dict[str, int]], start: str, end: str) -> list[float]:
    """Milliseconds from one moment to another, wherever both were noted."""
    return [(one[end] - one[start]) / 1e6 for one in moments if start in one and end in one]
