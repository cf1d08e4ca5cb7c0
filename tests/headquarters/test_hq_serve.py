"""Headquarters as a process of its own, on a real broker: killed, restarted, refused, and asked for the catalog."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from headquarters import schema
from headquarters.catalog import save_catalog
from headquarters.database import Database
from kiosk.messages.catalog import decode_chunk, rule_rows
from kiosk.messages.envelope import CatalogHead, ChunkRequest, DeviceState
from kiosk.messages.topics import Topics
from tests.brokers import DEADLINE_S, Broker, free_port, password_file, until
from tests.headquarters.paper_lane import AT, TENANT, PaperLane, registered
from tests.headquarters.test_booking import all_is_well, numbers, rows
from tests.headquarters.test_hq_catalog import APPLE, BOX, CATALOG, OATS
from tests.headquarters.wire_lane import WireLane

pytestmark = pytest.mark.processes


class Process:
    """A headquarters process whose output is kept in a file."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self.output = folder / "headquarters.out"
        with self.output.open("ab") as file:
            self.child = subprocess.Popen([sys.executable, *command], stdout=file, stderr=subprocess.STDOUT)

    def said(self, words: str) -> None:
        """Wait for words in its output."""
        until(lambda: words in self.text() or self.child.poll() is not None, f"headquarters says {words!r}")
        assert words in self.text(), self.text()

    def text(self) -> str:
        """All it wrote."""
        return self.output.read_text()

    def ended(self) -> int:
        """Wait for its end; its exit status."""
        return self.child.wait(timeout=DEADLINE_S)

    def terminate(self) -> int:
        """As systemd ends a service."""
        self.child.terminate()
        return self.ended()


@contextlib.contextmanager
def serving(folder: Path, database: Database, port: int, *more: str) -> Iterator[Process]:
    """`python -m headquarters serve`, until the end of the block."""
    where = ("--database", database.name, "--broker", f"127.0.0.1:{port}", "--tenant", TENANT)
    with _process(folder, ("-m", "headquarters", "serve", *where, *more)) as process:
        yield process


