"""Reading NDEF from a Type 3 tag (FeliCa) block by block. Pure: yields the numbers of blocks, is sent their bytes.

Block 0 is the attribute block `version Nbr Nbw Nmaxb(2) 0(4) WriteFlag RWFlag length(3) checksum(2)`; the checksum is
the sum of the first 14 bytes (NFC Forum Type 3 Tag 1.1, 6.1).
"""

from __future__ import annotations

from collections.abc import Generator

from drivers.nfc.interface import TagProblem

BLOCK_SIZE = 16
# Of one CHECK command; tags allow 4 to 12, and a frame holds 15.
_MOST_BLOCKS = 12
_MAJOR = 1

# Yields the numbers of blocks to read in one go, is sent 16 bytes for each, `b""` where the tag refuses.
Reading = Generator[tuple[int, ...], bytes, bytes | TagProblem]


def read() -> Reading:
    """Return the NDEF message of the tag, or why there is none."""
    attributes = yield (0,)
    if len(attributes) != BLOCK_SIZE:
        return TagProblem.NOT_FORMATTED
    if sum(attributes[:14]) != int.from_bytes(attributes[14:], "big"):
        return TagProblem.UNREADABLE
    at_once, blocks = min(attributes[1], _MOST_BLOCKS), int.from_bytes(attributes[3:5], "big")
    being_written, length = attributes[9], int.from_bytes(attributes[11:14], "big")
    if attributes[0] >> 4 != _MAJOR or at_once == 0 or being_written or length > blocks * BLOCK_SIZE:
        return TagProblem.UNREADABLE
    if length == 0:
        return TagProblem.NOT_FORMATTED
    message = bytearray()
    last = -(-length // BLOCK_SIZE)
    for first in range(1, last + 1, at_once):
        numbers = tuple(range(first, min(first + at_once, last + 1)))
        data = yield numbers
        if len(data) != len(numbers) * BLOCK_SIZE:
            return TagProblem.UNREADABLE
        message += data
    return bytes(message[:length])
