"""Settings of a Star printer: what all have in common, and how each kind of connection names its device."""

from __future__ import annotations

import msgspec

from drivers.identity import UsbIdentity
from drivers.printer.settings import Columns, KeepDays, PaperWait
from drivers.printer.star_profile import Dialect, StarName, profile
from drivers.printer.ways import Baud, DataBits, Flow, Host, NodePath, Parity, Port, StopBits, Way
from drivers.transport.serial import Line


class StarCommon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a printer is, however it is connected.

    `profile`: its model. `mode`: what it speaks, only where that is not what the model speaks when it leaves the
    factory (the self-test slip shows "Emulation"). The others are as with ESC/POS.
    """

    profile: StarName = "star_mc_print3"
    mode: Dialect | None = None
    columns: Columns | None = None
    paper_wait_s: PaperWait = 120
    keep_days: KeepDays = 30

    def __post_init__(self) -> None:
        """Refuse columns that do not fit on the paper."""
        profile(self.profile, self.columns)


class StarSettings(StarCommon, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on the network: it listens at `host` and `port`."""

    driver: str = "star"
    host: Host
    port: Port = 9100

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(host=self.host, tcp_port=self.port)


class StarUsbSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on USB (printer class), found by its ids; the other keys are as in `StarCommon`."""

    driver: str = "star_usb"
    profile: StarName = "star_mc_print3"
    mode: Dialect | None = None
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


class StarSerialSettings(StarCommon, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer on a serial line, which must be as set in the printer (its self-test slip shows it)."""

    driver: str = "star_serial"
    port: NodePath
    baud: Baud = 9600
    data_bits: DataBits = 8
    parity: Parity = "none"
    stop_bits: StopBits = 1
    flow: Flow = "hardware"

    @property
    def way(self) -> Way:
        """Where it is."""
        return Way(port=self.port, line=Line(self.baud, self.data_bits, self.parity, self.stop_bits), flow=self.flow)


AnyStarSettings = StarSettings | StarUsbSettings | StarSerialSettings
