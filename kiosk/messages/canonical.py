"""Canonical JSON: one text per value, so that a hash means the same on every machine and for ever.

As RFC 8785 for the values we allow: sorted keys, no white space, UTF-8; integers, strings, booleans, null, lists and
objects only. Floats are refused: money and weight are integers.
"""

from __future__ import annotations

import hashlib

import msgspec

FLOAT = "a float has no canonical form here: money and weight are integers"


def canonical(value: object) -> bytes:
    """Canonical JSON of a record or of plain JSON values; `TypeError` where a float is inside."""
    plain = msgspec.to_builtins(value, str_keys=True)
    _refuse_floats(plain)
    return msgspec.json.encode(plain, order="sorted")


def digest(data: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _refuse_floats(value: object) -> None:
    """Look into every container once; its leaves are looked at in passing, since there are ten times as many."""
    if isinstance(value, float):
        raise TypeError(FLOAT)
    inners = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for inner in inners:
        kind = type(inner)
        if kind is float:
            raise TypeError(FLOAT)
        if kind is dict or kind is list or kind is tuple:
            _refuse_floats(inner)
