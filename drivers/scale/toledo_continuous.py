"""Toledo Continuous: an indicator that sends its weight all the time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal

from drivers.device import Sink
from drivers.scale.codec_toledo_continuous import ToledoFramer
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class ToledoContinuousSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a Toledo Continuous indicator: 9600 7E1. `checksum`: whether the indicator is set to send one."""

    data_bits: Literal[7, 8] = 7
    parity: Literal["none", "even", "odd"] = "even"
    checksum: bool = True


TOLEDO_WAITS = ScaleWaits()


def wire(waits: ScaleWaits, *, checksum: bool) -> Wire:
    """The stream. Nothing is ever sent."""
    framer = functools.partial(ToledoFramer, checksum=checksum)
    return Wire(name="Toledo Continuous", framer=framer, waits=waits)


class ToledoContinuous(PolledScale):
    """Driver of a Toledo Continuous indicator; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: ToledoContinuousSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = TOLEDO_WAITS,
    ) -> None:
        protocol = wire(waits, checksum=settings.checksum)
        super().__init__(alias, settings, sink, wire=protocol, way=serial_way(settings, open_port))
