"""The agent as a process, with a real broker and a real till."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.agent.receiver import WINDOW
from kiosk.domain.catalog import Catalog
from kiosk.domain.item import Item, ItemCode, TaxRate, Unit
from tests.agent.conftest import Device
from tests.agent.peer import Peer
from tests.brokers import DEADLINE_S, Broker, free_port, password_file, until

pytestmark = pytest.mark.processes

GOODS = tuple(Item(f"{n:05d}", f"Good {n} {hash((n, n)) % 99991}", "D", 100 + n, Unit.EACH, "S") for n in range(3000))
CATALOG = Catalog(3, "EUR", (TaxRate("S", 230_000, "standard"),), GOODS, (ItemCode("00000000000017", "00001"),))


def positions(peer: Peer) -> list[int]:
    return [entry.position for entry in peer.booked()]


def test_everything_in_the_ledger_reaches_headquarters_and_the_screen_knows(device: Device, broker: Broker) -> None:
    settings = device.settings(broker.port)
    with Peer(broker.port) as peer:
        device.start(settings)
        device.wait_for_reason("headquarters has not answered yet")
        till = device.open_till()
        device.record(250)
        device.wait_until_acknowledged()
        assert positions(peer) == list(range(1, till.head.position + 1))
        assert peer.booked()[-1].hash == till.head.hash
        link = device.status.link()
        assert (link.online, link.reason) == (True, "")
        until(lambda: peer.states and peer.states[-1].online, "the state of the device")


def test_a_killed_broker_costs_nothing(device: Device, broker: Broker) -> None:
    settings = device.settings(broker.port)
    device.open_till()
    device.record(50)
    with Peer(broker.port) as peer:
        device.start(settings)
        device.wait_until_acknowledged()
        broker.kill()
        until(lambda: not device.status.link().online, "the link down on the screen")
        device.record(150)
        broker.start()
        device.wait_until_acknowledged()
        assert positions(peer) == list(range(1, 202))
        until(lambda: device.status.link().online, "the link up on the screen")


def test_a_killed_agent_goes_on_where_it_was(device: Device, broker: Broker) -> None:
    settings = device.settings(broker.port)
    device.open_till()
    with Peer(broker.port) as peer:
        for _ in range(2):
            device.record(60)
            device.start(settings)
            device.wait_until_acknowledged()
            device.record(60)
            device.kill()
        device.start(settings)
        device.wait_until_acknowledged()
        assert positions(peer) == list(range(1, 242))


def test_a_fork_is_flagged_and_the_new_epoch_is_sent(device: Device, broker: Broker) -> None:
    settings = device.settings(broker.port)
    till = device.open_till()
    device.record(5)
    old = till.epoch
    with Peer(broker.port) as peer:
        device.start(settings)
        device.wait_until_acknowledged()
        device.kill()
        other = peer.books.booked[old]
        peer.books.booked[old] = [*other, *other]
        device.start(settings)
        until(lambda: device.status.forked(old), "the fork on the screen")
        till.open_epoch("fork")
        device.record(3)
        device.wait_until_acknowledged()
        assert till.epoch != old
        assert len(peer.books.booked[till.epoch]) == till.head.position


def test_sigterm_ends_it_with_a_farewell(device: Device, broker: Broker) -> None:
    settings = device.settings(broker.port)
    with Peer(broker.port) as peer:
        process = device.start(settings)
        until(lambda: peer.states and peer.states[-1].online, "the device online")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=DEADLINE_S) == 0
        until(lambda: not peer.states[-1].online, "the device offline")
        assert peer.states[-1].at
    assert device.status.link().reason == "The agent was stopped."


def test_the_will_speaks_for_a_killed_agent(device: Device, broker: Broker) -> None:
    settings = device.settings(broker.port)
    with Peer(broker.port) as peer:
        device.start(settings)
        until(lambda: peer.states and peer.states[-1].online, "the device online")
        device.kill()
        until(lambda: not peer.states[-1].online, "the device offline")


def test_sigterm_ends_it_also_without_a_broker(device: Device) -> None:
    process = device.start(device.settings(free_port()))
    device.wait_for_reason("Nothing answers at 127.0.0.1:")
    assert "broker.port" in device.status.link().remedy
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=DEADLINE_S) == 0
    assert device.log().count("headquarters.unreached") == 1
    assert "Traceback" not in device.log()


def test_a_broker_that_refuses_the_password_is_said_with_a_remedy(
    device: Device, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("broker")
    passwords = password_file(folder, {"0101-07": "right", "headquarters": "other"})
    secret = device.folder / "password"
    secret.touch(mode=0o600)
    secret.write_text("wrong\n")
    options = ("allow_anonymous false", f"password_file {passwords}")
    with Broker(folder, options) as broker:
        settings = device.settings(broker.port, f'username = "0101-07"\npassword_file = "{secret}"')
        process = device.start(settings)
        device.wait_for_reason("not authorised")
        assert "password" in device.status.link().remedy
        assert process.poll() is None
        device.kill()
        secret.write_text("right\n")
        device.open_till()
        with Peer(broker.port, "headquarters", "other") as peer:
            device.start(settings)
            device.wait_until_acknowledged()
            assert positions(peer) == [1]
    assert "wrong" not in device.log()
    assert "right" not in device.log()


def test_an_absent_headquarters_is_said(device: Device, broker: Broker) -> None:
    device.start(device.settings(broker.port))
    device.open_till()
    device.wait_for_reason("Headquarters does not answer")


def test_a_catalog_is_fetched_put_in_force_and_replaced(device: Device, broker: Broker) -> None:
    with Peer(broker.port) as peer:
        chunks = peer.offer(CATALOG, 40_000)
        assert chunks > 10
        device.start(device.settings(broker.port))
        until(lambda: device.catalog.version == 3, "catalog 3")
        assert device.catalog.by_code("00000000000017") == (GOODS[1], 1)
        assert sorted(peer.requests) == sorted(peer.chunks)
        dearer = replace(GOODS[1], price_minor=999)
        peer.offer(replace(CATALOG, version=4, items=(GOODS[0], dearer, *GOODS[2:])), 40_000)
        until(lambda: device.catalog.version == 4, "catalog 4")
        assert device.catalog.by_code("00000000000017") == (dearer, 1)
        assert len(peer.requests) == chunks + 1
        bad = replace(dearer, tax_code="X")
        peer.offer(replace(CATALOG, version=5, items=(GOODS[0], bad, *GOODS[2:])), 40_000)
        until(lambda: device.catalog.state().refused_version == 5, "the refusal")
        assert "unknown tax code 'X'" in device.catalog.state().refused_reason
        assert (device.catalog.version, device.catalog.by_sku("00001")) == (4, dearer)


def test_a_fetch_cut_off_goes_on_where_it_was(device: Device, broker: Broker) -> None:
    with Peer(broker.port, answers=5) as peer:
        chunks = peer.offer(CATALOG, 40_000)
        settings = device.settings(broker.port)
        device.start(settings)
        until(lambda: len(peer.requests) >= 5 + WINDOW, "more requests than answers")
        device.kill()
        asked, peer.answers = len(peer.requests), 1000
        device.start(settings)
        until(lambda: device.catalog.version == 3, "catalog 3")
        assert len(peer.requests) == asked + chunks - 5
        assert not set(peer.requests[asked:]) & set(peer.requests[:5])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "settings.toml"),
        ("[broker]\nhost = 1", "broker"),
        (None, "cannot be read"),
    ],
)
def test_wrong_settings_end_with_a_message_and_a_remedy(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "settings.toml"
    if text is not None:
        file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "kiosk.agent", "--settings", str(file)],
        capture_output=True, text=True, timeout=DEADLINE_S, check=False,
    )  # fmt: skip # one command, one line
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_missing_data_folder_ends_with_a_message(device: Device) -> None:
    settings = device.settings(free_port())
    device.data.rmdir()
    assert device.start(settings).wait(timeout=DEADLINE_S) == 2
    assert "Create it" in device.log()
