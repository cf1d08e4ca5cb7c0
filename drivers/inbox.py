"""What was asked of one device and waits for its thread, with the bell that wakes it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivers.device import Driver, Sink

D = TypeVar("D", bound=Driver)


class Bell:
    """An eventfd that counts its rings: each is heard once, and the descriptor is readable while any is left."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC | os.EFD_SEMAPHORE)
        self._lock = threading.Lock()

    @property
    def fd(self) -> int:
        """The descriptor to wait for; -1 once closed."""
        return self._fd

    def ring(self) -> None:
        """Wake the thread once more; does nothing once closed."""
        with self._lock:
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def hear(self) -> None:
        """Take one ring off, if there is one."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._fd)

    def close(self) -> None:
        """Give the descriptor back."""
        with self._lock:
            fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


@dataclass(frozen=True, slots=True)
class Request(Generic[D]):
    """A call and the records that stand for it where it cannot be made or breaks off; `to` is handed exactly one."""

    call: Callable[[D], object]
    not_ready: object
    lost: object
    to: Sink


class Inbox(Generic[D]):
    """Requests in their order. Shut at first: takes requests only while the device is ready. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Request[D]] = deque()
        self._open = False
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether a request is running."""
        return self._busy

    def unlock(self) -> None:
        """Take requests from now on."""
        with self._lock:
            self._open = True

    def shut(self) -> list[Request[D]]:
        """Take no more requests; return those that were not begun."""
        with self._lock:
            self._open = False
            return self._take_all()

    def put(self, request: Request[D]) -> bool:
        """Add a request; False where the inbox is shut."""
        with self._lock:
            if self._open:
                self._waiting.append(request)
            return self._open

    def begin(self) -> Request[D] | None:
        """Return the next request, which is running until `done`."""
        with self._lock:
            request = self._waiting.popleft() if self._waiting else None
            self._busy = request is not None
            return request

    def done(self) -> None:
        """The request that was begun has ended."""
        with self._lock:
            self._busy = False

    def interrupt(self, call: Callable[[], None]) -> list[Request[D]]:
        """Make `call` if a request is running, which cannot end meanwhile; return those that were not begun."""
        with self._lock:
            if self._busy:
                call()
            return self._take_all()

    def _take_all(self) -> list[Request[D]]:
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting
