"""The bell between the two processes: the lane rings when the ledger has grown, the agent wakes up and looks."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiosk.store.database import StoreError

# The kernel queues fewer datagrams than this for one socket.
_MOST_RINGS = 1024


def ring(path: Path) -> None:
    """Wake whoever holds the `Bell` at `path`. Never blocks and never fails: a lost ring only costs a poll interval."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, _address(path) as address:
        sender.setblocking(False)
        sender.sendto(b"!", address)


class Bell:
    """The listening end, a Unix datagram socket; wait for it with `select` through `fileno()`."""

    def __init__(self, path: Path) -> None:
        """Listen at `path`, taking the place of a socket left there by a crash; `StoreError` where that fails."""
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            _remove_stale(path)
            with _address(path) as address:
                self._socket.bind(address)
            path.chmod(0o660)
        except OSError as error:
            self._socket.close()
            raise StoreError(
                f"No bell can be hung at {path}: {error.strerror}.",
                "Check that its folder exists and that this user may write to it.",
            ) from error

    def fileno(self) -> int:
        """The descriptor that becomes readable when somebody rings."""
        return self._socket.fileno()

    def clear(self) -> None:
        """Take all rings so far; returns at once."""
        with suppress(BlockingIOError):
            for _ in range(_MOST_RINGS):
                self._socket.recv(16)

    def close(self) -> None:
        """Stop listening; may be called twice."""
        if self._socket.fileno() < 0:
            return
        self._socket.close()
        with suppress(OSError):
            self._path.unlink()


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """An address for a path of any length: Unix allows 107 bytes, so it goes through the descriptor of the folder."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(None, "a file of another kind has this name")
    path.unlink()
