"""A Star printer without its plug: buffer, sensors, automatic status, ETB counter, paper. Bytes in, replies out."""

from __future__ import annotations

from drivers.printer.commands import Command
from drivers.printer.mechanism import Mechanism
from drivers.printer.paper import Sheet
from drivers.printer.star_commands import Splitter
from drivers.printer.star_paper import Paper

_COUNT = 32
# Obeyed as they arrive: ESC ACK SOH, and the pulses FS and EM.
_ASK, _PULSES = b"\x1b\x06", (b"\x1c", b"\x19")


class StarMechanism(Mechanism):
    """See `Mechanism`. A jam that is out is over once the cover was opened and closed."""

    def __init__(self) -> None:
        super().__init__()
        self._splitter = Splitter()
        self._by_itself = False
        self._told = b""
        self._etb = 0
        self._etb_executed = False
        self._was_opened = False

    def feed(self, data: bytes) -> None:
        """Take bytes from the cable."""
        for command in self._splitter.feed(data):
            if command.name == _ASK and command.data == b"\x01":
                self._say()
            elif command.name in _PULSES:
                self._kick()
            else:
                self._buffer.append(command)
        self.run()

    def run(self) -> None:
        """Work off the buffer as far as sensors allow, and send the status where it changed."""
        self._clear_jam()
        super().run()

    def power_cycle(self) -> None:
        """Lose buffer, settings and count, as when the plug is pulled. What is half printed stays on the paper."""
        super().power_cycle()
        self._by_itself, self._told, self._etb, self._etb_executed = False, b"", 0, False

    def status(self) -> bytes:
        """The automatic status, nine bytes of version 3."""
        sensors = self.sensors
        printer = 0x20 * sensors.cover_open | 0x08 * sensors.offline | 0x04 * sensors.drawer_open
        error = 0x08 * sensors.cutter_error | 0x40 * sensors.head_hot
        paper = 0x08 * (not sensors.paper) | 0x04 * (sensors.near_end or not sensors.paper)
        count = (self._etb & 0x07) << 1 | (self._etb & 0x18) << 2
        return bytes((0x23, 0x06, printer | 0x02 * self._etb_executed, error, 0, paper, 0, count, 0))

    def _blank(self) -> Sheet:
        return Paper()

    def _clear_jam(self) -> None:
        sensors = self.sensors
        if sensors.cover_open:
            self._was_opened = True
        elif self._was_opened:
            self._was_opened = False
            sensors.cutter_error = sensors.cutter_error and sensors.jammed

    def _say(self) -> None:
        self._told = self.status()
        self._out += self._told
        self._etb_executed = False

    def _push_status(self) -> None:
        now = self.status()
        # That ETB was executed is told once, and its being told is no change.
        same = self._told[:2] + bytes((self._told[2] & ~0x02,)) + self._told[3:] if self._told else b""
        if self._by_itself and now != same:
            self._say()

    def _execute(self, command: Command) -> None:
        self._raw += command.raw
        match command.name:
            case b"\x17":
                self._etb = (self._etb + 1) % _COUNT
                self._etb_executed = True
            case b"\x1b\x1eE" | b"\x18":
                self._etb, self._etb_executed = 0, False
            case b"\x1b\x1ea":
                self._by_itself = command.data not in (b"\0", b"0")
                self._told = b""
        self._put(command)
