"""A TCP connection to a device on the network, with a deadline on every call and a dead peer noticed in seconds."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading

from drivers.device import DeviceError
from drivers.transport.waiting import Deadline, wait_readable, wait_writable

# A peer without power never says goodbye: unacknowledged data ends the connection after USER_TIMEOUT_MS, an idle
# connection is probed after KEEPALIVE_IDLE_S and given up after KEEPALIVE_COUNT probes (tcp(7)).
USER_TIMEOUT_MS = 10_000
KEEPALIVE_IDLE_S = 5
KEEPALIVE_INTERVAL_S = 2
KEEPALIVE_COUNT = 3
READ_SIZE = 65536

_CHECK = "Check that it is switched on, its network cable, and its address in the settings."


def connect(host: str, port: int, deadline_s: float) -> TcpTransport:
    """Connect to `host` (name or address) and `port`, in `deadline_s` seconds at most, name look-up included.

    Raises `DeviceError` with a remedy where nothing answers there.
    """
    deadline = Deadline(deadline_s)
    where = f"{host}:{port}"
    error: OSError | None = None
    for family, address in _resolve(host, port, deadline):
        link = socket.socket(family, socket.SOCK_STREAM)
        try:
            link.settimeout(max(0.001, deadline.left_s))
            link.connect(address)
            _configure(link)
        except OSError as problem:
            link.close()
            error = problem
        else:
            return TcpTransport(link, where)
    raise DeviceError(f"Nothing answers at {where}.", _CHECK) from error


class TcpTransport:
    """An open TCP connection; see `drivers.transport.interface.Transport`. Made by `connect`."""

    def __init__(self, link: socket.socket, where: str) -> None:
        link.setblocking(False)
        self._link = link
        self._where = where

    def fileno(self) -> int:
        """Return the socket's descriptor (-1 once closed)."""
        return self._link.fileno()

    def read(self, deadline_s: float) -> bytes:
        """Return what has come in, `b""` after `deadline_s`; `DeviceError` when the peer has closed or is gone."""
        if not wait_readable(deadline_s, self._fd()):
            return b""
        try:
            data = self._link.recv(READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone() from error
        if not data:
            raise self._gone()
        return data

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Hand all of `data` to the connection; `DeviceError` when not taken by the deadline or the peer is gone."""
        deadline = Deadline(deadline_s)
        rest = memoryview(data)
        while rest:
            if not wait_writable(deadline.left_s, self._fd()):
                raise DeviceError(f"The device at {self._where} takes no more data.", _CHECK)
            try:
                rest = rest[self._link.send(rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._gone() from error

    def close(self) -> None:
        """Close the connection; may be called twice."""
        with contextlib.suppress(OSError):
            self._link.close()

    def _fd(self) -> int:
        fd = self._link.fileno()
        if fd < 0:
            raise self._gone()
        return fd

    def _gone(self) -> DeviceError:
        return DeviceError(f"The connection to {self._where} was lost.", _CHECK)


_Address = tuple[str, int] | tuple[str, int, int, int]


def _resolve(host: str, port: int, deadline: Deadline) -> list[tuple[int, _Address]]:
    """Addresses of `host`. A name is looked up on a thread of its own: getaddrinfo(3) itself knows no deadline."""
    with contextlib.suppress(ValueError):
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
        return [(family, (host, port))]
    found: list[tuple[int, _Address]] = []

    def look_up() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                found.append((family, address))  # type: ignore[arg-type] # AF_INET/6 addresses only come as these

    thread = threading.Thread(target=look_up, name=f"look-up {host}", daemon=True)
    thread.start()
    thread.join(deadline.left_s)
    if not found:
        raise DeviceError(f"The name {host!r} is not known on this network.", "Check it in the settings, and the DNS.")
    return list(found)


def _configure(link: socket.socket) -> None:
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_COUNT)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
