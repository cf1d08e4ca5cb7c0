"""The link against a real broker: TLS, refusals, limits, and callbacks that fail."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import queue
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.agent.access import Access, access_from
from kiosk.agent.delays import Delays
from kiosk.agent.link import Arrived, Backoff, Down, Event, Link, Order, Rejected, Unheard, Up
from kiosk.agent.mqtt import Profile
from kiosk.config import Broker as BrokerSettings
from tests.agent.test_access import settings
from tests.brokers import DEADLINE_S, LOOPBACK, Broker, free_port, until

pytestmark = pytest.mark.processes

# When a handshake fails, paho drops its socket instead of closing it; CPython closes it there and then, and warns.
paho_drops_its_socket = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

DELAYS = replace(Delays(), reconnect_first_s=0.05, reconnect_last_s=0.2, connect_s=0.5)
HOUR = dt.timedelta(hours=1)


def order(topic: str, payload: bytes = b"x") -> Order:
    return Order(topic, payload, "text/plain")


PROFILE = Profile("0101-07", ("down/a", "down/b"), order("will"))


@dataclass
class Device:
    """A link whose events are waited for one by one."""

    access: Access
    profile: Profile = PROFILE
    on_event: Callable[[Event], None] | None = None

    def __enter__(self) -> Self:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.link = Link(self.access, self.profile, self._post, DELAYS, Backoff(DELAYS, lambda limit: limit))
        self.link.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.link.stop(order("farewell"))

    def _post(self, event: Event) -> None:
        self.events.put(event)
        if self.on_event is not None:
            self.on_event(event)

    def wait_up(self) -> Up:
        while not isinstance(event := self.events.get(timeout=DEADLINE_S), Up):
            pass
        return event

    def next(self) -> Event:
        return self.events.get(timeout=DEADLINE_S)

    def wait_down(self) -> Down:
        event = self.next()
        assert isinstance(event, Down)
        assert event.trouble.remedy
        return event


def plain(port: int, username: str = "") -> Access:
    return Access(LOOPBACK, port, None, username, "")


def test_a_message_goes_there_and_comes_back(broker: Broker) -> None:
    with Device(plain(broker.port)) as device:
        device.wait_up()
        device.link.publish(replace(order("down/a", b"payload"), response_topic="r", correlation=b"\x01\x02"))
        assert device.next() == Arrived("down/a", b"payload", b"\x01\x02")


def test_a_message_nobody_reads_is_told(broker: Broker) -> None:
    with Device(plain(broker.port)) as device:
        device.wait_up()
        device.link.publish(order("nobody/reads"))
        assert device.next() == Unheard("nobody/reads")


def test_a_broker_that_dies_and_comes_back_is_connected_to_again(broker: Broker) -> None:
    with Device(plain(broker.port)) as device:
        device.wait_up()
        broker.kill()
        assert "broke" in device.wait_down().trouble.reason
        assert "Nothing answers" in device.wait_down().trouble.reason
        broker.start()
        device.wait_up()
        device.link.publish(order("down/b"))
        assert device.next() == Arrived("down/b", b"x", b"")


def test_the_brokers_limits_are_kept(tmp_path: Path) -> None:
    with (
        Broker(tmp_path, ("allow_anonymous true", "max_packet_size 2000")) as broker,
        Device(plain(broker.port)) as device,
    ):
        up = device.wait_up()
        assert 1_000 < up.maximum_payload < 2_000
        device.link.publish(order("down/a", b"x" * 2_000))
        rejected = device.next()
        assert isinstance(rejected, Rejected)
        assert "max_packet_size" in rejected.trouble.remedy
        device.link.publish(order("down/a", b"x" * up.maximum_payload))
        assert isinstance(device.next(), Arrived)


def test_a_topic_that_is_not_ours_is_told(tmp_path: Path) -> None:
    rights = tmp_path / "acl"
    rights.write_text("topic readwrite down/#\n")
    rights.chmod(0o600)
    with (
        Broker(tmp_path, ("allow_anonymous true", f"acl_file {rights}")) as broker,
        Device(plain(broker.port)) as device,
    ):
        device.wait_up()
        device.link.publish(order("up/other"))
        rejected = device.next()
        assert isinstance(rejected, Rejected)
        assert "up/other" in rejected.trouble.reason
        assert "access list" in rejected.trouble.remedy


def test_a_broker_that_wants_a_name_refuses(tmp_path: Path) -> None:
    with Broker(tmp_path, ("allow_anonymous false",)) as broker, Device(plain(broker.port)) as device:
        assert "not authorised" in device.wait_down().trouble.reason


def test_a_name_that_is_not_known_is_said() -> None:
    with Device(Access("no-such-host.invalid", 1883, None, "", "")) as device:
        assert "no-such-host.invalid" in device.wait_down().trouble.reason


def test_something_that_is_no_broker_is_said() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent, Device(plain(silent.getsockname()[1])) as device:
        assert "does not answer as one" in device.wait_down().trouble.reason


def test_an_error_in_handling_an_event_does_not_end_the_link(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    def fail_once(event: Event) -> None:
        if isinstance(event, Arrived) and not failed:
            failed.append(event)
            raise ValueError("a fault of ours")

    failed: list[Event] = []
    with Device(plain(broker.port), on_event=fail_once) as device, caplog.at_level(logging.CRITICAL, "paho"):
        device.wait_up()
        device.link.publish(order("down/a"))
        assert isinstance(device.next(), Arrived)
        assert "error of its own" in device.wait_down().trouble.reason
        device.wait_up()
        device.link.publish(order("down/a"))
        assert isinstance(device.next(), Arrived)


def test_a_stop_says_farewell(broker: Broker) -> None:
    with Device(plain(broker.port), Profile("other", ("farewell", "will"), order("will"))) as other:
        other.wait_up()
        with Device(plain(broker.port)) as device:
            device.wait_up()
        assert other.next() == Arrived("farewell", b"x", b"")
    assert "0101-07 disconnected." in broker.log()


def test_waits_between_attempts_grow_to_their_limit() -> None:
    backoff = Backoff(Delays(), lambda limit: limit)
    assert [backoff.wait_s(failures) for failures in (0, 1, 2, 6, 7, 1000)] == [1, 2, 4, 64, 120, 120]


@dataclass
class Authority:
    """A certificate authority of a test."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.name)])
        builder = self._builder(self.subject, self.key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.file = self._write("ca", builder.add_extension(usage, critical=True).sign(self.key, hashes.SHA256()))

    def issue(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))])
        certificate = self._builder(subject, key.public_key()).add_extension(names, critical=False)
        key_file = self.folder / f"{self.name}-{name}.key"
        key_file.touch(mode=0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return self._write(name, certificate.sign(self.key, hashes.SHA256())), key_file

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - HOUR)
            .not_valid_after(now + HOUR)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        file = self.folder / f"{self.name}-{name}.pem"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return file


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Broker, Authority]]:
    authority = Authority(tmp_path, "ours")
    certificate, key = authority.issue("broker")
    options = (
        f"cafile {authority.file}",
        f"certfile {certificate}",
        f"keyfile {key}",
        "require_certificate true",
        "use_identity_as_username true",
    )
    with Broker(tmp_path, options) as broker:
        yield broker, authority


