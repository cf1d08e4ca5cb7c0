"""A Kivy clock that sleeps when nothing moves, and wakes at once for a touch, a timer or another thread.

Kivy's own clock ticks 60 times a second for ever (2.4 % of a core, measured). This one does so only for half a second
after something happened; then it blocks in `select` until a descriptor of the window system or of an input device is
readable, another thread schedules something, or the next timer is due.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import stat
import threading
from collections.abc import Callable
from typing import Any

from kivy import context
from kivy.clock import Clock, ClockBase

log = logging.getLogger(__name__)

AWAKE_S = 0.5
LONGEST_SLEEP_S = 1.0
# Where this clock cannot be used, 20 frames a second cost 0.9 % of a core and still feel immediate.
FALLBACK_FPS = 20


class InputDescriptors:
    """This process's descriptors that carry a person's input: X11 connections and open event devices.

    Called before each sleep, so what was found out is kept for as long as a descriptor leads to the same thing.
    """

    def __init__(self, folder: str = "/proc/self/fd") -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], bool] = {}

    def __call__(self) -> set[int]:
        """The descriptors, as of now."""
        known: dict[tuple[str, str], bool] = {}
        for name in os.listdir(self._folder):  # noqa: PTH208 - a Path for each would cost more than the rest
            with contextlib.suppress(OSError):  # a descriptor another thread has just closed
                key = name, os.readlink(f"{self._folder}/{name}")  # noqa: PTH115 - same
                known[key] = self._known[key] if key in self._known else _carries_input(*key)
        self._known = known
        return {int(name) for (name, _), carries in known.items() if carries}


def _carries_input(name: str, target: str) -> bool:
    return target.startswith("/dev/input/event") or (target.startswith("socket:") and _is_x11(int(name)))


def _is_x11(descriptor: int) -> bool:
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return False
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        if copy.family != socket.AF_UNIX:
            return False
        peer = copy.getpeername()
    path = peer if isinstance(peer, bytes) else str(peer).encode()
    return b"/.X11-unix/" in path


class SelectClock(ClockBase):  # type: ignore[misc]  # Kivy ships no types
    """Kivy's default clock while something happens, a blocking `select` while nothing does.

    `descriptors` tells what a person's input arrives on; it is asked before each sleep, since devices come and go.
    """

    _last_tick: float

    def __init__(self, *, descriptors: Callable[[], set[int]] | None = None) -> None:
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._owner = threading.get_ident()
        self._descriptors = descriptors or InputDescriptors()
        self._asleep = False
        self._awake_until = 0.0
        self.sleeps = 0
        super().__init__()
        self.stir()

    def stir(self, *_: object) -> None:
        """Something happened on the UI thread: tick at the full rate for a while."""
        self._awake_until = self.time() + AWAKE_S

    def on_schedule(self, _event: object) -> None:
        """Called by Kivy, on whichever thread schedules something: end the sleep, also from a signal's handler."""
        if self._asleep or threading.get_ident() != self._owner:
            os.eventfd_write(self._wake, 1)

    def idle(self) -> float:
        """Wait until the next frame is worth making; returns the time it starts, in seconds of `time()`."""
        self._owner = threading.get_ident()
        now = self.time()
        sleep_s = min(self.get_min_timeout() - now, LONGEST_SLEEP_S)
        if now < self._awake_until or sleep_s <= 0:
            return float(super().idle())
        self.sleeps += 1
        self._sleep(sleep_s)
        # A frame that follows a sleep has nothing to be paced against: 16 ms of latency saved.
        current = self.time()
        self._dt = current - float(self._last_tick)
        self._last_tick = current
        return float(current)

    def _sleep(self, longest_s: float) -> None:
        watched = self._descriptors() | {self._wake}
        poll = select.poll()
        for descriptor in watched:
            poll.register(descriptor, select.POLLIN)
        self._asleep = True
        ready = {descriptor for descriptor, _ in poll.poll(longest_s * 1000)}
        self._asleep = False
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)
        if ready - {self._wake}:
            self.stir()


def _put_in_place(clock: SelectClock) -> None:
    """Make this Kivy's clock. `AttributeError`, `KeyError` or `TypeError` where Kivy's insides are not those of 2.3."""
    internals: Any = context
    if "Clock" not in internals._default_context:  # noqa: SLF001 - Kivy has no public way to hand in a clock
        raise KeyError("Clock")
    object.__setattr__(internals._contexts["Clock"]["proxy"], "_obj", clock)  # noqa: SLF001 - same
    internals._default_context["Clock"] = clock  # noqa: SLF001 - same


def install(make: Callable[[], SelectClock] = SelectClock) -> SelectClock | None:
    """Replace Kivy's clock, before anything is scheduled on it; the new clock, or None where the fallback serves.

    The fallback is Kivy's own clock at 20 frames a second.
    """
    try:
        clock = make()
        _put_in_place(clock)
    except (AttributeError, KeyError, TypeError, OSError) as error:
        log.warning("clock.fallback fps=%d reason=%s", FALLBACK_FPS, error)
        Clock._max_fps = FALLBACK_FPS  # noqa: SLF001 - Kivy reads the public setting only once, at import
        return None
    return clock


def watch_window(clock: SelectClock, window: Any) -> None:  # noqa: ANN401 - Kivy ships no types
    """Keep the clock awake while the window draws or is touched, and let it sleep else."""
    window.bind(on_flip=clock.stir, on_motion=clock.stir)
