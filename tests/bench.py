"""A shop on a bench: simulated devices, lanes that can be killed, a broker, headquarters and the agent, in one object."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.control import ControlHandle
from drivers.simulation import CONTROL_SOCKET, DEVICES_FILE
from headquarters import demo_store
from headquarters.audit import Audit, audit
from headquarters.catalog import save_catalog
from headquarters.database import Database, open_database
from headquarters.devices import read_device_file, register
from headquarters.report import report
from kiosk.checkout.assembly import AGENT, TILL
from kiosk.domain.gtin import Gtin, gtin
from kiosk.domain.item import Catalog, CodeKind, Item
from kiosk.messages.catalog import decode_chunk, encode_chunks
from kiosk.messages.entry import Entry, entry_from
from kiosk.store.agent_db import AgentDb
from kiosk.store.catalog import AgentStatus, CatalogReader
from kiosk.store.catalog_load import CatalogLoad
from kiosk.store.ledger import LedgerReader
from kiosk.store.verify import Report, Row, verify
from provisioning.identity import prepare
from tests.brokers import DEADLINE_S, Broker, until
from tests.walks.lane import LaneHandle

TENANT, STORE, WORKSTATION = "walks", "0101", "07"
BADGE = "BADGE-OF-AOIFE"
AT = "2026-03-14T09:26:53.589Z"
ROOT = Path(__file__).parents[1]

SETTINGS = """
data_folder = "{data}"

[workstation]
tenant = "{tenant}"
store_id = "{store}"
workstation_id = "{workstation}"

[store]
name = "Harbour Market"
currency = "EUR"
languages = ["en", "de"]
time_zone = "Europe/Dublin"

[display]
fullscreen = false

[policy]
thanks_s = 3600
receipt_wait_s = 3600

[[attendants]]
operator = "aoife"
badge_sha256 = "{badge}"

[devices.scanner]
driver = "serial_scanner"
port = "{scanner}"

[devices.scale]
driver = "mettler_8217"
port = "{scale}"
unit = "kg"

[devices.printer]
driver = "escpos"
host = "127.0.0.1"
port = {printer}
paper_wait_s = 20

