"""A scanner on a serial line (RS-232, USB CDC-ACM): what comes in is a code; a few commands go out.

Without SSI there is nothing to ask a scanner by, so that it is READY after a mere open. With SSI it has to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from drivers.device import Finding, HealthLevel, Sink
from drivers.scanner.codes import DuplicateMs
from drivers.scanner.scanner_driver import Heard, Reader, ScannerDriver
from drivers.scanner.serial_codec import ScanFramer
from drivers.scanner.ssi_reader import SsiReader
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial

# Two characters of one code are a millisecond apart at 9600 baud; radio cradles and USB hubs add tens of them.
GAP_S = 0.3
# A command is a few bytes.
WRITE_S = 1.0


@dataclass(frozen=True, slots=True)
class Commands:
    """The bytes a scanner takes; empty where it has no such command."""

    trigger_on: bytes = b""
    trigger_off: bytes = b""
    enable: bytes = b""
    disable: bytes = b""
    good: bytes = b""
    bad: bytes = b""


COMMANDS = {
    "none": Commands(),
    # SYN T CR, SYN U CR (Honeywell 3310g user's guide, "Serial trigger mode"); SYN BEL CR beeps, and has one tone.
    "honeywell": Commands(b"\x16T\r", b"\x16U\r", good=b"\x16\x07\r", bad=b"\x16\x07\r" * 3),
    # Magellan 9300i product reference guide, appendix E: E, D, force good read tone, not on file.
    "datalogic": Commands(enable=b"E", disable=b"D", good=b"\x01", bad=b"F"),
}


class SerialScannerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a scanner on a serial line. `port` is best a link in /dev/serial/by-id.

    `trigger` names the commands the scanner takes; with "zebra_ssi" it is set to SSI with packeted decode data, and
    `prefix` and `suffix` are not used. `duplicate_ms`: a code read again within that time is dropped.
    """

    driver: str
    port: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    baud: Annotated[int, msgspec.Meta(ge=300, le=4_000_000)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    prefix: Annotated[str, msgspec.Meta(max_length=16)] = ""
    suffix: Literal["cr", "lf", "crlf", "tab"] = "cr"
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    aim_ids: bool = True
    trigger: Literal["none", "honeywell", "datalogic", "zebra_ssi"] = "none"
    duplicate_ms: DuplicateMs = 0


class SerialScanner(ScannerDriver):
    """Driver of a scanner on a serial line; see `drivers.scanner.interface.BarcodeScanner`."""

    def __init__(
        self,
        alias: str,
        settings: SerialScannerSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
    ) -> None:
        super().__init__(alias, sink, duplicate_ms=settings.duplicate_ms)
        self._settings = settings
        self._open_port = open_port

    def open_reader(self) -> Reader:
        """Open the port, and with SSI ask who is there."""
        settings = self._settings
        port = self._open_port(
            settings.port, Line(settings.baud, settings.data_bits, settings.parity, settings.stop_bits)
        )
        if settings.trigger != "zebra_ssi":
            return _PlainReader(self._alias, port, settings)
        reader = SsiReader(self._alias, port, encoding=settings.encoding, aim_ids=settings.aim_ids)
        try:
            reader.identify()
        except BaseException:
            reader.close()
            raise
        return reader


class _PlainReader:
    """A port and its framer; see `scanner_driver.Reader`."""

    def __init__(self, alias: str, port: Transport, settings: SerialScannerSettings) -> None:
        self._port = port
        self._commands = COMMANDS[settings.trigger]
        self._framer = ScanFramer(
            alias,
            prefix=settings.prefix,
            suffix=settings.suffix,
            encoding=settings.encoding,
            aim_ids=settings.aim_ids,
        )

    @property
    def gap_s(self) -> float:
        """See `scanner_driver.Reader`."""
        return GAP_S

    @property
    def pending(self) -> bool:
        """See `scanner_driver.Reader`."""
        return self._framer.pending

    def fileno(self) -> int:
        """See `scanner_driver.Reader`."""
        return self._port.fileno()

    def read(self) -> Heard:
        """See `scanner_driver.Reader`."""
        return self._framer.feed(self._port.read(0))

    def break_off(self) -> Heard:
        """See `scanner_driver.Reader`."""
        return self._framer.break_off()

    def trigger(self, *, on: bool) -> bool:
        """See `scanner_driver.Reader`."""
        return self._send(self._commands.trigger_on if on else self._commands.trigger_off)

    def enable(self, *, on: bool) -> bool:
        """See `scanner_driver.Reader`."""
        return self._send(self._commands.enable if on else self._commands.disable)

    def beep(self, *, good: bool) -> bool:
        """See `scanner_driver.Reader`."""
        return self._send(self._commands.good if good else self._commands.bad)

    def check(self, level: HealthLevel) -> Finding:
        """The port is there; EXTERNAL beeps, for a person to hear."""
        self._port.fileno()
        if level is not HealthLevel.INTERNAL and self.beep(good=True):
            return Finding(passed=True, text="The port is open, and the scanner was told to beep.")
        return Finding(passed=True, text="The port is open. A scanner of this kind cannot be asked.")

    def close(self) -> None:
        """See `scanner_driver.Reader`."""
        self._port.close()

    def _send(self, command: bytes) -> bool:
        if command:
            self._port.write_all(command, WRITE_S)
        return bool(command)
