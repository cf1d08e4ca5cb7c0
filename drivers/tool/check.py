"""`test`: checks the health of devices and prints a table of what was found, with what to do about it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Final

from drivers.device import DeviceChanged, HealthLevel, Lifecycle, Link
from drivers.devices import Devices
from drivers.health import DEADLINES_S, HealthReport
from drivers.tool.bench import Ended, Feed, running
from drivers.tool.choosing import Entries, tables
from drivers.tool.errors import FAILED, PASSED
from drivers.transport.waiting import Deadline

_GRACE_S: Final = 5.0


def run(options: argparse.Namespace, entries: Entries) -> int:
    """Check devices; returns the exit status: failed where one did, or where a person ended it."""
    feed = Feed()
    level = HealthLevel(options.level)
    with running(tables(options, entries), entries, feed, data=options.data) as devices:
        if not _settled(devices, feed, options.wait):
            return FAILED
        reports = _one_by_one(devices, level, feed) if level is HealthLevel.INTERACTIVE else _all(devices, level, feed)
    sys.stdout.write(_table(reports))
    whole = len(reports) == sum(1 for _ in devices.all())
    return PASSED if whole and all(report.passed for report in reports) else FAILED


def _settled(devices: Devices, feed: Feed, wait_s: float) -> bool:
    """Wait until each device is ready or known not to become so; False where a person ended it."""
    deadline = Deadline(wait_s)
    open_ones = {device.name for device in devices.all()}
    while open_ones and (told := feed.next(deadline)) is not None:
        if isinstance(told, Ended):
            return False
        if isinstance(told, DeviceChanged) and _is_settled(told):
            open_ones.discard(told.device)
    return True


def _is_settled(told: DeviceChanged) -> bool:
    if told.lifecycle in {Lifecycle.READY, Lifecycle.FAILED}:
        return True
    # What does not answer yet may still be starting up, or hang on a device that is not open yet.
    return told.lifecycle is Lifecycle.LOST and told.link is Link.OFF


def _all(devices: Devices, level: HealthLevel, feed: Feed) -> list[HealthReport]:
    names = [device.name for device in devices.all()]
    devices.check_health(level)
    found = _reports(feed, len(names), level)
    return sorted(found, key=lambda report: names.index(report.device))


def _one_by_one(devices: Devices, level: HealthLevel, feed: Feed) -> list[HealthReport]:
    """A person can take part at one device at a time."""
    found: list[HealthReport] = []
    for device in devices.all():
        sys.stdout.write(f"Now take part at: {device.name}\n")
        sys.stdout.flush()
        device.check_health(level)
        one = _reports(feed, 1, level)
        found += one
        if not one:
            break
    return found


def _reports(feed: Feed, count: int, level: HealthLevel) -> list[HealthReport]:
    deadline = Deadline(DEADLINES_S[level] + _GRACE_S)
    found: list[HealthReport] = []
    while len(found) < count:
        told = feed.next(deadline)
        if told is None or isinstance(told, Ended):
            break
        if isinstance(told, HealthReport):
            found.append(told)
    return found


def _table(reports: Iterable[HealthReport]) -> str:
    rows = [("device", "category", "result", "found", "")]
    for report in reports:
        result = "passed" if report.passed else "FAILED"
        rows.append((report.device, str(report.category), result, report.text, report.remedy))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = []
    for *cells, found, remedy in rows:
        begin = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{begin}  {found}")
        if remedy:
            lines.append(f"{'':<{len(begin)}}  To do: {remedy}")
    return "\n".join(lines) + "\n"
