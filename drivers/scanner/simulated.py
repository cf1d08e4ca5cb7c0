"""Simulated scanners: what all have in common, and the one at a serial line."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drivers.device import DeviceError
from drivers.simulation import flag_field, number_field, text_field, unknown_action
from drivers.transport.pseudo_port import PseudoPort

ACTIONS = (
    *("scan", "present", "garbage", "half", "fail_next", "fail_always", "silent", "slow", "unplug", "plug", "state"),
)
_GARBAGE = b"\xff\x00\xfe\x01\r"
# Slower than this, a code is broken off at any scanner.
_SLOWEST_MS = 2000


class Port(Protocol):
    """The far end of what a driver opens: `PseudoPort`, `PacketPort`."""

    @property
    def plugged(self) -> bool:
        """Whether it is there."""
        ...

    def plug(self) -> None:
        """Make it appear."""
        ...

    def unplug(self) -> None:
        """Make it go away."""
        ...

    def write(self, data: bytes, /) -> None:
        """Send to the driver."""
        ...


@dataclass(slots=True)
class Bench:
    """How a simulated scanner fares, and what it was told."""

    scans: int = 0
    silent: bool = False
    slow_ms: int = 0
    fail_next: str = ""
    fail_always: str = ""
    presented: tuple[str, str] | None = None
    enabled: bool = True
    triggered: bool = False
    good_beeps: int = 0
    bad_beeps: int = 0


class SimulatedScannerBase(ABC):
    """The actions of every simulated scanner; a model says what goes over its wire.

    Actions: `scan` (`text`, optional `aim`, `times`), `present` (the same: read when the trigger is pulled), `garbage`,
    `half` (`text`: the first half, as when the cable is pulled), `fail_next` and `fail_always` (`how`, one of
    `faults`, "" for none), `silent` (`on`: reads nothing), `slow` (`ms` between two pieces), `unplug`, `plug`, `state`.
    """

    faults: tuple[str, ...] = ("garbage", "half")

    def __init__(self, name: str, port: Port) -> None:
        self.name = name
        self._wire = port
        self._bench = Bench()
        self._lock = threading.RLock()

    @abstractmethod
    def pieces(self, text: str, aim: str) -> list[bytes]:
        """What goes over the wire for one code, piece by piece."""

    @abstractmethod
    def broken(self, text: str, aim: str, how: str) -> list[bytes]:
        """What goes over the wire where it goes wrong; `how` is one of `faults`."""

    def start(self) -> None:
        """Plug it in."""
        self._wire.plug()

    def stop(self) -> None:
        """Pull it out."""
        self._wire.unplug()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See the class; `DeviceError` for any other action."""
        match action:
            case "scan":
                for _ in range(number_field(fields, "times") if "times" in fields else 1):
                    self._scan(*_code(fields))
            case "present":
                self._bench.presented = _code(fields)
            case "garbage":
                self._send(self.broken("", "", "garbage"))
            case "half":
                self._send(self.broken(text_field(fields, "text"), "", "half"))
            case "unplug":
                self._wire.unplug()
            case "plug":
                # One that gets power reads, whatever it was told before.
                self._bench.enabled, self._bench.triggered = True, False
                self._wire.plug()
            case "state":
                pass
            case _:
                self._set(action, fields)
        return self.state()

    def _set(self, action: str, fields: dict[str, object]) -> None:
        match action:
            case "fail_next" | "fail_always":
                setattr(self._bench, action, self._fault(fields))
            case "silent":
                self._bench.silent = flag_field(fields, "on")
            case "slow":
                self._bench.slow_ms = min(number_field(fields, "ms"), _SLOWEST_MS)
            case _:
                raise unknown_action("scanner", action, ACTIONS)

    def state(self) -> dict[str, object]:
        """What there is to tell of it."""
        bench = self._bench
        return {
            "plugged": self._wire.plugged,
            "scans": bench.scans,
            "enabled": bench.enabled,
            "triggered": bench.triggered,
            "good_beeps": bench.good_beeps,
            "bad_beeps": bench.bad_beeps,
        }

    def pull_trigger(self, *, on: bool) -> None:
        """The driver pulls or releases the trigger: what is presented is read."""
        self._bench.triggered = on
        if on and self._bench.presented is not None:
            self._scan(*self._bench.presented)

    def set_enabled(self, *, on: bool) -> None:
        """The driver lets it read or not."""
        self._bench.enabled = on

    def sound(self, *, good: bool) -> None:
        """The driver has it beep."""
        if good:
            self._bench.good_beeps += 1
        else:
            self._bench.bad_beeps += 1

    def _scan(self, text: str, aim: str) -> None:
        with self._lock:
            bench = self._bench
            how, bench.fail_next = bench.fail_next or bench.fail_always, ""
            if not self._wire.plugged:
                raise DeviceError(f"The scanner {self.name} is unplugged.", "Plug it in first.")
            if bench.silent or not bench.enabled:
                return
            bench.scans += 1
        self._send(self.broken(text, aim, how) if how else self.pieces(text, aim))

    def _send(self, pieces: list[bytes]) -> None:
        if not self._bench.slow_ms:
            for piece in pieces:
                self._wire.write(piece)
            return
        for piece in self.slowly(pieces):
            self._wire.write(piece)
            time.sleep(self._bench.slow_ms / 1000)

    def slowly(self, pieces: list[bytes]) -> list[bytes]:
        """Cut `pieces` as small as the wire can: one by one where it keeps their borders."""
        return pieces

    def _fault(self, fields: dict[str, object]) -> str:
        how = text_field(fields, "how")
        if how and how not in self.faults:
            raise DeviceError(f"A scanner cannot fail by {how!r}.", f"It can: {', '.join(self.faults)}.")
        return how


class SimulatedScanner(SimulatedScannerBase):
    """Speaks prefix, AIM identifier, content, suffix, under the link `folder/name`.

    It understands the commands of Honeywell (SYN T CR, SYN U CR, SYN BEL CR) and Datalogic (E, D, 01, F).
    """

    def __init__(self, name: str, folder: Path, *, prefix: str = "", suffix: str = "\r") -> None:
        self._serial = PseudoPort(folder / name, self._received)
        super().__init__(name, self._serial)
        self._prefix = prefix
        self._suffix = suffix
        self._command = b""

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._serial.link

    def pieces(self, text: str, aim: str) -> list[bytes]:
        """See the class."""
        return [(self._prefix + aim + text + self._suffix).encode()]

    def broken(self, text: str, aim: str, how: str) -> list[bytes]:
        """`garbage` is what a wrong baud rate looks like, `half` has no suffix."""
        if how == "garbage":
            return [_GARBAGE]
        content = (self._prefix + aim + text).encode()
        return [content[: len(self._prefix.encode()) + max(1, len(text) // 2)]]

    def slowly(self, pieces: list[bytes]) -> list[bytes]:
        """Byte by byte."""
        return [bytes([byte]) for piece in pieces for byte in piece]

    def _received(self, data: bytes) -> None:
        for byte in data:
            command = self._command + bytes([byte])
            self._command = command if command[:1] == b"\x16" and byte != 0x0D else b""
            match command:
                case b"\x16T\r" | b"\x16U\r":
                    self.pull_trigger(on=command == b"\x16T\r")
                case b"E" | b"D":
                    self.set_enabled(on=command == b"E")
                case b"\x16\x07\r" | b"\x01" | b"F":
                    self.sound(good=command != b"F")
                case _:
                    pass


def _code(fields: dict[str, object]) -> tuple[str, str]:
    return text_field(fields, "text"), text_field(fields, "aim") if "aim" in fields else ""
