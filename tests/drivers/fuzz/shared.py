"""Real frames out of the folder of real data, where there is one; a codec's own seeds stand beside it."""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ ]?){3,}")
# Longer ones would make fuzzing slow and find no more.
_LONGEST = 1500


def of(module: str, name: str) -> Any:
    """What a module of the drivers calls `name`, imported only when it is asked for."""
    return getattr(importlib.import_module(f"drivers.{module}"), name)


def folder() -> Path | None:
    """The folder of real data, from CHECKLANE_DATA or beside the checkout."""
    found = Path(os.environ.get("CHECKLANE_DATA") or Path(__file__).parents[4] / "shared" / "data")
    return found if found.is_dir() else None


def hex_in(file: str) -> tuple[bytes, ...]:
    """Every hexadecimal text of a JSON file, as bytes."""
    at = folder()
    if at is None or not (at / file).is_file():
        return ()
    texts = _texts(json.loads((at / file).read_text(encoding="utf-8")))
    return tuple({bytes.fromhex(text)[:_LONGEST]: None for text in texts if _HEX.fullmatch(text)})


def parts_of(pattern: str) -> tuple[bytes, ...]:
    """Pieces of the files that a pattern finds: begin, middle and end."""
    at = folder()
    if at is None:
        return ()
    parts: list[bytes] = []
    for file in sorted(at.glob(pattern)):
        data = file.read_bytes()
        parts += [data[:_LONGEST], data[len(data) // 2 :][:400], data[-400:]]
    return tuple(parts)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)
