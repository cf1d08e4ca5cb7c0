"""Plays the device's side of a recording: to a driver in this process, or at a port of its own as a simulated device.

Bytes only matter as streams: the host may write in other pieces than it did. Where it writes anything else than it did,
the replay stops and says at which step; nothing is guessed from there on.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import Final, Literal

from drivers.device import DeviceError
from drivers.simulation import unknown_action
from drivers.transport.pseudo_port import PseudoPort
from drivers.transport.pseudo_server import PseudoServer
from drivers.transport.recording import Recording, Side
from drivers.transport.waiting import wait_readable

_SHOWN: Final = 32


class Script:
    """The course of a recording. Pure: host bytes in, device bytes out.

    `departure` says where and how the host left the recording ("" while it has not). With `repeat` the end leads back
    to the beginning: for a device that is asked the same thing again and again.
    """

    def __init__(self, recording: Recording, *, repeat: bool = False) -> None:
        self._steps = [(number, step) for number, step in enumerate(recording.steps, 1) if step.hex]
        self._repeat = repeat and any(step.side is Side.HOST for _, step in self._steps)
        self._at = 0
        self._left = b""
        self.departure = ""

    @property
    def done(self) -> bool:
        """Whether all of it was played."""
        return not self._repeat and self._at == len(self._steps)

    @property
    def step(self) -> int:
        """The line of the recording (from 1, without the header) that is next; one more than there are at the end."""
        return self._steps[self._at][0] if self._at < len(self._steps) else len(self._steps) + 1

    def due(self) -> list[bytes]:
        """What the device says next without the host saying anything, each piece once."""
        said: list[bytes] = []
        while not self.departure and self._at < len(self._steps) and self._now_side() is Side.DEVICE:
            said.append(self._steps[self._at][1].data)
            self._next()
        return said

    def take(self, data: bytes) -> list[bytes]:
        """The host wrote `data`; return what the device says to it, in the recorded pieces."""
        said = self.due()
        rest = data
        while rest and not self.departure:
            if self._at == len(self._steps):
                self._depart("the recording has ended", rest)
                break
            expected = self._left or self._steps[self._at][1].data
            size = min(len(expected), len(rest))
            if rest[:size] != expected[:size]:
                self._depart(f"the host said {_shown(expected)} here", rest)
                break
            rest, self._left = rest[size:], expected[size:]
            if not self._left:
                self._next()
                said += self.due()
        return said

    def _now_side(self) -> Side:
        return self._steps[self._at][1].side

    def _next(self) -> None:
        self._at += 1
        if self._repeat and self._at == len(self._steps):
            self._at = 0

    def _depart(self, expected: str, got: bytes) -> None:
        self.departure = f"At step {self.step} {expected}, and now it says {_shown(got)}."


class Replay:
    """A `Transport` at whose other end is the device of a recording. Waits as a real one, but never for the device."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._said = script.due()
        # Readable while the device has said something that was not read.
        self._bell = os.eventfd(1 if self._said else 0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def fileno(self) -> int:
        """See `Transport.fileno`; `DeviceError` once closed."""
        if self._bell < 0:
            raise DeviceError("The replay was closed.", "Open it first.")
        return self._bell

    def read(self, deadline_s: float) -> bytes:
        """Return the next recorded piece, `b""` at the deadline where the device says nothing here."""
        if not wait_readable(deadline_s, self.fileno()):
            return b""
        data = self._said.pop(0)
        if not self._said:
            os.eventfd_read(self._bell)
        return data

    def write_all(self, data: bytes, deadline_s: float) -> None:  # noqa: ARG002 # nothing here can be full
        """Compare with what the host said; permanent `DeviceError` where it departs."""
        self.fileno()
        quiet = not self._said
        self._said += self._script.take(data)
        if quiet and self._said:
            os.eventfd_write(self._bell, 1)
        if self._script.departure:
            remedy = "The driver or its settings have changed since: compare, or record it anew."
            raise DeviceError(f"The recording was left. {self._script.departure}", remedy, permanent=True)

    def close(self) -> None:
        """See `Transport.close`."""
        bell, self._bell = self._bell, -1
        if bell >= 0:
            os.close(bell)


class ReplayedDevice:
    """A simulated device that plays a recording at a serial port (`folder/name`) or a TCP port of 127.0.0.1.

    Actions: `play` (say what the recording begins with; a TCP device does so by itself when a driver connects),
    `restart` (from the beginning), `unplug`, `plug`, `state`. From a departure on it is silent; `state` tells which.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        recording: Recording,
        *,
        way: Literal["serial", "tcp"] = "serial",
        repeat: bool = False,
    ) -> None:
        self.name = name
        self._recording = recording
        self._repeat = repeat
        self._lock = threading.Lock()
        self._script = Script(recording, repeat=repeat)
        self._serial = PseudoPort(folder / name, self._received) if way == "serial" else None
        self._server = PseudoServer(name, self._received, self._play) if way == "tcp" else None

    @property
    def port(self) -> Path | None:
        """The path a driver opens, of a serial device."""
        return self._serial.link if self._serial else None

    @property
    def address(self) -> tuple[str, int] | None:
        """Where a driver connects to, of a TCP device."""
        return self._server.address if self._server else None

    def start(self) -> None:
        """Plug it in."""
        self._line.plug()

    def stop(self) -> None:
        """Pull it out."""
        self._line.unplug()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:  # noqa: ARG002 # none has any
        """See the class; `DeviceError` for any other action."""
        match action:
            case "play":
                self._play()
            case "restart":
                with self._lock:
                    self._script = Script(self._recording, repeat=self._repeat)
            case "unplug":
                self._line.unplug()
            case "plug":
                self._line.plug()
            case "state":
                pass
            case _:
                raise unknown_action("replayed device", action, ("play", "restart", "unplug", "plug", "state"))
        with self._lock:
            script = self._script
            return {
                "plugged": self._line.plugged,
                "step": script.step,
                "done": script.done,
                "departure": script.departure,
            }

    @property
    def _line(self) -> PseudoPort | PseudoServer:
        line = self._serial or self._server
        assert line is not None  # noqa: S101 # one of them was made
        return line

    def _play(self) -> None:
        with self._lock:
            said = self._script.due()
        self._say(said)

    def _received(self, data: bytes) -> None:
        with self._lock:
            said = self._script.take(data)
        self._say(said)

    def _say(self, said: list[bytes]) -> None:
        # A driver that went away, or a plug that was pulled, hears nothing more.
        with contextlib.suppress(DeviceError):
            for piece in said:
                self._line.write(piece)


def _shown(data: bytes) -> str:
    return data[:_SHOWN].hex(" ") + (f" ... ({len(data)} bytes)" if len(data) > _SHOWN else "")
