"""TCP with deadlines: whatever the other side does, every call comes back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import AbsentError, DeviceError
from drivers.transport import tcp
from drivers.transport.pseudo_port import PseudoPort
from drivers.transport.pseudo_server import PseudoServer
from drivers.transport.serial import Line, open_serial
from drivers.transport.waiting import Deadline, wait_readable, wait_writable
from tests.drivers.witness import PATIENCE_S, open_files


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_S)
        yield server


@pytest.fixture
def pair(listener: socket.socket) -> Iterator[tuple[tcp.TcpTransport, socket.socket]]:
    link = tcp.connect("127.0.0.1", listener.getsockname()[1], PATIENCE_S)
    peer, _ = listener.accept()
    with peer:
        yield link, peer
    link.close()


def test_bytes_go_both_ways(pair: tuple[tcp.TcpTransport, socket.socket]) -> None:
    link, peer = pair
    link.write_all(b"question", PATIENCE_S)
    assert peer.recv(100) == b"question"
    peer.sendall(b"answer")
    assert link.read(PATIENCE_S) == b"answer"


def test_a_name_is_looked_up(listener: socket.socket) -> None:
    link = tcp.connect("localhost", listener.getsockname()[1], PATIENCE_S)
    link.close()


def test_reading_returns_with_nothing_at_the_deadline(pair: tuple[tcp.TcpTransport, socket.socket]) -> None:
    assert pair[0].read(0) == b""
    assert pair[0].read(0.01) == b""


def test_a_peer_that_takes_nothing_ends_the_writing_at_the_deadline(
    pair: tuple[tcp.TcpTransport, socket.socket],
) -> None:
    with pytest.raises(DeviceError, match="takes no more data"):
        pair[0].write_all(bytes(50_000_000), 0.05)


def test_a_peer_that_closes_is_lost_for_reading_and_writing(pair: tuple[tcp.TcpTransport, socket.socket]) -> None:
    link, peer = pair
    peer.close()
    with pytest.raises(DeviceError, match="was lost"):
        link.read(PATIENCE_S)
    with pytest.raises(DeviceError, match="was lost"):
        link.write_all(bytes(50_000_000), PATIENCE_S)


def test_a_connection_that_was_closed_says_so(pair: tuple[tcp.TcpTransport, socket.socket]) -> None:
    link, _ = pair
    link.close()
    link.close()
    with pytest.raises(DeviceError, match="was lost"):
        link.read(0)


def test_a_dead_peer_is_probed(pair: tuple[tcp.TcpTransport, socket.socket]) -> None:
    option = pair[0]._link.getsockopt
    assert option(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert option(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == tcp.USER_TIMEOUT_MS


def test_a_closed_port_and_an_unknown_name_are_errors_with_a_remedy(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    before = open_files()
    with pytest.raises(DeviceError, match=f"Nothing answers at 127.0.0.1:{port}") as caught:
        tcp.connect("127.0.0.1", port, PATIENCE_S)
    assert "switched on" in caught.value.remedy
    with pytest.raises(DeviceError, match="is not known"):
        tcp.connect("x" * 70, 1, PATIENCE_S)
    assert open_files() == before


def test_waiting_tells_which_descriptor_is_ready() -> None:
    left, right = socket.socketpair()
    with left, right:
        assert wait_readable(0, left.fileno(), right.fileno()) == set()
        assert wait_writable(0, left.fileno())
        left.send(b"x")
        assert wait_readable(PATIENCE_S, left.fileno(), right.fileno()) == {right.fileno()}


def test_a_deadline_never_goes_below_zero() -> None:
    assert Deadline(-5).left_s == 0
    assert Deadline(-5).passed
    assert not Deadline(3600).passed


def test_a_serial_port_that_is_not_there_or_was_pulled_out_is_absent(tmp_path: Path) -> None:
    link = tmp_path / "scale"
    with pytest.raises(AbsentError, match="no serial port") as caught:
        open_serial(str(link), Line())
    assert not caught.value.permanent
    pseudo = PseudoPort(link, lambda _: None)
    pseudo.plug()
    port = open_serial(str(link), Line())
    pseudo.unplug()
    with pytest.raises(AbsentError, match="is gone"):
        port.read(PATIENCE_S)
    with pytest.raises(AbsentError, match="is gone"):
        port.write_all(b"W", PATIENCE_S)
    port.close()


def test_a_simulated_network_device_has_one_driver_and_keeps_its_port() -> None:
    before, threads = open_files(), threading.active_count()
    heard, news = [], threading.Semaphore(0)

    def take(data: bytes) -> None:
        heard.append(data)
        news.release()

    server = PseudoServer("printer", take, lambda: server.write(b"hello"))
    with pytest.raises(DeviceError, match="is unplugged"):
        server.write(b"x")
    server.plug()
    server.plug()
    first = tcp.connect(*server.address, PATIENCE_S)
    assert first.read(PATIENCE_S) == b"hello"
    second = tcp.connect(*server.address, PATIENCE_S)
    assert second.read(PATIENCE_S) == b"hello"
    with pytest.raises(DeviceError, match="was lost"):
        first.read(PATIENCE_S)
    second.write_all(b"status?", PATIENCE_S)
    assert news.acquire(timeout=PATIENCE_S)
    assert heard == [b"status?"]
    address = server.address
    server.unplug()
    with pytest.raises(DeviceError, match="was lost"):
        second.read(PATIENCE_S)
    server.plug()
    assert server.address == address
    server.unplug()
    server.unplug()
    first.close()
    second.close()
    assert (open_files(), threading.active_count()) == (before, threads)
