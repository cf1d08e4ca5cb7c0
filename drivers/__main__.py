"""The technician's tool: `python -m drivers list` and `python -m drivers simulate`."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from drivers.device import DeviceError
from drivers.registry import DRIVERS, Entry
from drivers.simulation import DEVICES_FILE, SimulatedDevice, Simulation

# Simulated devices by their name in a simulation. Loaded by name, so that a scanner needs no font of the printer.
SIMULATED = {
    "scanner": "drivers.scanner.simulated.SimulatedScanner",
    "scale": "drivers.scale.simulated.SimulatedScale",
    "printer": "drivers.printer.simulated.SimulatedPrinter",
    "terminal": "drivers.payment.simulated.SimulatedZvtTerminal",
    "signature_unit": "drivers.signature.simulated.SimulatedSignatureUnit",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "list":
            _list()
        else:
            _simulate(options.run, options.devices)
    except DeviceError as error:
        sys.stderr.write(f"{error.message}\n{error.remedy}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m drivers", description="Checklane's devices, for technicians.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print every driver with its settings")
    simulate = commands.add_parser("simulate", help="run simulated devices until SIGTERM or Ctrl+C")
    simulate.add_argument("--run", type=Path, required=True, metavar="DIR", help=f"where {DEVICES_FILE} is written")
    simulate.add_argument(
        "--devices",
        type=_names,
        default=tuple(SIMULATED),
        metavar="NAMES",
        help=f"which, with commas between them: {','.join(SIMULATED)}",
    )
    return parser


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in SIMULATED]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)!r}; there are: {', '.join(SIMULATED)}")
    return tuple(dict.fromkeys(names))


def _simulate(folder: Path, names: Sequence[str]) -> None:
    folder = folder.resolve()
    endings = {signal.SIGTERM, signal.SIGINT}
    # Before any thread starts: each takes the mask over, and a signal then only ends the wait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    simulation = Simulation(folder, [_make(name, folder) for name in names])
    simulation.start()
    try:
        sys.stdout.write(f"Simulated devices are up; see {folder / DEVICES_FILE}. Ctrl+C ends them.\n")
        sys.stdout.flush()
        signal.sigwait(endings)
    finally:
        simulation.stop()


def _make(name: str, folder: Path) -> SimulatedDevice:
    module, _, kind = SIMULATED[name].rpartition(".")
    made = getattr(importlib.import_module(module), kind)
    # The terminal keeps its books in itself; all others leave something in the folder.
    return cast("SimulatedDevice", made(name) if name == "terminal" else made(name, folder=folder))


def _list() -> None:
    for entry in DRIVERS:
        sys.stdout.write(f"{entry.name}  ({entry.category})\n{_about(entry)}\n\n")


def _about(entry: Entry[Any]) -> str:
    lines = []
    for field in msgspec.structs.fields(entry.settings):
        if field.name == "driver":
            continue
        default = "required" if field.required else f"default {getattr(field.default, 'value', field.default)!r}"
        lines.append(f"    {field.encode_name:<18}{_kind(msgspec.inspect.type_info(field.type))}; {default}")
    return "\n".join(lines)


def _kind(info: msgspec.inspect.Type) -> str:
    match info:
        case msgspec.inspect.LiteralType(values=values):
            return " | ".join(map(repr, values))
        case msgspec.inspect.EnumType(cls=choices):
            return " | ".join(repr(choice.value) for choice in choices)
        case msgspec.inspect.UnionType(types=types):
            return " or ".join(_kind(choice) for choice in types)
        case msgspec.inspect.IntType(ge=least, le=most):
            return f"whole number {least} to {most}"
        case msgspec.inspect.FloatType(le=most):
            return f"number up to {most}"
        case msgspec.inspect.BoolType():
            return "true | false"
        case msgspec.inspect.NoneType():
            return "nothing"
        case _:
            return "text"


if __name__ == "__main__":
    sys.exit(main())
