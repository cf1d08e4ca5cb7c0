"""Plugging in and pulling out are hints, one a plug; a monitor that breaks is made anew and nothing is missed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.hotplug import Hotplug, HotplugWaits, Monitor, Nodes, present_nodes, udev_monitor
from drivers.identity import Hint
from tests.drivers.usb_tree import UsbTree
from tests.drivers.witness import PATIENCE_S, Witness

QUICK = HotplugWaits(settle_s=0.02, flood_s=0.5, poll_s=0.02, rebuild_s=0.02, rescan_s=3600.0)
ANY_ADDED, ANY_PULLED = Hint(added=True), Hint(added=False)
SCANNER, PRINTER = Hint(True, "0c2e", "0b61"), Hint(True, "04b8", "0e15")


class Event:
    """As pyudev tells of a device."""

    def __init__(self, action: str, vendor: str = "", product: str = "") -> None:
        self.action = action
        self.properties = {"ID_VENDOR_ID": vendor, "ID_MODEL_ID": product} if vendor else {}


class Unreadable:
    """A device one of whose properties is no UTF-8."""

    action = "add"

    @property
    def properties(self) -> dict[str, str]:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")


class FakeMonitor:
    """Hands out what the test puts in; an exception put in is raised."""

    def __init__(self, *events: object) -> None:
        self.events: queue.Queue[object] = queue.Queue()
        for event in events:
            self.events.put(event)

    def poll(self, timeout: float | None = None) -> object | None:
        try:
            event = self.events.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(event, Exception):
            raise event
        return event


@contextmanager
def listening(
    make: Callable[[], Monitor], look: Callable[[], Nodes] = frozenset, waits: HotplugWaits = QUICK
) -> Iterator[Witness]:
    """Yield what was told after the first look."""
    witness = Witness()
    hotplug = Hotplug(witness, make, look, waits=waits)
    hotplug.start()
    try:
        witness.until(lambda records: records[:1] == [ANY_ADDED])
        yield witness
    finally:
        hotplug.stop()


def test_a_plug_with_many_nodes_is_one_hint_with_its_ids() -> None:
    plug = (Event("add"), Event("add", "0C2E", "0b61"), Event("bind"), Event("add", "0c2e", "0b61"))
    monitor = FakeMonitor(*plug)
    with listening(lambda: monitor) as witness:
        witness.until(lambda records: len(records) > 1)
        monitor.events.put(Event("add", "04b8", "0e15"))
        witness.until(lambda records: PRINTER in records)
    assert witness.records == [ANY_ADDED, SCANNER, PRINTER]


def test_eight_nodes_of_one_unplug_are_one_hint_and_come_before_the_replug() -> None:
    monitor = FakeMonitor(*[Event("remove", "0c2e", "0b61")] * 8, Event("add", "0c2e", "0b61"))
    with listening(lambda: monitor) as witness:
        witness.until(lambda records: SCANNER in records)
    assert witness.records == [ANY_ADDED, Hint(False, "0c2e", "0b61"), SCANNER]


def test_two_devices_on_one_hub_are_two_hints() -> None:
    monitor = FakeMonitor(Event("add", "0c2e", "0b61"), Event("add", "04b8", "0e15"))
    with listening(lambda: monitor) as witness:
        witness.until(lambda records: len(records) == 3)
    assert witness.records == [ANY_ADDED, SCANNER, PRINTER]


def test_a_device_without_ids_may_be_any() -> None:
    monitor = FakeMonitor(Event("add"), Unreadable())
    with listening(lambda: monitor) as witness:
        witness.until(lambda records: len(records) == 2)
    assert witness.records == [ANY_ADDED, ANY_ADDED]


def test_a_loose_plug_that_never_settles_is_told_all_the_same() -> None:
    class Loose(FakeMonitor):
        def poll(self, timeout: float | None = None) -> object | None:  # noqa: ARG002 # never waits
            return Event("add", "0c2e", "0b61")

    with listening(Loose, waits=HotplugWaits(settle_s=0.01, flood_s=0.05, poll_s=0.01)) as witness:
        witness.until(lambda records: records.count(SCANNER) >= 2)


@pytest.mark.parametrize(
    "trouble",
    [
        OSError(105, "No buffer space available"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ],
)
def test_a_broken_monitor_is_made_anew_and_what_happened_meanwhile_is_found(trouble: Exception) -> None:
    there: list[Nodes] = [frozenset(), frozenset({("tty", "ttyACM0", 7)})]
    monitors = iter([FakeMonitor(trouble), FakeMonitor()])
    with listening(lambda: next(monitors), lambda: there.pop(0) if len(there) > 1 else there[0]) as witness:
        witness.until(lambda records: len(records) == 2)
    assert witness.records == [ANY_ADDED, ANY_ADDED]


def test_a_monitor_that_hung_up_is_made_anew_instead_of_asked_for_ever() -> None:
    class HungUp(FakeMonitor):
        asked = 0

        def poll(self, timeout: float | None = None) -> object | None:  # noqa: ARG002 # has hung up
            self.asked += 1
            return None

    dead, alive = HungUp(), FakeMonitor(Event("add", "0c2e", "0b61"))
    monitors = iter([dead, alive])
    waits = HotplugWaits(settle_s=0.02, poll_s=0.5, rebuild_s=0.02)
    with listening(lambda: next(monitors), waits=waits) as witness:
        witness.until(lambda records: SCANNER in records)
    assert dead.asked < 10


def test_what_udev_does_not_tell_is_found_by_looking() -> None:
    there: list[Nodes] = [frozenset({("hidraw", "hidraw0", 1)}), frozenset({("hidraw", "hidraw0", 2)})]
    waits = HotplugWaits(settle_s=0.02, poll_s=0.02, rescan_s=0.0)
    with listening(FakeMonitor, lambda: there.pop(0) if len(there) > 1 else there[0], waits) as witness:
        witness.until(lambda records: len(records) == 3)
    assert witness.records == [ANY_ADDED, ANY_PULLED, ANY_ADDED]


def test_without_udev_looking_goes_on() -> None:
    looks = threading.Semaphore(0)
    there: list[Nodes] = [frozenset()]

    def make() -> Monitor:
        if looks.acquire(blocking=False):
            return FakeMonitor(OSError(105, "No buffer space available"))
        raise OSError(2, "no udev here")

    looks.release()
    with listening(make, lambda: there[0], HotplugWaits(rebuild_s=0.02, poll_s=0.02, rescan_s=0.0)) as witness:
        there[0] = frozenset({("tty", "ttyACM0", 7)})
        witness.until(lambda records: len(records) == 2)
    assert witness.records == [ANY_ADDED, ANY_ADDED]


def test_stop_ends_the_thread_also_without_udev() -> None:
    tried = threading.Event()

    def make() -> Monitor:
        tried.set()
        raise OSError(2, "no udev here")

    before = threading.active_count()
    hotplug = Hotplug(lambda _: None, make, frozenset)
    hotplug.start()
    assert tried.wait(PATIENCE_S)
    hotplug.stop()
    assert threading.active_count() == before


def test_a_look_sees_a_device_go_and_come_back_under_the_same_name(tmp_path: Path) -> None:
    tree = UsbTree(tmp_path / "sys")
    tree.plug("1-1", "0c2e:0b61")
    tree.node("1-1", "00", "tty", "ttyACM0")
    first = present_nodes(tree.root)
    assert {(subsystem, name) for subsystem, name, _ in first} == {("usb", "1-1"), ("tty", "ttyACM0")}
    assert present_nodes(tree.root) == first
    (tree.root / "class/tty/other").symlink_to("nowhere")
    (tree.root / "class/tty/other").replace(tree.root / "class/tty/ttyACM0")
    assert present_nodes(tree.root) != first


def test_a_real_monitor_can_be_made_and_is_quiet() -> None:
    try:
        monitor = udev_monitor()
    except OSError as error:
        pytest.skip(f"no udev to listen to: {error}")
    assert monitor.poll(0.01) is None
