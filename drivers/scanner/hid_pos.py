"""A scanner with the USB interface HID POS: codes come as reports, with their AIM identifier; no keyboard layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from drivers.device import DeviceError, Finding, HealthLevel, Sink
from drivers.identity import SYSFS, UsbIdentity, find_usb
from drivers.scanner.codes import DuplicateMs
from drivers.scanner.hid_pos_codec import (
    ERROR_BEEP,
    GOOD_READ_BEEP,
    REDIRECT,
    REDIRECTING_VENDORS,
    HidPosCommands,
    HidPosDecoder,
)
from drivers.scanner.scanner_driver import Heard, Reader, ScannerDriver
from drivers.transport.hidraw import HidTransport, open_hidraw

# The reports of one long code come 1 to 16 ms apart (bInterval); over a radio cradle, tens of them.
GAP_S = 0.5
WRITE_S = 1.0


class HidPosSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a HID POS scanner.

    `redirect`: set feature report 254 of Honeywell scanners, without which some go on typing. `duplicate_ms`: a code
    read again within that time is dropped. `simulated` is the path of a simulated scanner, in place of a real one.
    """

    driver: str
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    aim_ids: bool = True
    redirect: bool = True
    duplicate_ms: DuplicateMs = 0
    simulated: Annotated[str, msgspec.Meta(max_length=4096)] = ""


class HidPosScanner(ScannerDriver):
    """Driver of a HID POS scanner. READY once its report descriptor says that it gives scanned data."""

    def __init__(
        self,
        alias: str,
        settings: HidPosSettings,
        sink: Sink,
        *,
        open_node: Callable[[Path], HidTransport] = open_hidraw,
        sysfs: Path = SYSFS,
    ) -> None:
        super().__init__(alias, sink, duplicate_ms=settings.duplicate_ms)
        self._settings = settings
        self._open_node = open_node
        self._sysfs = sysfs

    def open_reader(self) -> Reader:
        """Find the scanner, read its descriptor, and have it send its codes here.

        Raises a permanent `DeviceError` where the device is set to another interface (its descriptor has no scanned
        data), besides those of `find_usb` and `open_hidraw`.
        """
        settings = self._settings
        if settings.simulated:
            node = Path(settings.simulated)
        else:
            node = find_usb(settings, "hidraw", f"scanner {self._alias}", sysfs=self._sysfs).node
        transport = self._open_node(node)
        try:
            reader = HidPosReader(self._alias, transport, encoding=settings.encoding, aim_ids=settings.aim_ids)
            if settings.redirect and settings.vendor.lower() in REDIRECTING_VENDORS:
                reader.redirect()
        except BaseException:
            transport.close()
            raise
        return reader


class HidPosReader:
    """An open HID device and the decoder of its reports; see `scanner_driver.Reader`."""

    def __init__(self, alias: str, transport: HidTransport, *, encoding: str, aim_ids: bool) -> None:
        self._transport = transport
        self._decoder = HidPosDecoder(alias, transport.descriptor, encoding=encoding, aim_ids=aim_ids)
        self._commands = HidPosCommands(transport.descriptor)
        self._prevented = False
        self._triggered = False
        if not self._decoder.usable:
            remedy = "Set it to USB HID POS (Honeywell: interface 131), or name its other `interface` in the settings."
            raise DeviceError(f"The scanner {alias} gives no scanned data by HID.", remedy, permanent=True)

    @property
    def gap_s(self) -> float:
        """See `scanner_driver.Reader`."""
        return GAP_S

    @property
    def pending(self) -> bool:
        """See `scanner_driver.Reader`."""
        return self._decoder.pending

    def redirect(self) -> None:
        """Set the feature report that makes a Honeywell scanner send codes as reports, where it has one."""
        if self._commands.redirects:
            self._transport.send_feature(REDIRECT)

    def fileno(self) -> int:
        """See `scanner_driver.Reader`."""
        return self._transport.fileno()

    def read(self) -> Heard:
        """See `scanner_driver.Reader`."""
        report = self._transport.read(0)
        return self._decoder.feed(report) if report else ()

    def break_off(self) -> Heard:
        """See `scanner_driver.Reader`."""
        return self._decoder.break_off()

    def trigger(self, *, on: bool) -> bool:
        """See `scanner_driver.Reader`."""
        self._triggered = on
        return self._tell()

    def enable(self, *, on: bool) -> bool:
        """See `scanner_driver.Reader`."""
        self._prevented = not on
        return self._tell()

    def beep(self, *, good: bool) -> bool:
        """See `scanner_driver.Reader`."""
        return self._tell(GOOD_READ_BEEP if good else ERROR_BEEP)

    def check(self, level: HealthLevel) -> Finding:
        """The node is there; EXTERNAL beeps, for a person to hear."""
        self._transport.fileno()
        text = f"{self._transport.name} is there, and its descriptor tells of scanned data."
        if level is not HealthLevel.INTERNAL and self.beep(good=True):
            text += " It was told to beep."
        return Finding(passed=True, text=text)

    def close(self) -> None:
        """See `scanner_driver.Reader`."""
        self._transport.close()

    def _tell(self, beep: int = 0) -> bool:
        report = self._commands.trigger_report(prevent=self._prevented, initiate=self._triggered, beep=beep)
        if report is None:
            return False
        self._transport.write_all(report, WRITE_S)
        return True
