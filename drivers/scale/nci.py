"""NCI and ECR: Weigh-Tronix, Brecknell and Avery Berkel 67xx, which answer `W` with the weight and a status."""

from __future__ import annotations

from collections.abc import Callable

from drivers.device import Sink
from drivers.scale.codec_nci import NciFramer
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class NciSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of an NCI or ECR scale: 9600 8N1 (Brecknell); an Avery Berkel 6702 is 9600 7E1 unless set otherwise."""


NCI_WAITS = ScaleWaits()


def wire(waits: ScaleWaits) -> Wire:
    """The NCI protocol. It has no command for a tare in common; the key on the scale sets it."""
    return Wire(name="NCI", framer=NciFramer, request=b"W\r", zero=b"Z\r", waits=waits)


class Nci(PolledScale):
    """Driver of an NCI or ECR scale; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: NciSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = NCI_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=wire(waits), way=serial_way(settings, open_port))
