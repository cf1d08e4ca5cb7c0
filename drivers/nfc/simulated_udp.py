"""A simulated tag at the UDP device of nfcpy: for a lane without a reader, and without pcscd.

A datagram is the technology and the bytes in hexadecimal ("106A 26"), as both sides of `nfc/clf/udp.py` write it. The
bytes are those of the air: ISO/IEC 14443-3 (26, 93, 95), 14443-4 (E0, I-blocks), Type 2 READ (30), FeliCa (00, 06).
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from drivers.nfc.simulated_hand import Hand
from drivers.nfc.simulated_tags import BlockTag, MemoryTag, SimulatedTag

_LARGEST = 1024
_CASCADE = 0x88
# TL, T0 (frames of 256 bytes; TA, TB and TC follow), TA, TB (waiting time 0.3 s), TC.
_ATS = bytes.fromhex("057880A002")
_NAK = b"\x00"
_NOT_HERE = bytes.fromhex("FF70")


class SimulatedUdpTag:
    """A field at a UDP port of this machine, into which tags are held; actions: see `Hand`. `unplug`, `plug` too."""

    def __init__(self, name: str, folder: Path | None = None, *, port: int = 0) -> None:  # noqa: ARG002 # leaves nothing there
        self.name = name
        self._hand = Hand(self._held, lambda: None, name)
        self._wanted = port
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._card = _IsoDep()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that a driver names: udp:HOST:PORT."""
        return "127.0.0.1", self._wanted

    def start(self) -> None:
        """Switch the field on."""
        if self._socket is not None:
            return
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", self._wanted))
        self._wanted = int(made.getsockname()[1])
        self._socket = made
        self._thread = threading.Thread(target=self._serve, args=(made,), name=f"field of {self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Switch the field off."""
        made, self._socket = self._socket, None
        thread, self._thread = self._thread, None
        if made is not None:
            # Closing does not end a recvfrom(2) that waits; a datagram to itself does.
            with contextlib.suppress(OSError):
                made.sendto(b"", made.getsockname())
        if thread is not None:
            thread.join()
        if made is not None:
            made.close()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See `Hand`; `DeviceError` for any other action."""
        if action in ("plug", "unplug"):
            (self.start if action == "plug" else self.stop)()
            return self._hand.state()
        return self._hand.control(action, fields)

    def _held(self, tag: SimulatedTag) -> None:
        self._card = _IsoDep()
        tag.power_up()

    def _serve(self, made: socket.socket) -> None:
        while self._socket is made:
            data, sender = made.recvfrom(_LARGEST)
            technology, _, text = data.partition(b" ")
            with contextlib.suppress(ValueError, OSError):
                answer = self._answer(technology, bytes.fromhex(text.decode()))
                if answer is not None:
                    made.sendto(technology + b" " + answer.hex().encode(), sender)

    def _answer(self, technology: bytes, data: bytes) -> bytes | None:
        tag = self._hand.tag
        if tag is None or not data:
            return None
        if technology == b"212F":
            return self._felica(tag, data) if isinstance(tag, BlockTag) else None
        if technology != b"106A" or isinstance(tag, BlockTag):
            return None
        found = _sought(tag, data)
        if found is not None:
            if data[:1] == b"\x26":
                self._card = _IsoDep()
            return found
        if isinstance(tag, MemoryTag):
            return self._hand.answer(data, _read_page)
        return self._card.block(data, lambda command: self._hand.answer(command, lambda held, ask: held.answer(ask)))

    def _felica(self, tag: BlockTag, data: bytes) -> bytes | None:
        if data[1] == 0x00:
            system = b"\x12\xfc" if data[4] == 1 else b""
            return _sized(b"\x01" + tag.uid + bytes(8) + system)
        if data[1] == 0x06 and data[2:10] == tag.uid:
            return self._hand.answer(data, _check_blocks)
        return None


class _IsoDep:
    """The card's side of ISO/IEC 14443-4, without chaining: commands and answers here fit into one frame."""

    def __init__(self) -> None:
        self._last = b""

    def block(self, data: bytes, ask: Callable[[bytes], bytes | None]) -> bytes | None:
        first = data[0]
        if first == 0xE0:
            return _ATS
        if first & 0xF6 == 0xB2:
            # Not received: say it again; or only asked whether we are there.
            same = self._last[:1] and self._last[0] & 1 == first & 1
            return self._last if same else bytes((0xA2 | first & 1,))
        if first & 0xEE != 0x02:
            return None
        answer = ask(data[1:])
        if answer is None:
            return None
        self._last = bytes((0x02 | first & 1,)) + answer
        return self._last


def _sought(tag: SimulatedTag, data: bytes) -> bytes | None:
    """Answer to being sought and selected (ISO/IEC 14443-3, 6.5), None for all else."""
    long = len(tag.uid) > 4
    parts = [bytes((_CASCADE,)) + tag.uid[:3], tag.uid[3:7]] if long else [tag.uid]
    if data == b"\x26":
        return b"\x44\x00" if long else b"\x04\x00"
    for number, (level, part) in enumerate(zip((0x93, 0x95), parts, strict=False), 1):
        if data == bytes((level, 0x20)):
            return part + bytes((part[0] ^ part[1] ^ part[2] ^ part[3],))
        if data[:2] == bytes((level, 0x70)):
            if data[2:6] != part:
                return None
            last = 0x00 if isinstance(tag, MemoryTag) else 0x20
            return bytes((last if number == len(parts) else 0x04,))
    return None


def _read_page(tag: SimulatedTag, data: bytes) -> bytes:
    if isinstance(tag, MemoryTag) and data[0] == 0x30 and len(data) == 2:
        return tag.page(data[1]) or _NAK
    return _NAK


def _check_blocks(tag: SimulatedTag, data: bytes) -> bytes:
    numbers = [data[at + 1] for at in range(14, len(data) - 1, 2)]
    blocks = [tag.block(number) for number in numbers] if isinstance(tag, BlockTag) else []
    if len(blocks) != data[13] or not all(blocks):
        return _sized(b"\x07" + tag.uid + _NOT_HERE)
    return _sized(b"\x07" + tag.uid + b"\x00\x00" + bytes((len(blocks),)) + b"".join(blocks))


def _sized(data: bytes) -> bytes:
    return bytes((len(data) + 1,)) + data
