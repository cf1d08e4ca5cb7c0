"""Berkel: a scale whose weight counts once the host has sent it back and the scale has confirmed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from drivers.device import Sink
from drivers.scale.codec_berkel import ENQUIRY, ZERO, BerkelFramer
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class BerkelSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a Berkel scale: 2400 7E1 unless the scale is set otherwise."""

    unit: Literal["kg", "lb"] | None = None
    baud: Literal[2400, 4800, 9600] = 2400
    data_bits: Literal[7, 8] = 7
    parity: Literal["none", "even", "odd"] = "even"


BERKEL_WAITS = ScaleWaits()


def wire(waits: ScaleWaits) -> Wire:
    """The Berkel protocol. Its tare is left out: no answer says that it was taken, and no weight that it is net."""
    return Wire(name="Berkel", framer=BerkelFramer, request=ENQUIRY, zero=ZERO, shows_net=False, waits=waits)


class Berkel(PolledScale):
    """Driver of a Berkel scale; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: BerkelSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = BERKEL_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=wire(waits), way=serial_way(settings, open_port))
