"""The agent and the reference headquarters, both as processes, over a real broker."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.store.signing import DeviceKey
from tests.agent.conftest import Device
from tests.brokers import DEADLINE_S, Broker

pytestmark = pytest.mark.processes


@dataclass
class Headquarters:
    """`python -m headquarters` with a database of its own."""

    folder: Path
    broker: Broker

    @property
    def database(self) -> Path:
        return self.folder / "headquarters.db"

    def call(self, *command: str) -> str:
        line = [sys.executable, "-m", "headquarters", *command, "--database", str(self.database)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def register(self, device: Device) -> None:
        key = DeviceKey.load(device.data / "device.key")
        file = self.folder / "device.json"
        file.write_text(
            json.dumps({"tenant": "acme", "store_id": "0101", "workstation_id": "07", "public_key": key.public_hex})
        )
        self.call("register", str(file))

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[str]]:
        options = ("--database", str(self.database), "--broker", self.broker.address, "--tenant", "acme")
        with (self.folder / "headquarters.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "headquarters", "serve", *options],
                stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip # one command, one line
        assert process.stdout is not None
        with process:
            try:
                assert process.stdout.readline()
                yield process
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait(DEADLINE_S)


@pytest.fixture
def headquarters(tmp_path_factory: pytest.TempPathFactory, broker: Broker) -> Headquarters:
    return Headquarters(tmp_path_factory.mktemp("headquarters"), broker)


def test_a_ledger_is_booked_through_kills_a_restore_and_the_catalog_comes_down(
    device: Device, headquarters: Headquarters
) -> None:
    settings = device.settings(headquarters.broker.port)
    till = device.open_till()
    headquarters.register(device)
    headquarters.call("demo-store")
    with headquarters.serving():
        device.start(settings)
        device.record(30)
        device.wait_until_acknowledged()
        device.wait_for_catalog()
    backup = headquarters.folder / "backup.db"
    shutil.copy(headquarters.database, backup)
    device.record(200)
    with headquarters.serving():
        device.wait_until_acknowledged()
    for leftover in headquarters.folder.glob("headquarters.db*"):
        leftover.unlink()
    shutil.copy(backup, headquarters.database)
    headquarters.call("restored")
    device.record(5)
    with headquarters.serving():
        device.wait_until_acknowledged()
    headquarters.call("audit")
    report = json.loads(headquarters.call("report", "--json"))
    assert [stream["high_water"] for stream in report["streams"]] == [till.head.position]
    assert not device.status.forked(till.epoch)
