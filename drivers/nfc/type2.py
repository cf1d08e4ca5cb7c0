"""Reading NDEF from a Type 2 tag (NTAG21x, Ultralight) block by block. Pure: yields pages, is sent 16 bytes each.

Page 3 is the capability container `E1 version size/8 access`; from page 4 on there are TLVs: 00 padding, 01 lock
control, 02 memory control, 03 NDEF, FE end (NFC Forum Type 2 Tag 1.1, 2.3 and 6).
"""

from __future__ import annotations

from collections.abc import Generator

from drivers.nfc.apdu import READ_BLOCK_SIZE
from drivers.nfc.interface import TagProblem

PAGE_SIZE = 4
_CONTAINER, _FIRST_DATA = 12, 16
_MAGIC, _MAJOR = 0xE1, 1
_PADDING, _LOCKS, _RESERVED, _NDEF, _END = 0x00, 0x01, 0x02, 0x03, 0xFE
_LONG = 0xFF
# READ names a page by one byte; what lies beyond is in another sector.
_READABLE = 256 * PAGE_SIZE

# Yields the number of a page, is sent the 16 bytes from it on, `b""` where the tag refuses them.
Reading = Generator[int, bytes, bytes | TagProblem]


class _UnreadableError(Exception):
    """The tag says where its end is, or refuses, in the middle of something."""


def read() -> Reading:
    """Return the NDEF message of the tag, or why there is none."""
    memory = _Memory()
    try:
        container = yield from memory.take(_CONTAINER, 4)
        if container[0] != _MAGIC:
            return TagProblem.NOT_FORMATTED
        # Access: the upper four bits are 0 where anybody may read.
        if container[1] >> 4 != _MAJOR or container[3] >> 4:
            return TagProblem.UNREADABLE
        memory.end = min(_FIRST_DATA + container[2] * 8, _READABLE)
        return (yield from _message(memory))
    except _UnreadableError:
        return TagProblem.UNREADABLE


def _message(memory: _Memory) -> Reading:
    memory.at = _FIRST_DATA
    while memory.at < memory.end:
        kind = (yield from memory.next(1))[0]
        if kind == _PADDING:
            continue
        if kind == _END:
            break
        size = (yield from memory.next(1))[0]
        if size == _LONG:
            size = int.from_bytes((yield from memory.next(2)), "big")
        value = yield from memory.next(size)
        if kind == _NDEF:
            return value
        if kind in (_LOCKS, _RESERVED) and size == 3:
            memory.reserve(kind, value)
    return TagProblem.NOT_FORMATTED


class _Memory:
    """The tag's memory, read as far as it is needed, without the bytes that hold locks."""

    def __init__(self) -> None:
        self.at = 0
        self.end = _FIRST_DATA
        self._blocks: dict[int, bytes] = {}
        self._reserved: set[int] = set()

    def next(self, size: int) -> Generator[int, bytes, bytes]:
        """Take the `size` bytes that follow, over what is reserved."""
        taken = bytearray()
        while len(taken) < size:
            if self.at >= self.end:
                raise _UnreadableError
            if self.at not in self._reserved:
                taken += yield from self.take(self.at, 1)
            self.at += 1
        return bytes(taken)

    def take(self, address: int, size: int) -> Generator[int, bytes, bytes]:
        """Take `size` bytes of one block, which is read where it was not yet."""
        block, place = divmod(address, READ_BLOCK_SIZE)
        if block not in self._blocks:
            data = yield block * READ_BLOCK_SIZE // PAGE_SIZE
            if len(data) != READ_BLOCK_SIZE:
                raise _UnreadableError
            self._blocks[block] = data
        return self._blocks[block][place : place + size]

    def reserve(self, kind: int, control: bytes) -> None:
        """Leave out what a lock or memory control TLV names: place, size in bits (locks) or bytes, unit of place."""
        size = control[1] or 256
        if kind == _LOCKS:
            size = (size + 7) // 8
        start = (control[0] >> 4) * (1 << (control[2] & 0x0F)) + (control[0] & 0x0F)
        self._reserved.update(range(start, min(start + size, self.end)))
