"""Reading NDEF from a Type 4 tag (NTAG 424, DESFire, phones) by its files. Pure: yields commands, is sent answers.

SELECT D2760000850101, SELECT E103, READ the capability container `length(2) version MLe(2) MLc(2)` and its NDEF file
control TLV `04 06 file(2) size(2) read write`; then SELECT the file and READ its length and its content in pieces of
MLe at most (NFC Forum Type 4 Tag 2.0, 5.1 and 5.4).
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.nfc.apdu import Dialogue, answer, read_binary, select_file, select_ndef
from drivers.nfc.interface import TagProblem

CONTAINER = bytes.fromhex("E103")
_CONTAINER_SIZE = 15
_NDEF_FILE = b"\x04\x06"
_FREE = 0x00
# Le has one byte, and READ BINARY an offset of 15 bits.
_LONGEST_PIECE, _LONGEST_FILE = 255, 0x7FFF
_MAJORS = (2, 3)


@dataclass(frozen=True, slots=True)
class NoApplication:
    """There is no NDEF application: a door badge, a bank card, or a phone that shows none."""


@dataclass(frozen=True, slots=True)
class _File:
    identifier: bytes
    size: int
    piece: int


def read() -> Dialogue[bytes | TagProblem | NoApplication]:
    """Return the NDEF message of the tag, or why there is none."""
    if not answer((yield select_ndef())).done:
        return NoApplication()
    if not answer((yield select_file(CONTAINER))).done:
        return TagProblem.NOT_FORMATTED
    container = answer((yield read_binary(0, _CONTAINER_SIZE)))
    file = _file(container.data) if container.done else None
    if file is None or not answer((yield select_file(file.identifier))).done:
        return TagProblem.UNREADABLE
    head = answer((yield read_binary(0, 2)))
    length = int.from_bytes(head.data, "big")
    if not head.done or len(head.data) != 2 or length + 2 > file.size:
        return TagProblem.UNREADABLE
    if length == 0:
        return TagProblem.NOT_FORMATTED
    return (yield from _content(length, file.piece))


def _content(length: int, piece: int) -> Dialogue[bytes | TagProblem]:
    content = bytearray()
    while len(content) < length:
        wanted = min(piece, length - len(content))
        part = answer((yield read_binary(2 + len(content), wanted)))
        if not part.done or not 0 < len(part.data) <= wanted:
            return TagProblem.UNREADABLE
        content += part.data
    return bytes(content)


def _file(container: bytes) -> _File | None:
    if len(container) < _CONTAINER_SIZE or container[2] >> 4 not in _MAJORS or container[7:9] != _NDEF_FILE:
        return None
    longest_answer, size = int.from_bytes(container[3:5], "big"), int.from_bytes(container[11:13], "big")
    if longest_answer == 0 or container[13] != _FREE:
        return None
    return _File(container[9:11], min(size, _LONGEST_FILE), min(longest_answer, _LONGEST_PIECE))
