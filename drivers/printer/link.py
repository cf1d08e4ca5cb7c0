"""The conversation with a printer over an open connection: asking, listening, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drivers.device import DeviceError
from drivers.printer.status import (
    AutomaticStatus,
    Demultiplexer,
    InStream,
    PrinterStatus,
    ProcessId,
    RealTime,
    after_automatic,
    after_real_time,
)
from drivers.transport.waiting import Deadline, wait_writable

_DLE_EOT = b"\x10\x04"
_QUESTIONS = (1, 2, 3, 4)  # printer, cause of offline, error, paper


class Connection(Protocol):
    """What this needs of a transport; `drivers.transport.tcp.TcpTransport` is one."""

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        ...

    def read(self, deadline_s: float) -> bytes:
        """Return what has come in, empty at the deadline; `DeviceError` when the peer is gone."""
        ...

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Hand over all of `data` or raise `DeviceError`."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


@dataclass(frozen=True, slots=True)
class Waits:
    """Every wait of this driver, in seconds, and why it is as long as it is."""

    connect_s: float = 3.0  # a printer in the same store answers in milliseconds; its Wi-Fi may take a second
    answer_s: float = 1.0  # DLE EOT is answered at once, even by a printer that is busy or out of paper
    check_s: float = 5.0  # how old the status of an idle printer may get; changes come by themselves
    busy_check_s: float = 2.0  # the same while a job is under way, for printers that push no status
    confirm_s: float = 15.0  # a long receipt takes 5 s to print
    step_s: float = 0.25  # how long to wait for the connection to take data before looking at replies again
    slice_s: float = 2.0  # a slice goes into a buffer that was seen to have room


class SilentError(DeviceError):
    """The connection stands and the printer does not answer on it."""


class PrinterLink:
    """One open connection. `status` is the printer's latest word."""

    def __init__(self, connection: Connection, waits: Waits) -> None:
        self._connection = connection
        self._waits = waits
        self._replies = Demultiplexer()
        self._real_time: list[int] = []
        self._in_stream_owed = 0
        self._process_ids: set[bytes] = set()
        self.status = PrinterStatus()

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._connection.fileno()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ask_status(self) -> None:
        """Ask DLE EOT 1 to 4, one at a time since answers do not name their question.

        Raises `SilentError` where they are not all answered within `answer_s`, `DeviceError` where the line is cut.
        """
        deadline = Deadline(self._waits.answer_s)
        for n in _QUESTIONS:
            value = self._ask(n, deadline)
            self.status = after_real_time(self.status, n, value)

    def listen(self, timeout_s: float) -> None:
        """Take in what the printer says within `timeout_s`; returns after the first that came."""
        for reply in self._replies.feed(self._connection.read(timeout_s)):
            match reply:
                case AutomaticStatus(data):
                    self.status = after_automatic(self.status, data)
                case RealTime(value):
                    self._real_time.append(value)
                case InStream():
                    self._in_stream_owed = max(0, self._in_stream_owed - 1)
                case ProcessId(process_id):
                    self._process_ids.add(process_id)
                case _:
                    pass

    def send(self, data: bytes) -> None:
        """Send a slice that the connection has room for."""
        self._connection.write_all(data, self._waits.slice_s)

    def has_room(self) -> bool:
        """Whether the connection takes data, waiting `step_s` at most."""
        return wait_writable(self._waits.step_s, self.fileno())

    def expect_in_stream(self) -> None:
        """Note that a `GS r` is on its way; its answer is one of those still owed."""
        self._in_stream_owed += 1

    def confirmed_in_stream(self) -> bool:
        """Whether every `GS r` ever sent here was answered: a late answer to an old one proves nothing of a new."""
        return self._in_stream_owed == 0

    def confirmed(self, process_id: bytes) -> bool:
        """Whether the printer has come to the request with this id."""
        return process_id in self._process_ids

    def _ask(self, n: int, deadline: Deadline) -> int:
        self._real_time.clear()
        self._connection.write_all(_DLE_EOT + bytes((n,)), self._waits.answer_s)
        while not self._real_time:
            if deadline.passed:
                raise SilentError(
                    "The receipt printer does not answer.",
                    "Switch it off and on, and see that no other program prints on it.",
                )
            self.listen(deadline.left_s)
        return self._real_time[0]
