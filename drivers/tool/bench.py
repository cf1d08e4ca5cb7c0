"""Devices on a technician's bench: runs them as a lane does, and hands over what they tell, in order."""

from __future__ import annotations

import itertools
import queue
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from drivers.assembly import assembled
from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.devices import Devices
from drivers.hotplug import Hotplug
from drivers.scale.interface import BagWeight, NoWeight, Weight
from drivers.supervisor import Supervisor
from drivers.tool.choosing import Entries, Tables
from drivers.tool.wording import worded
from drivers.transport.waiting import Deadline

# A weighing that nobody puts anything on the scale for is begun anew.
_WEIGH_S: Final = 30.0
_LONGEST_NAME: Final = 12


@dataclass(frozen=True, slots=True)
class Ended:
    """A person or the system ends the command."""


@dataclass(frozen=True, slots=True)
class _Unasked:
    """A scale did not take the question for its weight: it is asked again when it is READY."""


class Feed:
    """What devices tell, one record after the other. `put` is their sink, safe from any thread and a signal handler."""

    def __init__(self) -> None:
        self._records: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.put = self._records.put

    def next(self, deadline: Deadline | None = None) -> object:
        """Return the next record, `Ended` where the command is to end, None at the deadline."""
        try:
            return self._records.get(timeout=None if deadline is None else deadline.left_s)
        except queue.Empty:
            return None

    def rest(self) -> Iterator[object]:
        """What has come in and was not taken."""
        while not self._records.empty():
            yield self._records.get()


@contextmanager
def ended_by_signals(feed: Feed) -> Iterator[None]:
    """Let Ctrl+C and SIGTERM put `Ended` into `feed`, so that devices are given back in good order."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: feed.put(Ended())) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(
    tables: Tables, entries: Entries, feed: Feed, *, data: Path | None = None, recordings: Path | None = None
) -> Iterator[Devices]:
    """Run the devices of `tables`; their records go to `feed`. Raises what `assembled` does.

    Without `data` their journals and counters begin empty and are thrown away: never those of a lane that may run.
    """
    with tempfile.TemporaryDirectory(prefix="checklane-tool-") as scratch, ended_by_signals(feed):
        devices = assembled(tables, entries, feed.put, data or Path(scratch), recordings=recordings)
        hotplug = Hotplug(devices.hint)
        devices.start()
        hotplug.start()
        try:
            yield devices
        finally:
            hotplug.stop()
            devices.stop()


@dataclass(slots=True)
class Asker:
    """Asks scales for their weight all the time, for a scale says nothing by itself. `saw` gets every record."""

    scales: dict[str, Supervisor[Any]]
    feed: Feed
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def saw(self, record: object) -> None:
        """Ask where a scale has become READY or its weighing has ended."""
        match record:
            case DeviceChanged(device, Category.SCALE, Lifecycle.READY) if device in self.scales:
                self._ask(device)
            case Weight(device) | NoWeight(device, _, _, True):
                self._ask(device)
            case _:
                pass

    def _ask(self, device: str) -> None:
        request = f"watch-{next(self.numbers)}"
        self.scales[device].submit(
            lambda scale: scale.weigh(request, _WEIGH_S), not_ready=_Unasked(), lost=_Unasked(), to=self.feed.put
        )


def scales_of(devices: Sequence[Supervisor[Any]]) -> dict[str, Supervisor[Any]]:
    """The checkout scales among `devices` by their aliases."""
    return {device.name: device for device in devices if device.driver.category is Category.SCALE}


class Teller:
    """Prints records, a line each; a scale that shows the same as before says nothing new."""

    def __init__(self, *, show_codes: bool, width: int = _LONGEST_NAME) -> None:
        self._show_codes = show_codes
        self._width = width
        self._last: dict[str, str] = {}

    def tell(self, record: object) -> None:
        """Print a record, unless it is the weight that was printed last."""
        device = str(getattr(record, "device", ""))
        if not device:
            return
        text = worded(record, show_codes=self._show_codes)
        if isinstance(record, Weight | NoWeight | BagWeight):
            if self._last.get(device) == text:
                return
            self._last[device] = text
        else:
            self._last.pop(device, None)
        now = datetime.fromtimestamp(time.time()).astimezone()  # the wall clock of the technician
        sys.stdout.write(f"{now:%H:%M:%S}.{now.microsecond // 1000:03d}  {device:<{self._width}}  {text}\n")
        sys.stdout.flush()
