"""Checkout-Dialog 02, 04 and 06: scales that want a unit price before they give a weight."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from drivers.device import DeviceError, Sink
from drivers.scale.codec_dialog import ASK_REASON, ASK_RESULT, DialogFramer, Key, price_record
from drivers.scale.polled import PolledScale, serial_way
from drivers.scale.wire import ScaleWaits, SerialScaleSettings, Wire
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial


class DialogSettings(SerialScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a Dialog 02 scale, 2400 7O1; of a Dialog 04 scale with `baud = 4800`.

    `unit_price` (minor units for a kilogram or pound) is what the scale shows and reckons with. The lane reckons
    itself, so this price is of no meaning; a scale whose customer display has to show the true price and the price to
    pay (legal for trade as a price-computing scale) must not be used so, unless that display is off or covered.
    The scale cannot watch bags: it gives each weight once.
    """

    role: Literal["checkout"] = "checkout"
    unit: Literal["kg", "lb"] | None = None
    baud: Literal[2400, 4800, 9600] = 2400
    data_bits: Literal[7, 8] = 7
    parity: Literal["none", "even", "odd"] = "odd"
    unit_price: Annotated[int, msgspec.Meta(ge=0, le=999_999)] = 1


class Dialog06Settings(DialogSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a Dialog 06 scale, 9600 7O1; see `DialogSettings`.

    `generator` is the secret polynomial of the scale's maker, five hexadecimal digits with its leading one ("1...."),
    `checksum` the four digits of the till's program that go with it (any, for all that is known).
    """

    baud: Literal[2400, 4800, 9600] = 9600
    generator: Annotated[str, msgspec.Meta(pattern=r"^(1[0-9A-Fa-f]{4})?\Z")] = ""
    checksum: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{4}\Z")] = "A55A"

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Dialog06Settings(port={self.port!r})"


# A price, a result, and at worst a challenge between them. In two exchanges of a silent scale, 1.9 s go by.
DIALOG_WAITS = ScaleWaits(check_s=0.8, answer_s=0.55)

_KEY = "Set `generator` of this scale to what its maker gave you; nothing else makes a Dialog 06 scale weigh."
_FATAL = {
    "challenge": f"It is a Dialog 06 scale: set `driver` to dialog_06. {_KEY}",
    "key": f"It does not accept the till. {_KEY}",
    "price": "It does not take `unit_price`: correct it in the settings.",
}


def wire(settings: DialogSettings, waits: ScaleWaits, key: Key | None = None) -> Wire:
    """The Dialog protocol. It has no command to zero; a tare it takes with the price only, for one weighing."""
    return Wire(
        name="Checkout-Dialog",
        framer=functools.partial(DialogFramer, price=settings.unit_price, key=key),
        request=price_record(settings.unit_price),
        # A weighing that is asked for twice is refused until the good has moved.
        check=ASK_REASON,
        resume=ASK_RESULT,
        fatal=_FATAL,
        waits=waits,
    )


class Dialog(PolledScale):
    """Driver of a Checkout-Dialog 02 or 04 scale; see `drivers.scale.polled.PolledScale`."""

    def __init__(
        self,
        alias: str,
        settings: DialogSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = DIALOG_WAITS,
    ) -> None:
        super().__init__(alias, settings, sink, wire=wire(settings, waits), way=serial_way(settings, open_port))


class Dialog06(PolledScale):
    """Driver of a Checkout-Dialog 06 scale. Without a `generator`, `open` raises a permanent `DeviceError`."""

    def __init__(
        self,
        alias: str,
        settings: Dialog06Settings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        waits: ScaleWaits = DIALOG_WAITS,
    ) -> None:
        key = Key(int(settings.generator, 16), int(settings.checksum, 16)) if settings.generator else None
        self._named = f"The scale {alias} at {settings.port}"
        self._has_key = key is not None
        super().__init__(alias, settings, sink, wire=wire(settings, waits, key), way=serial_way(settings, open_port))

    def open(self) -> None:
        """See `PolledScale.open`."""
        if not self._has_key:
            raise DeviceError(f"{self._named} has no key in the settings.", _KEY, permanent=True)
        super().open()
