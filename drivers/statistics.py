"""What is counted of a device from its start on: how often it was opened, lost, asked, and misunderstood."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from dataclasses import dataclass

from drivers.device import Slip


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes over all connections of a device so far. `last_in_s`: monotonic time of the last that came in."""

    bytes_in: int = 0
    bytes_out: int = 0
    last_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """All counters of a device at one moment.

    `opens` counts the times it became READY, `losses` the times it was READY and went away, `requests` the calls that
    were begun, `failed_requests` those of them that broke off. `last_good_s` is the monotonic time of the last sign of
    life: it was opened, said something, or bytes came from it; None before the first.
    """

    opens: int = 0
    losses: int = 0
    requests: int = 0
    failed_requests: int = 0
    timeouts: int = 0
    bad_frames: int = 0
    checksum_errors: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    last_good_s: float | None = None


_SLIPS = {Slip.BAD_FRAME: "bad_frames", Slip.CHECKSUM: "checksum_errors", Slip.TIMEOUT: "timeouts"}


class Counters:
    """Counts; safe from any thread. Names are those of `Statistics`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._good_s: float | None = None

    def count(self, name: str) -> None:
        """Add one to `opens`, `losses`, `requests` or `failed_requests`."""
        with self._lock:
            self._counts[name] += 1

    def slip(self, slip: Slip) -> None:
        """Add one to the counter of `slip`."""
        self.count(_SLIPS[slip])

    def good(self, now_s: float) -> None:
        """The device gave a sign of life at the monotonic time `now_s`."""
        with self._lock:
            self._good_s = now_s

    def snapshot(self, traffic: Traffic) -> Statistics:
        """Return all counters, those of the bytes from `traffic`."""
        with self._lock:
            counts, good_s = dict(self._counts), self._good_s
        signs = [moment for moment in (good_s, traffic.last_in_s) if moment is not None]
        return dataclasses.replace(
            Statistics(**counts),
            bytes_in=traffic.bytes_in,
            bytes_out=traffic.bytes_out,
            last_good_s=max(signs, default=None),
        )
