"""Settings of an ESC/POS printer: what all have in common, and how each kind of connection names its device."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from drivers.identity import UsbIdentity
from drivers.printer.profile import profile
from drivers.printer.ways import Baud, DataBits, Flow, Host, NodePath, Parity, Port, StopBits, Way
from drivers.transport.serial import Line

ProfileName = Literal[
    "epson_tm_t88",
    "epson_tm_t20",
    "epson_tm_t70",
    "epson_tm_m30",
    "epson_tm_u220",
    "citizen_ct_s",
    "bixolon_srp_350",
    "generic_80mm",
    "generic_58mm",
    "zj_58",
]


Columns = Annotated[int, msgspec.Meta(ge=24, le=64)]
PaperWait = Annotated[int, msgspec.Meta(ge=0, le=900)]
KeepDays = Annotated[int, msgspec.Meta(ge=1, le=365)]


class PrinterSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a printer is, however it is connected.

    `profile`: its model (see `profile.py`). `columns`: only where it differs from the model's. `paper_wait_s`: how
    long a job waits for paper to be put in or the cover to be closed. `keep_days`: how long the journal remembers what
    became of a job.
    """

    profile: ProfileName = "epson_tm_t88"
    columns: Columns | None = None
    paper_wait_s: PaperWait = 120
    keep_days: KeepDays = 30

    def __post_init__(self) -> None:
        """Refuse columns that do not fit on the paper."""
        profile(self.profile, self.columns)


class EscPosSettings(PrinterSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on the network: it listens at `host` and `port`."""

    driver: str = "escpos"
    host: Host
    port: Port = 9100

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(host=self.host, tcp_port=self.port)


class EscPosUsbSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on USB, found by its ids; the other keys are as in `PrinterSettings` (a Struct has but one base).

    `sysfs` is where the kernel lists devices: another folder only for a bench printer.
    """

    driver: str = "escpos_usb"
    profile: ProfileName = "epson_tm_t88"
    columns: Columns | None = None
    paper_wait_s: PaperWait = 120
    keep_days: KeepDays = 30
    sysfs: NodePath = "/sys"

    def __post_init__(self) -> None:
        """Refuse columns that do not fit on the paper."""
        profile(self.profile, self.columns)

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(usb=self, sysfs=self.sysfs)


class EscPosSerialSettings(PrinterSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on a serial line. `flow` and the line must be as set in the printer (its self-test slip shows them).

    `flow`: how the printer says "wait" when its buffer is full. `hardware`: by its DTR line, which a printer cable
    leads to CTS of this machine. `xon_xoff`: by the bytes 0x13 and 0x11.
    """

    driver: str = "escpos_serial"
    port: NodePath
    baud: Baud = 38400
    data_bits: DataBits = 8
    parity: Parity = "none"
    stop_bits: StopBits = 1
    flow: Flow = "hardware"

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(port=self.port, line=Line(self.baud, self.data_bits, self.parity, self.stop_bits), flow=self.flow)


AnyPrinterSettings = EscPosSettings | EscPosUsbSettings | EscPosSerialSettings
