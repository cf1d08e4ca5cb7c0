"""One thread per device: open, listen, run what is asked, back off and reopen; log once when gone, once when back."""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivers.device import DeviceError, Driver, Finding, HealthLevel, Lifecycle, Link, Sink
from drivers.health import DEADLINES_S, Check, HealthReport
from drivers.identity import Hint
from drivers.inbox import Bell, Inbox, Request
from drivers.standing import Standing, explained
from drivers.statistics import Counters, Statistics, Traffic
from drivers.transport.waiting import Deadline, wait_readable

D = TypeVar("D", bound=Driver)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait before the 1st, 2nd, ... try to reopen, each give or take `jitter` (a share of it).

    The last one repeats, and is the only one after a permanent error. The jitter keeps the tills of a store from
    asking one shared device in step after a power cut. A device that was READY for `proven_s` begins at the first wait
    again; one that opens and fails at once does not.
    """

    backoff_s: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
    jitter: float = 0.2
    proven_s: float = 5.0

    def before_try(self, failures: int, *, permanent: bool) -> float:
        """Seconds to wait after `failures` failed openings in a row."""
        wait_s = self.backoff_s[-1 if permanent else min(failures, len(self.backoff_s)) - 1]
        return wait_s * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 # jitter is no secret


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a supervisor is told from outside: the time, the bytes of its device, and which plugs are meant for it."""

    clock: Callable[[], float] = time.monotonic
    traffic: Callable[[], Traffic] = Traffic
    heeds: Callable[[Hint], bool] = lambda _: True


