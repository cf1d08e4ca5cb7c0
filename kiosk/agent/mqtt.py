"""One life of an MQTT 5 connection, from connecting to its end, run by one thread; all that touches paho is here.

A new client each time: nothing of an earlier connection is sent again behind our back. paho's own loop is not used,
since its thread dies silently of an error in a callback and hides why a connection failed.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from kiosk.agent.access import Access
from kiosk.agent.delays import Delays
from kiosk.agent.trouble import Trouble, from_code, from_refused_publish, from_refused_subscription
from kiosk.agent.wake import Wake

KEEPALIVE_S = 30
# Topic, properties and fixed header of any packet of ours; kept free below the broker's Maximum Packet Size.
OVERHEAD = 512
UNLIMITED = 268_435_455  # MQTT 5.0, 1.5.5: the longest packet there can be
RECEIVE_MAXIMUM = 20
FAILURE = 128  # MQTT 5.0, 2.4
NO_SUBSCRIBERS = 16  # MQTT 5.0, 3.4.2.1: taken, but nobody reads it


@dataclass(frozen=True, slots=True)
class Order:
    """A message to publish with QoS 1."""

    topic: str
    payload: bytes
    content_type: str
    retain: bool = False
    response_topic: str = ""
    correlation: bytes = b""


@dataclass(frozen=True, slots=True)
class Profile:
    """Who connects, what it subscribes to, and what the broker says in its place when it is gone."""

    client_id: str
    subscriptions: tuple[str, ...]
    will: Order


@dataclass(frozen=True, slots=True)
class Up:
    """Connected and subscribed. `maximum_payload` is the most bytes of a message, `receive_maximum` of messages."""

    maximum_payload: int
    receive_maximum: int


@dataclass(frozen=True, slots=True)
class Down:
    """There is no connection, or no longer."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message has come."""

    topic: str
    payload: bytes
    correlation: bytes


