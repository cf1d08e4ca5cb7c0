"""Plugging in and pulling out as hints: udev's word at once, and every half minute a look at what is really there.

Only hints: a supervisor's own back-off finds a device that nobody told of, up to 30 s later.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import pyudev

from drivers.identity import SYSFS, Hint

log = logging.getLogger(__name__)

# Where devices of a lane appear. A composite one adds several nodes in several of these, and tells of each.
SUBSYSTEMS: Final = ("tty", "input", "hidraw", "usbmisc", "sound", "video4linux")
USB_DEVICE: Final = ("usb", "usb_device")


@dataclass(frozen=True, slots=True)
class HotplugWaits:
    """Seconds.

    `settle_s`: after the first node of a plug, for its brothers and for udev's own rules (links, permissions).
    `flood_s`: at most that long, where a loose plug never settles. `poll_s`: how soon a stop is noticed.
    `rebuild_s`: before a broken monitor is made anew. `rescan_s`: between two looks at what is there.
    """

    settle_s: float = 0.3
    flood_s: float = 3.0
    poll_s: float = 1.0
    rebuild_s: float = 5.0
    rescan_s: float = 30.0


class Monitor(Protocol):
    """What is used of `pyudev.Monitor`."""

    def poll(self, timeout: float | None = None) -> object | None:
        """The next udev event within `timeout` seconds, or None."""
        ...


# Subsystem, name and inode of each node: the kernel gives a node that comes back another inode.
Nodes = frozenset[tuple[str, str, int]]


def udev_monitor() -> Monitor:
    """A monitor of the subsystems devices appear in; `OSError` where there is no udev to listen to."""
    monitor = pyudev.Monitor.from_netlink(pyudev.Context())
    for subsystem in SUBSYSTEMS:
        monitor.filter_by(subsystem)
    monitor.filter_by(*USB_DEVICE)
    monitor.start()
    return monitor  # type: ignore[no-any-return]  # pyudev ships no types


def present_nodes(sysfs: Path = SYSFS) -> Nodes:
    """What is there now, USB or not."""
    folders = [(subsystem, sysfs / "class" / subsystem) for subsystem in SUBSYSTEMS]
    folders.append(("usb", sysfs / "bus" / "usb" / "devices"))
    found: set[tuple[str, str, int]] = set()
    for subsystem, folder in folders:
        try:
            with os.scandir(folder) as entries:
                found.update((subsystem, entry.name, entry.inode()) for entry in entries)
        except OSError:
            continue  # no device of that kind was ever plugged in
    return frozenset(found)


class Hotplug:
    """Calls `tell` with each `Hint`, from a thread of its own, soon after something was plugged in or pulled out.

    The monitor listens before the first look is taken, and whenever it is made anew, another is: what happened while
    nobody listened is found by the difference. The first look is told as a hint too, for devices that were tried
    before this was started.
    """

    def __init__(
        self,
        tell: Callable[[Hint], None],
        make: Callable[[], Monitor] = udev_monitor,
        look: Callable[[], Nodes] = present_nodes,
        *,
        waits: HotplugWaits | None = None,
    ) -> None:
        self._tell = tell
        self._make = make
        self._look = look
        self._waits = waits or HotplugWaits()
        self._seen: Nodes | None = None
        self._looked_at = 0.0
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
                self._rescan()
                self._listen(monitor)
            except (OSError, UnicodeDecodeError) as error:
                # A full buffer, POLLERR, or a property that is no UTF-8 (pyudev#194, #402): a fresh monitor goes on.
                if not gone:
                    log.warning("hotplug.lost reason=%s", error)
                gone = True
                self._stopping.wait(self._waits.rebuild_s)
                self._rescan_if_due()

    def _listen(self, monitor: Monitor) -> None:
        waits = self._waits
        while not self._stopping.is_set():
            asked_at = time.monotonic()
            event = monitor.poll(waits.poll_s)
            if event is None:
                self._rescan_if_due()
                if time.monotonic() - asked_at < waits.poll_s / 2:
                    # It says that there is something, and has nothing: hung up. Asked again, it would say so for ever.
                    raise OSError(0, "the monitor has hung up")
                continue
            hints = _hints(event)
            flood_ends = asked_at + waits.poll_s + waits.flood_s
            while (event := monitor.poll(waits.settle_s)) is not None and time.monotonic() < flood_ends:
                hints += _hints(event)
            self._pass_on(hints + self._missed(hints))

    def _pass_on(self, hints: list[Hint]) -> None:
        """One plug, many nodes: each hint once, and those without ids only where there are none with."""
        for added in (False, True):
            told = dict.fromkeys(hint for hint in hints if hint.added is added)
            known = [hint for hint in told if hint.vendor]
            for hint in known or told:
                log.info("hotplug.%s vendor=%s product=%s", "plugged" if added else "pulled", hint.vendor, hint.product)
                self._tell(hint)

    def _rescan_if_due(self) -> None:
        if time.monotonic() - self._looked_at >= self._waits.rescan_s:
            self._rescan()

    def _rescan(self) -> None:
        if self._seen is None:
            self._take_a_look()
            self._tell(Hint(added=True))
        else:
            self._pass_on(self._missed([]))

    def _missed(self, hints: list[Hint]) -> list[Hint]:
        """What a look finds that udev did not speak of."""
        told = {hint.added for hint in hints}
        before = self._seen or frozenset()
        now = self._take_a_look()
        changes = ((False, before - now), (True, now - before))
        return [Hint(added) for added, nodes in changes if nodes and added not in told]

    def _take_a_look(self) -> Nodes:
        self._looked_at = time.monotonic()
        self._seen = self._look()
        return self._seen


def _hints(event: object) -> list[Hint]:
    action = getattr(event, "action", None)
    if action not in {"add", "remove"}:
        return []
    try:
        properties = getattr(event, "properties", {})
        vendor, product = properties.get("ID_VENDOR_ID", ""), properties.get("ID_MODEL_ID", "")
    except UnicodeDecodeError:
        # A name that is no UTF-8 (pyudev#402); that something was plugged in is known all the same.
        vendor = product = ""
    return [Hint(action == "add", vendor.lower(), product.lower())]
