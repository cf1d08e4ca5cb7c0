"""How ZVT messages are packed for a serial line: blocks with a check sum, acknowledged one by one. Pure.

Source: ZVT PA00P016, transport over a serial line, Verband der Terminalhersteller. A block is `10 02 <APDU> 10 03 lo
hi`: each 10 inside the APDU is sent twice, and the check sum (CRC-16, polynomial 8408, start 0, low byte first) is over
the APDU as it is before that, and the 03. The receiver says 06 for a good one and 15 for a bad one, which is then sent
again.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Final

ACK: Final = 0x06
NAK: Final = 0x15

_DLE, _STX, _ETX = 0x10, 0x02, 0x03
_POLYNOMIAL: Final = 0x8408
# The longest APDU there can be: two bytes of control field, three of length, 65,535 of data.
LONGEST_APDU: Final = 65_540


@dataclass(frozen=True, slots=True)
class Block:
    """A block whose check sum is right. Its APDU may hold card data, so it is kept out of its repr."""

    apdu: bytes = field(repr=False)


class Flaw(enum.StrEnum):
    """What is wrong with a block."""

    CHECKSUM = "checksum"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class BadBlock:
    """Something that began as a block and is none."""

    flaw: Flaw


class Sign(enum.Enum):
    """What stands outside of blocks and means something."""

    ACK = ACK
    NAK = NAK


Item = Block | BadBlock | Sign


class _Place(enum.Enum):
    OUTSIDE = enum.auto()
    OUTSIDE_DLE = enum.auto()
    INSIDE = enum.auto()
    INSIDE_DLE = enum.auto()
    CRC_LOW = enum.auto()
    CRC_HIGH = enum.auto()


def checksum(data: bytes) -> int:
    """CRC-16 with polynomial 8408 and start 0 (also known as Kermit's)."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ _POLYNOMIAL if value & 1 else value >> 1
    return value


def pack(apdu: bytes) -> bytes:
    """The block of one APDU."""
    doubled = apdu.replace(bytes((_DLE,)), bytes((_DLE, _DLE)))
    crc = checksum(apdu + bytes((_ETX,))).to_bytes(2, "little")
    return bytes((_DLE, _STX)) + doubled + bytes((_DLE, _ETX)) + crc


class BlockReader:
    """Cuts what comes over the line into blocks and signs; the way the bytes arrive makes no difference.

    Never raises; after anything at all, the next good block is found.
    """

    def __init__(self) -> None:
        self._place = _Place.OUTSIDE
        self._apdu = bytearray()
        self._crc_low = 0

    @property
    def within(self) -> bool:
        """Whether a block has begun and not ended."""
        return self._place not in (_Place.OUTSIDE, _Place.OUTSIDE_DLE)

    def give_up(self) -> None:
        """Forget the block that has begun: its rest does not come."""
        self._place = _Place.OUTSIDE
        self._apdu.clear()

    def feed(self, chunk: bytes) -> list[Item]:
        """Take what was read; give what is whole by now."""
        return [item for byte in chunk if (item := self._take(byte)) is not None]

    def _take(self, byte: int) -> Item | None:
        match self._place:
            case _Place.OUTSIDE | _Place.OUTSIDE_DLE:
                return self._outside(byte)
            case _Place.INSIDE | _Place.INSIDE_DLE:
                return self._inside(byte)
            case _Place.CRC_LOW:
                self._crc_low = byte
                self._place = _Place.CRC_HIGH
                return None
            case _:
                return self._end(self._crc_low | byte << 8)

    def _outside(self, byte: int) -> Item | None:
        after_dle = self._place is _Place.OUTSIDE_DLE
        self._place = _Place.OUTSIDE_DLE if byte == _DLE else _Place.OUTSIDE
        if after_dle and byte == _STX:
            self._begin()
            return None
        return Sign(byte) if byte in (ACK, NAK) else None

    def _inside(self, byte: int) -> Item | None:
        if self._place is _Place.INSIDE and byte == _DLE:
            self._place = _Place.INSIDE_DLE
            return None
        if self._place is _Place.INSIDE or byte == _DLE:
            self._place = _Place.INSIDE
            self._apdu.append(byte)
            return self._bad() if len(self._apdu) > LONGEST_APDU else None
        if byte == _ETX:
            self._place = _Place.CRC_LOW
            return None
        bad = self._bad()
        if byte == _STX:
            # The end of the one before was lost, and another begins.
            self._begin()
        return bad

    def _begin(self) -> None:
        self._place = _Place.INSIDE
        self._apdu.clear()

    def _bad(self) -> BadBlock:
        self.give_up()
        return BadBlock(Flaw.FORM)

    def _end(self, crc: int) -> Item:
        apdu = bytes(self._apdu)
        self.give_up()
        right = checksum(apdu + bytes((_ETX,))) == crc
        return Block(apdu) if right else BadBlock(Flaw.CHECKSUM)
