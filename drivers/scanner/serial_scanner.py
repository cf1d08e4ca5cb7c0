"""A scanner on a serial line (RS-232, USB CDC-ACM): a pure framer and a thin driver.

The scanner speaks only when it reads a code, as prefix, content, suffix; there is no protocol to ask it anything by.
It is therefore the one device that is READY after a mere open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from drivers.device import Category, DeviceError, Sink
from drivers.scanner.codes import MAX_LENGTH, make_scan
from drivers.scanner.interface import BadRead, Scan
from drivers.transport.serial import Line, SerialTransport, open_serial
from drivers.transport.waiting import Deadline, wait_readable

# Two characters of one code are a millisecond apart at 9600 baud; radio cradles and USB hubs add tens of them.
GAP_S = 0.3
# Nothing to check while idle: a port that goes away ends the wait by itself.
IDLE_S = 30.0

_SUFFIXES = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t"}
_LINE_ENDS = b"\r\n"


class SerialScannerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a scanner on a serial line. `port` is best a link in /dev/serial/by-id."""

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


class ScanFramer:
    """Cuts a stream of bytes into codes. Pure: no clock; `break_off` says that nothing more has come for `GAP_S`."""

    def __init__(self, device: str, settings: SerialScannerSettings) -> None:
        self._device = device
        self._suffix = _SUFFIXES[settings.suffix]
        self._prefix = settings.prefix.encode(settings.encoding)
        self._encoding = settings.encoding
        self._aim_ids = settings.aim_ids
        self._limit = MAX_LENGTH + len(self._prefix) + len(self._suffix)
        self._buffer = bytearray()
        self._overflow = False

    @property
    def pending(self) -> bool:
        """Whether a code has begun and not ended."""
        return self._overflow or bool(self._buffer.strip(_LINE_ENDS))

    def feed(self, data: bytes) -> list[Scan | BadRead]:
        """Take bytes in; return the codes that ended with them."""
        records: list[Scan | BadRead] = []
        for byte in data:
            self._buffer.append(byte)
            if self._buffer.endswith(self._suffix):
                record = self._end()
                if record is not None:
                    records.append(record)
            elif len(self._buffer) > self._limit:
                # The rest of it, up to the next suffix, is dropped too: its tail would look like a short code.
                del self._buffer[: -len(self._suffix)]
                self._overflow = True
        return records

    def break_off(self) -> list[Scan | BadRead]:
        """Give up on a code that began and was not ended."""
        broken, too_long = self.pending, self._overflow
        self._reset()
        if not broken:
            return []
        return [BadRead(self._device, "too_long" if too_long else "broken_off")]

    def _end(self) -> Scan | BadRead | None:
        # A scanner that ends with CR LF where only one of them was set leaves the other beside a code.
        frame = bytes(self._buffer[: -len(self._suffix)]).strip(_LINE_ENDS)
        too_long = self._overflow
        self._reset()
        if too_long:
            return BadRead(self._device, "too_long")
        if not frame:
            return None
        if not frame.startswith(self._prefix):
            return BadRead(self._device, "no_prefix")
        try:
            text = frame[len(self._prefix) :].decode(self._encoding)
        except UnicodeDecodeError:
            return BadRead(self._device, "undecodable")
        return make_scan(self._device, text, aim_ids=self._aim_ids)

    def _reset(self) -> None:
        self._buffer.clear()
        self._overflow = False


class SerialScanner:
    """Driver of a scanner on a serial line; see `drivers.device.Driver`."""

    def __init__(
        self,
        alias: str,
        settings: SerialScannerSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], SerialTransport] = open_serial,
    ) -> None:
        self._settings = settings
        self._alias = alias
        self._sink = sink
        self._open_port = open_port
        self._framer = ScanFramer(alias, settings)
        self._port: SerialTransport | None = None
        self._gap = Deadline(0)

    @property
    def category(self) -> Category:
        """A scanner."""
        return Category.SCANNER

    def open(self) -> None:
        """Open the port; what was read before is forgotten. `DeviceError` where that cannot be."""
        settings = self._settings
        self._framer = ScanFramer(self._alias, settings)
        line = Line(settings.baud, settings.data_bits, settings.parity, settings.stop_bits)
        self._port = self._open_port(settings.port, line)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Hand over the codes that come in; see `drivers.device.Driver.listen`."""
        port = self._port
        if port is None:
            raise DeviceError(f"The scanner {self._alias} is not open.", "Open it first.")
        pending = self._framer.pending
        ready = wait_readable(self._gap.left_s if pending else IDLE_S, wake_fd, port.fileno())
        records: list[Scan | BadRead] = []
        if port.fileno() in ready:
            records = self._framer.feed(port.read(0))
            self._gap = Deadline(GAP_S)
        elif pending and self._gap.passed:
            records = self._framer.break_off()
        for record in records:
            emit(record)

    def close(self) -> None:
        """Give the port back."""
        port, self._port = self._port, None
        if port is not None:
            port.close()