@contextlib.contextmanager
def _process(folder: Path, command: Sequence[str]) -> Iterator[Process]:
    process = Process(folder, command)
    try:
        yield process
    finally:
        process.child.kill()
        process.ended()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A mosquitto that lets everybody in."""
    with Broker(tmp_path) as running:
        yield running


def test_a_lane_is_answered_and_headquarters_ends_when_told_to(
    tmp_path: Path, database: Database, lane: PaperLane, broker: Broker
) -> None:
    lane.sell(1)
    with serving(tmp_path, database, broker.port) as process, WireLane(lane, broker.port) as wire:
        process.said("headquarters ready")
        assert wire.greet().high_water == 0
        wire.send(wire.topics.ledger, lane.batch())
        wire.wait_for_mark(2)
        assert process.terminate() == 0
        assert "Traceback" not in process.text()
    assert numbers(database)["sales_booked"] == 1


def test_killed_between_commit_and_acknowledgement_nothing_is_booked_twice(
    tmp_path: Path, database: Database, lane: PaperLane, broker: Broker
) -> None:
    for number in range(1, 7):
        lane.sell(number)
    crashing = ("-m", "tests.headquarters.crashing_headquarters", database.name, str(broker.port), TENANT, "3")
    with WireLane(lane, broker.port) as wire:
        with _process(tmp_path, crashing) as process:
            process.said("headquarters ready")
            wire.greet()
            wire.send(wire.topics.ledger, lane.batch(1, 4))
            assert process.ended() == -signal.SIGKILL
        assert numbers(database)["sales_booked"] == 3
        assert all(answer.high_water == 0 for answer in wire.answers)
        with serving(tmp_path, database, broker.port) as process:
            process.said("headquarters ready: tenant")
            # The broker delivers again what was never confirmed; it is known by now, and is answered this time.
            wire.wait_for_mark(4)
            answer = wire.greet()
            assert (answer.high_water, answer.fork) == (4, False)
            wire.send(wire.topics.ledger, lane.batch(5))
            wire.wait_for_mark(7)
            process.terminate()
    booked = numbers(database)
    assert (booked["sales_booked"], booked["entries"], booked["quarantined"]) == (6, 7, 0)
    assert booked["duplicates_refused"] == 4
    assert all_is_well(database)


def test_the_broker_is_killed_and_headquarters_is_there_again(
    tmp_path: Path, database: Database, lane: PaperLane, broker: Broker
) -> None:
    with serving(tmp_path, database, broker.port) as process:
        process.said("headquarters ready")
        broker.kill()
        process.said("broker.unavailable")
        broker.start()
        until(lambda: process.text().count("broker.connected") == 2, "headquarters connected again")
        with WireLane(lane, broker.port) as wire:
            assert wire.greet().high_water == 0


def test_rubbish_is_refused_and_the_next_lane_is_answered(
    tmp_path: Path, database: Database, lane: PaperLane, broker: Broker
) -> None:
    with serving(tmp_path, database, broker.port) as process, WireLane(lane, broker.port) as wire:
        process.said("headquarters ready")
        for leaf in ("ledger", "hello", "state", "request"):
            wire.send(Topics(TENANT, "0101-66").ledger.replace("ledger", leaf), b"\xff\x00 rubbish")
        wire.send(wire.topics.ledger, b"{}")
        until(lambda: any(answer.refused for answer in list(wire.answers)), "the rubbish is refused")
        assert wire.greet().refused == ""
        assert "Traceback" not in process.text()


def test_a_lane_fetches_the_catalog_and_hears_of_a_new_one(
    tmp_path: Path, database: Database, lane: PaperLane, broker: Broker
) -> None:
    save_catalog(database, CATALOG, "test", AT)
    with serving(tmp_path, database, broker.port), WireLane(lane, broker.port) as wire:
        until(lambda: wire.heads, "the head of the catalog")
        head = msgspec.json.decode(wire.heads[-1], type=CatalogHead)
        wire.send(wire.topics.request, ChunkRequest(chunk=head.chunks[0]), wire.topics.response, b"one")
        until(lambda: wire.chunks, "the chunk")
        assert wire.chunks[0].correlation == b"one"
        assert len(decode_chunk(wire.chunks[0].payload)) == 5 + len(list(rule_rows(CATALOG.rules)))
        save_catalog(database, replace(CATALOG, items=(replace(OATS, price_minor=260), BOX, APPLE)), "test", AT)
        until(lambda: len(wire.heads) > 1, "the new head")
        assert msgspec.json.decode(wire.heads[-1], type=CatalogHead).version == 2


def test_a_chunk_is_sent_to_nobody_but_the_lane_that_asked(
    tmp_path: Path, database: Database, lane: PaperLane, broker: Broker
) -> None:
    save_catalog(database, CATALOG, "test", AT)
    other = registered(database, PaperLane(workstation_id="08"))
    with (
        serving(tmp_path, database, broker.port) as process,
        WireLane(lane, broker.port) as wire,
        WireLane(other, broker.port) as thief,
    ):
        until(lambda: wire.heads, "the head of the catalog")
        head = msgspec.json.decode(wire.heads[-1], type=CatalogHead)
        thief.send(thief.topics.request, ChunkRequest(chunk=head.chunks[0]), wire.topics.response, b"mine")
        process.said("reason=response_topic")
        thief.send(thief.topics.request, ChunkRequest(chunk="0" * 64), thief.topics.response, b"none")
        until(lambda: thief.chunks, "the answer that there is none")
        assert (thief.chunks[0].payload, wire.chunks) == (b"", [])


def test_headquarters_knows_who_is_connected(
    tmp_path: Path, database: Database, lane: PaperLane, broker: Broker
) -> None:
    with serving(tmp_path, database, broker.port) as process, WireLane(lane, broker.port) as wire:
        process.said("headquarters ready")
        wire.send(wire.topics.state, DeviceState(online=True, unsent=7))
        until(lambda: numbers(database)["presence"], "the state of the lane")
        wire.send(wire.topics.state, DeviceState(online=False))
        until(lambda: not rows(database, schema.presence)[0]["online"], "the lane is gone")
        assert rows(database, schema.presence)[0]["unsent"] == 7


def test_a_broker_that_is_not_there_is_waited_for_and_named(tmp_path: Path, database: Database) -> None:
    with serving(tmp_path, database, free_port()) as process:
        process.said("broker.unavailable")
        assert "Check --broker" in process.text()
        assert process.terminate() == 0


def test_a_broker_that_refuses_us_is_said_with_a_remedy(tmp_path: Path, database: Database) -> None:
    options = ("allow_anonymous false", f"password_file {password_file(tmp_path, {'headquarters': 'right'})}")
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    with Broker(tmp_path, options) as broker:
        user = ("--username", "headquarters", "--password-file", str(secret))
        with serving(tmp_path, database, broker.port, *user) as process:
            process.said("Check --username and --password-file")
            assert "wrong" not in process.text()
        secret.write_text("right\n")
        with serving(tmp_path, database, broker.port, *user) as process:
            process.said("headquarters ready")


def test_two_tenants_do_not_share_a_database(tmp_path: Path, database: Database, lane: PaperLane) -> None:
    where = ("--database", database.name, "--broker", f"127.0.0.1:{free_port()}", "--tenant", "other")
    with _process(tmp_path, ("-m", "headquarters", "serve", *where)) as process:
        assert process.ended() == 2
        assert f"serves tenant {TENANT}" in process.text()
        assert lane.name not in process.text()


def test_systemd_hears_that_it_is_ready_and_alive(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(DEADLINE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with serving(tmp_path, database, free_port()):
            heard = [systemd.recv(100), systemd.recv(100)]
    assert heard == [b"READY=1", b"WATCHDOG=1"]
