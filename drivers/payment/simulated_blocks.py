"""The simulated terminal's side of a serial line: blocks as PA00P016 has them, written apart from the driver's."""

from __future__ import annotations

from collections.abc import Callable

_STX, _ETX = b"\x10\x02", b"\x10\x03"
_ACK, _NAK = b"\x06", b"\x15"


class BlockWire:
    """Takes blocks apart and makes them. `send` writes bytes to the line.

    One fault at a time, for the next block: `lose_block` (it was never heard), `lose_ack` (it was heard, the
    acknowledgement gets lost), `bad_checksum` (ours is damaged on its way; right when sent again), `repeat` (ours comes
    twice, as where the register's acknowledgement was lost).
    """

    # On a serial line nobody hangs up: a new command is all that shows that the register has begun anew.
    hangs_up = False

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._buffer = b""
        self._last_heard = b""
        self._last_said = b""
        self.fault = ""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that are whole by now, acknowledged."""
        self._buffer += chunk
        messages = []
        while (block := self._next()) is not None:
            if self._taken("lose_block"):
                continue
            apdu = block[:-2].replace(b"\x10\x10", b"\x10")
            if _crc(apdu + b"\x03") != int.from_bytes(block[-2:], "little"):
                self._send(_NAK)
                continue
            if not self._taken("lose_ack"):
                self._send(_ACK)
            if apdu != self._last_heard:
                self._last_heard = apdu
                messages.append(apdu)
        return messages

    def pack(self, message: bytes) -> bytes:
        """`message` as it goes over the line."""
        self._last_heard = b""
        crc = _crc(message + b"\x03")
        said = _STX + message.replace(b"\x10", b"\x10\x10") + _ETX
        self._last_said = said + crc.to_bytes(2, "little")
        if self._taken("bad_checksum"):
            return said + (crc ^ 0xFFFF).to_bytes(2, "little")
        return self._last_said * (2 if self._taken("repeat") else 1)

    def _next(self) -> bytes | None:
        """The next block between its marks, with its check sum; None where there is none whole."""
        while self._buffer and not self._buffer.startswith(_STX):
            if self._buffer == _STX[:1]:
                return None
            if self._buffer[:1] == _NAK:
                self._send(self._last_said)
            self._buffer = self._buffer[1:]
        at = 2
        while (at := self._buffer.find(b"\x10", at)) >= 0:
            if self._buffer[at : at + 2] == _ETX and len(self._buffer) >= at + 4:
                block, self._buffer = self._buffer[2:at] + self._buffer[at + 2 : at + 4], self._buffer[at + 4 :]
                return block
            at += 2
        return None

    def _taken(self, fault: str) -> bool:
        taken = self.fault == fault
        if taken:
            self.fault = ""
        return taken


def _crc(data: bytes) -> int:
    """CRC-16 with polynomial 1021, each byte and the result taken with their bits the other way round."""
    value = 0
    for byte in data:
        value ^= _mirrored(byte, 8) << 8
        for _ in range(8):
            value = (value << 1 ^ (0x1021 if value & 0x8000 else 0)) & 0xFFFF
    return _mirrored(value, 16)


def _mirrored(value: int, bits: int) -> int:
    return int(f"{value:0{bits}b}"[::-1], 2)
