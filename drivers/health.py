"""A check of a device's health: what it comes to, and that there is exactly one report of it whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import (
    Category,
    Condition,
    DeviceError,
    Driver,
    Finding,
    HealthLevel,
    Lifecycle,
    Link,
)
from drivers.statistics import Statistics

# A driver has 10 s (INTERACTIVE: 60 s); what it does for the shopper meanwhile is waited for as long again.
DEADLINES_S = {HealthLevel.INTERNAL: 5.0, HealthLevel.EXTERNAL: 20.0, HealthLevel.INTERACTIVE: 70.0}
_JOIN_S = 1.0


@dataclass(frozen=True, slots=True)
class LastingCondition:
    """A condition of a device, and the monotonic time since when it is so."""

    condition: Condition
    since_s: float


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What a check of `device` found at the monotonic time `at_s`, with all that is known of the device then."""

    device: str
    category: Category
    level: HealthLevel
    passed: bool
    text: str
    remedy: str
    lifecycle: Lifecycle
    link: Link
    conditions: tuple[LastingCondition, ...]
    statistics: Statistics
    at_s: float


class Check:
    """One check under way. `report` is called once, by what comes first: the finding, a loss, or the deadline."""

    def __init__(self, level: HealthLevel, report: Callable[[Finding], None], deadline_s: float) -> None:
        self._level = level
        self._report = report
        self._lock = threading.Lock()
        self._open = True
        self._timer = threading.Timer(deadline_s, self._late)
        self._timer.daemon = True

    def begin(self) -> None:
        """Let the deadline run."""
        self._timer.start()

    def run(self, driver: Driver) -> object:
        """Check the device, on its thread; raises what the driver raises, reported before. Nothing once it is late."""
        if not self._open:
            return None
        try:
            return driver.check_health(self._level)
        except DeviceError as error:
            self.finish(Finding(passed=False, text=error.message, remedy=error.remedy))
            raise

    def finish(self, finding: object) -> None:
        """Report `finding`, unless there was a report."""
        with self._lock:
            first, self._open = self._open, False
        if not first:
            return
        self._timer.cancel()
        nothing = Finding(passed=False, text="The driver found nothing out.", remedy="Report it to the maker of this.")
        self._report(finding if isinstance(finding, Finding) else nothing)
        if self._timer is not threading.current_thread():
            self._timer.join(_JOIN_S)

    def _late(self) -> None:
        remedy = "Wait until it has finished what it does, and check again."
        self.finish(Finding(passed=False, text="The device did not come to the check in time.", remedy=remedy))
