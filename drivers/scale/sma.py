"""SMA level 1 (Scale Manufacturers Association): Fairbanks, Sartorius, B-TEK and many industrial bench scales."""

from __future__ import annotations

from collections.abc import Callable

from drivers.device import Sink
from drivers.scale.codec_sma import SmaFramer, preset_tare
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class SmaSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of an SMA scale: 9600 8N1 unless the scale is set otherwise."""


# A command waits until the scale is at rest (PR 5211 manual p. 51).
SMA_WAITS = ScaleWaits(order_s=5.0)


def wire(waits: ScaleWaits) -> Wire:
    """The SMA protocol. T and C are of level 2; a scale of level 1 answers them with `?`."""
    return Wire(
        name="SMA",
        framer=SmaFramer,
        request=b"\nW\r",
        zero=b"\nZ\r",
        tare=b"\nT\r",
        clear_tare=b"\nC\r",
        preset=preset_tare,
        waits=waits,
    )


class Sma(PolledScale):
    """Driver of an SMA scale; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: SmaSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = SMA_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=wire(waits), way=serial_way(settings, open_port))
