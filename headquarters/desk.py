"""The desk where messages of devices are answered, one after the other: hello, ledger, request, state."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from headquarters import devices
from headquarters.booking import Booking
from headquarters.catalog import Publication
from headquarters.database import Database
from headquarters.errors import HeadquartersError
from headquarters.link import Incoming, Link, Outgoing
from headquarters.wire import Limits, Refusal, decode
from kiosk.messages.envelope import JSON, JSON_ZSTD, Acknowledgement, ChunkRequest, DeviceState
from kiosk.messages.topics import Topics, device_in

log = logging.getLogger(__name__)

LEAVES = ("hello", "ledger", "request", "state")
# An answer that comes later than this is not waited for any more: the device has asked again.
ANSWER_EXPIRY_S = 60
CHUNK_EXPIRY_S = 120
# How soon it sees that it shall end.
STOP_LOOK_S = 0.25
# After a database that does not work, so that a full disk does not fill the log.
PAUSE_S = 1.0
_NAME_MAX = 129


class Desk:
    """Takes messages from the link's inbox, has them booked, answers, and only then confirms them to the broker.

    Runs in a thread of its own (`run`), so that a slow disk never keeps the network thread from its keepalive.
    """

    def __init__(
        self,
        database: Database,
        link: Link,
        booking: Booking,
        publication: Publication,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._link = link
        self._booking = booking
        self._tenant = link.tenant
        self._now = now
        self._limits = Limits()
        self._publication = publication
        self._stop = threading.Event()
        self._handlers = {
            "hello": self._hello,
            "ledger": self._ledger,
            "request": self._request,
            "state": self._state,
        }

    def run(self) -> None:
        """Work until `stop`; whatever goes wrong with one message, the next one is taken."""
        while not self._stop.is_set():
            try:
                self._turn()
            except HeadquartersError as error:
                log.error("headquarters.hindered reason=%r remedy=%r", error.message, error.remedy)  # noqa: TRY400 - the remedy says more than a traceback
                self._stop.wait(PAUSE_S)
            except Exception:
                log.exception("desk.failed")

    def stop(self) -> None:
        """End after the message in hand."""
        self._stop.set()

    def _turn(self) -> None:
        try:
            message = self._link.inbox.get(timeout=STOP_LOOK_S)
        except queue.Empty:
            return
        try:
            self._handle(message)
        finally:
            # Also after a failure: a message that cannot be handled must not come back for ever. What counts for
            # devices is the acknowledgement, and without one they send again.
            self._link.confirm(message)

    def _handle(self, message: Incoming) -> None:
        device = device_in(message.topic) or ""
        handler = self._handlers.get(message.topic.rpartition("/")[2])
        if handler is None or not 0 < len(device) <= _NAME_MAX or not device.isprintable():
            log.warning("message.ignored topic=%r", message.topic[:_NAME_MAX])
            return
        handler(device, message)

    def _hello(self, device: str, message: Incoming) -> None:
        self._answer(device, self._booking.hello_payload(device, message.payload, message.content_type))

    def _ledger(self, device: str, message: Incoming) -> None:
        self._answer(device, self._booking.receive_payload(device, message.payload, message.content_type))

    def _answer(self, device: str, answer: Acknowledgement) -> None:
        topic = Topics(self._tenant, device).acknowledgement
        self._link.publish(Outgoing(topic, msgspec.json.encode(answer), content_type=JSON, expiry_s=ANSWER_EXPIRY_S))

    def _request(self, device: str, message: Incoming) -> None:
        response = Topics(self._tenant, device).response
        if message.response_topic != response:
            log.warning("request.refused device=%s reason=response_topic", device)
            return
        request = decode(message.payload, message.content_type, ChunkRequest, self._limits)
        chunk = None if isinstance(request, Refusal) else self._publication.chunk(request.chunk)
        if chunk is None:
            # An empty answer tells the device not to wait: it looks at the head again.
            log.warning("request.refused device=%s reason=no_such_chunk", device)
        correlation = message.correlation
        self._link.publish(
            Outgoing(response, chunk or b"", content_type=JSON_ZSTD, correlation=correlation, expiry_s=CHUNK_EXPIRY_S)
        )

    def _state(self, device: str, message: Incoming) -> None:
        state = decode(message.payload, message.content_type, DeviceState, self._limits)
        if isinstance(state, Refusal):
            if message.payload:
                log.warning("message.refused device=%s reason=%s detail=%s", device, state.reason, state.detail)
            return
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        devices.seen(self._database, device, state, at)
