"""A paper lane with a real MQTT connection: sends what a test tells it to and keeps every answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from kiosk.messages.envelope import JSON, Acknowledgement
from kiosk.messages.topics import Topics, catalog_head
from tests.brokers import LOOPBACK, until
from tests.headquarters.paper_lane import TENANT, PaperLane


@dataclass
class Chunk:
    """An answer on the response topic."""

    correlation: bytes
    payload: bytes


class WireLane:
    """Connected while used as a context manager."""

    def __init__(self, lane: PaperLane, port: int, username: str = "", password: str = "") -> None:
        self.lane = lane
        self.topics = Topics(TENANT, lane.name)
        self.answers: list[Acknowledgement] = []
        self.chunks: list[Chunk] = []
        self.heads: list[bytes] = []
        self._subscribed = 0
        self._port = port
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, lane.name, protocol=mqtt.MQTTv5)
        if username:
            self._client.username_pw_set(username, password)
        self._client.on_message = self._arrived
        self._client.on_subscribe = self._count
        self._client.on_connect = self._subscribe

    def __enter__(self) -> Self:
        self._client.connect(LOOPBACK, self._port)
        self._client.loop_start()
        until(lambda: self._subscribed, f"{self.lane.name} subscribed")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, topic: str, record: msgspec.Struct | bytes, response: str = "", correlation: bytes = b"") -> None:
        """Publish a record, or bytes of a test's own."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.ContentType = JSON
        if response:
            properties.ResponseTopic = response
        if correlation:
            properties.CorrelationData = correlation
        payload = record if isinstance(record, bytes) else msgspec.json.encode(record)
        self._client.publish(topic, payload, qos=1, properties=properties)

    def greet(self) -> Acknowledgement:
        """Say hello until the answer to it is here, as a device does after a silence; the answer."""
        hello = self.lane.hello()
        self.send(self.topics.hello, hello)
        until(lambda: self._answer_to(hello.hello), f"{self.lane.name}: answer to hello {hello.hello}")
        answer = self._answer_to(hello.hello)
        assert answer is not None
        return answer

    def wait_for_mark(self, high_water: int) -> None:
        """Until an answer shows this mark."""
        until(lambda: any(answer.high_water >= high_water for answer in list(self.answers)), f"mark {high_water}")

    def _answer_to(self, hello: str) -> Acknowledgement | None:
        return next((answer for answer in list(self.answers) if answer.hello == hello), None)

    def _subscribe(self, client: mqtt.Client, *_: object) -> None:
        topics = (self.topics.acknowledgement, self.topics.response, catalog_head(TENANT, self.lane.store_id))
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])

    def _count(self, *_: object) -> None:
        self._subscribed += 1

    def _arrived(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == self.topics.acknowledgement:
            self.answers.append(msgspec.json.decode(message.payload, type=Acknowledgement))
        elif message.topic == self.topics.response:
            correlation = getattr(message.properties, "CorrelationData", b"")
            self.chunks.append(Chunk(correlation, bytes(message.payload)))
        else:
            self.heads.append(bytes(message.payload))
