"""Books what devices send, each entry once: one commit a batch, and the acknowledgement only after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection

from headquarters import devices, quarantine, streams, verification
from headquarters.database import Database, generation_of
from headquarters.streams import Stream
from headquarters.walk import Walk
from headquarters.wire import Limits, Refusal, decode
from kiosk.messages.envelope import JSON, Acknowledgement, Batch, Hello
from kiosk.messages.topics import is_topic_part

log = logging.getLogger(__name__)


def nothing() -> None:
    """What happens after a commit, outside of tests."""


class Booking:
    """Takes batches and hellos of any device and answers with its mark.

    `now` gives the time of day (aware, UTC). `after_commit` is called between commit and answer, where tests crash.
    Wrong, hostile or contradictory messages are answers, never exceptions; a `HeadquartersError` comes only from a
    database that does not work, and then nothing is booked and nothing may be answered.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        *,
        limits: Limits | None = None,
        after_commit: Callable[[], None] = nothing,
    ) -> None:
        self._database = database
        self._now = now
        self._limits = limits or Limits()
        self._after_commit = after_commit

    def receive_payload(self, device: str, payload: bytes, content_type: str = JSON) -> Acknowledgement:
        """A `Batch` as it came from the network."""
        batch = decode(payload, content_type, Batch, self._limits)
        return self._refuse(device, "", batch) if isinstance(batch, Refusal) else self.receive(device, batch)

    def receive(self, device: str, batch: Batch) -> Acknowledgement:
        """Book the entries of a batch that follow the mark; those known already are counted and left alone."""
        with self._database.read() as connection:
            sender = devices.find(connection, device)
        if sender is None:
            return self._refuse(device, batch.epoch, _unregistered())
        genuine = verification.check(sender, batch, self._limits)
        if isinstance(genuine, Refusal):
            return self._refuse(device, batch.epoch, genuine)
        with self._database.commit() as connection:
            stream = self._stream(connection, device, batch.epoch)
            if stream is None:
                outcome: Refusal | Acknowledgement = _too_many_epochs()
            else:
                walk = Walk(connection, sender, stream, self._at())
                walk.take(genuine)
                streams.save(connection, walk.stream)
                outcome = _answer(connection, walk.stream, fork=walk.forked)
        return self._committed(device, batch.epoch, outcome)

    def hello_payload(self, device: str, payload: bytes, content_type: str = JSON) -> Acknowledgement:
        """A `Hello` as it came from the network."""
        hello = decode(payload, content_type, Hello, self._limits)
        return self._refuse(device, "", hello) if isinstance(hello, Refusal) else self.hello(device, hello)

    def hello(self, device: str, hello: Hello) -> Acknowledgement:
        """Tell a device the mark of its epoch, which is opened if new, and whether its past contradicts the books."""
        if not is_topic_part(hello.epoch) or not is_topic_part(hello.hello):
            return self._refuse(device, "", Refusal("not_an_epoch", "the name of the epoch or hello cannot be one"))
        with self._database.commit() as connection:
            if devices.find(connection, device) is None:
                outcome: Refusal | Acknowledgement = _unregistered()
            elif (stream := self._stream(connection, device, hello.epoch)) is None:
                outcome = _too_many_epochs()
            else:
                outcome = self._greet(connection, stream, hello)
        return self._committed(device, hello.epoch, outcome, hello.hello)

    def _greet(self, connection: Connection, stream: Stream, hello: Hello) -> Acknowledgement:
        fork = streams.contradicts(connection, stream, hello)
        if fork:
            log.warning(
                "stream.forked device=%s epoch=%s head=%d high_water=%d",
                stream.device, stream.epoch, hello.head, stream.high_water,
            )  # fmt: skip  # the fields in the order of the format, on one line
        known = stream if hello.hello in stream.recent_hellos else stream.greeted(hello.hello)
        streams.save(connection, replace(known, forked=stream.forked or fork))
        return _answer(connection, stream, fork=fork)

    def _stream(self, connection: Connection, device: str, epoch: str) -> Stream | None:
        known = streams.find(connection, device, epoch)
        if known is None and streams.count(connection, device) >= self._limits.epochs:
            return None
        return streams.lock(connection, device, epoch, self._at())

    def _committed(
        self, device: str, epoch: str, outcome: Refusal | Acknowledgement, hello: str = ""
    ) -> Acknowledgement:
        if isinstance(outcome, Refusal):
            return msgspec.structs.replace(self._refuse(device, epoch, outcome), hello=hello)
        self._after_commit()
        return msgspec.structs.replace(outcome, hello=hello)

    def _refuse(self, device: str, epoch: str, why: Refusal) -> Acknowledgement:
        """Nothing is booked; the device is told why, and the beginning of the message is kept as evidence."""
        with self._database.commit() as connection:
            quarantine.keep_refused(connection, device, why, self._at(), self._limits)
            stream = streams.find(connection, device, epoch)
            generation = generation_of(connection)
        mark = (stream.high_water, stream.hash) if stream is not None and stream.high_water else (0, "")
        return Acknowledgement(
            epoch=epoch, generation=generation, high_water=mark[0], hash=mark[1], refused=f"{why.reason}: {why.detail}"
        )

    def _at(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _answer(connection: Connection, stream: Stream, *, fork: bool) -> Acknowledgement:
    return Acknowledgement(
        epoch=stream.epoch,
        generation=generation_of(connection),
        high_water=stream.high_water,
        hash=stream.hash if stream.high_water else "",
        fork=fork,
    )


def _unregistered() -> Refusal:
    return Refusal("unregistered", "headquarters does not know the device: run `register` with its device.json")


def _too_many_epochs() -> Refusal:
    return Refusal("too_many_epochs", "the device opens one epoch after the other: look at its storage")
