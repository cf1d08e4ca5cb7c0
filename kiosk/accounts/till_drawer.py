"""Watches a drawer's sensor: opened though nobody asked, or left open too long; pure, the clock is handed in."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace


class Alarm(enum.StrEnum):
    """FORCED: ask `till_decide` for `DrawerForced`. LEFT_OPEN: call an attendant; raised once each time it is open."""

    FORCED = "forced"
    LEFT_OPEN = "left_open"


@dataclass(frozen=True, slots=True)
class DrawerTimes:
    """`answer_ms`: how long after our pulse the sensor may take. `open_ms`: how long a drawer may stand open."""

    answer_ms: int = 3_000
    open_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class DrawerWatch:
    """What is known of one drawer; times are monotonic milliseconds. One that is open at the start was not forced."""

    asked_ms: int | None = None
    open_since_ms: int | None = None
    told: bool = False


Watched = tuple[DrawerWatch, Alarm | None]


def asked_to_open(watch: DrawerWatch, now_ms: int) -> DrawerWatch:
    """We sent the drawer a pulse."""
    return replace(watch, asked_ms=now_ms)


def sensed(watch: DrawerWatch, is_open: bool, now_ms: int, times: DrawerTimes) -> Watched:
    """The sensor says open or shut; saying the same again, as on every poll, is no news."""
    if not is_open:
        return DrawerWatch(asked_ms=None if watch.open_since_ms is not None else watch.asked_ms), None
    if watch.open_since_ms is not None:
        return _too_long(watch, now_ms, times)
    ours = watch.asked_ms is not None and now_ms - watch.asked_ms <= times.answer_ms
    return DrawerWatch(open_since_ms=now_ms), None if ours else Alarm.FORCED


def started(is_open: bool, now_ms: int) -> DrawerWatch:
    """The first thing the sensor says after a start."""
    return DrawerWatch(open_since_ms=now_ms if is_open else None)


def _too_long(watch: DrawerWatch, now_ms: int, times: DrawerTimes) -> Watched:
    if watch.told or watch.open_since_ms is None or now_ms - watch.open_since_ms < times.open_ms:
        return watch, None
    return replace(watch, told=True), Alarm.LEFT_OPEN
