"""The simulated terminal's side of the connection to the register."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from drivers.payment.zvt_codec import Apdu, Framer

_SEND_S: Final = 1.0
_GARBAGE: Final = bytes.fromhex("deadbeef")


class Channel(Protocol):
    """What carries bytes to the register."""

    def fileno(self) -> int:
        """Descriptor that is readable when something came."""
        ...

    def recv(self, size: int, /) -> bytes:
        """What came, `b""` once the register is gone; `OSError` likewise."""
        ...

    def sendall(self, data: bytes, /) -> None:
        """Send; `OSError` where nobody takes it."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Wire(Protocol):
    """How messages are packed."""

    hangs_up: bool
    fault: str

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that are whole by now."""
        ...

    def pack(self, message: bytes) -> bytes:
        """A message as it goes over the line."""
        ...


class PlainWire:
    """Messages as they are, as over TCP."""

    hangs_up = True

    def __init__(self, _: Callable[[bytes], None]) -> None:
        self.fault = ""

    def feed(self, chunk: bytes) -> list[bytes]:
        """What came, in pieces of any size."""
        return [chunk]

    def pack(self, message: bytes) -> bytes:
        """The message itself."""
        return message


class Line:
    """The connection to the register: sends one message after the other, each when the one before is acknowledged.

    `slow_s` is the time before each message; `fault` damages the next one: `half` sends the first half of it and then
    nothing at all any more on this connection, `garbage` sends something else in its place.
    """

    def __init__(self, make_wire: Callable[[Callable[[bytes], None]], Wire] = PlainWire) -> None:
        self._make_wire = make_wire
        self.channel: Channel | None = None
        self.wire = make_wire(self._raw)
        self.silent = False
        self.split = False
        self.slow_s = 0.0
        self.fault = ""
        self._dumb = False
        self._framer = Framer()
        self._to_tell: deque[bytes] = deque()
        self._later: deque[tuple[float, bytes]] = deque()
        self._unacknowledged = False

    @property
    def connected(self) -> bool:
        """Whether a register is connected (as far as is known)."""
        return self.channel is not None

    @property
    def talking(self) -> bool:
        """Whether a message of ours is not acknowledged yet."""
        return self._unacknowledged or bool(self._to_tell)

    @property
    def left_s(self) -> float | None:
        """Seconds until something is to be sent, None where there is nothing."""
        return max(0.0, self._later[0][0] - time.monotonic()) if self._later else None

    def open(self, channel: Channel) -> None:
        """Take a new connection."""
        if isinstance(channel, socket.socket):
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            channel.settimeout(_SEND_S)
        self.channel = channel
        self.wire = self._make_wire(self._raw)
        self._dumb = False
        self._framer = Framer()

    def close(self) -> None:
        """Drop the connection and all that was still to be told."""
        if self.channel is not None:
            self.channel.close()
        self.channel = None
        self._later.clear()
        self.forget()

    def hang_up(self) -> None:
        """Have the connection lost: on a line where nobody can hang up, fall silent until something is heard."""
        if self.wire.hangs_up:
            self.close()
        else:
            self._later.clear()
            self.forget()
            self._dumb = True

    def forget(self) -> None:
        """Drop what was still to be told."""
        self._to_tell.clear()
        self._unacknowledged = False

    def read(self) -> list[Apdu]:
        """What the register sent; closes where it is gone."""
        try:
            chunk = b"" if self.channel is None else self.channel.recv(65536)
        except OSError:
            chunk = b""
        if not chunk:
            self.close()
            return []
        if self._dumb and not self.wire.hangs_up:
            # Nobody hangs up on a serial line: what is heard next is a register that begins anew.
            self._dumb = False
        messages = self.wire.feed(chunk)
        return [item for message in messages for item in self._framer.feed(message) if isinstance(item, Apdu)]

    def reply(self, answer: bytes) -> None:
        """Send at once: the answer to a command."""
        if self.channel is None or self.silent or self._dumb:
            return
        if self.slow_s:
            self._later.append((time.monotonic() + self.slow_s, answer))
        else:
            self._say(answer)

    def send_due(self) -> None:
        """Send what was put off and is due by now."""
        while self.left_s == 0.0:
            self._say(self._later.popleft()[1])

    def tell(self, *messages: bytes) -> None:
        """Send in turn; lost where nobody is connected or the terminal is silent."""
        if self.channel is not None and not self.silent:
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

    def _say(self, message: bytes) -> None:
        fault, self.fault = self.fault, ""
        if fault == "garbage":
            self._raw(_GARBAGE)
            return
        packed = self.wire.pack(message)
        if fault == "half":
            self._dumb = True
            packed = packed[: len(packed) // 2]
        for part in [packed[at : at + 1] for at in range(len(packed))] if self.split else [packed]:
            self._raw(part)

    def _raw(self, data: bytes) -> None:
        try:
            if self.channel is not None:
                self.channel.sendall(data)
        except OSError:
            self.close()
