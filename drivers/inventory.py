"""What hangs on the USB of this machine, which device of the settings it is, and what nobody knows.

Reads only; nothing is sent to a device. Pure over a sysfs root, so that a test can make up a machine.
"""

from __future__ import annotations

import enum
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.device import Category
from drivers.identity import SYSFS, UsbNode, usb_nodes
from drivers.sysfs import attribute

log = logging.getLogger(__name__)

HUB_CLASS: Final = "09"  # bDeviceClass, USB 2.0, 11.23.1
_SUBSYSTEMS: Final = ("tty", "hidraw", "usbmisc", "input", "sound", "video4linux")

# Who makes what, by the vendor ids of usb.ids (linux-usb.org, version 2025.07.26). A hint to a technician, never a
# reason to open anything. Makers of several kinds stand with the one that a lane meets most.
MAKERS: Final[Mapping[str, Category]] = {
    "0536": Category.SCANNER,  # Hand Held Products, now Honeywell
    "05e0": Category.SCANNER,  # Symbol Technologies, now Zebra
    "05f9": Category.SCANNER,  # PSC Scanning, now Datalogic
    "065a": Category.SCANNER,  # Optoelectronics (Opticon)
    "067e": Category.SCANNER,  # Intermec Technologies
    "0c2e": Category.SCANNER,  # Metrologic Instruments, now Honeywell
    "1eab": Category.SCANNER,  # Fujian Newland Computer
    "0922": Category.SCALE,  # Dymo-CoStar
    "0b67": Category.SCALE,  # Fairbanks Scales
    "0eb8": Category.SCALE,  # Mettler Toledo
    "1446": Category.SCALE,  # X.J.GROUP (Stamps.com)
    "04b8": Category.RECEIPT_PRINTER,  # Seiko Epson
    "0519": Category.RECEIPT_PRINTER,  # Star Micronics
    "0dd4": Category.RECEIPT_PRINTER,  # Custom Engineering
    "0fe6": Category.RECEIPT_PRINTER,  # ICS Advent: many unbranded 58 and 80 mm printers
    "1504": Category.RECEIPT_PRINTER,  # Bixolon
    "1d90": Category.RECEIPT_PRINTER,  # Citizen
    "2730": Category.RECEIPT_PRINTER,  # Citizen
    "0a5f": Category.LABEL_PRINTER,  # Zebra Technologies
    "11ca": Category.PAYMENT_TERMINAL,  # VeriFone
    "04e6": Category.NFC_READER,  # SCM Microsystems
    "072f": Category.NFC_READER,  # Advanced Card Systems
    "076b": Category.NFC_READER,  # OmniKey
    "0c27": Category.NFC_READER,  # RFIDeas
}
# Converters from USB to a serial line: what hangs behind one cannot be seen from here (usb.ids, as above).
CONVERTERS: Final = frozenset({"0403", "067b", "10c4", "1a86"})


class Standing(enum.StrEnum):
    """ASSIGNED: a device of the settings. LIKELY: its maker makes such devices. CONVERTER: a serial line. UNKNOWN."""

    ASSIGNED = "assigned"
    LIKELY = "likely"
    CONVERTER = "converter"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """One USB device that is no hub. `nodes` are what a driver may open; `aliases` the devices of the settings."""

    usb_port: str
    vendor: str
    product: str
    serial: str
    maker: str
    name: str
    nodes: tuple[str, ...]
    standing: Standing
    category: Category | None
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All USB devices in the order of their ports, and the aliases of USB and serial devices that are not there."""

    found: tuple[Found, ...]
    missing: tuple[str, ...]


Tables = Mapping[str, Mapping[str, object]]


def inventory(tables: Tables, sysfs: Path = SYSFS, resolve: Callable[[str], str] = os.path.realpath) -> Inventory:
    """Compare the tables `devices.<alias>` of the settings with what is plugged in.

    `resolve` follows the links of /dev/serial/by-id to a node. A device without USB (on the network, a built-in port)
    is neither found nor missing.
    """
    nodes = [node for subsystem in _SUBSYSTEMS for node in usb_nodes(subsystem, sysfs)]
    found = tuple(_found(place, nodes, tables, resolve) for place in _usb_devices(sysfs))
    there = {alias for one in found for alias in one.aliases}
    sought = [alias for alias, table in tables.items() if "vendor" in table or _by_link(table)]
    return Inventory(found, tuple(alias for alias in sought if alias not in there))


def log_inventory(tables: Tables, sysfs: Path = SYSFS) -> None:
    """Write into the log what is plugged in at the start; a device that nothing is known of is a warning."""
    seen = inventory(tables, sysfs)
    for one in seen.found:
        level = logging.WARNING if one.standing is Standing.UNKNOWN else logging.INFO
        aliases = ",".join(one.aliases)
        log.log(
            level,
            "hardware.%s usb_port=%s id=%s:%s name=%r devices=%s",
            *(one.standing, one.usb_port, one.vendor, one.product, one.name, aliases),
        )
    for alias in seen.missing:
        log.warning("hardware.missing device=%s", alias)


def _usb_devices(sysfs: Path) -> Iterator[Path]:
    folder = sysfs / "bus" / "usb" / "devices"
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    for name in names:
        # Interfaces ("1-1:1.0") stand there too, without ids.
        if attribute(folder / name / "idVendor") and attribute(folder / name / "bDeviceClass") != HUB_CLASS:
            yield folder / name


def _found(place: Path, nodes: list[UsbNode], tables: Tables, resolve: Callable[[str], str]) -> Found:
    vendor, product, serial = (attribute(place / name) for name in ("idVendor", "idProduct", "serial"))
    paths = tuple(sorted({str(node.node) for node in nodes if node.usb_port == place.name}))
    mine = tuple(
        alias
        for alias, table in tables.items()
        if _is(table, vendor, product, serial, place.name) or (_by_link(table) and resolve(str(table["port"])) in paths)
    )
    if mine:
        standing = Standing.ASSIGNED
    elif vendor in CONVERTERS:
        standing = Standing.CONVERTER
    else:
        standing = Standing.LIKELY if vendor in MAKERS else Standing.UNKNOWN
    return Found(
        usb_port=place.name,
        vendor=vendor,
        product=product,
        serial=serial,
        maker=attribute(place / "manufacturer"),
        name=attribute(place / "product"),
        nodes=paths,
        standing=standing,
        category=MAKERS.get(vendor),
        aliases=mine,
    )


def _is(table: Mapping[str, object], vendor: str, product: str, serial: str, usb_port: str) -> bool:
    ids = (str(table.get("vendor", "")).lower(), str(table.get("product", "")).lower())
    same = ids == (vendor, product) and table.get("serial", "") in ("", serial)
    return same and table.get("usb_port", "") in ("", usb_port)


def _by_link(table: Mapping[str, object]) -> bool:
    return str(table.get("port", "")).startswith(("/dev/serial/by-id/", "/dev/serial/by-path/"))
