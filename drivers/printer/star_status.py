"""What a Star printer says of itself: its automatic status (ASB), cut out of the reply stream by fixed bits. Pure.

Source: Star Micronics, "STAR Line Mode Command Specifications", appendix 2 "ASB Status", the same as in "StarPRNT
Command Specifications". Header 1 (`0xx0xxx1`) tells how many bytes the status has, itself included; all others have
bits 7, 4 and 0 at 0. Bit 7 of header 2 tells that two bytes of length (high byte first) and as many bytes follow, which
network interfaces add. XON and XOFF may stand between any two bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.printer.conditions import conditions
from drivers.printer.status import PrinterStatus

_XON, _XOFF = 0x11, 0x13
_SHORTEST = 7  # of all models in the manual
_LONGEST_ADDED = 0x0200
_EXPANSION = 0x80
_SHOWN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Asb:
    """One whole automatic status; `added` is what a network interface has put behind it."""

    data: bytes
    added: bytes = b""

    @property
    def status(self) -> PrinterStatus:
        """What it says; `drawer_high` is the compulsion switch: closed."""
        printer, error, more, sensors = self.data[2:6]
        return PrinterStatus(
            offline=bool(printer & 0x48),  # bit 6: by its switch
            cover_open=bool(printer & 0x20),
            paper_low=bool(sensors & 0x06),
            paper_out=bool(sensors & 0x08),
            cutter_error=bool(error & 0x08),
            mechanical_error=bool(error & 0x04 or more & 0x0C),  # of the head, of the black mark or of the presenter
            unrecoverable=bool(error & 0x20),
            head_hot=bool(error & 0x40),
            drawer_high=bool(printer & 0x04),
        )

    @property
    def etb_executed(self) -> bool:
        """Whether an ETB was worked off since the last status."""
        return bool(self.data[2] & 0x02)

    @property
    def etb_count(self) -> int | None:
        """How many ETB were worked off, modulo 32; None where the model does not count."""
        return _spread(self.data[7]) if len(self.data) > 7 else None

    @property
    def overflow(self) -> bool:
        """Whether its buffer was overrun."""
        return bool(self.data[4] & 0x40)


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no status."""

    data: bytes


class Framer:
    """Takes the reply stream apart. Never raises; what comes in one piece or byte by byte gives the same replies."""

    def __init__(self) -> None:
        self._asb = bytearray()
        self._size = bytearray()
        self._added = bytearray()

    def feed(self, data: bytes) -> list[Asb | Noise]:
        """The statuses that `data` completes, in order, and what was none."""
        return [found for byte in data for found in self._byte(byte)]

    @property
    def pending(self) -> bytes:
        """The bytes of a status that has begun."""
        return bytes(self._asb + self._size + self._added)

    def _byte(self, byte: int) -> list[Asb | Noise]:
        if self._asb and len(self._asb) == _spread(self._asb[0]):
            return self._behind(byte)
        if byte in (_XON, _XOFF):
            return []
        if len(self._asb) == 0:
            return self._head(byte)
        # Of header 2 alone, bit 7 may be set.
        allowed = 0x11 if len(self._asb) == 1 else 0x91
        if byte & allowed:
            return [*self._broken_off(), *self._head(byte)]
        self._asb.append(byte)
        whole = len(self._asb) == _spread(self._asb[0])
        return self._done() if whole and not self._asb[1] & _EXPANSION else []

    def _head(self, byte: int) -> list[Asb | Noise]:
        if byte & 0x91 == 0x01 and _spread(byte) >= _SHORTEST:
            self._asb.append(byte)
            return []
        return [Noise(bytes((byte,)))]

    def _behind(self, byte: int) -> list[Asb | Noise]:
        """One byte of the length, or of what is as long as it says; a length that cannot be ends the status."""
        if len(self._size) < 2:
            self._size.append(byte)
        else:
            self._added.append(byte)
        if len(self._size) < 2:
            return []
        size = int.from_bytes(self._size, "big")
        if size > _LONGEST_ADDED:
            odd = bytes(self._size)
            return [*self._done(), Noise(odd)]
        return self._done() if len(self._added) == size else []

    def _done(self) -> list[Asb | Noise]:
        found = Asb(bytes(self._asb), bytes(self._added))
        self._clear()
        return [found]

    def _broken_off(self) -> list[Asb | Noise]:
        data = bytes(self._asb)
        self._clear()
        return [Noise(data)]

    def _clear(self) -> None:
        self._asb.clear()
        self._size.clear()
        self._added.clear()


def describe(frame: bytes) -> dict[str, object]:
    """What a piece of a printer's replies says, as {"replies": [...]}; "rest" is what its last reply still lacks."""
    framer = Framer()
    found: dict[str, object] = {"replies": [_in_words(reply) for reply in framer.feed(frame)]}
    if framer.pending:
        found["rest"] = framer.pending.hex(" ")
    return found


def redact(data: bytes) -> str:
    """A frame for the ring of last frames: its length and its first bytes, which are commands and status."""
    shown = data[:_SHOWN_BYTES].hex(" ")
    return shown if len(data) <= _SHOWN_BYTES else f"{len(data)} bytes: {shown} ..."


def _in_words(reply: Asb | Noise) -> dict[str, object]:
    if isinstance(reply, Noise):
        return {"kind": "noise", "value": reply.data.hex(" ")}
    found: dict[str, object] = {
        "kind": "automatic",
        "value": reply.data.hex(" "),
        "conditions": [condition.code for condition in conditions(reply.status)],
        "drawer_high": reply.status.drawer_high,
        "etb_executed": reply.etb_executed,
        "etb_count": reply.etb_count,
        "overflow": reply.overflow,
    }
    return {**found, "added": reply.added.hex(" ")} if reply.added else found


def _spread(byte: int) -> int:
    """A number of five bits as Star spreads it: bits 1 to 3, then 5 and 6."""
    return byte >> 1 & 0x07 | byte >> 2 & 0x18
