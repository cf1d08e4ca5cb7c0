"""Wakes a thread that waits in `select`: an eventfd that others ring."""

from __future__ import annotations

import os
from contextlib import suppress


class Wake:
    """Ring it from any thread or signal handler; the waiting thread selects on `fileno()` and calls `clear`."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._descriptor

    def ring(self) -> None:
        """Wake the waiting thread; more rings than one are one. Nothing happens once it is closed."""
        with suppress(OSError):
            os.eventfd_write(self._descriptor, 1)

    def clear(self) -> None:
        """Take all rings so far."""
        with suppress(BlockingIOError):
            os.eventfd_read(self._descriptor)

    def close(self) -> None:
        """Give the descriptor back; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
