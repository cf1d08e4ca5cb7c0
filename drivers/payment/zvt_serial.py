"""A ZVT payment terminal at a serial port."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from drivers.device import AbsentError, DeviceError, Sink
from drivers.payment.zvt_block_line import BlockLine, BlockWaits
from drivers.payment.zvt_driver import ZvtDriver
from drivers.payment.zvt_settings import ZvtSerialSettings
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial

__all__ = ["ZvtSerialSettings", "ZvtSerialTerminal"]


class ZvtSerialTerminal(ZvtDriver):
    """See `ZvtDriver` for what it does, `BlockLine` for how its messages are carried: 9600 8N2 unless set otherwise."""

    def __init__(
        self,
        alias: str,
        settings: ZvtSerialSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: BlockWaits | None = None,
    ) -> None:
        line = Line(settings.baud, stop_bits=settings.stop_bits)

        def connect() -> Transport:
            try:
                port = open_port(settings.port, line)
            except DeviceError as error:
                if error.permanent or Path(settings.port).exists():
                    raise
                raise AbsentError(error.message, error.remedy) from error
            return BlockLine(port, sink, waits)

        super().__init__(alias, settings, sink, connect)