def secured(port: int, ca: Path, certificate: Path | str = "", key: Path | str = "") -> Access:
    return access_from(
        settings(
            BrokerSettings(
                host=LOOPBACK, port=port, ca_file=str(ca), certificate_file=str(certificate), key_file=str(key)
            )
        )
    )


def test_both_sides_know_each_other_by_certificate(secure: tuple[Broker, Authority]) -> None:
    broker, authority = secure
    with Device(secured(broker.port, authority.file, *authority.issue("0101-07"))) as device:
        device.wait_up()
        for size in (10, 500_000):
            device.link.publish(order("down/a", b"x" * size))
            assert device.next() == Arrived("down/a", b"x" * size, b"")
        for _ in range(30):
            device.link.publish(order("down/b"))
        assert {device.next() for _ in range(30)} == {Arrived("down/b", b"x", b"")}


@paho_drops_its_socket
def test_a_broker_of_another_authority_is_not_trusted(secure: tuple[Broker, Authority], tmp_path: Path) -> None:
    broker, authority = secure
    other = Authority(tmp_path, "other")
    with Device(secured(broker.port, other.file, *authority.issue("0101-07"))) as device:
        down = device.wait_down()
    assert "not trusted" in down.trouble.reason
    assert "broker.ca_file" in down.trouble.remedy


@paho_drops_its_socket
def test_a_device_without_a_certificate_is_refused(secure: tuple[Broker, Authority]) -> None:
    broker, authority = secure
    with Device(secured(broker.port, authority.file)) as device:
        assert device.wait_down().trouble.reason
    until(lambda: "certificate" in broker.log(), "the refusal in the broker's log")


@paho_drops_its_socket
def test_tls_against_a_port_that_speaks_none_is_said(broker: Broker, tmp_path: Path) -> None:
    with Device(secured(broker.port, Authority(tmp_path, "ours").file)) as device:
        assert device.wait_down().trouble.reason


def test_stopping_while_nothing_can_be_reached_ends() -> None:
    device = Device(plain(free_port()))
    with device:
        device.wait_down()
    assert not device.link._thread.is_alive()
