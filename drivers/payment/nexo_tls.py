"""A TLS connection to a terminal that shows a certificate of the right maker for the right terminal, or none at all."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from drivers.device import AbsentError, DeviceError
from drivers.transport import tcp
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable, wait_writable

READ_SIZE: Final = 65536
_CHECK: Final = "Check that it is switched on, its network cable, and its address in the settings."
# X509_V_ERR_* of OpenSSL's verify(1).
_NOT_YET_VALID, _EXPIRED = 9, 10


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: certificates signed by one of `ca_file` (PEM) that bear one of `names`."""

    ca_file: Path
    names: tuple[str, ...]


def connect(host: str, port: int, trust: Trust, deadline_s: float) -> Transport:
    """Connect, and check the certificate before anything is sent.

    Raises `AbsentError` where nothing answers, `DeviceError` where what answers is not to be believed (permanent).
    """
    deadline = Deadline(deadline_s)
    context = _context(trust)
    try:
        line = tcp.connect(host, port, deadline_s)
    except DeviceError as error:
        raise AbsentError(error.message, error.remedy) from error
    try:
        link = socket.socket(fileno=os.dup(line.fileno()))
    finally:
        line.close()
    link.setblocking(False)
    where = f"{host}:{port}"
    try:
        secured = context.wrap_socket(link, do_handshake_on_connect=False)
    except OSError as error:
        link.close()
        raise AbsentError(f"The connection to {where} was lost.", _CHECK) from error
    try:
        _handshake(secured, where, deadline)
        _check_name(secured, where, trust.names)
    except BaseException:
        secured.close()
        raise
    return TlsTransport(secured, where)


class TlsTransport:
    """An open TLS connection; see `drivers.transport.interface.Transport`. Made by `connect`.

    `read(0)` has to be tried before waiting for `fileno()`: what came with the last record is not in the socket.
    """

    def __init__(self, link: ssl.SSLSocket, where: str) -> None:
        self._link = link
        self._where = where

    def fileno(self) -> int:
        """Return the socket's descriptor (-1 once closed)."""
        return self._link.fileno()

    def read(self, deadline_s: float) -> bytes:
        """Return what has come in, `b""` after `deadline_s`; `DeviceError` when the peer has closed or is gone."""
        deadline = Deadline(deadline_s)
        while True:
            try:
                data = self._link.recv(READ_SIZE)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wants:
                if not _wait_for(wants, self._link.fileno(), deadline):
                    return b""
            except (OSError, ValueError) as error:
                raise self._gone() from error
            else:
                if not data:
                    raise self._gone()
                return data

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Hand all of `data` to the connection; `DeviceError` when not taken by the deadline or the peer is gone."""
        deadline = Deadline(deadline_s)
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._link.send(rest) :]
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wants:
                if not _wait_for(wants, self._link.fileno(), deadline):
                    raise DeviceError(f"The terminal at {self._where} takes no more data.", _CHECK) from wants
            except (OSError, ValueError) as error:
                raise self._gone() from error

    def close(self) -> None:
        """Close the connection; may be called twice."""
        with contextlib.suppress(OSError):
            self._link.close()

    def _gone(self) -> DeviceError:
        return DeviceError(f"The connection to {self._where} was lost.", _CHECK)


def _context(trust: Trust) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Terminals are reached by address, and their certificates bear a name that no DNS knows: `_check_name` checks it.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(cafile=trust.ca_file)
    except (OSError, ssl.SSLError) as error:
        remedy = "Put Adyen's root certificate for terminals there (PEM), for the environment in the settings."
        raise DeviceError(f"{trust.ca_file} holds no certificates.", remedy, permanent=True) from error
    return context


def _handshake(link: ssl.SSLSocket, where: str, deadline: Deadline) -> None:
    while True:
        try:
            link.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wants:
            if not _wait_for(wants, link.fileno(), deadline):
                raise DeviceError(f"What answers at {where} does not finish its TLS handshake.", _CHECK) from wants
        except ssl.SSLCertVerificationError as error:
            raise _not_believed(where, error.verify_code) from error
        except (OSError, ValueError) as error:
            raise DeviceError(f"What answers at {where} does not speak TLS with us.", _CHECK) from error
        else:
            return


def _check_name(link: ssl.SSLSocket, where: str, names: Sequence[str]) -> None:
    # Pairs of a name and a value, in groups; typeshed says less.
    certificate = link.getpeercert() or {}
    subject: Any = certificate.get("subject", ())
    borne = {str(value).lower() for part in subject for kind, value in part if kind == "commonName"}
    if not borne & {name.lower() for name in names}:
        remedy = f"Check `poi_id`, `environment` and the address in the settings: it should be {names[0]}."
        raise DeviceError(f"What answers at {where} is another terminal, or none.", remedy, permanent=True)


def _not_believed(where: str, code: int) -> DeviceError:
    if code == _EXPIRED:
        message, remedy = "has expired", "Check the clock of this device; then have the terminal updated."
    elif code == _NOT_YET_VALID:
        message, remedy = "is not valid yet", "Check the clock of this device."
    else:
        message = "is not signed by a maker we trust"
        remedy = "Check `ca_file` and `environment`. If they are right, this is no terminal of Adyen's: unplug it."
    return DeviceError(f"The certificate of what answers at {where} {message}.", remedy, permanent=True)


def _wait_for(wants: ssl.SSLError, fd: int, deadline: Deadline) -> bool:
    if isinstance(wants, ssl.SSLWantWriteError):
        return wait_writable(deadline.left_s, fd)
    return bool(wait_readable(deadline.left_s, fd))
