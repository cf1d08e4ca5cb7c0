"""A ZVT payment terminal over TCP."""

from __future__ import annotations

from collections.abc import Callable

from drivers.device import Sink
from drivers.payment.zvt_driver import ZvtDriver
from drivers.payment.zvt_settings import ZvtSettings
from drivers.transport import tcp
from drivers.transport.interface import Transport

__all__ = ["ZvtSettings", "ZvtTerminal"]


class ZvtTerminal(ZvtDriver):
    """See `ZvtDriver`. PA00P016: over TCP the messages follow each other as they are, usually at port 20007."""

    def __init__(
        self,
        alias: str,
        settings: ZvtSettings,
        sink: Sink,
        *,
        connect: Callable[[str, int, float], Transport] = tcp.connect,
    ) -> None:
        super().__init__(
            alias, settings, sink, lambda: connect(settings.host, settings.port, settings.connect_timeout_s)
        )
