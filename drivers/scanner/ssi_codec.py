"""Zebra's Simple Serial Interface (SSI), packeted: pure, bytes in, packets out.

A packet is `length opcode source status data checksum`: the length counts all but the checksum, the source is 04 for
the host, and the checksum is the two's complement of the sum of all bytes before it, high byte first (Zebra, Simple
Serial Interface Programmer's Guide 72E-40451, "Packet format"). START_DECODE is `04 E4 04 00 FF 14`.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.scanner.codes import MAX_LENGTH, Record, decode, framing
from drivers.scanner.interface import BadRead

HOST, DECODER = 0x04, 0x00
_HEADER, _CHECKSUM = 4, 2
_RETRANSMIT, _CONTINUATION = 0x01, 0x02

# Opcodes (DS9908 product reference guide, table 15).
CMD_ACK, CMD_NAK = 0xD0, 0xD1
DECODE_DATA, EVENT = 0xF3, 0xF6
START_DECODE, STOP_DECODE = 0xE4, 0xE5
BEEP = 0xE6
SCAN_ENABLE, SCAN_DISABLE = 0xE9, 0xEA
REQUEST_REVISION, REPLY_REVISION = 0xA3, 0xA4

NAK_RESEND = 0x01
# Beep sequences (MK1000 product reference guide, table 5-8): 0 to 4 are one to five short high beeps, 5 and on are low
# ones, of which three say that something is wrong.
BEEP_GOOD, BEEP_BAD = 0x00, 0x07


@dataclass(frozen=True, slots=True)
class Packet:
    """One whole packet with the right checksum."""

    opcode: int
    source: int
    status: int
    data: bytes

    @property
    def continued(self) -> bool:
        """Whether the next packet goes on with the same message."""
        return bool(self.status & _CONTINUATION)

    @property
    def repeated(self) -> bool:
        """Whether it was sent before, and the sender has seen no answer."""
        return bool(self.status & _RETRANSMIT)


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes that are no packet: "checksum" or "frame"."""

    reason: str


def encode(opcode: int, data: bytes = b"", *, source: int = HOST, status: int = 0) -> bytes:
    """Return a packet with its checksum."""
    body = bytes([_HEADER + len(data), opcode, source, status]) + data
    return body + _checksum(body)


class PacketFramer:
    """Cuts a stream into packets. Pure: no clock; `break_off` says that nothing more has come for a while."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a packet has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Packet | Damaged]:
        """Take bytes in; return the packets that ended with them. After a damaged one, the next byte begins anew."""
        found: list[Packet | Damaged] = []
        for byte in data:
            if not self._buffer and byte < _HEADER:
                # Wake-up characters, and what is left of a damaged packet.
                continue
            self._buffer.append(byte)
            if len(self._buffer) == self._buffer[0] + _CHECKSUM:
                found.append(_packet(bytes(self._buffer)))
                self._buffer.clear()
        return found

    def break_off(self) -> list[Packet | Damaged]:
        """Give up on a packet that began and was not ended."""
        broken = self.pending
        self._buffer.clear()
        return [Damaged("frame")] if broken else []


class Decodes:
    """Puts DECODE_DATA packets together: a code type and content each, over as many packets as it takes."""

    def __init__(self, device: str, *, encoding: str = "utf-8", aim_ids: bool = True) -> None:
        self._device = device
        self._encoding = encoding
        self._aim_ids = aim_ids
        self._content = bytearray()
        self._begun = False
        self._last: Packet | None = None

    @property
    def pending(self) -> bool:
        """Whether a code goes on in the next packet."""
        return self._begun

    def feed(self, packet: Packet) -> Record | None:
        """Take a DECODE_DATA packet in; return the code that ended with it."""
        # Our acknowledgement was lost: the scanner repeats what is known already.
        known = self._last
        if packet.repeated and known is not None and (known.data, known.continued) == (packet.data, packet.continued):
            return None
        self._last = packet
        # The first byte is the code type; each packet of a long code has it.
        self._content += packet.data[1:]
        self._begun = packet.continued
        if len(self._content) > MAX_LENGTH:
            self._reset()
            return BadRead(self._device, "too_long")
        if packet.continued:
            return None
        content = bytes(self._content).rstrip(b"\r\n")
        self._reset()
        return decode(self._device, content, self._encoding, aim_ids=self._aim_ids)

    def forget(self) -> None:
        """Take the next packet for a new one: it was asked for again, since it came damaged."""
        self._last = None

    def break_off(self) -> list[Record]:
        """Give up on a code that goes on in a packet that does not come."""
        begun = self._begun
        self._reset()
        return [BadRead(self._device, "broken_off")] if begun else []

    def _reset(self) -> None:
        self._content.clear()
        self._begun = False


def describe(frame: bytes) -> dict[str, object]:
    """Tell a technician what a packet is, without the content of a code. Never raises."""
    found = _packet(frame) if len(frame) >= _HEADER + _CHECKSUM and len(frame) == frame[0] + _CHECKSUM else None
    if not isinstance(found, Packet):
        return {"bytes": len(frame), "error": found.reason if found else "frame"}
    described: dict[str, object] = {
        "opcode": f"{found.opcode:02X}",
        "from": "host" if found.source == HOST else "scanner",
        "data_bytes": len(found.data),
        "repeated": found.repeated,
        "continued": found.continued,
    }
    if found.opcode == DECODE_DATA and found.data:
        described["code_type"] = f"{found.data[0]:02X}"
    return described


def redact(data: bytes) -> str:
    """Show bytes for the ring of last frames: header and length of a packet, no content."""
    if len(data) < _HEADER + _CHECKSUM or data[1] not in _OPCODES:
        return framing(data)
    return f"{data[:_HEADER].hex(' ').upper()} <{len(data) - _HEADER}>"


_OPCODES = frozenset(
    (
        *(CMD_ACK, CMD_NAK, DECODE_DATA, EVENT, START_DECODE, STOP_DECODE, BEEP),
        *(SCAN_ENABLE, SCAN_DISABLE, REQUEST_REVISION, REPLY_REVISION),
    )
)


def _packet(data: bytes) -> Packet | Damaged:
    body = data[:-_CHECKSUM]
    if _checksum(body) != data[-_CHECKSUM:]:
        return Damaged("checksum")
    return Packet(body[1], body[2], body[3], body[_HEADER:])


def _checksum(body: bytes) -> bytes:
    return (-sum(body) & 0xFFFF).to_bytes(2, "big")
