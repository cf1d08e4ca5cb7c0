"""USB HID scales (Dymo, Stamps.com, Mettler-Toledo and Zebra with HID POS): reports by /dev/hidraw, sent unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.device import DeviceError, Sink
from drivers.identity import UsbIdentity, find_usb
from drivers.scale.codec_hid import HidFramer
from drivers.scale.polled import PolledScale, Way
from drivers.scale.wire import Role, ScaleUnit, ScaleWaits, Wire
from drivers.transport.hidraw import HidTransport, open_hidraw


class HidScaleSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a USB HID scale: which one it is, by its USB ids. `node` is for a simulated one, in place of them.

    The rest is as `drivers.scale.wire.ScaleUse` says.
    """

    driver: str
    unit: ScaleUnit | None = None
    role: Role = "checkout"
    zero_between: bool = False
    node: Annotated[str, msgspec.Meta(max_length=4096)] = ""


HID_WAITS = ScaleWaits(silence_s=1.5)


def find_node(settings: HidScaleSettings) -> Path:
    """Return the node of the scale that the settings name; see `drivers.identity.find_usb` for what it raises."""
    return Path(settings.node) if settings.node else find_usb(settings, "hidraw", "scale").node


class HidScale(PolledScale):
    """Driver of a USB HID scale; see `drivers.scale.polled.PolledScale`.

    It cannot be zeroed or tared from here: the control report leaves some scales mute (erjiang/usbscale issue 1).
    """

    def __init__(
        self,
        alias: str,
        settings: HidScaleSettings,
        sink: Sink,
        *,
        open_node: Callable[[Path], HidTransport] = open_hidraw,
        waits: ScaleWaits = HID_WAITS,
    ) -> None:
        framer = HidFramer()

        def connect() -> HidTransport:
            port = open_node(find_node(settings))
            if not framer.learn(port.descriptor):
                port.close()
                message = f"The HID device {port.name} is no scale."
                raise DeviceError(
                    message, "Correct `vendor`, `product` or `interface` in the settings.", permanent=True
                )
            return port

        wire = Wire(name="USB HID scale", framer=lambda _: framer, waits=waits)
        where = settings.node or f"USB {settings.vendor}:{settings.product}"
        super().__init__(alias, settings, sink, wire=wire, way=Way(where, connect))