class Supervisor(Generic[D]):
    """Owns one driver and the thread it lives on.

    `make` is handed the sink for the driver's records and returns the driver, unopened. Everything the driver emits
    goes to `sink`, except `Conditions`, which become a `DeviceChanged` that holds lifecycle and link too, and `Slip`s,
    which are counted. `sink` is called from this thread and, for requests that are refused at once, from the thread
    that asks; it must be quick and must not raise.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[Sink], D],
        sink: Sink,
        *,
        waits: Waits | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.name = name
        self._sink = sink
        self._surroundings = surroundings or Surroundings()
        self._counters = Counters()
        self._standing = Standing(name, sink, self._counters, self._surroundings.clock)
        self._driver = make(self._standing.emit)
        self._standing.category = self._driver.category
        self._inbox: Inbox[D] = Inbox()
        self._life = _Life(
            self._driver,
            inbox=self._inbox,
            standing=self._standing,
            counters=self._counters,
            waits=waits or Waits(),
            clock=self._surroundings.clock,
        )
        self._thread = threading.Thread(target=self._life.run, name=f"device {name}", daemon=True)

    @property
    def driver(self) -> D:
        """The driver, for what never changes about it (a terminal's `attendance`); all else goes by `submit`."""
        return self._driver

    @property
    def lifecycle(self) -> Lifecycle:
        """Where the device stands now."""
        return self._standing.lifecycle

    @property
    def link(self) -> Link:
        """What is known now of the way to the device."""
        return self._standing.link

    @property
    def busy(self) -> bool:
        """Whether it works on a request now (UnifiedPOS: BUSY). Not told to the sink: it changes with every request."""
        return self._inbox.busy

    def start(self) -> None:
        """Start the thread; `DeviceChanged` tells what comes of it. Once in a life."""
        self._life.bell = Bell()
        self._thread.start()

    def submit(self, call: Callable[[D], object], *, not_ready: object, lost: object, to: Sink | None = None) -> None:
        """Run `call(driver)` on the device's thread and hand what it returns to the sink (or to `to` instead).

        `not_ready` is handed over instead when the device is not READY (nothing was sent to it), `lost` when `call`
        raised. Exactly one record per submit, always.
        """
        request = Request(call, not_ready, lost, to or self._sink)
        if self._inbox.put(request):
            self._life.ring()
        else:
            request.to(not_ready)

    def interrupt(self, call: Callable[[D], None]) -> None:
        """End early what was submitted: for `cancel_weigh` and `abort`.

        `call(driver)` is made here and now if a request is running (whose own outcome still comes), and requests that
        wait their turn are answered with their `not_ready`. Does nothing where there is neither, so a late cancel
        never hits the next request. `call` must be quick, safe to make from any thread, and must not raise.
        """
        _refuse(self._inbox.interrupt(lambda: call(self._driver)))

    def check_health(self, level: HealthLevel, deadline_s: float | None = None) -> None:
        """Check the device; exactly one `HealthReport` comes to the sink, whatever happens, by `deadline_s`.

        INTERNAL reports before this returns, from what is known without the device. The others wait for their turn
        among the requests and run `Driver.check_health`.
        """
        if level is HealthLevel.INTERNAL:
            self._sink(self._report(level, self._standing.finding(self.statistics().last_good_s)))
            return
        away = self._standing.finding(self.statistics().last_good_s)
        check = Check(level, lambda finding: self._sink(self._report(level, finding)), deadline_s or DEADLINES_S[level])
        check.begin()
        remedy = "See what it says about itself, and check again when it is ready."
        self.submit(
            check.run,
            not_ready=Finding(passed=False, text=f"Not checked: {away.text}", remedy=away.remedy or remedy),
            lost=Finding(passed=False, text="The device was lost while it was checked.", remedy=remedy),
            to=check.finish,
        )

    def statistics(self) -> Statistics:
        """Return what was counted so far. From any thread."""
        return self._counters.snapshot(self._surroundings.traffic())

    def hint(self, hint: Hint) -> None:
        """Something was plugged in or pulled out: where it may be this device, try it again, or have it look."""
        if not self._surroundings.heeds(hint):
            return
        if hint.added:
            self.retry_now()
        else:
            self._life.ring()

    def retry_now(self) -> None:
        """End a back-off, and begin with the short waits again: a device was plugged in, or a person has acted."""
        self._life.retry.set()
        self._life.ring()

    def request_stop(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._life.stopping.set()
        self._life.ring()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End the thread and wait for it; the driver is closed and every file given back. May be called twice.

        A request that still runs is given until `timeout_s`; its record comes when it ends.
        """
        self.request_stop()
        if self._thread.ident is None:
            return
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("device.stop_overdue device=%s timeout_s=%s", self.name, timeout_s)

    def _report(self, level: HealthLevel, finding: Finding) -> HealthReport:
        standing = self._standing
        return HealthReport(
            device=self.name,
            category=standing.category,
            level=level,
            passed=finding.passed,
            text=finding.text,
            remedy=finding.remedy,
            lifecycle=standing.lifecycle,
            link=standing.link,
            conditions=standing.conditions(),
            statistics=self.statistics(),
            at_s=self._surroundings.clock(),
        )


class _Life(Generic[D]):
    """What the thread of a device does from start to stop."""

    def __init__(  # noqa: PLR0913 # the parts of one supervisor, made in one place
        self,
        driver: D,
        *,
        inbox: Inbox[D],
        standing: Standing,
        counters: Counters,
        waits: Waits,
        clock: Callable[[], float],
    ) -> None:
        self._driver = driver
        self._inbox = inbox
        self._standing = standing
        self._counters = counters
        self._waits = waits
        self._clock = clock
        self._failures = 0
        self.bell: Bell | None = None
        self.stopping = threading.Event()
        self.retry = threading.Event()

    def ring(self) -> None:
        """Wake the thread, which then has its driver listen anew."""
        if self.bell is not None:
            self.bell.ring()

    def run(self) -> None:
        """Open and serve until told to stop."""
        bell = self.bell
        if bell is None:
            return
        self._standing.change(Lifecycle.OPENING)
        while not self.stopping.is_set():
            problem = self._once(bell)
            if problem is not None:
                self._failures += 1
                self._back_off(bell, permanent=problem.permanent)
        self._standing.change(Lifecycle.CLOSED)
        bell.close()

    def _once(self, bell: Bell) -> DeviceError | None:
        """Open the device and serve until it is gone (returns why) or the thread is to stop."""
        problem: DeviceError | None = None
        try:
            self._standing.begin()
            self._driver.open()
            self._serve(bell)
        except (DeviceError, OSError) as error:
            problem = explained(self._standing.name, error)
        except Exception as error:  # noqa: BLE001 # the outermost loop: one broken driver must not end the lane
            problem = _crashed(self._standing.name, error)
        finally:
            unbegun = self._inbox.shut()
            self._driver.close()
        if problem is not None:
            self._standing.gone(problem)
        _refuse(unbegun)
        return problem

    def _serve(self, bell: Bell) -> None:
        ready_at = self._clock()
        self.retry.clear()
        self._inbox.unlock()
        self._standing.ready()
        try:
            while not self.stopping.is_set():
                # Between any two requests, too, so that a driver can forget a cancel that came too late; it returns
                # at once as long as the bell has not been heard for every request.
                self._driver.listen(bell.fd, self._standing.emit)
                bell.hear()
                if not self.stopping.is_set():
                    self._answer_next()
        finally:
            if self._clock() - ready_at >= self._waits.proven_s:
                self._failures = 0

    def _answer_next(self) -> None:
        request = self._inbox.begin()
        if request is None:
            return
        self._counters.count("requests")
        record, done = request.lost, False
        try:
            record = request.call(self._driver)
            done = True
        finally:
            if not done:
                self._counters.count("failed_requests")
            self._inbox.done()
            request.to(record)

    def _back_off(self, bell: Bell, *, permanent: bool) -> None:
        deadline = Deadline(self._waits.before_try(self._failures, permanent=permanent))
        while not (self.stopping.is_set() or self.retry.is_set() or deadline.passed):
            if wait_readable(deadline.left_s, bell.fd):
                bell.hear()
        if self.retry.is_set():
            self._failures = 0
        self.retry.clear()


def _refuse(requests: list[Request[D]]) -> None:
    for request in requests:
        request.to(request.not_ready)


def _crashed(name: str, error: Exception) -> DeviceError:
    # Only where, never what: the text of an error may quote what was scanned.
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("device.crashed device=%s error=%s at=%r", name, type(error).__name__, where)
    return DeviceError(f"The driver of {name} failed.", "It is being restarted; report it if it happens again.")
