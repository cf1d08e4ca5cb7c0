"""A receipt printer without its network plug: buffer, sensors, status and paper. Pure: bytes in, replies out."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.printer.commands import Command, Splitter
from drivers.printer.paper import Cut, Line, Mark, Paper, Pulse, Sheet

_REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
_ASK, _RECOVER, _ACT = _REAL_TIME


@dataclass(slots=True)
class Sensors:
    """What a person does to a printer."""

    paper: bool = True
    near_end: bool = False
    cover_open: bool = False
    cutter_error: bool = False  # stands until the printer is told to recover, which needs `jammed` to be over
    jammed: bool = False
    head_hot: bool = False
    drawer_open: bool = False

    @property
    def offline(self) -> bool:
        """Whether printing stands still."""
        return not self.paper or self.cover_open or self.cutter_error or self.head_hot


@dataclass(frozen=True, slots=True)
class Receipt:
    """Paper from one cut to the next: the bytes it was printed from and what stands on it."""

    raw: bytes
    marks: tuple[Mark, ...]


class Mechanism:
    """Real-time requests are answered at once, all else in buffer order and only while online.

    `sensors` may be changed at any time; call `run` after it. What the printer sends is taken with `replies`,
    finished receipts with `receipts`.
    """

    def __init__(self) -> None:
        self.sensors = Sensors()
        self.lines_left: int | None = None
        self._splitter = Splitter()
        self._paper = self._blank()
        self._buffer: list[Command] = []
        self._out = bytearray()
        self._automatic = 0  # the n of GS a
        self._pushed = b""
        self._tail = b""
        self.pulses = 0
        self.passed_on = bytearray()  # what a line display behind the printer was sent
        self._receipts: list[Receipt] = []
        self._raw = bytearray()
        self._marks: list[Mark] = []

    def feed(self, data: bytes) -> None:
        """Take bytes from the cable."""
        for byte in data:
            # Obeyed on arrival, wherever in the stream it stands.
            self._tail = (self._tail + bytes((byte,)))[-5:]
            self._at_once(byte)
        self._buffer += [command for command in self._splitter.feed(data) if command.name not in _REAL_TIME]
        self.run()

    def run(self) -> None:
        """Work off the buffer as far as sensors allow, and push the status where it changed."""
        self._push_status()
        while self._buffer and not self.sensors.offline:
            self._execute(self._buffer.pop(0))
            self._push_status()

    def power_cycle(self) -> None:
        """Lose buffer and settings, as when the plug is pulled. What is half printed stays on the paper."""
        self._splitter.clear()
        self._paper = self._blank()
        self._buffer.clear()
        self._out.clear()
        self._automatic, self._pushed, self._tail = 0, b"", b""

    def replies(self) -> bytes:
        """Take what the printer has to say since the last call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def receipts(self) -> list[Receipt]:
        """Take the receipts that were cut since the last call."""
        done, self._receipts = self._receipts, []
        return done

    @property
    def waiting(self) -> int:
        """Number of commands in the buffer."""
        return len(self._buffer)

    @property
    def lines_hanging(self) -> int:
        """Number of lines printed since the last cut."""
        return sum(isinstance(mark, Line) for mark in self._marks)

    def _blank(self) -> Sheet:
        """Paper, and modes as after switching on."""
        return Paper()

    def _at_once(self, byte: int) -> None:
        if self._tail[-3:-1] == _ASK and 1 <= byte <= 4:
            self._out.append(self._real_time(byte))
        elif self._tail[-3:-1] == _RECOVER and byte in (1, 2) and not self.sensors.jammed:
            self._recover(clear=byte == 2)
        elif self._tail[:3] == _ACT + b"\x01" and len(self._tail) == 5 and not self.sensors.cutter_error:
            self._kick()

    def _recover(self, *, clear: bool) -> None:
        """Only in an error (Epson ESC/POS, DLE ENQ); 2 loses what is in the buffer."""
        if self.sensors.cutter_error:
            self.sensors.cutter_error = False
            if clear:
                self._buffer.clear()

    def _kick(self) -> None:
        self.pulses += 1
        self.sensors.drawer_open = True

    def _execute(self, command: Command) -> None:
        if command.name != b"\x1b=":
            self._raw += command.raw
        match command.name:
            case b"\x1b@" | b"\x1da":  # ESC @ switches the automatic status off, GS a on
                self._automatic = command.data[0] if command.data else 0
                self._pushed = b""
            case b"\x1dr" if command.data in (b"\x01", b"1"):
                self._out.append(0x03 if self.sensors.near_end else 0x00)
            case b"\x1dr":
                self._out.append(0x01 * self.sensors.drawer_open)
            case b"\x1d(" if command.data[:5] == b"H\x06\x00\x30\x30":
                self._out += b"\x37\x22" + command.data[5:9] + b"\x00"
            case b"\x1b=":
                self.passed_on += command.data[1:]
        self._put(command)

    def _put(self, command: Command) -> None:
        """On the paper, and out where it is cut."""
        marks = self._paper.execute(command)
        self._marks += marks
        if any(isinstance(mark, Pulse) for mark in marks):
            self._kick()
        self._use_paper(sum(not isinstance(mark, Cut | Pulse) for mark in marks))
        if any(isinstance(mark, Cut) for mark in marks):
            self._receipts.append(Receipt(bytes(self._raw), tuple(self._marks)))
            self._raw.clear()
            self._marks = []

    def _use_paper(self, lines: int) -> None:
        if self.lines_left is None:
            return
        self.lines_left -= lines
        if self.lines_left <= 0:
            self.sensors.paper = False
            self.lines_left = None

    def _real_time(self, n: int) -> int:
        """The answer to DLE EOT n; bits 1 and 4 are always set (Epson ESC/POS, DLE EOT)."""
        sensors = self.sensors
        match n:
            case 1:
                return 0x12 | 0x04 * sensors.drawer_open | 0x08 * sensors.offline
            case 2:
                error = sensors.cutter_error or sensors.head_hot
                return 0x12 | 0x04 * sensors.cover_open | 0x20 * (not sensors.paper) | 0x40 * error
            case 3:
                return 0x12 | 0x08 * sensors.cutter_error | 0x40 * sensors.head_hot
            case _:
                return 0x12 | 0x0C * (sensors.near_end or not sensors.paper) | 0x60 * (not sensors.paper)

    def _push_status(self) -> None:
        sensors = self.sensors
        now = bytes(
            (
                0x10 | 0x04 * sensors.drawer_open | 0x08 * sensors.offline | 0x20 * sensors.cover_open,
                0x08 * sensors.cutter_error | 0x40 * sensors.head_hot,
                0x03 * (sensors.near_end or not sensors.paper) | 0x0C * (not sensors.paper),
                0x00,
            )
        )
        if self._automatic and now != self._pushed:
            self._pushed = now
            self._out += now
