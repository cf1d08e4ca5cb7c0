"""A connection to a ZVT terminal: one command at a time, every message acknowledged, an abort from any thread."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drivers.device import DeviceError, Slip
from drivers.payment import zvt_codec as codec
from drivers.payment import zvt_commands as commands
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_records import CHARSET, Ack, IntermediateStatus, Nack, Record, parse
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

log = logging.getLogger(__name__)

# A terminal that floods us must not hold up the lane.
_CHUNKS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a command may take.

    `answer_s` for its acknowledgement and for the answer to an abort, `silence_s` from one message to the next (a
    terminal may ask for more), `limit_s` in all. `give_up` says whether running out of it aborts the command at the
    terminal before giving up on it.
    """

    answer_s: float
    silence_s: float
    limit_s: float
    give_up: bool = False


class AbortSignal:
    """Set from any thread, waited for on the device's thread. Without `open` (or after `close`) it does nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fd = -1

    def open(self) -> None:
        """Make it usable."""
        with self._lock:
            if self._fd < 0:
                self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def close(self) -> None:
        """Give the descriptor back; may be called twice."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd = -1

    def set(self) -> None:
        """Ask for the abort."""
        with self._lock:
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def clear(self) -> None:
        """Forget that it was asked for."""
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._fd >= 0:
                os.eventfd_read(self._fd)

    def fileno(self) -> int:
        """Descriptor to wait on, -1 while closed."""
        return self._fd


class ZvtLink:
    """Speaks ZVT over `transport`. Used on the device's thread only.

    `slip` is told of what is worth counting; `charset` is that of the terminal's texts.
    """

    def __init__(
        self,
        transport: Transport,
        answer_s: float,
        slip: Callable[[Slip], None] = lambda _: None,
        charset: str = CHARSET,
    ) -> None:
        self._transport = transport
        self._answer_s = answer_s
        self._charset = charset
        self.slip = slip
        self._framer = codec.Framer()

    def fileno(self) -> int:
        """Descriptor to wait on for what the terminal says unasked."""
        return self._transport.fileno()

    def close(self) -> None:
        """Give the connection back; may be called twice."""
        self._transport.close()

    def heard(self) -> list[Record]:
        """What the terminal has said unasked, acknowledged. Does not wait.

        Raises `DeviceError` or `OSError` where the connection is gone or no ZVT comes over it.
        """
        said: list[Record] = []
        for _ in range(_CHUNKS_AT_ONCE):
            chunk = self._transport.read(0)
            if not chunk:
                break
            said += self._take(chunk)
        return said

    def run(
        self,
        command: bytes,
        patience: Patience,
        *,
        on_status: Callable[[IntermediateStatus], None] = lambda _: None,
        abort: AbortSignal | None = None,
        ends_with_ack: bool = False,
    ) -> Dialogue:
        """Send `command` once, and see its dialogue through. Never raises: what goes wrong is in `Dialogue.broken`."""
        dialogue = Dialogue(ends_with_ack=ends_with_ack)
        talk = _Talk(self, dialogue, patience, on_status, abort)
        try:
            self.send(command)
            talk.through()
        except (DeviceError, OSError) as error:
            if not dialogue.broken:
                dialogue.broken = error.message if isinstance(error, DeviceError) else "The connection was lost."
        return dialogue

    def send(self, message: bytes) -> None:
        """Write one message; `DeviceError` or `OSError` where it cannot be."""
        self._transport.write_all(message, self._answer_s)

    def receive(self) -> Iterator[Record]:
        """Read once what is there; each record is acknowledged once the next one is asked for. Raises as `heard`."""
        return self._take(self._transport.read(0))

    def _take(self, chunk: bytes) -> Iterator[Record]:
        for item in self._framer.feed(chunk):
            if isinstance(item, codec.OutOfStep):
                self.slip(Slip.BAD_FRAME)
                raise DeviceError(
                    f"What answers there does not speak ZVT (byte {item.first_byte:02X}).",
                    "Check address and port of the payment terminal, and that ZVT is switched on at it.",
                )
            record = parse(item, self._charset)
            # First noted, then acknowledged: a connection lost in between must not lose a last word that was heard.
            yield record
            if not isinstance(record, Ack | Nack):
                self.send(commands.acknowledge())


class _Talk:
    """The waiting part of `ZvtLink.run`."""

    def __init__(
        self,
        link: ZvtLink,
        dialogue: Dialogue,
        patience: Patience,
        on_status: Callable[[IntermediateStatus], None],
        abort: AbortSignal | None,
    ) -> None:
        self._link = link
        self._dialogue = dialogue
        self._patience = patience
        self._on_status = on_status
        self._abort = abort
        self._abort_wanted = False
        self._limit = Deadline(patience.limit_s)
        self._deadline = Deadline(patience.answer_s)

    def through(self) -> None:
        while not self._dialogue.settled:
            left = min(self._deadline.left_s, self._limit.left_s)
            if left <= 0:
                self._out_of_patience()
                continue
            link_fd, abort_fd = self._link.fileno(), self._abort_fd()
            ready = wait_readable(left, *([link_fd] if abort_fd < 0 else [link_fd, abort_fd]))
            if abort_fd in ready and self._abort is not None:
                self._abort.clear()
                self._abort_wanted = True
            if link_fd in ready:
                self._listen()
            if self._abort_wanted and self._running():
                self._send_abort()

    def _abort_fd(self) -> int:
        return -1 if self._abort is None or self._abort_wanted else self._abort.fileno()

    def _running(self) -> bool:
        dialogue = self._dialogue
        return dialogue.begun and not dialogue.ended and not dialogue.abort_open and not dialogue.broken

    def _listen(self) -> None:
        for record in self._link.receive():
            self._dialogue.take(record)
            silence_s = self._patience.silence_s
            if isinstance(record, IntermediateStatus):
                self._on_status(record)
                silence_s = max(silence_s, record.patience_s or 0)
            if not self._dialogue.timed_out:
                self._deadline = Deadline(self._patience.answer_s if self._dialogue.ended else silence_s)

    def _send_abort(self) -> None:
        self._abort_wanted = False
        self._dialogue.abort_open = True
        self._link.send(commands.abort_request())
        log.info("payment.abort_requested")

    def _out_of_patience(self) -> None:
        dialogue = self._dialogue
        self._link.slip(Slip.TIMEOUT)
        if dialogue.ended is None and self._patience.give_up and dialogue.begun and not dialogue.timed_out:
            dialogue.timed_out = True
            self._deadline = self._limit = Deadline(self._patience.answer_s)
            self._send_abort()
            return
        dialogue.broken = "The terminal did not answer in time."
