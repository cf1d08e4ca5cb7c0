"""What the settings name for reaching the broker is checked before anything is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.agent.access import AgentError, access_from
from kiosk.config import Broker, Settings, Store, Workstation


def settings(broker: Broker | None) -> Settings:
    return Settings(
        workstation=Workstation(tenant="acme", store_id="0101", workstation_id="07"),
        store=Store(name="Harbour Market", currency="EUR"),
        data_folder="data",
        broker=broker,
    )


def plain(username: str, password_file: str) -> Settings:
    return settings(Broker(host="broker.example", tls=False, username=username, password_file=password_file))


def secret(folder: Path, text: str, mode: int = 0o600) -> str:
    file = folder / "password"
    file.write_text(text)
    file.chmod(mode)
    return str(file)


def test_a_password_is_read_and_never_shown(tmp_path: Path) -> None:
    access = access_from(plain(username="u", password_file=secret(tmp_path, "hush\n")))
    assert (access.address, access.username, access.password) == ("broker.example:8883", "u", "hush")
    assert "hush" not in repr(access)


def test_tls_checks_the_broker_always() -> None:
    context = access_from(settings(Broker(host="broker.example"))).tls
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.minimum_version.name == "TLSv1_2"


@pytest.mark.parametrize(
    ("broker", "said"),
    [
        (None, "no broker"),
        (Broker(host="h", ca_file="/nowhere/ca.pem"), "ca_file /nowhere/ca.pem"),
        (Broker(host="h", certificate_file="/nowhere/c.pem", key_file="/nowhere/k.pem"), "/nowhere/c.pem"),
        (Broker(host="h", key_file="/nowhere/k.pem"), "without certificate_file"),
        (Broker(host="h", tls=False, username="u", password_file="/nowhere/it"), "/nowhere/it"),  # noqa: S106 - a path
    ],
)
def test_what_is_missing_is_named_with_a_remedy(broker: Broker | None, said: str) -> None:
    with pytest.raises(AgentError, match=said) as caught:
        access_from(settings(broker))
    assert caught.value.remedy


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("none")
    with pytest.raises(AgentError, match=r"ca\.pem"):
        access_from(settings(Broker(host="h", ca_file=str(file))))


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="read by others") as caught:
        access_from(plain(username="u", password_file=secret(tmp_path, "hush", 0o644)))
    assert "chmod 600" in caught.value.remedy


@pytest.mark.parametrize(("username", "text"), [("u", "\n"), ("", "hush")])
def test_a_password_needs_a_name_and_a_text(tmp_path: Path, username: str, text: str) -> None:
    with pytest.raises(AgentError) as caught:
        access_from(plain(username=username, password_file=secret(tmp_path, text)))
    assert "username" in caught.value.message
