"""A simulated scale that speaks the Mettler-Toledo 8217 protocol at a pseudo terminal, byte for byte."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from drivers.scale.codec_8217 import Unit
from drivers.simulation import flag_field, number_field, unknown_action
from drivers.transport.pseudo_port import PseudoPort

_ACTIONS = ("load", "motion", "over", "under", "silent", "garbage", "unplug", "plug", "state")
_GARBAGE = b"\xff\x00ERR\r\n"

_ALWAYS, _MOTION, _OVER, _UNDER, _CENTRE = 0x40, 0x01, 0x02, 0x04, 0x10


@dataclass(slots=True)
class _Plate:
    """What is on the scale and how it fares."""

    grams: int = 0
    motion: bool = False
    over: bool = False
    under: bool = False
    silent: bool = False
    garbage: bool = False


class SimulatedScale:
    """Answers `W` under the link `folder/name`.

    Actions: `load` (`grams`; below 0 is under zero, above the capacity over it), `motion`, `over`, `under`, `silent`,
    `garbage` (each `on`, true where left out), `unplug`, `plug`, `state`. A load that follows `over` or `under` ends
    it. With `parity` the eighth bit is an even parity bit, as a terminal server passes it on.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        unit: Unit = Unit.KILOGRAM,
        capacity_grams: int = 15_000,
        parity: bool = False,
    ) -> None:
        self.name = name
        self._unit = unit
        self._capacity_grams = capacity_grams
        self._parity = parity
        self._plate = _Plate()
        self._requests = 0
        self._lock = threading.Lock()
        self._port = PseudoPort(folder / name, self._received)

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._port.link

    def start(self) -> None:
        """Plug it in."""
        self._port.plug()

    def stop(self) -> None:
        """Pull it out."""
        self._port.unplug()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See the class; `DeviceError` for any other action."""
        match action:
            case "load":
                self._load(number_field(fields, "grams"))
            case "motion" | "over" | "under" | "silent" | "garbage":
                on = flag_field(fields, "on")
                with self._lock:
                    setattr(self._plate, action, on)
            case "unplug":
                self._port.unplug()
            case "plug":
                self._port.plug()
            case "state":
                pass
            case _:
                raise unknown_action("scale", action, _ACTIONS)
        return self._state()

    def _load(self, grams: int) -> None:
        with self._lock:
            self._plate.grams = grams
            self._plate.over, self._plate.under = grams > self._capacity_grams, grams < 0

    def _state(self) -> dict[str, object]:
        with self._lock:
            plate = self._plate
            return {
                "plugged": self._port.plugged,
                "grams": plate.grams,
                "motion": plate.motion,
                "over": plate.over,
                "under": plate.under,
                "silent": plate.silent,
                "requests": self._requests,
            }

    def _received(self, data: bytes) -> None:
        for byte in data:
            if byte & 0x7F == ord("W"):
                with self._lock:
                    self._requests += 1
                    answer = self._answer()
                self._port.write(answer)

    def _answer(self) -> bytes:
        plate = self._plate
        if plate.silent:
            return b""
        if plate.garbage:
            return _GARBAGE
        if plate.motion or plate.over or plate.under:
            status = _ALWAYS | _MOTION * plate.motion | _OVER * plate.over | _UNDER * plate.under
            body = b"?" + bytes([status])
        else:
            body = self._weight().encode()
        frame = b"\x02" + body + b"\x0d"
        return bytes(map(_even, frame)) if self._parity else frame

    def _weight(self) -> str:
        grams = self._plate.grams
        if self._unit is Unit.KILOGRAM:
            return f"{grams // 1000:02d}.{grams % 1000:03d}"
        hundredths = (grams * 10_000_000 + 45_359_237 // 2) // 45_359_237
        return f"{hundredths // 100:02d}.{hundredths % 100:02d}"


def _even(byte: int) -> int:
    return byte | (0x80 if byte.bit_count() % 2 else 0)
