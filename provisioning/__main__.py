"""`python -m provisioning`: commands for the operator of a fleet."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from provisioning.identity import DEVICE_FILE, IdentityError, prepare

_UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 could not be done (the reason goes to standard error)."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except IdentityError as error:
        sys.stderr.write(f"{error.message}\n{error.remedy}\n")
        return _UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m provisioning", description="Commands for the operator of a fleet.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    preparing = commands.add_parser("prepare", help="make the identity of a device, on that device")
    preparing.add_argument("--tenant", required=True, help="the retailer, as in MQTT topics")
    preparing.add_argument("--store", required=True, help="the store_id")
    preparing.add_argument("--workstation", required=True, help="the workstation_id, unique in its store")
    preparing.add_argument("--folder", required=True, type=Path, metavar="DIR", help="the device's data folder")
    preparing.set_defaults(run=_run_prepare)
    return parser


def _run_prepare(arguments: argparse.Namespace) -> int:
    device = prepare(arguments.folder, arguments.tenant, arguments.store, arguments.workstation)
    sys.stdout.write(
        f"Workstation {device.workstation_id} of store {device.store_id} has its key: {device.public_key}\n"
        f"Register {arguments.folder / DEVICE_FILE} with headquarters; device.key stays on this device.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
