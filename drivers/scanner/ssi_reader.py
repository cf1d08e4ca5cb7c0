"""A scanner that speaks Zebra's SSI over a serial line: asked, acknowledged, and asked again for what came broken."""

from __future__ import annotations

from drivers.device import DeviceError, Finding, HealthLevel, Slip
from drivers.scanner import ssi_codec as ssi
from drivers.scanner.scanner_driver import Heard
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline

# The characters of one packet come without a pause; the next packet of a long code comes after our acknowledgement.
GAP_S = 0.5
WRITE_S = 1.0
# The decoder answers within 2 s ("Host serial response time-out"); it may have to be woken by the first try.
ANSWER_S = 1.0
TRIES = 3


class SsiReader:
    """A port, its packets and the codes in them; see `scanner_driver.Reader`."""

    def __init__(self, alias: str, port: Transport, *, encoding: str, aim_ids: bool) -> None:
        self._alias = alias
        self._port = port
        self._packets = ssi.PacketFramer()
        self._decodes = ssi.Decodes(alias, encoding=encoding, aim_ids=aim_ids)
        self._last_command = b""
        self._revision = ""
        # What came in while an answer was waited for.
        self._kept: list[object] = []

    @property
    def gap_s(self) -> float:
        """See `scanner_driver.Reader`."""
        return GAP_S

    @property
    def pending(self) -> bool:
        """See `scanner_driver.Reader`."""
        return bool(self._kept) or self._packets.pending or self._decodes.pending

    def fileno(self) -> int:
        """See `scanner_driver.Reader`."""
        return self._port.fileno()

    def identify(self) -> str:
        """Ask for the revision of its software, and return it; `DeviceError` where nothing answers in SSI."""
        self._revision = ""
        for _ in range(TRIES):
            self._send(ssi.REQUEST_REVISION)
            deadline = Deadline(ANSWER_S)
            while not (self._revision or deadline.passed):
                self._kept += self._take(deadline.left_s)
            if self._revision:
                return self._revision
            self._packets.break_off()
            self._kept.append(Slip.TIMEOUT)
        raise DeviceError(
            f"The scanner {self._alias} does not answer in SSI.",
            "Set it to the host SSI with packeted decode data and the same baud rate, or take `trigger` out.",
        )

    def read(self) -> Heard:
        """See `scanner_driver.Reader`."""
        heard, self._kept = [*self._kept, *self._take(0)], []
        return heard

    def break_off(self) -> Heard:
        """Ask for a packet once more that came in part; give up on a code whose next packet does not come.

        What came in while an answer was waited for is handed over first.
        """
        if self._kept:
            heard, self._kept = self._kept, []
            return heard
        if self._packets.pending:
            return [self._damaged(damaged) for damaged in self._packets.break_off() if isinstance(damaged, ssi.Damaged)]
        return self._decodes.break_off()

    def trigger(self, *, on: bool) -> bool:
        """See `scanner_driver.Reader`."""
        return self._send(ssi.START_DECODE if on else ssi.STOP_DECODE)

    def enable(self, *, on: bool) -> bool:
        """See `scanner_driver.Reader`."""
        return self._send(ssi.SCAN_ENABLE if on else ssi.SCAN_DISABLE)

    def beep(self, *, good: bool) -> bool:
        """See `scanner_driver.Reader`."""
        return self._send(ssi.BEEP, bytes([ssi.BEEP_GOOD if good else ssi.BEEP_BAD]))

    def check(self, level: HealthLevel) -> Finding:
        """INTERNAL tells what is known; EXTERNAL asks the scanner again, and beeps."""
        self._port.fileno()
        if level is not HealthLevel.INTERNAL:
            self.identify()
            self.beep(good=True)
        return Finding(passed=True, text=f"The scanner answered in SSI; software {self._revision}.")

    def close(self) -> None:
        """See `scanner_driver.Reader`."""
        self._port.close()

    def _take(self, deadline_s: float) -> list[object]:
        heard: list[object] = []
        for found in self._packets.feed(self._port.read(deadline_s)):
            if isinstance(found, ssi.Damaged):
                heard.append(self._damaged(found))
            elif found.source == ssi.DECODER:
                heard += self._packet(found)
        return heard

    def _packet(self, packet: ssi.Packet) -> list[object]:
        if packet.opcode == ssi.REPLY_REVISION:
            self._revision = packet.data.decode("ascii", errors="replace").split("\0")[0].strip() or "unknown"
        elif packet.opcode == ssi.CMD_NAK and packet.data[:1] == bytes([ssi.NAK_RESEND]) and self._last_command:
            command, self._last_command = self._last_command, b""
            self._port.write_all(command, WRITE_S)
        elif packet.opcode == ssi.DECODE_DATA:
            record = self._decodes.feed(packet)
            self._send(ssi.CMD_ACK)
            return [] if record is None else [record]
        elif packet.opcode == ssi.EVENT:
            self._send(ssi.CMD_ACK)
        return []

    def _damaged(self, damaged: ssi.Damaged) -> Slip:
        self._decodes.forget()
        self._send(ssi.CMD_NAK, bytes([ssi.NAK_RESEND]))
        return Slip.CHECKSUM if damaged.reason == "checksum" else Slip.BAD_FRAME

    def _send(self, opcode: int, data: bytes = b"") -> bool:
        packet = ssi.encode(opcode, data)
        self._port.write_all(packet, WRITE_S)
        if opcode not in {ssi.CMD_ACK, ssi.CMD_NAK}:
            self._last_command = packet
        return True
