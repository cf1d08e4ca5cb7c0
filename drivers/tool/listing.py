"""`list`: every driver with its category, its settings, and the optional extra that it needs and that is missing."""

from __future__ import annotations

import importlib.util
import sys
from typing import Final

import msgspec

from drivers.entry import Entry
from drivers.tool.choosing import Entries
from drivers.tool.errors import PASSED

# Drivers whose library is an optional extra of the package: the module it brings, and the extra's name.
EXTRAS: Final = {
    "pcsc": ("smartcard", "nfc"),
    "nfcpy": ("nfc", "nfcpy"),
    "camera": ("zxingcpp", "camera"),
}
# What hangs on lines of a GPIO chip (a drawer, a light) says so in its name.
_ON_LINES: Final = "gpio_"


def run(entries: Entries) -> int:
    """Print all drivers; returns the exit status."""
    for entry in entries:
        sys.stdout.write(f"{entry.name}  ({entry.category})\n{_about(entry)}{_missing(entry)}\n\n")
    return PASSED


def _missing(entry: Entry) -> str:
    on_lines = ("gpiod", "gpio") if entry.name.startswith(_ON_LINES) else ("", "")
    module, extra = EXTRAS.get(entry.name, on_lines)
    if not module or importlib.util.find_spec(module) is not None:
        return ""
    return f"\n    MISSING: pip install 'checklane[{extra}]'"


def _about(entry: Entry) -> str:
    lines = []
    for field in msgspec.structs.fields(entry.load().settings):
        if field.name == "driver":
            continue
        default = "required" if field.required else f"default {_default(field)!r}"
        lines.append(f"    {field.encode_name:<18}{_kind(msgspec.inspect.type_info(field.type))}; {default}")
    return "\n".join(lines)


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return getattr(field.default, "value", field.default)


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
        case msgspec.inspect.DictType():
            return "table"
        case msgspec.inspect.ListType() | msgspec.inspect.VarTupleType():
            return "list"
        case _:
            return "text"
