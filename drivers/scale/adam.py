"""Adam Equipment: a scale that is asked to print, and prints each stable weight only once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from drivers.device import Sink
from drivers.scale.codec_adam import AdamFramer
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class AdamSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of an Adam Equipment scale. It cannot watch bags: it says nothing of what leaves it."""

    role: Literal["checkout"] = "checkout"
    baud: Literal[600, 1200, 2400, 4800, 9600, 19200] = 4800


# It beeps when it is asked again for a weight that it has given.
ADAM_WAITS = ScaleWaits(spacing_s=1.0, answer_s=0.8, settle_s=0.3)


def wire(waits: ScaleWaits) -> Wire:
    """The print command. Zero and tare are answered by nothing, so nobody would know whether they were done."""
    return Wire(name="Adam", framer=AdamFramer, request=b"P\r\n", silent_at_rest=True, waits=waits)


class Adam(PolledScale):
    """Driver of an Adam Equipment scale; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: AdamSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = ADAM_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=wire(waits), way=serial_way(settings, open_port))
