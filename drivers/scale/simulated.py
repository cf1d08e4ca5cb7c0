"""A simulated scale at a pseudo terminal, byte for byte: any protocol on a serial line, asked for or sent unasked."""

from __future__ import annotations

import contextlib
from pathlib import Path

from drivers.device import DeviceError
from drivers.scale.reading import Unit
from drivers.scale.simulated_base import SimulatedScaleBase
from drivers.scale.simulated_dialogues import DIALOGUES
from drivers.scale.simulated_plate import Plate
from drivers.scale.simulated_voices import VOICES
from drivers.transport.pseudo_port import PseudoPort


class SimulatedScale(SimulatedScaleBase[PseudoPort]):
    """Answers in `protocol` (see `VOICES` and `DIALOGUES`) under the link `folder/name`.

    Actions as those of `SimulatedScaleBase`. With `parity` the eighth bit is an even parity bit, as a terminal server
    passes it on.
    """

    keys = (*SimulatedScaleBase.keys, "tare")

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        protocol: str = "8217",
        unit: Unit = Unit.KILOGRAM,
        parity: bool = False,
    ) -> None:
        super().__init__(name, folder, PseudoPort(folder / name, self._received), Plate(unit))
        self._voice = {**VOICES, **DIALOGUES}[protocol]()
        self._parity = parity
        self._heard = bytearray()
        self._requests = 0

    def _shown(self) -> dict[str, object]:
        return {**super()._shown(), "tare": self._plate.tare_grams, "requests": self._requests}

    def _streams(self) -> bool:
        return self._voice.streams

    def _unasked(self) -> bytes:
        return self._voice.say(b"", self._plate)

    def _received(self, data: bytes) -> None:
        with self._lock:
            self._heard += bytes(byte & 0x7F for byte in data)
            answers = []
            for command in self._voice.cut(self._heard):
                self._requests += self._voice.asks(command)
                answers.append(self._voice.say(command, self._plate))
        for answer in answers:
            self._faults.send(bytes(map(_even, answer)) if self._parity else answer)

    def _write(self, data: bytes) -> None:
        # A scale that answers while it is being pulled out answers nobody.
        with contextlib.suppress(DeviceError):
            if self._voice.streams:
                # Nobody may be there to read it.
                self._port.write(data, 0)
            else:
                self._port.write(data)


def _even(byte: int) -> int:
    return byte | (0x80 if byte.bit_count() % 2 else 0)


# Names in a simulation and the protocol each speaks; "scale" is the one of the bench.
SIMULATED_SCALES: dict[str, str] = {
    "scale": "8217",
    "scale_mt_sics": "mt_sics",
    "scale_nci": "nci",
    "scale_ecr": "ecr",
    "scale_6702": "berkel_6702",
    "scale_sma": "sma",
    "scale_adam": "adam",
    "scale_cas": "cas",
    "scale_cas_stream": "cas_stream",
    "scale_berkel": "berkel",
    "scale_dialog_02": "dialog_02",
    "scale_dialog_06": "dialog_06",
    "scale_toledo": "toledo_continuous",
}


def simulated_scale(name: str, folder: Path) -> SimulatedScale:
    """Make the simulated scale of that name; one of a name that is not in `SIMULATED_SCALES` speaks 8217."""
    return SimulatedScale(name, folder, protocol=SIMULATED_SCALES.get(name, "8217"))
