"""The conversation with a ZPL printer over an open connection: asking, listening, sending, each with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import Slip
from drivers.printer.link import SilentError
from drivers.printer.zpl_status import ASK_IDENTITY, ASK_STATUS, Framer, HostStatus, Identity, Noise
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable, wait_writable


@dataclass(frozen=True, slots=True)
class ZplWaits:
    """Every wait of this driver, in seconds, and why it is as long as it is."""

    connect_s: float = 3.0  # a printer in the same store answers in milliseconds; its Wi-Fi may take a second
    answer_s: float = 2.0  # ~HS is answered between two labels, which take up to a second
    check_s: float = 10.0  # how old the status of an idle printer may get; it never tells by itself
    busy_check_s: float = 0.5  # the same while labels come out
    confirm_s: float = 15.0  # without a label having come out in that time, while the printer is well
    idle_s: float = 5.0  # how long a job waits for what another program prints
    step_s: float = 0.25  # how long to wait for the connection to take data before looking at the status again
    slice_s: float = 2.0  # a slice goes into a buffer that was seen to have room


class ZplLink:
    """One open connection. `status` is the printer's latest word; `count` is told of noise and silence."""

    def __init__(self, connection: Transport, waits: ZplWaits, count: Callable[[Slip], None]) -> None:
        self._connection = connection
        self._waits = waits
        self._count = count
        self._framer = Framer()
        self._heard_at: float | None = None
        self._statuses = 0
        self._identities: list[Identity] = []
        self.status = HostStatus()
        self._deadline = Deadline(0)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._connection.fileno()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def model(self) -> str:
        """What ~HI said the printer is, "" before it was asked."""
        return self._identities[-1].model if self._identities else ""

    @property
    def quiet_for_s(self) -> float | None:
        """Seconds since the printer last said something; None where it never did."""
        return None if self._heard_at is None else time.monotonic() - self._heard_at

    def ask_identity(self) -> Identity:
        """Ask ~HI; `SilentError` where it is not answered within `answer_s`."""
        self._forget_old()
        self._identities.clear()
        self._ask(ASK_IDENTITY)
        while not self._identities:
            self._await_more()
        return self._identities[-1]

    def ask_status(self) -> HostStatus:
        """Ask ~HS; `SilentError` where it is not answered within `answer_s`."""
        self._forget_old()
        before = self._statuses
        self._ask(ASK_STATUS)
        while self._statuses == before:
            self._await_more()
        return self.status

    def listen(self, timeout_s: float) -> None:
        """Take in what the printer says within `timeout_s`; returns after the first that came."""
        for reply in self._framer.feed(self._connection.read(timeout_s)):
            self._heard_at = time.monotonic()
            match reply:
                case HostStatus():
                    self.status = reply
                    self._statuses += 1
                case Identity():
                    self._identities.append(reply)
                case Noise():
                    self._count(Slip.BAD_FRAME)

    def send(self, data: bytes) -> None:
        """Send a slice that the connection has room for."""
        self._connection.write_all(data, self._waits.slice_s)

    def has_room(self) -> bool:
        """Whether the connection takes data, waiting `step_s` at most."""
        return wait_writable(self._waits.step_s, self.fileno())

    def _forget_old(self) -> None:
        """What it said before it was asked is no answer."""
        while wait_readable(0, self.fileno()):
            self.listen(0)

    def _ask(self, question: bytes) -> None:
        self._connection.write_all(question, self._waits.answer_s)
        self._deadline = Deadline(self._waits.answer_s)

    def _await_more(self) -> None:
        if self._deadline.passed:
            self._count(Slip.TIMEOUT)
            raise SilentError(
                "The label printer does not answer.",
                "See whether it has labels and ribbon, its head is closed and it is not paused; "
                "else switch it off and on.",
            )
        self.listen(self._deadline.left_s)
