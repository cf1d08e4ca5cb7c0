"""Plugging in as a hint: udev says that something was added, and lost devices are tried again at once.

Only a hint: a supervisor's own back-off finds a device that udev did not tell of, up to 30 s later.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

import pyudev

log = logging.getLogger(__name__)

# Where scanners, scales and terminals appear. A composite device adds several nodes, and tells of each.
SUBSYSTEMS = ("tty", "input", "hidraw")
# After the first node of a plug, wait for its brothers and for udev's own rules (links, permissions) to be done.
SETTLE_S = 0.3
POLL_S = 1.0
REBUILD_S = 5.0


class Monitor(Protocol):
    """What is used of `pyudev.Monitor`."""

    def poll(self, timeout: float | None = None) -> object | None:
        """The next udev event within `timeout` seconds, or None."""
        ...


def udev_monitor() -> Monitor:
    """A monitor of the subsystems devices appear in; `OSError` where there is no udev to listen to."""
    monitor = pyudev.Monitor.from_netlink(pyudev.Context())
    for subsystem in SUBSYSTEMS:
        monitor.filter_by(subsystem)
    monitor.start()
    return monitor  # type: ignore[no-any-return]  # pyudev ships no types


class Hotplug:
    """Calls `plugged` from a thread of its own soon after something was plugged in."""

    def __init__(self, plugged: Callable[[], None], make: Callable[[], Monitor] = udev_monitor) -> None:
        self._plugged = plugged
        self._make = make
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hotplug", daemon=True)

    def start(self) -> None:
        """Start listening."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop listening and wait for the thread."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        gone = False
        while not self._stopping.is_set():
            try:
                monitor = self._make()
                gone = False
                self._listen(monitor)
            except (OSError, UnicodeDecodeError) as error:
                # A full buffer, or a property that is no UTF-8 (pyudev#194, #402): a fresh monitor goes on.
                if not gone:
                    log.warning("hotplug.lost reason=%s", error)
                gone = True
                self._stopping.wait(REBUILD_S)

    def _listen(self, monitor: Monitor) -> None:
        while not self._stopping.is_set():
            event = monitor.poll(POLL_S)
            if getattr(event, "action", None) != "add":
                continue
            while monitor.poll(SETTLE_S) is not None:
                """One plug, many nodes: one call."""
            log.info("hotplug.plugged")
            self._plugged()
