"""The other end of a bench: headquarters with its books, and the agent that brings the lane's ledger there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from headquarters.audit import Audit, audit
from headquarters.catalog import save_catalog
from headquarters.database import Database, open_database
from headquarters.devices import read_device_file, register
from headquarters.report import report
from kiosk.checkout.assembly import AGENT, TILL
from kiosk.domain.catalog import Catalog
from kiosk.store.agent_db import LinkState
from kiosk.store.catalog import AgentStatus, CatalogReader
from kiosk.store.ledger import LedgerReader
from tests.brokers import Broker
from tests.walks.children import kill, start

TENANT = "walks"
AT = "2026-03-14T09:26:53.589Z"


@dataclass
class Office:
    """Headquarters and agent of the workstation in `folder`, each a process of its own."""

    folder: Path
    stack: ExitStack
    catalog: Catalog
    agent: subprocess.Popen[bytes] | None = None
    headquarters: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The workstation's data folder."""
        return self.folder / "data"

    @property
    def settings(self) -> Path:
        """The workstation's settings file."""
        return self.folder / "settings.toml"

    def connect(self, broker_port: int, more: str = "", *, keep_catalog: bool = False) -> None:
        """Make the device known to headquarters, name the broker in its settings, and take its catalog away."""
        with self.settings.open("a") as file:
            file.write(f'\n[broker]\nhost = "127.0.0.1"\nport = {broker_port}\ntls = false\n{more}')
        if not keep_catalog:
            (self.data / AGENT).unlink()
        with self._books() as database:
            register(database, read_device_file(self.data / "device.json"), AT)
            save_catalog(database, self.catalog, "demo store", AT)

    def start_headquarters(self, broker: Broker, *, dies_at_sale: int = 0) -> None:
        """Start headquarters; with `dies_at_sale` it kills itself between that sale's commit and its answer."""
        command: tuple[str, ...] = ("headquarters", "serve", "--database", str(self._database))
        command += ("--broker", broker.address, "--tenant", TENANT)
        if dies_at_sale:
            command = ("tests.headquarters.crashing_headquarters", str(self._database), str(broker.port), TENANT)
            command += (str(dies_at_sale),)
        self.headquarters = start(self.stack, self.folder, "headquarters", *command)

    def kill_headquarters(self) -> None:
        """Kill -9."""
        assert self.headquarters is not None
        kill(self.headquarters)

    def start_agent(self) -> None:
        """Start the agent, or start it again."""
        self.agent = start(self.stack, self.folder, "agent", "kiosk.agent", "--settings", str(self.settings))

    def kill_agent(self) -> None:
        """Kill -9."""
        assert self.agent is not None
        kill(self.agent)

    def has_catalog(self) -> bool:
        """Whether headquarters' catalog has come down to the lane."""
        with closing(CatalogReader(self.data / AGENT)) as catalog:
            return catalog.version == self.catalog.version

    def link(self) -> LinkState:
        """How the agent stands, as it tells the lane."""
        with closing(AgentStatus(self.data / AGENT)) as status:
            return status.link()

    def unsent(self) -> int:
        """Entries of the ledger that headquarters has not acknowledged."""
        with closing(LedgerReader(self.data / TILL)) as ledger, closing(AgentStatus(self.data / AGENT)) as status:
            return sum(ledger.head(epoch).position - status.acknowledged(epoch) for epoch in ledger.epochs())

    def booked(self) -> dict[str, object]:
        """Headquarters' report in numbers."""
        with self._books() as database, database.read() as connection:
            return report(connection)

    def audited(self) -> Audit:
        """Headquarters' own audit."""
        with self._books() as database, database.read() as connection:
            return audit(connection)

    @property
    def _database(self) -> Path:
        return self.folder / "headquarters.db"

    @contextmanager
    def _books(self) -> Iterator[Database]:
        database = open_database(str(self._database))
        try:
            yield database
        finally:
            database.close()
