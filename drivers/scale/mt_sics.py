"""Mettler-Toledo MT-SICS: a balance or bench scale that answers lines of text with lines of text."""

from __future__ import annotations

from collections.abc import Callable

from drivers.device import Sink
from drivers.scale.codec_mt_sics import MtSicsFramer, preset_tare
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class MtSicsSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of an MT-SICS scale: 9600 8N1 unless the scale is set otherwise."""


# Z and T wait until the scale is at rest, which may take it some seconds.
MT_SICS_WAITS = ScaleWaits(spacing_s=0.1, order_s=5.0)


def wire(waits: ScaleWaits) -> Wire:
    """The MT-SICS protocol. `SI`, unlike `S`, answers at once also while the scale moves, and says so."""
    return Wire(
        name="MT-SICS",
        framer=MtSicsFramer,
        request=b"SI\r\n",
        zero=b"Z\r\n",
        tare=b"T\r\n",
        clear_tare=b"TAC\r\n",
        preset=preset_tare,
        shows_net=False,
        waits=waits,
    )


class MtSics(PolledScale):
    """Driver of an MT-SICS scale; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: MtSicsSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = MT_SICS_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=wire(waits), way=serial_way(settings, open_port))
