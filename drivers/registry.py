"""Every driver on one page: its name in the settings, its category, its settings and what makes it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import msgspec

from drivers.device import Category, DeviceError, Driver, Sink
from drivers.devices import Devices, PrinterDriver, ScaleDriver, SignatureDriver, TerminalDriver
from drivers.payment.zvt import ZvtSettings, ZvtTerminal
from drivers.printer.escpos import EscPosPrinter, EscPosSettings
from drivers.scale.mettler_8217 import Mettler8217, Mettler8217Settings
from drivers.scanner.keyboard_wedge import KeyboardWedge, KeyboardWedgeSettings
from drivers.scanner.serial_scanner import SerialScanner, SerialScannerSettings
from drivers.signature.key_file import KeyFile, KeyFileSettings
from drivers.signature.service import SigningService, SigningServiceSettings
from drivers.supervisor import Supervisor, Waits

S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Entry(Generic[S]):
    """One driver. `make(alias, settings, sink, data_folder)` returns it unopened."""

    name: str
    category: Category
    settings: type[S]
    make: Callable[[str, S, Sink, Path], Driver]


DRIVERS: tuple[Entry[Any], ...] = (
    Entry("serial_scanner", Category.SCANNER, SerialScannerSettings, lambda a, s, sink, _: SerialScanner(a, s, sink)),
    Entry("keyboard_wedge", Category.SCANNER, KeyboardWedgeSettings, lambda a, s, sink, _: KeyboardWedge(a, s, sink)),
    Entry("mettler_8217", Category.SCALE, Mettler8217Settings, lambda a, s, sink, _: Mettler8217(a, s, sink)),
    Entry("escpos", Category.RECEIPT_PRINTER, EscPosSettings, EscPosPrinter),
    Entry("zvt", Category.PAYMENT_TERMINAL, ZvtSettings, lambda a, s, sink, _: ZvtTerminal(a, s, sink)),
    Entry("key_file", Category.SIGNATURE_UNIT, KeyFileSettings, KeyFile),
    Entry(
        "signing_service",
        Category.SIGNATURE_UNIT,
        SigningServiceSettings,
        lambda a, s, sink, _: SigningService(a, s, sink),
    ),
)


def factory(alias: str, settings: Mapping[str, object], data_folder: Path) -> tuple[Category, Callable[[Sink], Driver]]:
    """Check the settings of the device `alias`, and return its category and what makes its driver.

    `settings` is a table of the settings file: `driver` and the keys of that driver. Raises a permanent `DeviceError`
    that names `devices.<alias>.<key>` for an unknown driver, an unknown or missing key and a value out of bounds.
    """
    entry = _entry(alias, settings)
    try:
        checked = msgspec.convert(dict(settings), type=entry.settings)
    except msgspec.ValidationError as error:
        raise _explain(alias, entry, str(error)) from error
    return entry.category, lambda sink: entry.make(alias, checked, sink, data_folder)


def assemble(
    tables: Mapping[str, Mapping[str, object]], sink: Sink, data_folder: Path, *, waits: Waits | None = None
) -> Devices:
    """Make the devices of a workstation from the tables `devices.<alias>` of its settings, not started yet.

    Raises `DeviceError` as `factory` does, and for a second scale, printer or terminal.
    """
    makers: dict[Category, list[tuple[str, Callable[[Sink], Driver]]]] = {category: [] for category in Category}
    for alias, settings in tables.items():
        category, make = factory(alias, settings, data_folder)
        makers[category].append((alias, make))
        if len(makers[category]) > 1 and category is not Category.SCANNER:
            first = makers[category][0][0]
            raise _error(f"devices.{alias}", f"is a second {category} beside devices.{first}", "Take one of them out.")

    def supervise(category: Category) -> list[Supervisor[Any]]:
        return [Supervisor(alias, make, sink, waits=waits) for alias, make in makers[category]]

    def only(category: Category) -> Supervisor[Any] | None:
        return next(iter(supervise(category)), None)

    return Devices(
        scanners=tuple(supervise(Category.SCANNER)),
        scale=cast("Supervisor[ScaleDriver] | None", only(Category.SCALE)),
        printer=cast("Supervisor[PrinterDriver] | None", only(Category.RECEIPT_PRINTER)),
        terminal=cast("Supervisor[TerminalDriver] | None", only(Category.PAYMENT_TERMINAL)),
        signature_unit=cast("Supervisor[SignatureDriver] | None", only(Category.SIGNATURE_UNIT)),
    )


def keys(entry: Entry[Any]) -> tuple[str, ...]:
    """Return the keys a driver knows, in their order."""
    return tuple(field.encode_name for field in msgspec.structs.fields(entry.settings))


def _entry(alias: str, settings: Mapping[str, object]) -> Entry[Any]:
    name = settings.get("driver")
    for entry in DRIVERS:
        if entry.name == name:
            return entry
    known = [entry.name for entry in DRIVERS]
    if name is None:
        raise _error(f"devices.{alias}.driver", "is missing", f"Set it to one of: {', '.join(known)}.")
    raise _error(f"devices.{alias}.driver", f"names no driver: {name!r}", _choose(str(name), known))


def _explain(alias: str, entry: Entry[Any], reason: str) -> DeviceError:
    """Turn what msgspec says ("Expected `int` >= 1 - at `$.port`") into an error that names the key."""
    unknown = re.search(r"unknown field `(.+?)`", reason)
    if unknown:
        key = unknown[1]
        return _error(f"devices.{alias}.{key}", f"is no setting of {entry.name}", _choose(key, keys(entry)))
    missing = re.search(r"missing required field `(.+?)`", reason)
    if missing:
        return _error(f"devices.{alias}.{missing[1]}", "is missing", f"{entry.name} needs it: add it.")
    problem, _, key = reason.partition(" - at `$.")
    return _error(f"devices.{alias}.{key.rstrip('`')}", f"is wrong: {problem}", "Correct it in the settings.")


def _choose(wrong: str, known: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(wrong, known, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return f"{guess}There are: {', '.join(known)}."


def _error(where: str, problem: str, remedy: str) -> DeviceError:
    return DeviceError(f"{where} {problem}.", remedy, permanent=True)
