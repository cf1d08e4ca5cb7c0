"""`simulate`: runs simulated devices, or a recorded one, until SIGTERM or Ctrl+C."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from drivers.simulation import DEVICES_FILE, SimulatedDevice, Simulation
from drivers.tool.errors import PASSED
from drivers.transport.recording import read_recording
from drivers.transport.replay import ReplayedDevice

# The devices of a plain lane, which run where none are named.
LANE: Final = ("scanner", "scale", "printer", "terminal", "signature_unit")

# Simulated devices by their name in a simulation. Loaded by name, so that a scanner needs no font of the printer.
SIMULATED: Final = {
    "scanner": "drivers.scanner.simulated.SimulatedScanner",
    "scale": "drivers.scale.simulated.SimulatedScale",
    "printer": "drivers.printer.simulated.SimulatedPrinter",
    "terminal": "drivers.payment.simulated.SimulatedZvtTerminal",
    "signature_unit": "drivers.signature.simulated.SimulatedSignatureUnit",
    "ssi_scanner": "drivers.scanner.simulated_ssi.SimulatedSsiScanner",
    "hid_scanner": "drivers.scanner.simulated_usb.SimulatedHidScanner",
    "wedge_scanner": "drivers.scanner.simulated_usb.SimulatedWedgeScanner",
    "scale_mt_sics": "drivers.scale.simulated.simulated_scale",
    "scale_nci": "drivers.scale.simulated.simulated_scale",
    "scale_ecr": "drivers.scale.simulated.simulated_scale",
    "scale_6702": "drivers.scale.simulated.simulated_scale",
    "scale_sma": "drivers.scale.simulated.simulated_scale",
    "scale_adam": "drivers.scale.simulated.simulated_scale",
    "scale_cas": "drivers.scale.simulated.simulated_scale",
    "scale_cas_stream": "drivers.scale.simulated.simulated_scale",
    "scale_berkel": "drivers.scale.simulated.simulated_scale",
    "scale_dialog_02": "drivers.scale.simulated.simulated_scale",
    "scale_dialog_06": "drivers.scale.simulated.simulated_scale",
    "scale_toledo": "drivers.scale.simulated.simulated_scale",
    "scale_hid": "drivers.scale.simulated_hid.SimulatedHidScale",
    "nfc_reader": "drivers.nfc.simulated.SimulatedNfcReader",
    "nfc_field": "drivers.nfc.simulated_udp.SimulatedUdpTag",
    "serial_terminal": "drivers.payment.simulated_serial.SimulatedZvtSerialTerminal",
    "nexo_terminal": "drivers.payment.simulated_nexo.SimulatedNexoTerminal",
    "printer_usb": "drivers.printer.simulated.SimulatedUsbPrinter",
    "printer_serial": "drivers.printer.simulated.SimulatedSerialPrinter",
    "star_printer": "drivers.printer.simulated_star.SimulatedStarPrinter",
    "star_printer_usb": "drivers.printer.simulated_star.SimulatedUsbStarPrinter",
    "star_printer_serial": "drivers.printer.simulated_star.SimulatedSerialStarPrinter",
    "label_printer": "drivers.printer.simulated_zpl.SimulatedZplPrinter",
    "label_printer_usb": "drivers.printer.simulated_zpl.SimulatedUsbZplPrinter",
    "label_printer_serial": "drivers.printer.simulated_zpl.SimulatedSerialZplPrinter",
    "drawer": "drivers.drawer.simulated.SimulatedDrawer",
    "display": "drivers.display.simulated.SimulatedDisplay",
    "light": "drivers.signal.simulated.SimulatedLight",
    "keypad": "drivers.keypad.simulated.SimulatedKeypad",
    "jack": "drivers.keypad.simulated.SimulatedJack",
}


def run(options: argparse.Namespace) -> int:
    """Run what is named; returns the exit status."""
    folder = options.run.resolve()
    names: Sequence[str] = options.devices or (() if options.replay else LANE)
    replayed = [_replayed(path, folder, repeat=options.repeat) for path in options.replay]
    endings = {signal.SIGTERM, signal.SIGINT}
    # Before any thread starts: each takes the mask over, and a signal then only ends the wait below.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    simulation = Simulation(folder, [*(_make(name, folder) for name in names), *replayed])
    try:
        simulation.start()
        sys.stdout.write(f"Simulated devices are up; see {folder / DEVICES_FILE}. Ctrl+C ends them.\n")
        sys.stdout.flush()
        signal.sigwait(endings)
    finally:
        simulation.stop()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return PASSED


def names_of(text: str) -> tuple[str, ...]:
    """Return the simulated devices that `text` names, with commas between them."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in SIMULATED]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)!r}; there are: {', '.join(SIMULATED)}")
    return tuple(dict.fromkeys(names))


def _make(name: str, folder: Path) -> SimulatedDevice:
    module, _, kind = SIMULATED[name].rpartition(".")
    made = getattr(importlib.import_module(module), kind)
    # The terminal keeps its books in itself; all others leave something in the folder.
    return cast("SimulatedDevice", made(name) if name == "terminal" else made(name, folder=folder))


def _replayed(path: Path, folder: Path, *, repeat: bool) -> SimulatedDevice:
    recording = read_recording(path)
    header = recording.header
    if "host" in header.settings:
        return ReplayedDevice(header.device, folder, recording, way="tcp", repeat=repeat)
    return ReplayedDevice(header.device, folder, recording, repeat=repeat)
