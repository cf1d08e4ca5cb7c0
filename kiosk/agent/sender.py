"""Sends the ledger: a pure state machine; events and the time go in, commands come out. It does no I/O.

An entry counts as delivered when headquarters says that it is booked, never because a broker has it (a broker killed
after its PUBACK delivered none of 2,000). Acknowledgements may come late, twice and in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from kiosk.agent.commands import (
    Commands,
    DeclareFork,
    KeepCursor,
    PublishBatch,
    PublishHello,
    ReadEntries,
    ReportRefusal,
    ReportSilence,
)
from kiosk.agent.delays import Delays
from kiosk.agent.stream import BATCH_ENTRIES, Stage, Stand, Stream, encode_batch
from kiosk.messages.entry import SealedEntry
from kiosk.messages.envelope import Acknowledgement, Hello
from kiosk.store.agent_db import Cursor

WINDOW = 8
UNLIMITED = 256 * 1024 * 1024
_REFUSED = "Look at the quarantine of headquarters; check that this device is registered there with its present key."
_TOO_LARGE = "Raise the broker's limit (mosquitto: max_packet_size)."


class Sender:
    """Sends epochs oldest first, each from headquarters' mark on.

    `jitter(limit)` draws from 0 to `limit`; `new_hello()` makes an id for each hello. All times are milliseconds of a
    monotonic clock. Every method returns what has to be done, in order. `deadline_ms` is when `tick` is due, or None.
    """

    def __init__(
        self,
        cursors: Iterable[Cursor],
        delays: Delays,
        jitter: Callable[[int], int],
        new_hello: Callable[[], str],
        software: str = "",
    ) -> None:
        self._cursors = {cursor.epoch: cursor for cursor in cursors}
        self._delays = delays
        self._jitter = jitter
        self._new_hello = new_hello
        self._software = software
        self._streams: dict[str, Stream] = {}
        self._subscribed = False
        self._window = WINDOW
        self._maximum = UNLIMITED
        self._silences = 0
        self.deadline_ms: int | None = None
        self.catalog_version = 0

    @property
    def unsent(self) -> int:
        """Entries that headquarters has not booked, those of forked epochs aside."""
        streams = (stream for stream in self._streams.values() if not stream.cursor.forked)
        return sum(max(0, stream.stand.head - stream.cursor.acknowledged) for stream in streams)

    def ledger_at(self, stands: Sequence[Stand], now: int) -> Commands:
        """The ledger may have grown: its epochs, oldest first."""
        for stand in stands:
            stream = self._streams.get(stand.epoch)
            if stream is None:
                cursor = self._cursors.get(stand.epoch, Cursor(stand.epoch))
                self._streams[stand.epoch] = Stream(stand, cursor)
            else:
                stream.stand = stand
        return self._go_on(now)

    def subscribed(self, maximum: int, window: int, now: int) -> Commands:
        """The link is up. `maximum` is the most bytes of a payload that the broker takes, `window` of batches."""
        self._subscribed = True
        self._maximum = maximum
        self._window = max(1, min(WINDOW, window))
        self._silences = 0
        self.deadline_ms = None
        for stream in self._streams.values():
            stream.restart()
        return self._go_on(now)

    def disconnected(self) -> None:
        """The link is down: nothing is sent until the next `subscribed`."""
        self._subscribed = False
        self.deadline_ms = None

    def acknowledged(self, ack: Acknowledgement, now: int) -> Commands:
        """Headquarters' answer, which alone moves the cursor.

        A lower mark is believed only in the answer to one's own hello, or from a headquarters that was restored.
        """
        stream = self._streams.get(ack.epoch)
        if stream is None or stream.cursor.forked:
            return ()
        mine = bool(ack.hello) and ack.hello == stream.hello
        cursor = stream.cursor
        if ack.fork:
            return self._fork(stream, "Headquarters holds another past of this epoch.", now)
        if ack.refused:
            return self._refused(stream, ack.refused, now) if mine or stream.stage is Stage.SENDING else ()
        if mine or ack.generation > cursor.generation:
            return self._believe(stream, ack, now)
        if ack.generation < cursor.generation or ack.high_water <= cursor.acknowledged:
            return ()
        return self._advance(stream, ack, now)

    def entries(self, epoch: str, after: int, entries: Sequence[SealedEntry], now: int) -> Commands:
        """What `ReadEntries` has found."""
        stream = self._streams.get(epoch)
        if not self._subscribed or stream is None or not stream.reading or after != stream.sent:
            return ()
        stream.reading = False
        if not entries:  # the ledger is shorter than it said: look again when it says more
            stream.stand = replace(stream.stand, head=after)
            return self._go_on(now)
        if fault := stream.fault_at_mark(entries):
            return self._fork(stream, fault, now)
        batch = encode_batch(epoch, entries[: stream.limit], self._maximum)
        if batch is None:
            reason = f"Entry {after + 1} is larger than the {self._maximum} bytes that the broker takes."
            return self._block(stream, reason, _TOO_LARGE, now)
        stream.sent, stream.sent_hash = batch.last, batch.last_hash
        stream.in_flight.append(batch.last)
        if self.deadline_ms is None:
            self._arm(now)
        publish = PublishBatch(epoch, batch.first, batch.last, batch.payload, batch.content_type)
        return (publish, *self._go_on(now))

    def tick(self, now: int) -> Commands:
        """Time has passed: without an answer in time, ask again and go back to headquarters' mark."""
        if self.deadline_ms is None or now < self.deadline_ms:
            return ()
        self.deadline_ms = None
        stream = self._current()
        if stream is None:
            return ()
        silent = stream.stage is not Stage.BLOCKED
        self._silences += 1
        stream.restart()
        return (*((ReportSilence(),) if silent else ()), *self._go_on(now))

    def _current(self) -> Stream | None:
        """The oldest epoch that needs anything. A blocked one is passed over for newer ones: selling goes on."""
        waiting = [stream for stream in self._streams.values() if not stream.cursor.forked and not stream.done]
        open_ones = [stream for stream in waiting if stream.stage is not Stage.BLOCKED]
        return next(iter(open_ones or waiting), None)

    def _go_on(self, now: int) -> Commands:
        stream = self._current() if self._subscribed else None
        if stream is None:
            self.deadline_ms = None
            return ()
        if stream.stage is Stage.UNASKED:
            return self._ask(stream, now)
        # One batch at a time after a refusal, to find the entry it is about.
        window = self._window if stream.limit == BATCH_ENTRIES else 1
        room = len(stream.in_flight) < window and stream.sent < stream.stand.head
        if stream.stage is Stage.SENDING and room and not stream.reading:
            stream.reading = True
            return (ReadEntries(stream.stand.epoch, stream.sent, stream.limit),)
        return ()

    def _ask(self, stream: Stream, now: int) -> Commands:
        stream.stage = Stage.ASKED
        stream.hello = self._new_hello()
        self._arm(now)
        stand = stream.stand
        hello = Hello(
            hello=stream.hello,
            epoch=stand.epoch,
            head=stand.head,
            head_hash=stand.hash,
            acknowledged=stream.cursor.acknowledged,
            catalog_version=self.catalog_version,
            software=self._software,
        )
        return (PublishHello(hello),)

    def _believe(self, stream: Stream, ack: Acknowledgement, now: int) -> Commands:
        """Take headquarters' mark as it is, even a lower one, and send from there."""
        if ack.high_water > stream.stand.head:
            return self._fork(stream, "Headquarters has booked entries that this device has lost.", now)
        if ack.high_water == stream.stand.head and ack.hash and ack.hash != stream.stand.hash:
            return self._fork(stream, "The last entry here is not the one headquarters has booked.", now)
        before = stream.cursor
        cursor = Cursor(ack.epoch, ack.high_water, ack.hash, ack.generation)
        for other in self._streams.values():
            if other.cursor.generation != ack.generation:  # restored since: what it told of that epoch is void
                other.restart()
        stream.go_on_from(cursor)
        self._settle(now, progress=cursor.acknowledged > before.acknowledged)
        return (*((KeepCursor(cursor),) if cursor != before else ()), *self._go_on(now))

    def _advance(self, stream: Stream, ack: Acknowledgement, now: int) -> Commands:
        if ack.high_water > stream.stand.head:
            return self._fork(stream, "Headquarters has booked entries that this device has lost.", now)
        cursor = Cursor(ack.epoch, ack.high_water, ack.hash, ack.generation)
        stream.booked(cursor)
        self._settle(now, progress=True)
        return (KeepCursor(cursor), *self._go_on(now))

    def _settle(self, now: int, *, progress: bool) -> None:
        """After an answer: begin the wait anew where anything is still under way."""
        if progress:
            self._silences = 0
        current = self._current()
        self.deadline_ms = None
        if current is not None and (current.in_flight or current.stage is not Stage.SENDING):
            self._arm(now)

    def _refused(self, stream: Stream, reason: str, now: int) -> Commands:
        """Nothing of a batch was taken: halve the batches until only the entry in question is left out."""
        if stream.stage is Stage.SENDING and stream.limit > 1:
            stream.limit //= 2
            stream.restart()
            return self._go_on(now)
        return self._block(stream, reason, _REFUSED, now)

    def _block(self, stream: Stream, reason: str, remedy: str, now: int) -> Commands:
        stream.restart()
        stream.stage = Stage.BLOCKED
        changed = stream.cursor.refused != reason
        stream.cursor = replace(stream.cursor, refused=reason)
        self.deadline_ms = None
        self._arm(now)
        return (*((ReportRefusal(stream.cursor, remedy),) if changed else ()), *self._go_on(now))

    def _fork(self, stream: Stream, reason: str, now: int) -> Commands:
        stream.restart()
        stream.cursor = replace(stream.cursor, forked=True)
        self.deadline_ms = None
        return (DeclareFork(stream.cursor, reason), *self._go_on(now))

    def _arm(self, now: int) -> None:
        wait = min(self._delays.answer_last_ms, self._delays.answer_first_ms << min(self._silences, 10))
        self.deadline_ms = now + wait + self._jitter(wait // 4)
