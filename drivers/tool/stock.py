"""`inventory`: what hangs on the USB of this machine, which device of the settings each is, and what is missing."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from drivers.inventory import Found, Inventory, inventory
from drivers.tool.choosing import read_tables
from drivers.tool.errors import FAILED, PASSED

_HEADINGS = ("USB port", "ids", "serial", "name", "nodes", "is")


def run(options: argparse.Namespace) -> int:
    """Print the inventory; returns the exit status: failed where a device of the settings is missing."""
    found = inventory(read_tables(options.settings) if options.settings else {}, options.sysfs)
    sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n" if options.json else _table(found))
    return FAILED if found.missing else PASSED


def _table(found: Inventory) -> str:
    rows = [_HEADINGS, *map(_row, found.found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"MISSING: {alias} is in the settings and not plugged in." for alias in found.missing]
    return "\n".join(lines) + "\n"


def _row(one: Found) -> tuple[str, ...]:
    what = ", ".join(one.aliases) or str(one.standing) + (f" {one.category}" if one.category else "")
    name = " ".join(part for part in (one.maker, one.name) if part)
    # What a device calls itself may hold anything.
    cells = (one.usb_port, f"{one.vendor}:{one.product}", one.serial, name, " ".join(one.nodes), what)
    return tuple("".join(letter if letter.isprintable() else "?" for letter in cell) for cell in cells)
