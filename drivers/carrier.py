"""A device that another hangs on (the printer a drawer is wired to): asked by its neighbour, on its own thread."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from drivers.device import DeviceError, Lifecycle
from drivers.supervisor import Supervisor

T = TypeVar("T")


class _Outcome(enum.Enum):
    NOT_READY = enum.auto()
    LOST = enum.auto()


class Carrier:
    """Asks `supervisor`'s driver on behalf of another device. For the thread of that device only.

    `what` is how it is called in messages: "receipt printer".
    """

    def __init__(self, supervisor: Supervisor[Any], what: str) -> None:
        self._supervisor = supervisor
        self._what = what

    @property
    def name(self) -> str:
        """The alias of the device."""
        return self._supervisor.name

    @property
    def ready(self) -> bool:
        """Whether it takes requests now."""
        return self._supervisor.lifecycle is Lifecycle.READY

    @property
    def busy(self) -> bool:
        """Whether it works on something of its own, so that an answer may take its time."""
        return self._supervisor.busy

    def can(self, method: str) -> bool:
        """Whether its driver has a method of that name at all."""
        return callable(getattr(self._supervisor.driver, method, None))

    def away(self) -> DeviceError:
        """Return what to say where it takes no requests."""
        where = f"The {self._what} {self.name} that it hangs on is {self._supervisor.lifecycle}."
        return DeviceError(where, f"See to the {self._what} first: its power, its cable, its paper.")

    def ask(self, call: Callable[[Any], T], deadline_s: float) -> T:
        """Run `call(driver)` on the device's own thread and return its answer.

        Raises what `call` raises (`DeviceError`, `OSError`; the device itself is not lost by it), and `DeviceError`
        where it is not ready, is lost meanwhile or has not come to it in `deadline_s`. What it has not begun by then
        is withdrawn and never made: a drawer must not open when nobody waits for it any more.
        """
        errand: _Errand[T] = _Errand(call)
        self._supervisor.submit(errand.run, not_ready=_Outcome.NOT_READY, lost=_Outcome.LOST, to=errand.end)
        if not errand.ended.wait(deadline_s) and errand.withdraw():
            raise DeviceError(
                f"The {self._what} {self.name} is busy and did not come to it.",
                "Wait until it has finished, then try again.",
            )
        # Begun in the last moment: an answer is on its way, from a call that has a deadline of its own.
        errand.ended.wait(deadline_s)
        if errand.error is not None:
            raise errand.error
        if errand.outcome is _Outcome.NOT_READY:
            raise self.away()
        if errand.outcome is _Outcome.LOST or not errand.answers:
            message = f"The {self._what} {self.name} was lost in the middle; what came of it cannot be known."
            raise DeviceError(message, f"See for yourself, and see to the {self._what}.")
        return errand.answers[0]


class _Errand(Generic[T]):
    """One request to the carrier, from being asked to being answered or withdrawn."""

    def __init__(self, call: Callable[[Any], T]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._begun = False
        self._withdrawn = False
        self.ended = threading.Event()
        self.outcome: object = None
        self.error: DeviceError | OSError | None = None
        self.answers: list[T] = []

    def run(self, driver: object) -> None:
        """Make the call unless it was withdrawn. On the carrier's thread."""
        with self._lock:
            if self._withdrawn:
                return
            self._begun = True
        try:
            self.answers.append(self._call(driver))
        except (DeviceError, OSError) as error:
            # Not passed on to the carrier: a refused pulse is no reason to open its connection anew.
            self.error = error

    def end(self, outcome: object) -> None:
        """The carrier has done with it."""
        self.outcome = outcome
        self.ended.set()

    def withdraw(self) -> bool:
        """Take the request back; False where it has begun or ended."""
        with self._lock:
            self._withdrawn = not (self._begun or self.ended.is_set())
            return self._withdrawn
