"""The command line of `python -m drivers`."""

from __future__ import annotations

import argparse
from pathlib import Path

from drivers.device import HealthLevel
from drivers.identity import SYSFS
from drivers.simulation import DEVICES_FILE
from drivers.tool import choosing
from drivers.tool.simulate import LANE, SIMULATED, names_of


def parser() -> argparse.ArgumentParser:
    """Return the parser; it exits with 2 where the command line makes no sense."""
    made = argparse.ArgumentParser(prog="python -m drivers", description="Checklane's devices, for technicians.")
    commands = made.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print every driver with its settings")
    _watching(commands.add_parser("watch", help="run devices and print what they tell, until Ctrl+C"))
    recording = commands.add_parser("record", help="as watch, and write what went over each connection to a file")
    recording.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the recordings")
    _watching(recording)
    _testing(commands.add_parser("test", help="check the health of devices; ends with 1 where one fails"))
    _replaying(commands.add_parser("replay", help="run a driver against a recording of its device"))
    _decoding(commands.add_parser("decode", help="say what frames mean: hexadecimal in, JSON out, line by line"))
    _simulating(commands.add_parser("simulate", help="run simulated devices until SIGTERM or Ctrl+C"))
    _listing(commands.add_parser("inventory", help="print what hangs on the USB, and what of the settings is missing"))
    return made


def _devices(command: argparse.ArgumentParser) -> None:
    choosing.add_arguments(command)
    command.add_argument("--data", type=Path, metavar="DIR", help="folder for journals and keys (else a scratch one)")


def _show_codes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--show-codes", action="store_true", help="show what is scanned, and the ids of tags")


def _watching(command: argparse.ArgumentParser) -> None:
    _devices(command)
    _show_codes(command)
    command.add_argument("--seconds", type=float, metavar="N", help="end after so long")


def _testing(command: argparse.ArgumentParser) -> None:
    _devices(command)
    levels = [level.value for level in HealthLevel]
    command.add_argument("--level", choices=levels, default="external", help="how far to go (external)")
    command.add_argument("--wait", type=float, default=10.0, metavar="N", help="seconds for devices to get ready (10)")


def _replaying(command: argparse.ArgumentParser) -> None:
    command.add_argument("recording", type=Path, metavar="FILE", help="a file that `record` made")
    command.add_argument("words", nargs="*", metavar="KEY=VALUE", help="settings that the recording leaves out")
    command.add_argument("--wait", type=float, default=5.0, metavar="N", help="seconds without any progress (5)")
    _show_codes(command)


def _decoding(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", nargs="?", default="-", metavar="FILE", help="one frame a line; - is standard input")
    command.add_argument("--protocol", "-p", metavar="NAME", help="see --list")
    command.add_argument("--list", action="store_true", help="print the protocols")
    command.add_argument("--unit", choices=("kg", "lb"), default="", help="unit of a scale that does not name it")


def _simulating(command: argparse.ArgumentParser) -> None:
    command.add_argument("--run", type=Path, required=True, metavar="DIR", help=f"where {DEVICES_FILE} is written")
    command.add_argument(
        "--devices",
        type=names_of,
        metavar="NAMES",
        help=f"which, with commas between them ({','.join(LANE)}): {','.join(SIMULATED)}",
    )
    command.add_argument(
        "--replay", type=Path, action="append", default=[], metavar="FILE", help="a recorded device, beside --devices"
    )
    command.add_argument("--repeat", action="store_true", help="begin a recording again at its end")


def _listing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--settings", type=Path, metavar="FILE", help="settings of a lane, to compare with")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--sysfs", type=Path, default=SYSFS, metavar="DIR", help="another machine's /sys")
