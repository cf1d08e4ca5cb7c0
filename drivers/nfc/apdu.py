"""The commands a reader is sent, and which of them may be sent at all: nothing here can open a payment card.

A command is `class instruction P1 P2 [Lc data] [Le]`, an answer is `[data] SW1 SW2` (ISO/IEC 7816-4). Class FF is
answered by the reader itself (PC/SC part 3, 3.2.2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

Q = TypeVar("Q")
T = TypeVar("T")
# A reading as a dialogue: yields commands, is sent the answers, returns what was read. Pure; a driver does the I/O.
Dialogue = Generator[bytes, bytes, T]

NDEF_APPLICATION = bytes.fromhex("D2760000850101")
GET_UID = bytes.fromhex("FFCA000000")
DONE = b"\x90\x00"
READ_BLOCK_SIZE = 16

_ISO, _READER = 0x00, 0xFF
_SELECT, _READ_BINARY, _GET_DATA = 0xA4, 0xB0, 0xCA
_BY_NAME = 0x04
_INSTRUCTIONS = {
    (_ISO, _SELECT): "SELECT",
    (_ISO, _READ_BINARY): "READ BINARY",
    (_READER, _GET_DATA): "GET UID",
    (_READER, _READ_BINARY): "READ BLOCK",
}


class RefusedCommandError(ValueError):
    """A command that this program never sends: it could read what a card keeps for payments, or change a card."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command. `done` is status 9000."""

    data: bytes
    status: bytes

    @property
    def done(self) -> bool:
        """Whether the command was carried out."""
        return self.status == DONE


def answer(frame: bytes) -> Answer:
    """Take an answer apart; one that is too short for a status is not done."""
    return Answer(frame[:-2], frame[-2:]) if len(frame) >= 2 else Answer(b"", b"")


def select_ndef() -> bytes:
    """SELECT the NDEF application by its name (NFC Forum Type 4 Tag, 5.4.2)."""
    return bytes((_ISO, _SELECT, _BY_NAME, 0x00, len(NDEF_APPLICATION))) + NDEF_APPLICATION + b"\x00"


def select_file(identifier: bytes) -> bytes:
    """SELECT a file by its two-byte identifier, without an answer but the status."""
    return bytes((_ISO, _SELECT, 0x00, 0x0C, 2)) + identifier


def read_binary(offset: int, size: int) -> bytes:
    """READ BINARY of the selected file; `offset` up to 7FFF, `size` 1 to 255."""
    return bytes((_ISO, _READ_BINARY)) + offset.to_bytes(2, "big") + bytes((size,))


def read_block(page: int) -> bytes:
    """Have the reader read the 16 bytes from `page` on of a storage card."""
    return bytes((_READER, _READ_BINARY, 0x00, page, READ_BLOCK_SIZE))


def check(command: bytes) -> bytes:
    """Return `command` where it may be sent; `RefusedCommandError` for all others.

    Allowed are: the id of a tag, reading, and selecting the NDEF application and its files. No application of a
    payment scheme (A000000003..., 2PAY.SYS.DDF01) can be selected, so there is no card number to be read.
    """
    header = (command[0], command[1]) if len(command) >= 5 else None
    if header not in _INSTRUCTIONS:
        raise RefusedCommandError("This instruction is never sent to a card.")
    if header == (_ISO, _SELECT) and command[2] == _BY_NAME:
        if command != select_ndef():
            raise RefusedCommandError("No application but that of NDEF is ever selected on a card.")
    elif header == (_ISO, _SELECT) and (command[2:5] != b"\x00\x0c\x02" or len(command) != 7):
        raise RefusedCommandError("Only files of the NDEF application are selected on a card.")
    return command


def carry(reading: Generator[Q, bytes, T], ask: Callable[[Q], bytes]) -> T:
    """Carry a reading out: `ask` what it wants (a command, a page, blocks), hand it the answer; errors pass."""
    try:
        wanted = next(reading)
        while True:
            wanted = reading.send(ask(wanted))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return] # it ends with a T; StopIteration cannot say so
    finally:
        reading.close()


def describe(frame: bytes) -> dict[str, object]:
    """Say of one frame what kind it is, and never what it carries: a command, an answer, or neither. Never raises."""
    if len(frame) >= 5 and (frame[0], frame[1]) in _INSTRUCTIONS:
        name = _INSTRUCTIONS[frame[0], frame[1]]
        return {"frame": "command", "class": f"{frame[0]:02X}", "instruction": name, "bytes": len(frame)}
    if len(frame) >= 2 and (frame[-2] in (0x61, 0x90) or 0x62 <= frame[-2] <= 0x6F):
        return {"frame": "answer", "data_bytes": len(frame) - 2, "status": frame[-2:].hex().upper()}
    return {"error": "This is neither a command nor an answer of a card.", "bytes": len(frame)}


def mask(data: bytes) -> bytes:
    """Return as many bytes that hold nothing of the tag, for recordings: commands, and the status of answers."""
    if describe(data).get("frame") == "command":
        return data
    return bytes(max(0, len(data) - 2)) + data[-2:] if "frame" in describe(data) else bytes(len(data))


def redact(data: bytes) -> str:
    """One line for the ring of last frames: kind and lengths, no id and no content."""
    told = describe(data)
    return " ".join(str(told[key]) for key in told if key != "error") if "error" not in told else f"{len(data)} bytes"
