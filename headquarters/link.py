"""The MQTT 5 link of headquarters and the only user of paho: brings messages in, carries answers out."""

from __future__ import annotations

import logging
import queue
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from headquarters.errors import HeadquartersError

log = logging.getLogger(__name__)

# Until the session ends at the broker, it keeps what arrives while headquarters restarts.
SESSION_EXPIRY_S = 3600
KEEPALIVE_S = 30
RECEIVE_MAXIMUM = 100
QUEUE_MAX = 1000
PACKET_MAX = 2 << 20
FAILURE = 128
# What is left of the two seconds that a service may take to end.
GOOD_BYE_S = 0.4


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where the broker is and who we are there. With `ca_file` the link is TLS; there is no way to leave checks out."""

    host: str
    port: int
    tenant: str
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    longest_pause_s: int = 30


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came; `connection` and `message_id` are what it takes to confirm it to the broker."""

    topic: str
    payload: bytes
    content_type: str
    response_topic: str
    correlation: bytes
    message_id: int
    qos: int
    connection: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send. After `expiry_s` (0: never) the broker need not deliver it any more."""

    topic: str
    payload: bytes
    content_type: str
    correlation: bytes = b""
    expiry_s: int = 0
    retain: bool = False


class Link:
    """Connects, subscribes and connects again for as long as it runs.

    Messages wait in `inbox` for the worker, which calls `confirm` after its commit: only then the broker forgets the
    message. `ready` is set while subscribed; `connections` counts how often the broker took us. Nothing here blocks.
    """

    def __init__(self, settings: LinkSettings, topics: Sequence[str]) -> None:
        self.inbox: queue.Queue[Incoming] = queue.Queue(QUEUE_MAX)
        self.ready = threading.Event()
        self.connections = 0
        self.tenant = settings.tenant
        self._settings = settings
        self._topics = tuple(topics)
        self._stopping = False
        self._reported = ""
        self._client = self._make_client()

    def start(self) -> None:
        """Begin to connect; a broker that is not there yet is waited for."""
        settings = self._settings
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = PACKET_MAX
        self._client.connect_async(settings.host, settings.port, KEEPALIVE_S, clean_start=False, properties=properties)
        self._client.loop_start()

    def stop(self) -> None:
        """Say good-bye to the broker and end the network thread, unless it hangs in a connect: that is left behind."""
        self._stopping = True
        self._client.disconnect()
        ending = threading.Thread(target=self._client.loop_stop, daemon=True)
        ending.start()
        ending.join(GOOD_BYE_S)

    def alive(self) -> bool:
        """Whether the network thread still runs: without it nothing would ever arrive again."""
        thread = self._client._thread  # noqa: SLF001 - paho has no public way to ask for its thread
        return thread is not None and thread.is_alive()

    def publish(self, message: Outgoing) -> None:
        """Send at QoS 1 while connected; otherwise drop: what devices do not hear they ask for again."""
        if not self._client.is_connected():
            return
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.ContentType = message.content_type
        if message.correlation:
            properties.CorrelationData = message.correlation
        if message.expiry_s:
            properties.MessageExpiryInterval = message.expiry_s
        result = self._client.publish(message.topic, message.payload, 1, message.retain, properties)
        if result.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
            log.warning("answer.dropped topic=%s reason=%s", message.topic, mqtt.error_string(result.rc))

    def confirm(self, message: Incoming) -> None:
        """Let the broker forget a message; one from an earlier connection has another number by now."""
        if message.qos and message.connection == self.connections:
            self._client.ack(message.message_id, message.qos)

    def _make_client(self) -> mqtt.Client:
        settings = self._settings
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, f"headquarters-{settings.tenant}", protocol=mqtt.MQTTv5, manual_ack=True
        )
        if settings.username:
            client.username_pw_set(settings.username, settings.password)
        if settings.ca_file:
            client.tls_set_context(_tls(settings))
        client.reconnect_delay_set(1, settings.longest_pause_s)
        client.max_queued_messages_set(QUEUE_MAX)
        client.on_connect = self._guarded(self._connected)
        client.on_connect_fail = self._guarded(self._not_reached)
        client.on_subscribe = self._guarded(self._subscribed)
        client.on_disconnect = self._guarded(self._disconnected)
        client.on_message = self._guarded(self._arrived)
        return client

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """An exception in a callback would end paho's thread without a word (facts: issues 365 and 704 of paho)."""

        def run(*arguments: object) -> None:
            try:
                callback(*arguments)
            except Exception:
                log.exception("link.callback_failed callback=%s", callback.__name__)

        return run

    def _connected(
        self, client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, reason: ReasonCode, _: object
    ) -> None:
        if reason.is_failure:
            self._report(f"refused:{reason}", f"the broker refuses us ({reason})", _REFUSED_REMEDY)
            return
        # Before the subscription: a resumed session delivers at once what the broker kept.
        self.connections += 1
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._topics])

    def _not_reached(self, _client: mqtt.Client, _data: object) -> None:
        self._report("unreachable", "the broker cannot be reached, or TLS with it fails", _UNREACHABLE_REMEDY)

    def _subscribed(
        self, _client: mqtt.Client, _data: object, _mid: int, reasons: Sequence[ReasonCode], _: object
    ) -> None:
        denied = [topic for topic, reason in zip(self._topics, reasons, strict=False) if reason.value >= FAILURE]
        if denied:
            self._report("denied", f"the broker denies {denied[0]}", "Let this user read it in the broker's ACL.")
            return
        self._reported = ""
        self.ready.set()
        log.info("broker.connected host=%s port=%d", self._settings.host, self._settings.port)

    def _disconnected(
        self, _client: mqtt.Client, _data: object, _flags: mqtt.DisconnectFlags, reason: ReasonCode, _: object
    ) -> None:
        was_ready = self.ready.is_set()
        self.ready.clear()
        if was_ready and not self._stopping:
            self._report("lost", f"the broker is gone ({reason})", "Nothing to do if it comes back; else start it.")

    def _arrived(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        properties = message.properties
        incoming = Incoming(
            topic=message.topic,
            payload=bytes(message.payload),
            content_type=str(getattr(properties, "ContentType", "")),
            response_topic=str(getattr(properties, "ResponseTopic", "")),
            correlation=bytes(getattr(properties, "CorrelationData", b"")),
            message_id=message.mid,
            qos=message.qos,
            connection=self.connections,
        )
        try:
            self.inbox.put_nowait(incoming)
        except queue.Full:
            # At QoS 1 the broker holds back by itself; this is a device that floods at QoS 0.
            log.warning("message.dropped topic=%s reason=inbox_full", message.topic)

    def _report(self, state: str, what: str, remedy: str) -> None:
        """Once for each new state, not for each attempt."""
        if state != self._reported:
            self._reported = state
            where = f"{self._settings.host}:{self._settings.port}"
            log.warning("broker.unavailable address=%s reason=%r remedy=%r", where, what, remedy)


_REFUSED_REMEDY = "Check --username and --password-file, or the client certificate, and the broker's own log."
_UNREACHABLE_REMEDY = "Check --broker, that the broker runs, and that --tls names the CA that signed its certificate."


def _tls(settings: LinkSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate_file:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        raise HeadquartersError(
            f"The TLS files cannot be used: {error}.", "Give --tls CA CERTIFICATE KEY, PEM files that belong together."
        ) from error
    return context
