"""CAS: a scale that is enquired for its weight (ECR type 6), and one that sends it all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from drivers.device import Sink
from drivers.scale.codec_cas import ENQUIRY, CasFramer
from drivers.scale.codec_cas_stream import CasStreamFramer
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class CasSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a CAS scale in ECR type 6: 9600 8N1 unless the scale is set otherwise."""


class CasStreamSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a CAS scale that sends 22 bytes by itself: 9600 8N1. Its lamps need all eight bits."""

    data_bits: Literal[8] = 8


CAS_WAITS = ScaleWaits()
CAS_STREAM_WAITS = ScaleWaits()


def wire(waits: ScaleWaits) -> Wire:
    """The ECR protocol. It has no command for zero or tare."""
    return Wire(name="CAS ECR type 6", framer=CasFramer, request=ENQUIRY, waits=waits)


def stream_wire(waits: ScaleWaits) -> Wire:
    """The stream of 22 bytes. Nothing is ever sent."""
    return Wire(name="CAS 22 bytes", framer=CasStreamFramer, waits=waits)


class Cas(PolledScale):
    """Driver of a CAS scale in ECR type 6; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: CasSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = CAS_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=wire(waits), way=serial_way(settings, open_port))


class CasStream(PolledScale):
    """Driver of a CAS scale that sends by itself; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: CasStreamSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = CAS_STREAM_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=stream_wire(waits), way=serial_way(settings, open_port))
