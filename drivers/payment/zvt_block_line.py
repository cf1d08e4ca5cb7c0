"""A serial line that carries ZVT messages in acknowledged blocks, and looks to those above like a plain connection."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import DeviceError, Slip
from drivers.payment.zvt_blocks import ACK, NAK, BadBlock, Block, BlockReader, Flaw, Item, Sign, pack
from drivers.payment.zvt_commands import MOVES_MONEY
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline

_REMEDY = "Check the cable of the payment terminal, and that speed and stop bits are the same at both ends."


@dataclass(frozen=True, slots=True)
class BlockWaits:
    """Waits in seconds, with their names in PA00P016, and how often a block is sent at most.

    `between_bytes_s` (T1): a block that pauses for longer is damaged. `answer_s` (T2): by then a block is acknowledged;
    chosen so that two tries fit into `answer_timeout_s`. T3 (80 00 by 5 s) and T4 (the next message) are those of the
    dialogue above: `answer_timeout_s` and `card_timeout_s`. T1 and T3 are as ecrterm has them. `one_block_s` ends a
    block that comes in drops.
    """

    between_bytes_s: float = 0.2
    answer_s: float = 2.0
    tries: int = 3
    one_block_s: float = 10.0


class BlockLine:
    """A `Transport` over another one. Each `write_all` sends one APDU and returns once it is acknowledged.

    A block that was not acknowledged is sent again, with one exception: a command that moves money goes out again only
    where the terminal has said that it could not read it (NAK). Where it says nothing it may have begun.

    A block that comes again because our acknowledgement was lost is acknowledged again and not handed on: a terminal
    says nothing new before its last message was answered, so what is the same without an answer in between is the same.
    """

    def __init__(
        self, line: Transport, slip: Callable[[Slip], None] = lambda _: None, waits: BlockWaits | None = None
    ) -> None:
        self._line = line
        self._slip = slip
        self._waits = waits or BlockWaits()
        self._reader = BlockReader()
        self._heard = bytearray()
        self._last: bytes | None = None
        self._refused = 0
        # Readable while the line is, and while something is left that came in during a `write_all`.
        self._left = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._ready = select.epoll()
        self._ready.register(self._left, select.EPOLLIN)
        self._ready.register(line.fileno(), select.EPOLLIN)

    def fileno(self) -> int:
        """Descriptor to wait on; -1 once closed."""
        return -1 if self._ready.closed else self._ready.fileno()

    def read(self, deadline_s: float) -> bytes:
        """Return the messages that have come in, acknowledged; `b""` where none came by the deadline.

        `DeviceError` where the line is gone or nothing readable comes over it. May take as long as a block takes.
        """
        deadline = Deadline(deadline_s)
        while not self._heard:
            for item in self._items(deadline.left_s):
                self._hear(item)
            if deadline.passed:
                break
        heard = bytes(self._heard)
        self._heard.clear()
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._left)
        return heard

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Send one APDU; `DeviceError` where it is not acknowledged after all tries or by the deadline."""
        deadline = Deadline(deadline_s)
        for item in self._items(0):
            self._hear(item)
        for _ in range(self._waits.tries):
            self._line.write_all(pack(data), deadline.left_s)
            said = self._answer(min(deadline.left_s, self._waits.answer_s))
            if said is Sign.ACK:
                return
            if said is None:
                self._slip(Slip.TIMEOUT)
                if int.from_bytes(data[:2], "big") in MOVES_MONEY:
                    break
            if deadline.passed:
                break
        raise DeviceError("The payment terminal does not acknowledge what is sent to it.", _REMEDY)

    def close(self) -> None:
        """Give the line back; may be called twice."""
        if not self._ready.closed:
            self._ready.close()
            os.close(self._left)
        self._line.close()

    def _answer(self, timeout_s: float) -> Sign | None:
        """What is said to the block just sent; None where nothing is said in time."""
        deadline = Deadline(timeout_s)
        while not deadline.passed:
            said: Sign | None = None
            # All that came in one piece is heard: what follows an acknowledgement must not be lost.
            for item in self._items(deadline.left_s):
                if item is Sign.ACK:
                    # Our last message has arrived: from here on the same block again is a new one.
                    self._last = None
                sign = item if isinstance(item, Sign) else self._hear(item)
                said = said or sign
            if said is not None:
                return said
        return None

    def _items(self, timeout_s: float) -> list[Item]:
        """What is on the line; a block that has begun is waited for to its end."""
        items = self._reader.feed(self._line.read(timeout_s))
        whole = Deadline(self._waits.one_block_s)
        while self._reader.within:
            chunk = self._line.read(min(self._waits.between_bytes_s, whole.left_s))
            if not chunk or whole.passed:
                self._reader.give_up()
                items.append(BadBlock(Flaw.FORM))
                break
            items += self._reader.feed(chunk)
        return items

    def _hear(self, item: Item) -> Sign | None:
        """Acknowledge a block and keep it; gives `Sign.ACK` where it shows that our own block has arrived."""
        if isinstance(item, BadBlock):
            self._refuse(item)
        if not isinstance(item, Block):
            return None
        self._refused = 0
        self._line.write_all(bytes((ACK,)), self._waits.answer_s)
        if item.apdu == self._last:
            return None
        self._last = item.apdu
        self._heard += item.apdu
        os.eventfd_write(self._left, 1)
        # Nothing but an answer to our command begins so: the command has arrived, its acknowledgement was lost.
        return Sign.ACK if item.apdu[:1] in (b"\x80", b"\x84") else None

    def _refuse(self, bad: BadBlock) -> None:
        self._slip(Slip.CHECKSUM if bad.flaw is Flaw.CHECKSUM else Slip.BAD_FRAME)
        self._refused += 1
        if self._refused > self._waits.tries:
            raise DeviceError("What comes from the payment terminal is not readable.", _REMEDY)
        self._line.write_all(bytes((NAK,)), self._waits.answer_s)
