"""A ZPL label printer without its plug: buffer, sensors, the answers to ~HS and ~HI, labels. Bytes in, replies out."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.printer.zpl_reader import Label, labels

_BEGIN, _END = b"^XA", b"^XZ"
# Obeyed as they arrive: status, identity, cancel all, pause, start.
_AT_ONCE = (b"~HS", b"~HI", b"~JA", b"~PP", b"~PS")


@dataclass(slots=True)
class LabelSensors:
    """What a person does to a label printer."""

    media: bool = True
    ribbon: bool = True
    head_open: bool = False
    paused: bool = False
    hot: bool = False

    @property
    def stopped(self) -> bool:
        """Whether printing stands still."""
        return not self.media or not self.ribbon or self.head_open or self.paused or self.hot


@dataclass(frozen=True, slots=True)
class Printed:
    """One label that came out: the format it was printed from and what stands on it."""

    raw: bytes
    label: Label


class ZplMechanism:
    """`sensors` may be changed at any time; call `run` after it. `hold` keeps labels from coming out."""

    def __init__(self, dots_per_mm: int = 8) -> None:
        self.sensors = LabelSensors()
        self.hold = False
        self.labels_left: int | None = None
        self.questions = 0  # ~HS that were answered
        self._per_mm = dots_per_mm
        self._stream = bytearray()
        self._formats: list[Printed] = []
        self._remaining = 0
        self._out = bytearray()
        self._printed: list[Printed] = []

    def feed(self, data: bytes) -> None:
        """Take bytes from the cable."""
        self._stream += data
        while (taken := self._next()) is not None:
            del self._stream[:taken]
            self.run()

    def run(self) -> None:
        """Print as far as sensors allow."""
        while self._formats and not (self.sensors.stopped or self.hold):
            if not self._remaining:
                self._remaining = self._formats[0].label.copies
            self._printed.append(self._formats[0])
            self._remaining -= 1
            if not self._remaining:
                self._formats.pop(0)
            self._use_media()

    def power_cycle(self) -> None:
        """Lose the buffer, as when the plug is pulled."""
        self._stream.clear()
        self._formats.clear()
        self._out.clear()
        self._remaining = 0
        self.sensors.paused = False

    def replies(self) -> bytes:
        """Take what the printer has to say since the last call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def printed(self) -> list[Printed]:
        """Take the labels that came out since the last call."""
        done, self._printed = self._printed, []
        return done

    @property
    def waiting(self) -> int:
        """Number of formats in the buffer."""
        return len(self._formats)

    def _next(self) -> int | None:
        """Do what the stream begins with; returns how many bytes that was, None where more have to come."""
        stream = bytes(self._stream)
        begin = stream.find(_BEGIN)
        # A control command is obeyed wherever it stands, also within a format.
        control = min((place for name in _AT_ONCE if (place := stream.find(name)) >= 0), default=-1)
        end = stream.find(_END, begin) if begin >= 0 else -1
        if control >= 0 and (end < 0 or control < end):
            self._obey(stream[control : control + 3])
            del self._stream[control : control + 3]
            return 0
        if end < 0:
            if begin < 0:
                del self._stream[:-2]  # what stands outside of a format is nothing
            return None
        raw = stream[begin : end + len(_END)]
        self._formats += [Printed(raw, label) for label in labels(raw)]
        return end + len(_END)

    def _obey(self, command: bytes) -> None:
        match command:
            case b"~HS":
                self.questions += 1
                self._out += self._status()
            case b"~HI":
                self._out += b"\x02BENCH-ZPL,V84.20.18Z,%d,8176KB\x03\r\n" % self._per_mm
            case b"~JA":
                self._formats.clear()
                self._remaining = 0
            case _:
                self.sensors.paused = command == b"~PP"

    def _status(self) -> bytes:
        sensors, remaining = self.sensors, self._remaining
        if self._formats and not remaining:
            remaining = self._formats[0].label.copies
        waiting = max(0, len(self._formats) - 1)  # the first is being printed
        partial = self._stream.find(_BEGIN) >= 0
        first = (
            f"030,{int(not sensors.media)},{int(sensors.paused)},0320,{waiting:03},0,0,{int(partial)},000,0,0,"
            f"{int(sensors.hot)}"
        )
        second = f"001,0,{int(sensors.head_open)},{int(not sensors.ribbon)},0,2,4,0,{remaining:08},1,000"
        return b"".join(b"\x02%s\x03\r\n" % line.encode() for line in (first, second, "1234,0"))

    def _use_media(self) -> None:
        if self.labels_left is None:
            return
        self.labels_left -= 1
        if self.labels_left <= 0:
            self.sensors.media = False
            self.labels_left = None
