"""A tap on the bytes of one device: counts them, keeps the last frames for a bug report, and records on demand.

What a frame shows is decided by the `redact` of the device's category; see `drivers.entry.Entry`.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, ParamSpec, TypeVar, cast

from drivers.device import DeviceError
from drivers.statistics import Traffic
from drivers.transport import tcp
from drivers.transport.interface import Transport
from drivers.transport.recording import Recorder, Side
from drivers.transport.serial import Line, SerialTransport, open_serial

P = ParamSpec("P")
T = TypeVar("T", bound=Transport)

DEPTH = 64
# A frame longer than this (a picture for a printer) shows its beginning: a bug report is read by people.
LONGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """One piece of a conversation: the monotonic time, whose it was, and what may be shown of it."""

    at_s: float
    side: Side
    text: str


def hex_text(data: bytes) -> str:
    """Show all of it in hexadecimal, up to `LONGEST_SHOWN` bytes."""
    more = f" ... {len(data)} bytes" if len(data) > LONGEST_SHOWN else ""
    return data[:LONGEST_SHOWN].hex(" ") + more


def length_only(data: bytes) -> str:
    """Show nothing but how much it is: for what may be a badge or a card."""
    return f"{len(data)} bytes"


class Tap:
    """Taps all connections of one device, one after the other. Readers are safe from any thread.

    With `secret`, `redact` sees only what comes first after the other side spoke: a later piece may begin in the
    middle of a card number, and shows its length only.
    """

    def __init__(
        self,
        redact: Callable[[bytes], str] = length_only,
        *,
        secret: bool = False,
        recorder: Recorder | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redact = redact
        self._secret = secret
        self._recorder = recorder
        self._clock = clock
        self._lock = threading.Lock()
        self._traffic = Traffic()
        self._frames: deque[Frame] = deque(maxlen=DEPTH)
        self._last: Side | None = None

    def opener(self, make: Callable[P, T]) -> Callable[P, T]:
        """Return `make` with every transport that it opens tapped: `tap.opener(open_serial)`."""

        @functools.wraps(make)
        def tapped(*args: P.args, **kwargs: P.kwargs) -> T:
            return self.watch(make(*args, **kwargs))

        return tapped

    def serial(self, path: str, line: Line) -> SerialTransport:
        """Open a serial port, tapped; see `open_serial`."""
        return self.watch(open_serial(path, line))

    def tcp(self, host: str, port: int, deadline_s: float) -> tcp.TcpTransport:
        """Connect, tapped; see `tcp.connect`."""
        return self.watch(tcp.connect(host, port, deadline_s))

    def watch(self, transport: T) -> T:
        """Return `transport`, tapped. Whatever else it can do (a descriptor, a line to set) it still can."""
        self.event(Side.HOST, "open")
        return cast("T", _Tapped(transport, self))

    def saw(self, side: Side, data: bytes) -> None:
        """Note what `side` said. For a driver whose device is no `Transport`; the others are seen to by `watch`."""
        if not data:
            return
        now, size = self._clock(), len(data)
        with self._lock:
            whole = not (self._secret and self._last is side)
            text = self._redact(data) if whole else f"... {length_only(data)}"
            self._last = side
            self._frames.append(Frame(now, side, text))
            before = self._traffic
            if side is Side.DEVICE:
                self._traffic = replace(before, bytes_in=before.bytes_in + size, last_in_s=now)
            else:
                self._traffic = replace(before, bytes_out=before.bytes_out + size)
        if self._recorder is not None:
            self._recorder.data(side, data)

    def event(self, side: Side, event: Literal["open", "close", "gone"]) -> None:
        """Note that the connection was opened or closed, or that the device went away."""
        with self._lock:
            self._last = None
            self._frames.append(Frame(self._clock(), side, event))
        if self._recorder is not None:
            self._recorder.event(side, event)

    def close(self) -> None:
        """End a recording; may be called twice."""
        if self._recorder is not None:
            self._recorder.close()

    def traffic(self) -> Traffic:
        """Return what went over all connections so far."""
        with self._lock:
            return self._traffic

    def frames(self) -> tuple[Frame, ...]:
        """Return the last `DEPTH` frames, oldest first."""
        with self._lock:
            return tuple(self._frames)


class _Tapped:
    """A transport whose bytes are seen by a tap."""

    def __init__(self, transport: Transport, tap: Tap) -> None:
        self._transport = transport
        self._tap = tap
        self._open = True

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def fileno(self) -> int:
        return self._transport.fileno()

    def read(self, deadline_s: float) -> bytes:
        try:
            data = self._transport.read(deadline_s)
        except (DeviceError, OSError):
            self._tap.event(Side.DEVICE, "gone")
            raise
        self._tap.saw(Side.DEVICE, data)
        return data

    def write_all(self, data: bytes, deadline_s: float) -> None:
        # Noted first: what was handed over in part before it broke off was said, too.
        self._tap.saw(Side.HOST, data)
        self._transport.write_all(data, deadline_s)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._tap.event(Side.HOST, "close")
        self._transport.close()
