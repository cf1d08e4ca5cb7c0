"""What a printer says of itself: its reply stream taken apart by fixed bits. Pure.

Four kinds of reply share one stream in any order. Bits 7, 4, 1 and 0 tell them apart (Epson ESC/POS reference,
"Identification of the transmission status"): `0xx1xx10` DLE EOT, `0xx1xx00` first byte of an automatic status,
`0xx0xxxx` its other three or a `GS r` reply, 0x11 / 0x13 XON / XOFF, 0x37 the head of a `GS ( H` block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_XON, _XOFF, _BLOCK = 0x11, 0x13, 0x37
_PROCESS_ID = 0x22  # second byte of the block that answers GS ( H function 48
_BLOCK_LENGTH = 7


@dataclass(frozen=True, slots=True)
class RealTime:
    """The answer to one DLE EOT n. It does not say to which n: ask one at a time."""

    value: int


@dataclass(frozen=True, slots=True)
class AutomaticStatus:
    """Four bytes that the printer sends by itself on every change, once `GS a` has switched this on."""

    data: bytes


@dataclass(frozen=True, slots=True)
class InStream:
    """The answer to a `GS r`, given when the printer has come to it in its buffer."""

    value: int


@dataclass(frozen=True, slots=True)
class ProcessId:
    """The answer to `GS ( H`: all before the request with this id is worked through."""

    process_id: bytes


@dataclass(frozen=True, slots=True)
class FlowControl:
    """XON (`ready`) or XOFF."""

    ready: bool


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no reply."""

    data: bytes


Reply = RealTime | AutomaticStatus | InStream | ProcessId | FlowControl | Noise


class Demultiplexer:
    """Takes the reply stream apart. Never raises; what comes in one piece or byte by byte gives the same replies."""

    def __init__(self) -> None:
        self._automatic = bytearray()
        self._block = bytearray()

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that `data` completes, in order."""
        return [reply for byte in data for reply in self._byte(byte)]

    @property
    def pending(self) -> bytes:
        """The bytes of a reply that has begun."""
        return bytes(self._block or self._automatic)

    def _byte(self, byte: int) -> list[Reply]:
        if self._block:
            return self._in_block(byte)
        # These two may come between the bytes of an automatic status.
        if byte in (_XON, _XOFF):
            return [FlowControl(byte == _XON)]
        if byte & 0x93 == 0x12:
            return [RealTime(byte)]
        if byte & 0x90 == 0:
            return self._low(byte)
        return [*self._broken_off(), *self._head(byte)]

    def _head(self, byte: int) -> list[Reply]:
        if byte == _BLOCK:
            self._block.append(byte)
            return []
        if byte & 0x93 == 0x10:
            self._automatic.append(byte)
            return []
        return [Noise(bytes((byte,)))]

    def _low(self, byte: int) -> list[Reply]:
        if not self._automatic:
            return [InStream(byte)]
        self._automatic.append(byte)
        if len(self._automatic) < 4:
            return []
        data = bytes(self._automatic)
        self._automatic.clear()
        return [AutomaticStatus(data)]

    def _broken_off(self) -> list[Reply]:
        data = bytes(self._automatic)
        self._automatic.clear()
        return [Noise(data)] if data else []

    def _in_block(self, byte: int) -> list[Reply]:
        """One byte of `37 22 d1 d2 d3 d4 00`; the first that does not fit ends the block and is looked at anew."""
        place = len(self._block)
        fits = byte == _PROCESS_ID if place == 1 else byte == 0 if place == 6 else 0x20 <= byte <= 0x7E
        if not fits:
            broken = bytes(self._block)
            self._block.clear()
            return [Noise(broken), *self._byte(byte)]
        self._block.append(byte)
        if len(self._block) < _BLOCK_LENGTH:
            return []
        process_id = bytes(self._block[2:6])
        self._block.clear()
        return [ProcessId(process_id)]


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """All that a printer has said of itself. `paper_out` also covers "stopped by paper end"."""

    offline: bool = False
    cover_open: bool = False
    paper_low: bool = False
    paper_out: bool = False
    cutter_error: bool = False
    mechanical_error: bool = False
    unrecoverable: bool = False
    head_hot: bool = False
    drawer_high: bool = False

    @property
    def can_print(self) -> bool:
        """Whether a job sent now would come out."""
        return not (
            self.offline
            or self.cover_open
            or self.paper_out
            or self.cutter_error
            or self.mechanical_error
            or self.unrecoverable
            or self.head_hot
        )


def after_real_time(status: PrinterStatus, n: int, value: int) -> PrinterStatus:
    """`status` with what the answer `value` to `DLE EOT n` says; n is 1 printer, 2 offline, 3 error or 4 paper."""
    match n:
        case 1:
            return replace(status, drawer_high=bool(value & 0x04), offline=bool(value & 0x08))
        case 2:
            return replace(status, cover_open=bool(value & 0x04), paper_out=bool(value & 0x20))
        case 3:
            return replace(
                status,
                mechanical_error=bool(value & 0x04),
                cutter_error=bool(value & 0x08),
                unrecoverable=bool(value & 0x20),
                head_hot=bool(value & 0x40),
            )
        case 4:
            # Asked after 2, whose "stopped by paper end" stays set until printing has begun again.
            return replace(status, paper_low=bool(value & 0x0C), paper_out=status.paper_out or bool(value & 0x60))
        case _:
            return status


def after_automatic(status: PrinterStatus, data: bytes) -> PrinterStatus:
    """`status` replaced by the four bytes of an automatic status (Epson ESC/POS, `GS a`)."""
    if len(data) != 4:
        return status
    printer, error, paper, _ = data
    return PrinterStatus(
        offline=bool(printer & 0x08),
        cover_open=bool(printer & 0x20),
        paper_low=bool(paper & 0x03),
        paper_out=bool(paper & 0x0C),
        cutter_error=bool(error & 0x08),
        mechanical_error=bool(error & 0x04),
        unrecoverable=bool(error & 0x20),
        head_hot=bool(error & 0x40),
        drawer_high=bool(printer & 0x04),
    )
