"""A simulated USB HID scale behind a node made of a socket: it sends its weight all the time, unasked."""

from __future__ import annotations

import contextlib
from pathlib import Path

from drivers.device import DeviceError
from drivers.scale.codec_hid import DATA_REPORT_DESCRIPTOR
from drivers.scale.simulated_base import SimulatedScaleBase
from drivers.scale.simulated_plate import Plate
from drivers.transport.packet_port import PacketPort

_GRAM = 2
_ZERO, _MOTION, _STABLE, _UNDER, _OVER = 2, 3, 4, 5, 6


class SimulatedHidScale(SimulatedScaleBase[PacketPort]):
    """Sends six bytes, as postal scales do, at the node `folder/name`. Actions as those of `SimulatedScaleBase`."""

    def __init__(self, name: str, folder: Path) -> None:
        port = PacketPort(folder / name, lambda _: None, descriptor=DATA_REPORT_DESCRIPTOR)
        super().__init__(name, folder, port, Plate(), damage=_damaged)

    def _streams(self) -> bool:
        return True

    def _unasked(self) -> bytes:
        return _report(self._plate)

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(DeviceError):
            self._port.write(data)


def _damaged(report: bytes) -> bytes:
    return report[:1] + b"\xff" * (len(report) - 1)


def _report(plate: Plate) -> bytes:
    conditions = ((_OVER, plate.over), (_MOTION, plate.motion), (_UNDER, plate.below_zero), (_ZERO, plate.at_zero))
    status = next((status for status, is_so in conditions if is_so), _STABLE)
    return bytes([3, status, _GRAM, 0]) + min(abs(plate.shown_grams), 0xFFFF).to_bytes(2, "little")
