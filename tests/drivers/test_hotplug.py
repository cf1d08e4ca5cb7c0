"""Plugging in is a hint that comes once a plug, and a monitor that breaks is made anew."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass

import pytest

from drivers import hotplug
from drivers.hotplug import Hotplug, Monitor, udev_monitor


@dataclass(frozen=True)
class Event:
    """As pyudev tells of a device."""

    action: str


class FakeMonitor:
    """Hands out what the test puts in; an exception put in is raised."""

    def __init__(self) -> None:
        self.events: queue.Queue[Event | Exception] = queue.Queue()

    def poll(self, timeout: float | None = None) -> object | None:
        try:
            event = self.events.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(event, Exception):
            raise event
        return event


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SETTLE_S", "POLL_S", "REBUILD_S"):
        monkeypatch.setattr(hotplug, name, 0.02)


def test_a_plug_with_many_nodes_is_one_hint_and_an_unplug_none() -> None:
    monitor, called = FakeMonitor(), threading.Semaphore(0)
    listening = Hotplug(called.release, lambda: monitor)
    for action in ("remove", "add", "add", "bind", "add"):
        monitor.events.put(Event(action))
    listening.start()
    assert called.acquire(timeout=5)
    listening.stop()
    assert not called.acquire(blocking=False)


def test_a_broken_monitor_is_made_anew() -> None:
    broken, good, called = FakeMonitor(), FakeMonitor(), threading.Semaphore(0)
    broken.events.put(OSError(105, "No buffer space available"))
    good.events.put(Event("add"))
    monitors = iter([broken, good])

    def make() -> Monitor:
        return next(monitors)

    listening = Hotplug(called.release, make)
    listening.start()
    assert called.acquire(timeout=5)
    listening.stop()


def test_stop_ends_the_thread_also_without_udev() -> None:
    def make() -> Monitor:
        raise OSError(2, "no udev here")

    before = threading.active_count()
    listening = Hotplug(lambda: None, make)
    listening.start()
    listening.stop()
    assert threading.active_count() == before


def test_a_real_monitor_can_be_made_and_is_quiet() -> None:
    try:
        monitor = udev_monitor()
    except OSError as error:
        pytest.skip(f"no udev to listen to: {error}")
    assert monitor.poll(0.01) is None
