"""Settings of a ZPL label printer: what all have in common, and how each kind of connection names its device."""

from __future__ import annotations

from typing import Literal

import msgspec

from drivers.identity import UsbIdentity
from drivers.printer.settings import KeepDays, PaperWait
from drivers.printer.ways import Baud, DataBits, Flow, Host, NodePath, Parity, Port, StopBits, Way
from drivers.transport.serial import Line

Dpi = Literal[203, 300, 600]


class ZplCommon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a printer is, however it is connected.

    `dpi`: only for one that does not say it (~HI). `media_wait_s`: how long a job waits for labels to be put in or the
    head to be closed. `keep_days`: how long the journal remembers what became of a job.
    """

    dpi: Dpi | None = None
    media_wait_s: PaperWait = 120
    keep_days: KeepDays = 30


class ZplSettings(ZplCommon, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on the network: it listens at `host` and `port`."""

    driver: str = "zpl"
    host: Host
    port: Port = 9100

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(host=self.host, tcp_port=self.port)


class ZplUsbSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on USB, found by its ids; the other keys are as in `ZplCommon`."""

    driver: str = "zpl_usb"
    dpi: Dpi | None = None
    media_wait_s: PaperWait = 120
    keep_days: KeepDays = 30
    sysfs: NodePath = "/sys"

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(usb=self, sysfs=self.sysfs)


class ZplSerialSettings(ZplCommon, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on a serial line, which must be as set in the printer (its configuration label shows it)."""

    driver: str = "zpl_serial"
    port: NodePath
    baud: Baud = 9600
    data_bits: DataBits = 8
    parity: Parity = "none"
    stop_bits: StopBits = 1
    flow: Flow = "xon_xoff"

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(port=self.port, line=Line(self.baud, self.data_bits, self.parity, self.stop_bits), flow=self.flow)


AnyZplSettings = ZplSettings | ZplUsbSettings | ZplSerialSettings
