"""Mettler-Toledo 8217: a scale that answers `W` with a weight when it is stable, and with its status when it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from drivers.device import Sink
from drivers.scale.codec_8217 import AnswerFramer, preset_tare
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import Probe, ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class Mettler8217Settings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of an 8217 scale. `unit` is the one the scale is set to: its answers do not name it.

    `probe`: make sure by its echo test that it is an 8217 before it is asked for a weight; not every model has it.
    """

    unit: Literal["kg", "lb"]
    baud: Literal[1200, 2400, 9600, 19200] = 9600
    data_bits: Literal[7, 8] = 7
    parity: Literal["none", "even", "odd"] = "even"
    probe: bool = False


def wire(waits: ScaleWaits, *, probe: bool = False) -> Wire:
    """The 8217 protocol (DIVA manual p. 39 and 44): the commands have no terminator but T, and are 0.2 s apart."""
    return Wire(
        name="8217",
        framer=AnswerFramer,
        request=b"W",
        zero=b"Z",
        tare=b"T\r",
        clear_tare=b"C",
        preset=preset_tare,
        # Echo on, five characters that come back, echo off.
        waits=waits,
        probe=Probe(b"Ehello", b"\x02E\rhello", b"F") if probe else None,
    )


class Mettler8217(PolledScale):
    """Driver of an 8217 scale; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: Mettler8217Settings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits | None = None,
    ) -> None:
        protocol = wire(waits or ScaleWaits(), probe=settings.probe)
        super().__init__(alias, settings, sink, wire=protocol, way=serial_way(settings, open_port))
