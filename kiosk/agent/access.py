"""What is needed to reach the broker, read and checked before anything is tried: address, TLS, name and password."""

from __future__ import annotations

import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.config import Broker, Settings


class AgentError(Exception):
    """The agent cannot work as it is set up; says what is wrong and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the broker. `tls` is None for a plain connection (bench only); the password is never shown."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    username: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """host:port, for messages."""
        return f"{self.host}:{self.port}"


def access_from(settings: Settings) -> Access:
    """Read what the settings name; `AgentError` where a file is missing or unfit."""
    broker = settings.broker
    if broker is None:
        raise AgentError("The settings name no broker.", "Add a [broker] table with its host.")
    return Access(
        host=broker.host,
        port=broker.port,
        tls=_tls(broker) if broker.tls else None,
        username=broker.username,
        password=_password(broker),
    )


def _tls(broker: Broker) -> ssl.SSLContext:
    """TLS 1.2 or newer, with the broker's name and certificate checked always: there is no setting to skip that."""
    try:
        context = ssl.create_default_context(cafile=broker.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise AgentError(
            f"broker.ca_file {broker.ca_file} cannot be used: {error}.",
            "Give the certificate of the authority that signed the broker's, as PEM.",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not broker.certificate_file:
        if broker.key_file:
            raise AgentError("broker.key_file is set without certificate_file.", "Set both, or neither.")
        return context
    try:
        context.load_cert_chain(broker.certificate_file, broker.key_file or None, password="")
    except (OSError, ssl.SSLError) as error:
        raise AgentError(
            f"The device's certificate {broker.certificate_file} and key {broker.key_file} cannot be used: {error}.",
            "Give both as PEM, the key without a pass phrase and belonging to the certificate.",
        ) from error
    return context


def _password(broker: Broker) -> str:
    if not broker.password_file:
        return ""
    path = Path(broker.password_file)
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(
            f"broker.password_file {path} cannot be read: {error}.", "Correct the path, or let the agent read it."
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AgentError(f"{path} can be read by others.", f"Run `chmod 600 {path}`.")
    password = text.rstrip("\r\n")
    if not password or not broker.username:
        raise AgentError(
            f"{path} is empty, or broker.username is." if not password else "broker.username is missing.",
            "Set broker.username, and put the password alone on the first line of the file.",
        )
    return password
