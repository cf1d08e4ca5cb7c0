"""The simulated terminal's side of the connection to the register."""

from __future__ import annotations

import socket
from collections import deque
from typing import Final

from drivers.payment.zvt_codec import Apdu, Framer

_SEND_S: Final = 1.0


class Line:
    """The connection to the register: sends one message after the other, each when the one before is acknowledged."""

    def __init__(self) -> None:
        self.sock: socket.socket | None = None
        self.silent = False
        self.split = False
        self._framer = Framer()
        self._to_tell: deque[bytes] = deque()
        self._unacknowledged = False

    @property
    def connected(self) -> bool:
        """Whether a register is connected (as far as is known)."""
        return self.sock is not None

    @property
    def talking(self) -> bool:
        """Whether a message of ours is not acknowledged yet."""
        return self._unacknowledged or bool(self._to_tell)

    def open(self, sock: socket.socket) -> None:
        """Take a new connection."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(_SEND_S)
        self.sock = sock
        self._framer = Framer()

    def close(self) -> None:
        """Drop the connection and all that was still to be told."""
        if self.sock is not None:
            self.sock.close()
        self.sock = None
        self._to_tell.clear()
        self._unacknowledged = False

    def read(self) -> list[Apdu]:
        """What the register sent; closes where it is gone."""
        try:
            chunk = b"" if self.sock is None else self.sock.recv(65536)
        except OSError:
            chunk = b""
        if not chunk:
            self.close()
            return []
        return [item for item in self._framer.feed(chunk) if isinstance(item, Apdu)]

    def reply(self, answer: bytes) -> None:
        """Send at once: the answer to a command."""
        if self.sock is None or self.silent:
            return
        try:
            for part in [answer[at : at + 1] for at in range(len(answer))] if self.split else [answer]:
                self.sock.sendall(part)
        except OSError:
            self.close()

    def tell(self, *messages: bytes) -> None:
        """Send in turn; lost where nobody is connected or the terminal is silent."""
        if self.sock is not None and not self.silent:
            self._to_tell += messages
            self._next()

    def acknowledged(self) -> None:
        """The register has acknowledged the last message."""
        self._unacknowledged = False
        self._next()

    def _next(self) -> None:
        if self._to_tell and not self._unacknowledged:
            self._unacknowledged = True
            self.reply(self._to_tell.popleft())
