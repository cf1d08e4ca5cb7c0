"""Waiting for file descriptors with a deadline, by poll(2), which unlike select(2) knows no limit of 1024."""

from __future__ import annotations

import math
import select
import time


class Deadline:
    """A moment `seconds` from now. `left_s` never goes below zero."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left_s(self) -> float:
        """Seconds until the deadline, 0 once it has passed."""
        return max(0.0, self._at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether the deadline has passed."""
        return self.left_s == 0.0


def wait_readable(timeout_s: float, *fds: int) -> set[int]:
    """Wait until one of `fds` can be read, was hung up or is in error; return those, empty after `timeout_s`."""
    return _wait(timeout_s, fds, select.POLLIN)


def wait_writable(timeout_s: float, fd: int) -> bool:
    """Wait until `fd` takes data or is in error; False after `timeout_s`."""
    return bool(_wait(timeout_s, (fd,), select.POLLOUT))


def _wait(timeout_s: float, fds: tuple[int, ...], events: int) -> set[int]:
    poll = select.poll()
    for fd in fds:
        poll.register(fd, events)
    # Rounded up: a wait cut down to 0 ms in the last millisecond would spin.
    return {fd for fd, _ in poll.poll(math.ceil(max(0.0, timeout_s) * 1000))}
