"""One thread per device: open, listen, run what is asked, back off and reopen; log once when gone, once when back."""

from __future__ import annotations

import errno
import logging
import random
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivers.device import (
    Category,
    Condition,
    Conditions,
    DeviceChanged,
    DeviceError,
    Driver,
    Lifecycle,
    Severity,
    Sink,
)
from drivers.inbox import Bell, Inbox, Request
from drivers.transport.waiting import Deadline, wait_readable

D = TypeVar("D", bound=Driver)

log = logging.getLogger(__name__)

_NO_USE_TRYING = (errno.EACCES, errno.EPERM, errno.EBUSY)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait before the 1st, 2nd, ... try to reopen, each give or take `jitter` (a share of it).

    The last one repeats, and is the only one after a permanent error. The jitter keeps the tills of a store from
    asking one shared device in step after a power cut.
    """

    backoff_s: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
    jitter: float = 0.2

    def before_try(self, failures: int, *, permanent: bool) -> float:
        """Seconds to wait after `failures` failed openings in a row."""
        wait_s = self.backoff_s[-1 if permanent else min(failures, len(self.backoff_s)) - 1]
        return wait_s * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 # jitter is no secret


class Supervisor(Generic[D]):
    """Owns one driver and the thread it lives on.

    `make` is handed the sink for the driver's records and returns the driver, unopened. Everything the driver emits
    goes to `sink`, except `Conditions`, which become a `DeviceChanged` that holds the lifecycle too. `sink` is called
    from this thread and, for requests that are refused at once, from the thread that asks; it must be quick and must
    not raise.
    """

    def __init__(self, name: str, make: Callable[[Sink], D], sink: Sink, *, waits: Waits | None = None) -> None:
        self.name = name
        self._sink = sink
        self._standing = _Standing(name, sink)
        self._driver = make(self._standing.emit)
        self._standing.category = self._driver.category
        self._waits = waits or Waits()
        self._inbox: Inbox[D] = Inbox()
        self._bell: Bell | None = None
        self._stopping = threading.Event()
        self._retry = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"device {name}", daemon=True)

    @property
    def driver(self) -> D:
        """The driver, for what never changes about it (a terminal's `attendance`); all else goes by `submit`."""
        return self._driver

    @property
    def lifecycle(self) -> Lifecycle:
        """Where the device stands now."""
        return self._standing.lifecycle

    def start(self) -> None:
        """Start the thread; `DeviceChanged` tells what comes of it. Once in a life."""
        self._bell = Bell()
        self._thread.start()

    def submit(self, call: Callable[[D], object], *, not_ready: object, lost: object) -> None:
        """Run `call(driver)` on the device's thread and hand what it returns to the sink.

        `not_ready` is handed over instead when the device is not READY (nothing was sent to it), `lost` when `call`
        raised. Exactly one record per submit, always.
        """
        if self._inbox.put(Request(call, not_ready, lost)):
            self._ring()
        else:
            self._sink(not_ready)

    def interrupt(self, call: Callable[[D], None]) -> None:
        """End early what was submitted: for `cancel_weigh` and `abort`.

        `call(driver)` is made here and now if a request is running (whose own outcome still comes), and requests that
        wait their turn are answered with their `not_ready`. Does nothing where there is neither, so a late cancel
        never hits the next request. `call` must be quick, safe to make from any thread, and must not raise.
        """
        self._refuse(self._inbox.interrupt(lambda: call(self._driver)))

    def retry_now(self) -> None:
        """End a back-off: a device was plugged in, or a person has acted."""
        self._retry.set()
        self._ring()

    def request_stop(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._stopping.set()
        self._ring()

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

    def _run(self) -> None:
        bell = self._bell
        if bell is None:
            return
        failures = 0
        self._standing.change(Lifecycle.OPENING)
        while not self._stopping.is_set():
            problem: DeviceError | None = None
            try:
                self._driver.open()
                failures = 0
                self._serve(bell)
            except (DeviceError, OSError) as error:
                problem = _as_device_error(self.name, error)
            except Exception as error:  # noqa: BLE001 # the outermost loop: one broken driver must not end the lane
                problem = _crashed(self.name, error)
            finally:
                unbegun = self._inbox.shut()
                self._driver.close()
            if problem is not None:
                failures += 1
                self._standing.gone(problem)
            self._refuse(unbegun)
            if problem is not None:
                self._back_off(bell, self._waits.before_try(failures, permanent=problem.permanent))
        self._standing.change(Lifecycle.CLOSED)
        bell.close()

    def _serve(self, bell: Bell) -> None:
        self._retry.clear()
        self._inbox.unlock()
        self._standing.ready()
        while not self._stopping.is_set():
            # Between any two requests, too, so that a driver can forget a cancel that came too late; it returns at
            # once as long as the bell has not been heard for every request.
            self._driver.listen(bell.fd, self._standing.emit)
            bell.hear()
            if not self._stopping.is_set():
                self._answer_next()

    def _answer_next(self) -> None:
        request = self._inbox.begin()
        if request is None:
            return
        record = request.lost
        try:
            record = request.call(self._driver)
        finally:
            self._inbox.done()
            self._sink(record)

    def _back_off(self, bell: Bell, wait_s: float) -> None:
        deadline = Deadline(wait_s)
        while not (self._stopping.is_set() or self._retry.is_set() or deadline.passed):
            if wait_readable(deadline.left_s, bell.fd):
                bell.hear()
        self._retry.clear()

    def _refuse(self, requests: list[Request[D]]) -> None:
        for request in requests:
            self._sink(request.not_ready)

    def _ring(self) -> None:
        if self._bell is not None:
            self._bell.ring()


class _Standing:
    """Lifecycle and conditions of one device: told to the sink when they change, logged when gone and when back."""

    def __init__(self, name: str, sink: Sink) -> None:
        self._name = name
        self._sink = sink
        self._lock = threading.RLock()
        self._seen: tuple[Condition, ...] = ()
        self._told: DeviceChanged | None = None
        self.category = Category.SCANNER
        self.lifecycle = Lifecycle.CLOSED

    def emit(self, record: object) -> None:
        """What the driver hands its records to."""
        if not isinstance(record, Conditions):
            self._sink(record)
            return
        with self._lock:
            self._seen = record.conditions
            # What a driver finds while it opens is told with READY.
            if self.lifecycle is Lifecycle.READY:
                self.change(Lifecycle.READY, self._seen)

    def ready(self) -> None:
        log.info("device.ready device=%s category=%s", self._name, self.category)
        self.change(Lifecycle.READY, self._seen)

    def gone(self, problem: DeviceError) -> None:
        lifecycle = Lifecycle.FAILED if problem.permanent else Lifecycle.LOST
        if self.lifecycle is not lifecycle:
            log.warning(
                "device.%s device=%s reason=%r remedy=%r", lifecycle, self._name, problem.message, problem.remedy
            )
        self._seen = ()
        self.change(lifecycle, (Condition(f"device_{lifecycle}", Severity.FAULT, problem.message, problem.remedy),))

    def change(self, lifecycle: Lifecycle, conditions: tuple[Condition, ...] = ()) -> None:
        """Set, and tell what is new; the lock keeps two threads from telling it in the wrong order."""
        with self._lock:
            self.lifecycle = lifecycle
            changed = DeviceChanged(self._name, self.category, lifecycle, conditions)
            if changed != self._told:
                self._told = changed
                self._sink(changed)


def _as_device_error(name: str, error: DeviceError | OSError) -> DeviceError:
    if isinstance(error, DeviceError):
        return error
    return DeviceError(
        f"The connection to {name} was lost ({error.strerror or type(error).__name__}).",
        "Check its cable, its power and the permissions of this program.",
        permanent=error.errno in _NO_USE_TRYING,
    )


def _crashed(name: str, error: Exception) -> DeviceError:
    # Only where, never what: the text of an error may quote what was scanned.
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("device.crashed device=%s error=%s at=%r", name, type(error).__name__, where)
    return DeviceError(f"The driver of {name} failed.", "It is being restarted; report it if it happens again.")
