"""What a byte transport looks like to a driver: every call has a deadline, none waits for ever."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """An open connection that carries bytes. All deadlines are seconds from the call on."""

    def fileno(self) -> int:
        """Return the file descriptor to wait on together with a wake-up."""
        ...

    def read(self, deadline_s: float) -> bytes:
        """Return what has come in as soon as there is any, `b""` where nothing came by the deadline.

        Raises `DeviceError` or `OSError` when the other side is gone.
        """
        ...

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Hand over all of `data`; `DeviceError` where the other side has not taken it by the deadline."""
        ...

    def close(self) -> None:
        """Give the descriptor back. Never raises; may be called twice."""
        ...
