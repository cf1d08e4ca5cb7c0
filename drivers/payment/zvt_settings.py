"""Settings of a ZVT terminal, typed and bounded."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from drivers.payment.interface import Attendance

# ISO 4217 numbers of the currencies that ZVT terminals are set up for.
CURRENCIES: Final = {
    "EUR": 978,
    "CHF": 756,
    "CZK": 203,
    "DKK": 208,
    "GBP": 826,
    "HUF": 348,
    "NOK": 578,
    "PLN": 985,
    "RON": 946,
    "SEK": 752,
    "USD": 840,
}

# The six digits terminals are delivered with, known to everyone; a setting, not a secret of ours.
_DELIVERED_WITH = "000000"


class ZvtCommon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a ZVT terminal, however it is connected. Durations are seconds.

    `password` are the six digits the terminal expects of a cash register. `answer_timeout_s` is for answers that need
    nobody at the terminal, `card_timeout_s` for the silence between two messages while a shopper is at it (the
    terminal may ask for more), `payment_limit_s` for a payment in all, `service_limit_s` for an end of day or a
    diagnosis. `receipts`: whether the lane words card receipts or the terminal does. `tlv` lets the terminal use its
    own texts on the lane's screen. `language` and `charset` are those of texts. `log_off_at_close` lets the terminal
    be used by hand while no lane runs: never on an unattended lane.
    """

    driver: str
    password: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")] = _DELIVERED_WITH
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "EUR"
    attendance: Attendance = Attendance.UNATTENDED
    receipts: Literal["lane", "terminal"] = "lane"
    tlv: bool = False
    language: Literal["de", "en"] = "de"
    charset: Literal["cp437", "iso-8859-1", "iso-8859-2", "iso-8859-15", "utf-8"] = "cp437"
    log_off_at_close: bool = False
    answer_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=30)] = 5.0
    card_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 90.0
    payment_limit_s: Annotated[float, msgspec.Meta(gt=0, le=900)] = 300.0
    service_limit_s: Annotated[float, msgspec.Meta(gt=0, le=900)] = 180.0
    health_interval_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 20.0


class ZvtSettings(ZvtCommon, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a ZVT terminal on the network."""

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 20007
    connect_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=30)] = 5.0


class ZvtSerialSettings(ZvtCommon, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a ZVT terminal at a serial port, to be named by its link in /dev/serial/by-id."""

    port: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 9600
    stop_bits: Literal[1, 2] = 2
