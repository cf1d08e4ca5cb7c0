"""Canonical JSON: one text per value, so that a hash means the same on every machine and for ever.

As RFC 8785 for the values we allow: sorted keys, no white space, UTF-8; integers, strings, booleans, null, lists and
objects only. Floats are refused: money and weight are integers.
"""

from __future__ import annotations

import hashlib

import msgspec


def canonical(value: object) -> bytes:
    """Canonical JSON of a record or of plain JSON values; `TypeError` where a float is inside."""
    plain = msgspec.to_builtins(value, str_keys=True)
    _refuse_floats(plain)
    return msgspec.json.encode(plain, order="sorted")


def digest(data: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form here: money and weight are integers")
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
