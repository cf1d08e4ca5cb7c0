"""A deadline for calls that know none: they are made on a thread of their own, which can be left behind."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class OverdueError(Exception):
    """A call did not come back in time. It still runs; the clerk takes no other until it has ended."""


class _Errand(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done = threading.Event()
        self._result: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # noqa: BLE001 # handed on to the caller, whose it is
            self._error = error
        finally:
            self._done.set()

    def wait(self, deadline_s: float) -> T:
        if not self._done.wait(deadline_s):
            raise OverdueError
        if self._error is not None:
            raise self._error
        return self._result[0]


class Clerk:
    """Makes calls one after another on a thread of its own, each with a deadline.

    `SCardTransmit` and `SCardConnect` of pcsc-lite may block for ever (github.com/LudovicRousseau/PCSC/issues/254). A
    thread cannot be ended from outside; one that hangs is left, and ends by itself when its call returns.
    """

    def __init__(self, name: str) -> None:
        self._errands: queue.SimpleQueue[_Errand[object] | None] = queue.SimpleQueue()
        self._stuck = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the thread has ended after `close`."""
        return not self._thread.is_alive()

    def call(self, work: Callable[[], T], deadline_s: float) -> T:
        """Return what `work()` returns or raise what it raises; `OverdueError` after `deadline_s`, and ever after."""
        if self._stuck:
            raise OverdueError
        errand = _Errand(work)
        self._errands.put(errand)  # type: ignore[arg-type] # the thread does not look at what an errand returns
        try:
            return errand.wait(deadline_s)
        except OverdueError:
            self._stuck = True
            raise

    def close(self, last: Callable[[], object], deadline_s: float) -> None:
        """Have `last()` made after all else and end the thread; does not wait for longer than `deadline_s`."""
        self._errands.put(_Errand(last))
        self._errands.put(None)
        if not self._stuck:
            self._thread.join(deadline_s)

    def _run(self) -> None:
        while (errand := self._errands.get()) is not None:
            errand.run()
