"""How a device stands: lifecycle, link and conditions, told when they change, logged when gone and when back."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable

from drivers.device import (
    AbsentError,
    Category,
    Condition,
    Conditions,
    DeviceChanged,
    DeviceError,
    Finding,
    Lifecycle,
    Link,
    Severity,
    Sink,
    Slip,
)
from drivers.health import LastingCondition
from drivers.statistics import Counters

log = logging.getLogger(__name__)

_NO_USE_TRYING = (errno.EACCES, errno.EPERM, errno.EBUSY)
_NOT_THERE = (errno.ENOENT, errno.ENODEV, errno.ENXIO)


class Standing:
    """Three axes of one device. `emit` and the readers are safe from any thread."""

    def __init__(self, name: str, sink: Sink, counters: Counters, clock: Callable[[], float]) -> None:
        self.name = name
        self._sink = sink
        self._counters = counters
        self._clock = clock
        self._lock = threading.RLock()
        self._seen = Conditions(())
        self._told: DeviceChanged | None = None
        self._since: dict[str, float] = {}
        self.category = Category.SCANNER
        self.lifecycle = Lifecycle.CLOSED
        self.link = Link.UNKNOWN

    def emit(self, record: object) -> None:
        """What the driver hands its records to. A `Slip` is counted and ends here."""
        if isinstance(record, Slip):
            self._counters.slip(record)
            return
        self._counters.good(self._clock())
        if not isinstance(record, Conditions):
            self._sink(record)
            return
        with self._lock:
            self._seen = record
            # What a driver finds while it opens is told with READY.
            if self.lifecycle is Lifecycle.READY:
                self.change(Lifecycle.READY, record.conditions, record.link)

    def begin(self) -> None:
        """What an earlier try to open saw is forgotten."""
        with self._lock:
            self._seen = Conditions(())

    def ready(self) -> None:
        """The device has answered."""
        log.info("device.ready device=%s category=%s", self.name, self.category)
        self._counters.count("opens")
        self._counters.good(self._clock())
        self.change(Lifecycle.READY, self._seen.conditions, self._seen.link)

    def gone(self, problem: DeviceError) -> None:
        """The device is lost, or a person has to act first; logged once until that changes or it is ready."""
        lifecycle = Lifecycle.FAILED if problem.permanent else Lifecycle.LOST
        if self.lifecycle is not lifecycle:
            log.warning(
                "device.%s device=%s reason=%r remedy=%r", lifecycle, self.name, problem.message, problem.remedy
            )
        if self.lifecycle is Lifecycle.READY:
            self._counters.count("losses")
        condition = Condition(f"device_{lifecycle}", Severity.FAULT, problem.message, problem.remedy)
        self.change(lifecycle, (condition,), _link_without(problem))

    def change(self, lifecycle: Lifecycle, conditions: tuple[Condition, ...] = (), link: Link = Link.UNKNOWN) -> None:
        """Set, and tell what is new; the lock keeps two threads from telling it in the wrong order."""
        with self._lock:
            now = self._clock()
            self._since = {condition.code: self._since.get(condition.code, now) for condition in conditions}
            self.lifecycle, self.link = lifecycle, link
            changed = DeviceChanged(self.name, self.category, lifecycle, conditions, link)
            if changed != self._told:
                self._told = changed
                self._sink(changed)

    def conditions(self) -> tuple[LastingCondition, ...]:
        """Return what was told last, each with since when."""
        with self._lock:
            told = self._told.conditions if self._told else ()
            return tuple(LastingCondition(condition, self._since[condition.code]) for condition in told)

    def finding(self, last_good_s: float | None) -> Finding:
        """Say how the device fares by what is known of it, without asking it."""
        heard = "no sign of it"
        if last_good_s is not None:
            heard = f"last sign of it {max(0.0, self._clock() - last_good_s):.0f} s ago"
        if self.lifecycle is Lifecycle.READY and self.link is Link.UNKNOWN:
            heard = "but such a device never says whether it works"
        with self._lock:
            told = self._told.conditions if self._told else ()
            faults = [condition for condition in told if condition.severity is Severity.FAULT]
            passed = self.lifecycle is Lifecycle.READY and not faults
            text = f"{self.lifecycle}, {heard}" + "".join(f". {fault.message}" for fault in faults)
        return Finding(passed=passed, text=text, remedy=faults[0].remedy if faults else "")


def explained(name: str, error: DeviceError | OSError) -> DeviceError:
    """Turn what an open or a call raised into an error with a remedy."""
    if isinstance(error, DeviceError):
        return error
    message = f"The connection to {name} was lost ({error.strerror or type(error).__name__})."
    remedy = "Check its cable, its power and the permissions of this program."
    if error.errno in _NOT_THERE:
        return AbsentError(message, remedy)
    return DeviceError(message, remedy, permanent=error.errno in _NO_USE_TRYING)


def _link_without(problem: DeviceError) -> Link:
    if problem.permanent:
        return Link.UNKNOWN
    return Link.OFF if isinstance(problem, AbsentError) else Link.OFFLINE
