"""One driver as the registry names it, and what its settings are checked for before it is made."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from drivers.device import Category, DeviceError, Driver, Sink
from drivers.identity import refuse_volatile
from drivers.outfit import Outfit
from drivers.transport.tap import length_only

S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Model(Generic[S]):
    """A driver with all that belongs to it. `make(alias, settings, sink, outfit)` returns it unopened.

    `redact` makes the text of a frame for bug reports; what may hold a badge or a card shows its length only. `mask`
    is set where bytes may be card data: it returns as many bytes without any, and recordings hold only those. `needs`
    names the settings that name another device, and of which category that is.
    """

    settings: type[S]
    make: Callable[[str, S, Sink, Outfit], Driver]
    redact: Callable[[bytes], str] = length_only
    mask: Callable[[bytes], bytes] | None = None
    needs: tuple[tuple[str, Category], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One driver as the settings name it. `load` imports its modules: a lane starts without those it does not use."""

    name: str
    category: Category
    load: Callable[[], Model[Any]]

    def category_of(self, settings: msgspec.Struct) -> Category:
        """The category of a device with these settings: a scale may stand under the shopping bags."""
        if self.category is Category.SCALE and getattr(settings, "role", "checkout") == "bagging":
            return Category.BAGGING_SCALE
        return self.category


def chosen(alias: str, settings: Mapping[str, object], entries: Sequence[Entry]) -> Entry:
    """Return the entry that the table `devices.<alias>` names; a permanent `DeviceError` where there is none."""
    name = settings.get("driver")
    for entry in entries:
        if entry.name == name:
            return entry
    known = [entry.name for entry in entries]
    if name is None:
        raise wrong(f"devices.{alias}.driver", "is missing", f"Set it to one of: {', '.join(known)}.")
    raise wrong(f"devices.{alias}.driver", f"names no driver: {name!r}", _choose(str(name), known))


def checked(alias: str, settings: Mapping[str, object], entry: Entry) -> msgspec.Struct:
    """Return the typed settings of `devices.<alias>`; a permanent `DeviceError` that names the key that is wrong."""
    try:
        typed: msgspec.Struct = msgspec.convert(dict(settings), type=entry.load().settings)
    except msgspec.ValidationError as error:
        raise _explain(alias, entry, str(error)) from error
    key = refuse_volatile(typed)
    if key is not None:
        node = getattr(typed, key)
        problem = f"names {node}, which is another device after the next plug"
        raise wrong(
            f"devices.{alias}.{key}", problem, "Name the link in /dev/serial/by-id (`ls -l /dev/serial/by-id`)."
        )
    return typed


def keys(entry: Entry) -> tuple[str, ...]:
    """Return the keys a driver knows, in their order."""
    return tuple(field.encode_name for field in msgspec.structs.fields(entry.load().settings))


def wrong(where: str, problem: str, remedy: str) -> DeviceError:
    """Return the error for a key of the settings."""
    return DeviceError(f"{where} {problem}.", remedy, permanent=True)


def _explain(alias: str, entry: Entry, reason: str) -> DeviceError:
    """Turn what msgspec says ("Expected `int` >= 1 - at `$.port`") into an error that names the key."""
    unknown = re.search(r"unknown field `(.+?)`", reason)
    if unknown:
        key = unknown[1]
        return wrong(f"devices.{alias}.{key}", f"is no setting of {entry.name}", _choose(key, keys(entry)))
    missing = re.search(r"missing required field `(.+?)`", reason)
    if missing:
        return wrong(f"devices.{alias}.{missing[1]}", "is missing", f"{entry.name} needs it: add it.")
    # Where what does not fit is several keys together, no one of them is named.
    problem, _, key = reason.partition(" - at `$")
    where = f"devices.{alias}.{key.strip('.`')}".rstrip(".")
    return wrong(where, f"is wrong: {problem}", "Correct it in the settings.")


def _choose(wrong_one: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong_one, known, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return f"{guess}There are: {', '.join(known)}."