[devices.terminal]
driver = "zvt"
host = "127.0.0.1"
port = {terminal}
"""


@dataclass
class Bench:
    """One workstation and its shop, in a folder. Everything that it starts ends with it."""

    folder: Path
    stack: ExitStack
    catalog: Catalog
    lanes: list[LaneHandle] = field(default_factory=list)
    agent: subprocess.Popen[bytes] | None = None
    headquarters: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The lane's data folder."""
        return self.folder / "data"

    @property
    def settings(self) -> Path:
        """The workstation's settings file."""
        return self.folder / "settings.toml"

    @property
    def lane(self) -> LaneHandle:
        """The lane that was started last."""
        return self.lanes[-1]

    # Devices

    def do(self, device: str, action: str, **fields: object) -> dict[str, object]:
        """What happens at a simulated device."""
        return ControlHandle(self.folder / CONTROL_SOCKET).do(device, action, **fields)

    def scan(self, text: str) -> None:
        """Hold a code to the scanner."""
        self.do("scanner", "scan", text=text)

    def terminal_waits(self) -> bool:
        """Whether the payment terminal asks for a card."""
        return self.do("terminal", "state")["waiting"] is True

    def charges(self) -> list[tuple[int, int]]:
        """The terminal's own books: receipt number and amount of what was charged and not taken back."""
        charges = self.do("terminal", "state")["charges"]
        assert isinstance(charges, list)
        return [(one["receipt_number"], one["amount_minor"]) for one in charges if one["state"] == "charged"]

    def receipts(self) -> list[str]:
        """Everything that came out of the printer, as text."""
        receipts = self.do("printer", "receipts")["receipts"]
        assert isinstance(receipts, list)
        return [str(one["text"]) for one in receipts]

    # The lane

    def start_lane(self, crash: tuple[str, int] = ("", 0)) -> LaneHandle:
        """Start the lane, or start it again on the same data; it may be told to crash on its way up."""
        for lane in self.lanes:
            lane.close()
        self.lanes.append(LaneHandle(self.folder / "lanes.sock", self.settings, crash))
        return self.lane

    def open_lane(self) -> LaneHandle:
        """Start the lane and have an attendant open it, with all devices ready."""
        self.start_lane()
        return self.reopen()

    def reopen(self) -> LaneHandle:
        """Have an attendant open a lane that runs already and is closed."""
        until(lambda: self.lane.works("scanner", "scale", "printer", "terminal"), "all devices")
        self.attendant("open")
        self.lane.until(lambda screen: screen.top.name == "attract", "an open lane")
        return self.lane

    def attendant(self, action: str) -> None:
        """An attendant shows the badge and presses an action."""
        self.scan(BADGE)
        self.lane.sees("attendant")
        self.lane.press(f"action_{action}")

    # What the lane leaves behind

    def entries(self) -> list[Entry]:
        """All entries of the lane's ledger."""
        return [entry_from(row.sealed.body) for row in self._rows()]

    def verified(self) -> Report:
        """What the ledger's own verification says, with signatures."""
        with closing(LedgerReader(self.data / TILL)) as reader:
            heads = {epoch: reader.head(epoch).position for epoch in reader.epochs()}
        public_key = json.loads((self.data / "device.json").read_text())["public_key"]
        return verify(self._rows(), public_key, heads=heads)

    def printed(self, job_id: str) -> str:
        """What the printer's journal says of a job, "" where it was never heard of."""
        with closing(sqlite3.connect(f"file:{self.data}/printer-jobs.db?mode=ro", uri=True)) as journal:
            row = journal.execute("select state from jobs where job_id = ?", (job_id,)).fetchone()
        return str(row[0]) if row else ""

    def good(self, sku: str) -> Item:
        """A good of the demo store."""
        return next(item for item in self.catalog.items if item.sku == sku)

    def code(self, sku: str) -> str:
        """The bar code of a good, as its pack shows it."""
        found = next(code for code in self.catalog.codes if code.sku == sku and code.kind is CodeKind.GTIN)
        number = gtin(found.code)
        assert isinstance(number, Gtin)
        return number.shortest

    # Headquarters' side

    @property
    def database(self) -> Path:
        """Headquarters' database."""
        return self.folder / "headquarters.db"

    def connect(self, broker_port: int) -> None:
        """Make the device known to headquarters, name the broker in its settings, and take its catalog away."""
        with self.settings.open("a") as file:
            file.write(f'\n[broker]\nhost = "127.0.0.1"\nport = {broker_port}\ntls = false\n')
        (self.data / AGENT).unlink()
        with self._books() as database:
            register(database, read_device_file(self.data / "device.json"), AT)
            save_catalog(database, self.catalog, "demo store", AT)

    def start_headquarters(self, broker: Broker, *, dies_at_sale: int = 0) -> None:
        """Start headquarters; with `dies_at_sale` it kills itself between that sale's commit and its answer."""
        if dies_at_sale:
            where = (str(self.database), str(broker.port), TENANT, str(dies_at_sale))
            command = ("tests.headquarters.crashing_headquarters", *where)
        else:
            where = ("--database", str(self.database), "--broker", broker.address, "--tenant", TENANT)
            command = ("headquarters", "serve", *where)
        self.headquarters = self._start("headquarters", *command)

    def start_agent(self) -> None:
        """Start the agent, or start it again."""
        self.agent = self._start("agent", "kiosk.agent", "--settings", str(self.settings))

    def has_catalog(self) -> bool:
        """Whether headquarters' catalog has come down to the lane."""
        with closing(CatalogReader(self.data / AGENT)) as catalog:
            return catalog.version == self.catalog.version

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

    @contextmanager
    def _books(self) -> Iterator[Database]:
        database = open_database(str(self.database))
        try:
            yield database
        finally:
            database.close()

    def log(self, name: str) -> str:
        """What a process of this bench has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _rows(self) -> list[Row]:
        with closing(LedgerReader(self.data / TILL)) as reader:
            return [Row(epoch, sealed) for epoch in reader.epochs() for sealed in reader.entries(epoch, 0, 100_000)]

    def _start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        return start(self.stack, self.folder, name, *command)


def start(stack: ExitStack, folder: Path, name: str, *command: str) -> subprocess.Popen[bytes]:
    """Start `python -m COMMAND`; its output goes to `<name>.log`, and it ends with the stack."""
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    stack.callback(kill, process)
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait(timeout=DEADLINE_S)


@contextmanager
def set_up() -> Iterator[Bench]:
    """A bench with its devices on, a prepared workstation that knows the demo store's goods, and no lane running."""
    # Its path has to be short enough for the sockets in it.
    folder = Path(tempfile.mkdtemp(prefix="walk-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        bench = Bench(folder, stack, demo_store.load())
        start(stack, folder, "devices", "drivers", "simulate", "--run", str(folder))
        start(stack, folder, "lanes", "tests.walks.lane_process", str(folder / "lanes.sock"))
        prepare(bench.data, TENANT, STORE, WORKSTATION)
        _put_in_force(bench.data / AGENT, bench.catalog)
        for name in (DEVICES_FILE, "lanes.sock"):
            until((folder / name).exists, f"{name}; see the logs in {folder}")
        _write_settings(bench)
        stack.callback(lambda: [lane.close() for lane in bench.lanes])
        yield bench


def _write_settings(bench: Bench) -> None:
    places = json.loads((bench.folder / DEVICES_FILE).read_text())
    text = SETTINGS.format(
        data=bench.data,
        tenant=TENANT,
        store=STORE,
        workstation=WORKSTATION,
        badge=hashlib.sha256(BADGE.encode()).hexdigest(),
        **{name: place["port"] for name, place in places.items()},
    )
    bench.settings.write_text(text, encoding="utf-8")


def _put_in_force(path: Path, catalog: Catalog) -> None:
    head, chunks = encode_chunks(catalog)
    with closing(AgentDb(path)) as database:
        load = CatalogLoad(database, head)
        for name in head.chunks:
            load.add(decode_chunk(chunks[name]))
        load.finish()
