"""A shop on a bench in one object: simulated devices, a lane that can be killed, and headquarters behind a broker."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.control import ControlHandle
from drivers.simulation import CONTROL_SOCKET, DEVICES_FILE
from headquarters import demo_store
from kiosk.checkout.assembly import AGENT
from kiosk.domain.catalog import Catalog
from kiosk.domain.gtin import Gtin, gtin
from kiosk.domain.item import CodeKind, Item
from kiosk.messages.catalog import decode_chunk, encode_chunks
from kiosk.store.agent_db import AgentDb
from kiosk.store.catalog_load import CatalogLoad
from provisioning.identity import prepare
from tests.brokers import until
from tests.walks.children import start
from tests.walks.lane import LaneHandle
from tests.walks.office import TENANT, Office

STORE, WORKSTATION = "0101", "07"
BADGE = "BADGE-OF-AOIFE"
LANES = "lanes.sock"

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
    """One workstation and its shop, in a folder. Everything that it starts ends with it; `office` is far away."""

    folder: Path
    catalog: Catalog
    office: Office
    lanes: list[LaneHandle] = field(default_factory=list)

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

    def do(self, device: str, action: str, **fields: object) -> dict[str, object]:
        """What happens at a simulated device."""
        return ControlHandle(self.folder / CONTROL_SOCKET).do(device, action, **fields)

    def scan(self, text: str) -> None:
        """Hold a code to the scanner."""
        self.do("scanner", "scan", text=text)

    def terminal_waits(self) -> bool:
        """Whether the payment terminal asks for a card."""
        return self.do("terminal", "state")["waiting"] is True

    def start_lane(self, crash: tuple[str, int] = ("", 0)) -> LaneHandle:
        """Start the lane, or start it again on the same data; it may be told to crash on its way up."""
        for lane in self.lanes:
            lane.close()
        self.lanes.append(LaneHandle(self.folder / LANES, self.settings, crash))
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

    def good(self, sku: str) -> Item:
        """A good of the demo store."""
        return next(item for item in self.catalog.items if item.sku == sku)

    def code(self, sku: str) -> str:
        """The bar code of a good, as its pack shows it."""
        found = next(code for code in self.catalog.codes if code.sku == sku and code.kind is CodeKind.GTIN)
        number = gtin(found.code)
        assert isinstance(number, Gtin)
        return number.shortest

    def log(self, name: str) -> str:
        """What a process of this bench has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")


@contextmanager
def set_up() -> Iterator[Bench]:
    """A bench with its devices on, a prepared workstation that knows the demo store's goods, and no lane running."""
    # Its path has to be short enough for the sockets in it.
    folder = Path(tempfile.mkdtemp(prefix="walk-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        catalog = demo_store.load()
        bench = Bench(folder, catalog, Office(folder, stack, catalog))
        start(stack, folder, "devices", "drivers", "simulate", "--run", str(folder))
        start(stack, folder, "lanes", "tests.walks.lane_process", str(folder / LANES))
        prepare(bench.data, TENANT, STORE, WORKSTATION)
        _put_in_force(bench.data / AGENT, catalog)
        for name in (DEVICES_FILE, LANES):
            until((folder / name).exists, f"{name}; see the logs in {folder}")
        _write_settings(bench)
        try:
            yield bench
        finally:
            for lane in bench.lanes:
                lane.close()


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
