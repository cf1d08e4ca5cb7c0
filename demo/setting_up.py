"""The demo's run folder: broker configuration, the lane's settings file, and the badge that opens the lane."""

from __future__ import annotations

import getpass
import hashlib
import socket
from dataclasses import dataclass
from pathlib import Path

from demo.waiting import DemoError

TENANT = "demo"
STORE = "0101"
WORKSTATION = "07"
BADGE = "CHECKLANE-DEMO-BADGE"

# The kernel's limit for the name of a Unix socket, less the longest name put into the folder.
LONGEST_FOLDER = 107 - len("/devices/control.sock")


# As an installer would write it, plus the bench socket.
SETTINGS = """\
data_folder = "{data}"
pictures_folder = "{pictures}"

[workstation]
tenant = "{tenant}"
store_id = "{store}"
workstation_id = "{workstation}"

[store]
name = "Harbour Market"
address = ["12 Quay Street", "Galway"]
tax_id = "IE0000000X"
currency = "EUR"
languages = ["en", "de"]
locale_territory = "IE"
time_zone = "Europe/Dublin"
price_labels = ["21IIIIIPPPPPC", "22IIIIIWWWWWC"]

[display]
width_px = {width_px}
height_px = {height_px}
diagonal_mm = {diagonal_mm}
fullscreen = false

[broker]
host = "{broker_host}"
port = {broker_port}
tls = false

[policy]
thanks_s = 2

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
host = "{printer_host}"
port = {printer_port}

[devices.terminal]
driver = "zvt"
host = "{terminal_host}"
port = {terminal_port}

[bench]
socket = "{touch}"
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """A display by pixels and diagonal."""

    width_px: int
    height_px: int
    diagonal_mm: int


WIDE = Panel(1024, 600, 257)
TALL = Panel(1080, 1920, 546)
COMPACT = Panel(360, 720, 152)
PANELS = {"wide": WIDE, "tall": TALL, "compact": COMPACT}


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where everything of one run lies."""

    path: Path

    @property
    def data(self) -> Path:
        """The lane's data folder."""
        return self.path / "lane"

    @property
    def devices(self) -> Path:
        """The simulated devices."""
        return self.path / "devices"

    @property
    def network(self) -> Path:
        """The network that can be cut."""
        return self.path / "network"

    @property
    def settings(self) -> Path:
        """The lane's settings file."""
        return self.path / "settings.toml"

    @property
    def database(self) -> Path:
        """Headquarters' database."""
        return self.path / "headquarters.db"

    @property
    def touch(self) -> Path:
        """The bench socket of the lane's screen."""
        return self.path / "touch.sock"

    @property
    def logs(self) -> Path:
        """A log file per process."""
        return self.path / "logs"


def check_folder(path: Path) -> None:
    """`DemoError` where the folder's name is too long for the sockets in it."""
    if len(str(path)) > LONGEST_FOLDER:
        raise DemoError(
            f"The folder {path} is too deep for Unix sockets.", "Name a shorter one with --run, e.g. /tmp/checklane."
        )


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def write_broker_configuration(folder: RunFolder, port: int) -> Path:
    """A mosquitto for this run alone: loopback, nothing kept, so that only ledgers and booking keep anything."""
    path = folder.path / "mosquitto.conf"
    path.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\n"
        # Started as root it would change its user, and with that forget that it is to die with us.
        f"user {getpass.getuser()}\n",
        encoding="utf-8",
    )
    return path


def write_settings(folder: RunFolder, where: dict[str, dict[str, object]], panel: Panel, pictures: Path) -> None:
    """The lane's settings file. `where` is what each simulated device is found by."""
    printer, terminal, network = where["printer"], where["terminal"], where["network"]
    text = SETTINGS.format(
        data=folder.data,
        pictures=pictures,
        tenant=TENANT,
        store=STORE,
        workstation=WORKSTATION,
        width_px=panel.width_px,
        height_px=panel.height_px,
        diagonal_mm=panel.diagonal_mm,
        broker_host=network["host"],
        broker_port=network["port"],
        badge=hashlib.sha256(BADGE.encode()).hexdigest(),
        scanner=where["scanner"]["port"],
        scale=where["scale"]["port"],
        printer_host=printer["host"],
        printer_port=printer["port"],
        terminal_host=terminal["host"],
        terminal_port=terminal["port"],
        touch=folder.touch,
    )
    folder.settings.write_text(text, encoding="utf-8")
