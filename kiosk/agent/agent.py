"""The agent: one loop that waits for the bell, the link and the clock, and carries out what sender and receiver say."""

from __future__ import annotations

import logging
import queue
import selectors
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from kiosk.agent.commands import (
    Command,
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
from kiosk.agent.ledger import Ledger
from kiosk.agent.link import Arrived, Down, Event, Link, Order, Rejected, Unheard, Up
from kiosk.agent.notify import Notify
from kiosk.agent.receiver import Receiver, RequestChunk
from kiosk.agent.sender import Sender
from kiosk.agent.wake import Wake
from kiosk.messages.envelope import JSON, Acknowledgement, ChunkRequest, DeviceState
from kiosk.messages.topics import Topics, catalog_head
from kiosk.store.agent_db import AgentDb
from kiosk.store.bell import Bell
from kiosk.store.database import StoreError

log = logging.getLogger(__name__)

_WAITING = "The broker is reached; headquarters has not answered yet."
_ABSENT = "Headquarters does not answer."
_ABSENT_REMEDY = "Selling goes on, and everything is sent later. Check that headquarters runs and reads this broker."


@dataclass(frozen=True, slots=True)
class Names:
    """The topics of this device and of its store."""

    topics: Topics
    catalog: str

    @classmethod
    def of(cls, tenant: str, store_id: str, device: str) -> Names:
        """The names for a device of a store."""
        return cls(Topics(tenant, device), catalog_head(tenant, store_id))


class Mailbox:
    """Events of the link on their way to the loop."""

    def __init__(self) -> None:
        self.wake = Wake()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def post(self, event: Event) -> None:
        """Hand an event over; may be called from any thread."""
        self._events.put(event)
        self.wake.ring()

    def take(self) -> list[Event]:
        """All events so far."""
        self.wake.clear()
        events = []
        while not self._events.empty():
            events.append(self._events.get())
        return events


@dataclass(frozen=True, slots=True)
class Parts:
    """What the agent is made of, handed in by `__main__` or a test."""

    names: Names
    db: AgentDb
    ledger: Ledger
    bell: Bell
    mailbox: Mailbox
    link: Link
    sender: Sender
    receiver: Receiver
    notify: Notify
    delays: Delays
    now: Callable[[], datetime]


class Agent:
    """Runs until `stop` is called. Everything happens in the thread that calls `run`; the link has its own."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stopping = False
        self._up = False
        self._heard = False
        self._told_unsent = -1
        self._tell_at = 0

    def stop(self) -> None:
        """End the loop soon; may be called from a signal handler."""
        self._stopping = True
        self._parts.mailbox.wake.ring()

    def run(self) -> None:
        """The loop. `StoreError` where `agent.db` can no longer be written."""
        parts = self._parts
        parts.sender.catalog_version = parts.receiver.version
        with selectors.DefaultSelector() as selector:
            selector.register(parts.bell, selectors.EVENT_READ)
            selector.register(parts.mailbox.wake, selectors.EVENT_READ)
            parts.link.start()
            parts.notify.ready()
            while not self._stopping:
                selector.select(self._wait_s())
                self._turn()
        parts.notify.stopping()
        parts.link.stop(self._state(online=False))
        parts.db.set_link(online=False, at=self._at(), reason="The agent was stopped.", remedy="Start kiosk-agent.")

    def _turn(self) -> None:
        parts = self._parts
        parts.notify.alive()
        parts.bell.clear()
        # The ledger first: headquarters may speak of entries that came a moment ago.
        self._do(parts.sender.ledger_at(parts.ledger.stands(), _ms()))
        for event in parts.mailbox.take():
            self._handle(event)
        self._do(parts.sender.tick(_ms()))
        self._catalog(self._receive)
        if self._up and _ms() >= self._tell_at and parts.sender.unsent != self._told_unsent:
            self._tell()

    def _wait_s(self) -> float:
        parts = self._parts
        if parts.receiver.busy:
            return 0.0
        wait = (
            parts.delays.poll_s
            if parts.notify.watchdog_s is None
            else min(parts.delays.poll_s, parts.notify.watchdog_s / 3)
        )
        due = [due for due in (parts.sender.deadline_ms, parts.receiver.deadline_ms) if due is not None]
        return max(0.0, min([wait, *((moment - _ms()) / 1000 for moment in due)]))

    def _handle(self, event: Event) -> None:
        parts = self._parts
        match event:
            case Up():
                self._up, self._heard = True, False
                parts.db.set_link(online=False, at=self._at(), reason=_WAITING, remedy=_ABSENT_REMEDY)
                log.info("broker.connected")
                self._tell()
                self._do(parts.sender.subscribed(event.maximum_payload, event.receive_maximum // 2, _ms()))
                self._catalog(lambda: parts.receiver.subscribed(event.receive_maximum // 4, _ms()))
            case Down(trouble):
                self._up = False
                parts.sender.disconnected()
                parts.receiver.disconnected()
                self._offline(trouble.reason, trouble.remedy)
            case Arrived():
                self._arrived(event)
            case Unheard(topic):
                if topic == parts.names.topics.hello:
                    self._offline(_ABSENT, _ABSENT_REMEDY)
            case Rejected(trouble):
                self._offline(trouble.reason, trouble.remedy)

    def _arrived(self, message: Arrived) -> None:
        parts = self._parts
        if message.topic == parts.names.topics.acknowledgement:
            try:
                ack = msgspec.json.decode(message.payload, type=Acknowledgement)
            except msgspec.DecodeError as error:
                log.warning("acknowledgement.unreadable reason=%s", error)
                return
            self._online()
            self._do(parts.sender.acknowledged(ack, _ms()))
        elif message.topic == parts.names.topics.response:
            self._catalog(lambda: parts.receiver.chunk(message.correlation, message.payload, _ms()))
        elif message.topic == parts.names.catalog:
            self._catalog(lambda: parts.receiver.head(message.payload, _ms()))

    def _do(self, commands: Commands) -> None:
        """Carry commands out in order; what one of them leads to comes before the next."""
        parts = self._parts
        left: deque[Command] = deque(commands)
        while left:
            match left.popleft():
                case ReadEntries(epoch, after, limit):
                    entries = parts.ledger.entries(epoch, after, limit)
                    left.extendleft(reversed(parts.sender.entries(epoch, after, entries, _ms())))
                case PublishHello(hello):
                    parts.link.publish(Order(parts.names.topics.hello, msgspec.json.encode(hello), JSON))
                case PublishBatch() as batch:
                    parts.link.publish(Order(parts.names.topics.ledger, batch.payload, batch.content_type))
                case KeepCursor(cursor):
                    parts.db.keep_cursor(cursor, self._at())
                case DeclareFork(cursor, reason):
                    parts.db.keep_cursor(cursor, self._at())
                    log.error(
                        "epoch.forked epoch=%s acknowledged=%d reason=%s", cursor.epoch, cursor.acknowledged, reason
                    )
                case ReportRefusal(cursor, remedy):
                    parts.db.keep_cursor(cursor, self._at())
                    log.error(
                        "epoch.refused epoch=%s after=%d reason=%s remedy=%s",
                        cursor.epoch, cursor.acknowledged, cursor.refused, remedy,
                    )  # fmt: skip # fields of a log event belong on one line
                case ReportSilence():
                    self._offline(_ABSENT, _ABSENT_REMEDY)

    def _receive(self) -> tuple[RequestChunk, ...]:
        receiver = self._parts.receiver
        version = receiver.work() if receiver.busy else None
        if version is not None:
            self._parts.sender.catalog_version = version
        return receiver.tick(_ms())

    def _catalog(self, step: Callable[[], tuple[RequestChunk, ...]]) -> None:
        """A step of the receiver. A disk that is too full for a catalog must not keep sales from being sent."""
        parts = self._parts
        try:
            requests = step()
        except StoreError as error:
            parts.receiver.abandon()
            log.error("catalog.not_kept reason=%s remedy=%s", error.message, error.remedy)  # noqa: TRY400 - a remedy says more than a traceback
            return
        topics = parts.names.topics
        for request in requests:
            payload = msgspec.json.encode(ChunkRequest(chunk=request.chunk))
            parts.link.publish(
                Order(topics.request, payload, JSON, response_topic=topics.response, correlation=request.correlation)
            )

    def _online(self) -> None:
        if self._heard:
            return
        self._heard = True
        self._parts.db.contact(self._at())
        if self._parts.db.set_link(online=True, at=self._at()):
            log.info("headquarters.reached")

    def _offline(self, reason: str, remedy: str) -> None:
        self._heard = False
        if self._parts.db.set_link(online=False, at=self._at(), reason=reason, remedy=remedy):
            log.warning("headquarters.unreached reason=%s remedy=%s", reason, remedy)

    def _tell(self) -> None:
        """Publish the retained state of this device."""
        self._told_unsent = self._parts.sender.unsent
        self._tell_at = _ms() + self._parts.delays.state_ms
        self._parts.link.publish(self._state(online=True))

    def _state(self, *, online: bool) -> Order:
        state = DeviceState(online=online, at=self._at(), unsent=self._parts.sender.unsent)
        return Order(self._parts.names.topics.state, msgspec.json.encode(state), JSON, retain=True)

    def _at(self) -> str:
        return self._parts.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms() -> int:
    return time.monotonic_ns() // 1_000_000
