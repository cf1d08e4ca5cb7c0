"""Makes the devices of a workstation from its settings: each with its tap, its recorder and its supervisor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from drivers.device import Category, Driver, Sink
from drivers.devices import (
    Devices,
    DisplayDriver,
    DrawerDriver,
    LightDriver,
    PrinterDriver,
    ScaleDriver,
    ScannerDriver,
    SignatureDriver,
    TerminalDriver,
)
from drivers.entry import Entry, checked, chosen, wrong
from drivers.identity import heeds
from drivers.outfit import Outfit
from drivers.supervisor import Supervisor, Surroundings, Waits
from drivers.transport.recording import Header, Recorder, blank, without_secrets
from drivers.transport.tap import Tap

# Of all others a workstation has one at most.
SEVERAL = frozenset({Category.SCANNER, Category.NFC_READER, Category.LINE_DISPLAY})
# What these read may be card data: without a `mask` of the driver's own, recordings of them hold lengths only.
CARDS = frozenset({Category.PAYMENT_TERMINAL, Category.NFC_READER})


@dataclass(frozen=True, slots=True)
class Device:
    """A device before it is made: its settings are in order. `table` is what the settings file says."""

    alias: str
    entry: Entry
    settings: msgspec.Struct
    table: Mapping[str, object]

    @property
    def category(self) -> Category:
        """The category it takes the place of."""
        return self.entry.category_of(self.settings)

    def make(self, sink: Sink, outfit: Outfit) -> Driver:
        """Make its driver, unopened."""
        return self.entry.load().make(self.alias, self.settings, sink, outfit)


def described(alias: str, table: Mapping[str, object], entries: Sequence[Entry]) -> Device:
    """Check the table `devices.<alias>`; a permanent `DeviceError` names the key that is wrong."""
    entry = chosen(alias, table, entries)
    return Device(alias, entry, checked(alias, table, entry), table)


def assembled(  # noqa: PLR0913 # all that a workstation is made of comes together here
    tables: Mapping[str, Mapping[str, object]],
    entries: Sequence[Entry],
    sink: Sink,
    data_folder: Path,
    *,
    waits: Waits | None = None,
    recordings: Path | None = None,
) -> Devices:
    """Make the devices of the tables `devices.<alias>`, not started yet.

    With `recordings` every conversation goes to `<alias>.jsonl` in that folder. Raises a permanent `DeviceError` that
    names a key that is wrong, a second device of a category that a workstation has one of, and an alias that names no
    device.
    """
    planned = {alias: described(alias, table, entries) for alias, table in tables.items()}
    _check_together(planned)
    rack: dict[str, Supervisor[Any]] = {}
    taps = {alias: _tap(device, recordings) for alias, device in planned.items()}
    for alias, device in planned.items():
        outfit = Outfit(data_folder, taps[alias], rack)
        surroundings = Surroundings(traffic=taps[alias].traffic, heeds=heeds(device.settings))
        make = _maker(device, outfit)
        rack[alias] = Supervisor(alias, make, sink, waits=waits, surroundings=surroundings)
    return _placed(planned, rack, taps)


def _maker(device: Device, outfit: Outfit) -> Any:  # noqa: ANN401 # a driver of any category
    return lambda sink: device.make(sink, outfit)


def _tap(device: Device, recordings: Path | None) -> Tap:
    entry, model = device.entry, device.entry.load()
    mask = model.mask or (blank if entry.category in CARDS else None)
    if recordings is None:
        return Tap(model.redact, secret=mask is not None)
    header = Header(device=device.alias, driver=entry.name, settings=without_secrets(device.table))
    recorder = Recorder(recordings / f"{device.alias}.jsonl", header, mask=mask)
    return Tap(model.redact, secret=mask is not None, recorder=recorder)


def _check_together(planned: Mapping[str, Device]) -> None:
    first: dict[Category, str] = {}
    for alias, device in planned.items():
        before = first.setdefault(device.category, alias)
        if before != alias and device.category not in SEVERAL:
            what = device.category.replace("_", " ")
            raise wrong(f"devices.{alias}", f"is a second {what} beside devices.{before}", "Take one of them out.")
        for key, category in device.entry.load().needs:
            _check_need(planned, device, key, category)


def _check_need(planned: Mapping[str, Device], device: Device, key: str, category: Category) -> None:
    named = str(getattr(device.settings, key) or "")
    if not named:
        return
    there = [alias for alias, other in planned.items() if other.category is category]
    if named not in there:
        what = category.replace("_", " ")
        remedy = f"There are: {', '.join(there)}." if there else f"Add a {what}."
        raise wrong(f"devices.{device.alias}.{key}", f"names no {what}: {named!r}", remedy)


def _placed(planned: Mapping[str, Device], rack: Mapping[str, Supervisor[Any]], taps: Mapping[str, Tap]) -> Devices:
    def all_of(category: Category) -> tuple[Supervisor[Any], ...]:
        return tuple(rack[alias] for alias, device in planned.items() if device.category is category)

    def only(category: Category) -> Supervisor[Any] | None:
        return next(iter(all_of(category)), None)

    return Devices(
        scanners=cast("tuple[Supervisor[ScannerDriver], ...]", all_of(Category.SCANNER)),
        scale=cast("Supervisor[ScaleDriver] | None", only(Category.SCALE)),
        bagging_scale=only(Category.BAGGING_SCALE),
        printer=cast("Supervisor[PrinterDriver] | None", only(Category.RECEIPT_PRINTER)),
        label_printer=only(Category.LABEL_PRINTER),
        terminal=cast("Supervisor[TerminalDriver] | None", only(Category.PAYMENT_TERMINAL)),
        signature_unit=cast("Supervisor[SignatureDriver] | None", only(Category.SIGNATURE_UNIT)),
        nfc_readers=all_of(Category.NFC_READER),
        drawer=cast("Supervisor[DrawerDriver] | None", only(Category.CASH_DRAWER)),
        displays=cast("tuple[Supervisor[DisplayDriver], ...]", all_of(Category.LINE_DISPLAY)),
        light=cast("Supervisor[LightDriver] | None", only(Category.LANE_LIGHT)),
        keypad=only(Category.KEYPAD),
        jack=only(Category.HEADSET_JACK),
        taps=tuple(taps.items()),
    )
