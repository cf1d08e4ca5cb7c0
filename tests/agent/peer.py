"""The other end of the broker in tests: a small headquarters that books in memory and serves a catalog."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Self

import msgspec
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from kiosk.domain.catalog import Catalog
from kiosk.messages.catalog import encode_chunks
from kiosk.messages.entry import SealedEntry
from kiosk.messages.envelope import Acknowledgement, ChunkRequest, DeviceState, Hello
from kiosk.messages.topics import Topics, all_devices, catalog_head
from tests.agent.chains import SmallHeadquarters, batch_in
from tests.brokers import DEADLINE_S, LOOPBACK

TOPICS = Topics("acme", "0101-07")


@dataclass
class Peer:
    """Headquarters at a broker. What it booked outlives a connection; it connects again by itself."""

    port: int
    username: str = ""
    password: str = ""
    books: SmallHeadquarters = field(default_factory=SmallHeadquarters)
    chunks: dict[str, bytes] = field(default_factory=dict)
    states: list[DeviceState] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    answers: int = 1000
    ready: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.client = Client(CallbackAPIVersion.VERSION2, "headquarters", protocol=MQTTv5)
        if self.username:
            self.client.username_pw_set(self.username, self.password)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._connected
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self._arrived
        self.client.connect(LOOPBACK, self.port)
        self.client.loop_start()
        assert self.ready.wait(DEADLINE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def booked(self) -> list[SealedEntry]:
        return [entry for chain in self.books.booked.values() for entry in chain]

    def offer(self, catalog: Catalog, chunk_bytes: int) -> int:
        """Publish a catalog; returns in how many chunks."""
        head, self.chunks = encode_chunks(catalog, chunk_bytes)
        self.client.publish(catalog_head("acme", "0101"), msgspec.json.encode(head), qos=1, retain=True)
        return len(head.chunks)

    def _connected(self, client: Client, _data: object, _flags: ConnectFlags, _code: ReasonCode, _more: object) -> None:
        topics = [all_devices("acme", leaf) for leaf in ("hello", "ledger", "request", "state")]
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])

    def _arrived(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        payload = bytes(message.payload)
        match message.topic.rsplit("/", 1)[1]:
            case "hello":
                self._acknowledge(self.books.hello(msgspec.json.decode(payload, type=Hello)))
            case "ledger":
                self._acknowledge(self.books.receive(batch_in(payload, getattr(message.properties, "ContentType", ""))))
            case "state":
                self.states.append(msgspec.json.decode(payload, type=DeviceState))
            case _:
                self._answer(msgspec.json.decode(payload, type=ChunkRequest).chunk, message)

    def _acknowledge(self, ack: Acknowledgement) -> None:
        self.client.publish(TOPICS.acknowledgement, msgspec.json.encode(ack), qos=1)

    def _answer(self, chunk: str, request: MQTTMessage) -> None:
        self.requests.append(chunk)
        if len(self.requests) > self.answers:
            return
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho leaves it untyped
        properties.CorrelationData = getattr(request.properties, "CorrelationData", b"")
        topic = getattr(request.properties, "ResponseTopic", "")
        self.client.publish(topic, self.chunks[chunk], qos=1, properties=properties)
