"""A simulated scanner that speaks Zebra's SSI at a pseudo terminal, packet by packet."""

from __future__ import annotations

from pathlib import Path

from drivers.scanner import ssi_codec as ssi
from drivers.scanner.simulated import SimulatedScannerBase
from drivers.transport.pseudo_port import PseudoPort

# "EAN 13" of the code types; a simulated code has the same for all.
_CODE_TYPE = b"\x0b"
_LONGEST_DATA = 240
_RETRANSMIT, _CONTINUATION = 0x01, 0x02


class SimulatedSsiScanner(SimulatedScannerBase):
    """Answers SSI under the link `folder/name`. A long code waits for an acknowledgement after each packet.

    `fail_next` knows `checksum`, too: the packet comes damaged, and once more where it is asked for.
    """

    faults = ("garbage", "half", "checksum")

    def __init__(self, name: str, folder: Path) -> None:
        self._serial = PseudoPort(folder / name, self._received)
        super().__init__(name, self._serial)
        self._framer = ssi.PacketFramer()
        self._waiting: list[bytes] = []
        self._last = b""

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._serial.link

    def pieces(self, text: str, aim: str) -> list[bytes]:
        """The first packet; the others follow when it is acknowledged."""
        content = (aim + text).encode()
        parts = [content[at : at + _LONGEST_DATA] for at in range(0, len(content), _LONGEST_DATA)] or [b""]
        packets = [
            _from_scanner(ssi.DECODE_DATA, _CODE_TYPE + part, status=_CONTINUATION * (number + 1 < len(parts)))
            for number, part in enumerate(parts)
        ]
        self._last, *self._waiting = packets
        return [self._last]

    def broken(self, text: str, aim: str, how: str) -> list[bytes]:
        """See the class."""
        whole = self.pieces(text, aim)[0]
        if how == "garbage":
            return [b"\xff\x00\xfe\x01\r"]
        if how == "half":
            return [whole[: len(whole) // 2]]
        return [whole[:-1] + bytes([whole[-1] ^ 0xFF])]

    def slowly(self, pieces: list[bytes]) -> list[bytes]:
        """Byte by byte."""
        return [bytes([byte]) for piece in pieces for byte in piece]

    def _received(self, data: bytes) -> None:
        for packet in self._framer.feed(data):
            if isinstance(packet, ssi.Packet) and packet.source == ssi.HOST and not self._bench.silent:
                self._do(packet)

    def _do(self, packet: ssi.Packet) -> None:
        match packet.opcode:
            case ssi.CMD_ACK:
                if self._waiting:
                    self._last = self._waiting.pop(0)
                    self._serial.write(self._last)
                return
            case ssi.CMD_NAK:
                found = ssi.PacketFramer().feed(self._last)
                for last in found:
                    if isinstance(last, ssi.Packet):
                        self._serial.write(_from_scanner(last.opcode, last.data, status=last.status | _RETRANSMIT))
                return
            case ssi.REQUEST_REVISION:
                self._serial.write(_from_scanner(ssi.REPLY_REVISION, b"SIMULATED-1\0"))
                return
            case ssi.SCAN_ENABLE | ssi.SCAN_DISABLE:
                self.set_enabled(on=packet.opcode == ssi.SCAN_ENABLE)
            case ssi.BEEP:
                self.sound(good=packet.data[:1] == bytes([ssi.BEEP_GOOD]))
            case _:
                pass
        self._serial.write(_from_scanner(ssi.CMD_ACK))
        if packet.opcode in {ssi.START_DECODE, ssi.STOP_DECODE}:
            self.pull_trigger(on=packet.opcode == ssi.START_DECODE)


def _from_scanner(opcode: int, data: bytes = b"", *, status: int = 0) -> bytes:
    return ssi.encode(opcode, data, source=ssi.DECODER, status=status)
