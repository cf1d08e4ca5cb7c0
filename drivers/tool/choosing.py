"""Which devices a command is about: those of a settings file, or one that is described on the command line."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from drivers.device import DeviceError
from drivers.entry import Entry, chosen
from drivers.tool.errors import UsageError

Table = dict[str, object]
Tables = dict[str, Table]
Entries = Sequence[Entry]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command be told its devices: `--settings FILE [ALIAS...]` or `--driver NAME KEY=VALUE...`."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings of a lane: its tables [devices.*]")
    parser.add_argument("--driver", metavar="NAME", help="one device by its driver, with KEY=VALUE for its settings")
    parser.add_argument(
        "words",
        nargs="*",
        metavar="ALIAS|KEY=VALUE",
        help="which devices of the settings (all where left out); settings of --driver",
    )


def tables(options: argparse.Namespace, entries: Entries) -> Tables:
    """Return the tables `devices.<alias>` that the command line names.

    `UsageError` where it names none, both ways at once, or an alias that there is not; `DeviceError` for a file that
    cannot be read and for an unknown driver.
    """
    if (options.settings is None) == (options.driver is None):
        raise UsageError("It is not said which devices.", "Add --settings FILE, or --driver NAME KEY=VALUE...")
    if options.settings is not None:
        return picked(read_tables(options.settings), options.words, entries)
    pairs = [word for word in options.words if "=" in word]
    aliases = [word for word in options.words if "=" not in word]
    if len(aliases) > 1:
        raise UsageError(f"There is one device, and its names are {', '.join(aliases)}.", "Name it once.")
    entry = chosen(options.driver, {"driver": options.driver}, entries)
    return {aliases[0] if aliases else entry.name: {"driver": entry.name} | typed(pairs, entry)}


def read_tables(path: Path) -> Tables:
    """Return the tables [devices.*] of a settings file; `DeviceError` where it cannot be read or has none."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeviceError(f"{path} cannot be read: {error.strerror}.", "Name the settings file of a lane.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeviceError(f"{path} is no TOML: {error}.", "Correct it.") from error
    found = content.get("devices")
    if not isinstance(found, dict) or not found or not all(isinstance(table, dict) for table in found.values()):
        raise DeviceError(f"{path} names no devices.", "Add a table [devices.ALIAS] with a driver for each.")
    return found


def picked(found: Tables, aliases: Sequence[str], entries: Entries) -> Tables:
    """Return the tables of `aliases` and of the devices they hang on; all where there are no `aliases`."""
    unknown = [alias for alias in aliases if alias not in found]
    if unknown:
        raise UsageError(f"The settings name no device {unknown[0]!r}.", f"There are: {', '.join(found)}.")
    wanted = dict.fromkeys(aliases)
    for alias in aliases:
        for key, _ in chosen(alias, found[alias], entries).load().needs:
            wanted |= {str(found[alias][key]): None} if found[alias].get(key) in found else {}
    return {alias: table for alias, table in found.items() if alias in wanted or not aliases}


def typed(pairs: Sequence[str], entry: Entry) -> Table:
    """Return the settings that KEY=VALUE words give, each as the type its driver has for it.

    A key or value that the driver does not know is left as text, for the check of the settings to refuse by its name.
    """
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(entry.load().settings)}
    return {key: _value(text, kinds.get(key, str)) for key, _, text in (pair.partition("=") for pair in pairs)}


def _value(text: str, kind: Any) -> object:  # noqa: ANN401 # the type of any setting
    try:
        if text.startswith(("[", "{")):
            return tomllib.loads(f"value = {text}")["value"]
        return msgspec.to_builtins(msgspec.convert(text, type=kind, strict=False))
    except (msgspec.ValidationError, tomllib.TOMLDecodeError):
        return text