@dataclass(frozen=True, slots=True)
class Unheard:
    """The broker has a message, but nobody reads its topic: headquarters is absent."""

    topic: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The broker refused a message."""

    trouble: Trouble


Event = Up | Down | Arrived | Unheard | Rejected


class Connection:
    """One connection. `post` takes its events; `turn` is called until it says why it ended."""

    def __init__(self, access: Access, profile: Profile, post: Callable[[Event], None], delays: Delays) -> None:
        self._access = access
        self._profile = profile
        self._post = post
        self._delays = delays
        self._client = self._new_client()
        self._socket: socket.socket | None = None
        self._selector = selectors.DefaultSelector()
        self._trouble: Trouble | None = None
        self._deadline = time.monotonic() + 2 * delays.connect_s
        self._limits = Up(UNLIMITED - OVERHEAD, RECEIVE_MAXIMUM)
        self._unanswered: dict[int, str] = {}
        self.was_up = False

    def open(self) -> None:
        """Connect and shake hands; `OSError` where that fails."""
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho leaves it untyped
        session.SessionExpiryInterval = 0
        self._client.connect(
            self._access.host, self._access.port, keepalive=KEEPALIVE_S, clean_start=True, properties=session
        )
        found = self._client.socket()
        self._socket = found if isinstance(found, socket.socket) else None

    def turn(self, wake: Wake, orders: deque[Order]) -> Trouble | None:
        """Wait for the network or `wake`, do what is to be done; why the connection has ended, or None."""
        alive = self._client.socket() is self._socket
        if self._trouble is None and self._socket is not None and alive:
            self._wait(self._socket, wake)
            self._send(orders)
            self._client.loop_misc()
            if not self.was_up and time.monotonic() > self._deadline:
                self._trouble = Trouble(
                    f"The broker at {self._access.address} does not answer as one.",
                    "Check that broker.port is its MQTT port, and broker.tls against it.",
                )
        elif self._trouble is None:
            self._trouble = self._broken()
        return self._trouble

    def is_idle(self, orders: deque[Order]) -> bool:
        """Nothing is waiting to be sent or confirmed."""
        return not (self.was_up and (orders or self._unanswered))

    def leave(self) -> None:
        """Disconnect in good order: the broker does not publish the will."""
        self._client.disconnect()
        with suppress(OSError, ValueError):
            self._client.loop_write()

    def close(self) -> None:
        """Give everything back."""
        self._selector.close()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=self._profile.client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        client.connect_timeout = self._delays.connect_s
        if self._access.tls is not None:
            client.tls_set_context(self._access.tls)
        if self._access.username:
            client.username_pw_set(self._access.username, self._access.password or None)
        will = self._profile.will
        client.will_set(will.topic, will.payload, qos=1, retain=will.retain, properties=_properties(will, will=True))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    def _wait(self, connection: socket.socket, wake: Wake) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._client.want_write() else 0)
        if self._selector.get_map():
            self._selector.modify(connection, events)
        else:
            self._selector.register(connection, events)
            self._selector.register(wake, selectors.EVENT_READ)
        # TLS may hold bytes that were read from the socket already: select does not see those.
        held = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        ready = {key.fileobj: mask for key, mask in self._selector.select(0 if held else 1.0)}
        wake.clear()
        mask = ready.get(connection, 0)
        if mask & selectors.EVENT_WRITE:
            self._client.loop_write()
        if held or mask & selectors.EVENT_READ:
            self._client.loop_read()

    def _send(self, orders: deque[Order]) -> None:
        while self.was_up and orders and len(self._unanswered) < self._limits.receive_maximum:
            order = orders.popleft()
            if len(order.payload) > self._limits.maximum_payload:
                # paho would send it, and send it again after every reconnect.
                self._post(Rejected(from_refused_publish(order.topic, 149)))
                continue
            info = self._client.publish(
                order.topic, order.payload, qos=1, retain=order.retain, properties=_properties(order)
            )
            if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._unanswered[info.mid] = order.topic

    def _broken(self) -> Trouble:
        return Trouble(
            f"The connection to {self._access.address} broke.",
            "Check the network and the broker; the device connects again by itself.",
        )

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.value >= FAILURE:
            self._trouble = from_code(self._access.address, code.value)
            return
        packet = int(getattr(properties, "MaximumPacketSize", UNLIMITED))
        receive = int(getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM))
        self._limits = Up(max(1, packet - OVERHEAD), min(RECEIVE_MAXIMUM, receive))
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._profile.subscriptions])

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, codes: Sequence[ReasonCode], _properties: Properties | None
    ) -> None:
        for topic, code in zip(self._profile.subscriptions, codes, strict=False):
            if code.value >= FAILURE:
                self._trouble = from_refused_subscription(topic, code.value)
                return
        self.was_up = True
        self._post(self._limits)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        correlation = getattr(message.properties, "CorrelationData", b"")
        self._post(Arrived(message.topic, bytes(message.payload), correlation))

    def _on_publish(
        self, _client: Client, _data: object, mid: int, code: ReasonCode, _properties: Properties | None
    ) -> None:
        topic = self._unanswered.pop(mid, "")
        if code.value >= FAILURE:
            self._post(Rejected(from_refused_publish(topic, code.value)))
        elif code.value == NO_SUBSCRIBERS:
            self._post(Unheard(topic))

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._trouble is None:
            told = flags.is_disconnect_packet_from_server and code.value >= FAILURE
            self._trouble = from_code(self._access.address, code.value) if told else self._broken()


def _properties(order: Order, *, will: bool = False) -> Properties:
    kind = PacketTypes.WILLMESSAGE if will else PacketTypes.PUBLISH
    properties = Properties(kind)  # type: ignore[no-untyped-call] # paho leaves it untyped
    properties.ContentType = order.content_type
    if order.response_topic:
        properties.ResponseTopic = order.response_topic
        properties.CorrelationData = order.correlation
    return properties
