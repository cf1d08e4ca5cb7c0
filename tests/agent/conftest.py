"""Fixtures for the agent: a real broker, a real till, and a device put together in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.messages.contents import LaneClosed
from kiosk.store.bell import ring
from kiosk.store.catalog import AgentStatus, CatalogReader
from kiosk.store.ledger import Till
from kiosk.store.signing import DeviceKey
from tests.brokers import DEADLINE_S, Broker, until

SETTINGS = """
data_folder = "{data}"

[workstation]
tenant = "acme"
store_id = "0101"
workstation_id = "07"

[store]
name = "Harbour Market"
currency = "EUR"

[broker]
host = "127.0.0.1"
port = {port}
tls = false
{more}
"""


@dataclass
class Device:
    """The files of a device, its till, and its agent as a process of its own."""

    folder: Path
    stack: ExitStack
    process: subprocess.Popen[str] | None = None
    till: Till | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log_file(self) -> Path:
        return self.folder / "agent.log"

    def settings(self, port: int, more: str = "") -> Path:
        self.data.mkdir(exist_ok=True)
        file = self.folder / "settings.toml"
        file.write_text(SETTINGS.format(data=self.data, port=port, more=more))
        return file

    def open_till(self) -> Till:
        key_file = self.data / "device.key"
        key = DeviceKey.load(key_file) if key_file.exists() else DeviceKey.create(key_file)
        bell = self.data / "agent.bell"
        till = Till(
            self.data / "till.db", "0101", "07", key, lambda: datetime.now(UTC), after_commit=lambda _name: ring(bell)
        )
        self.till = self.stack.enter_context(closing(till))
        return self.till

    def record(self, count: int) -> None:
        assert self.till is not None
        for number in range(count):
            self.till.record([LaneClosed(operator=f"operator-{number}")], b"")

    def start(self, settings: Path) -> subprocess.Popen[str]:
        with self.log_file.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kiosk.agent", "--settings", str(settings)], stderr=log, text=True
            )
        self.stack.callback(self.kill)
        return self.process

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=DEADLINE_S)

    def log(self) -> str:
        return self.log_file.read_text()

    def wait_until_acknowledged(self) -> None:
        assert self.till is not None
        head, epoch = self.till.head.position, self.till.epoch
        until(lambda: self.status.acknowledged(epoch) >= head, f"entry {head} acknowledged; log: {self.log()}")

    def wait_for_catalog(self) -> None:
        until(lambda: self.catalog.version > 0, f"a catalog; log: {self.log()}")

    def wait_for_reason(self, text: str) -> None:
        until(lambda: text in self.status.link().reason, f"{text!r} on the screen; log: {self.log()}")

    @property
    def status(self) -> AgentStatus:
        return self.stack.enter_context(closing(AgentStatus(self.data / "agent.db")))

    @property
    def catalog(self) -> CatalogReader:
        return self.stack.enter_context(closing(CatalogReader(self.data / "agent.db")))


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    with ExitStack() as stack:
        yield Device(tmp_path, stack)


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker
