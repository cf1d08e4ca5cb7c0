"""The keys of signed tags: a file that only the lane may read, named in the settings, never in them."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.device import DeviceError
from drivers.nfc.signed_url import TagKeys

_OTHERS = 0o077
_Key = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{32}$")]


class _Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    file_read: _Key
    meta_read: _Key | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tag: Annotated[list[_Pair], msgspec.Meta(min_length=1, max_length=32)]


def load(path: Path) -> tuple[TagKeys, ...]:
    """Read a key file: tables `[[tag]]` with `name`, `file_read` and, for encrypted UIDs, `meta_read` (32 hex digits).

    Several kinds of tag and the keys of before a change stand side by side; all are tried. Raises a permanent
    `DeviceError` for a file that is not there, that others may read, or that is no such file; it never quotes a key.
    """
    content = _read(path)
    try:
        pairs = msgspec.convert(tomllib.loads(content.decode()), type=_File).tag
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError):
        # Without the cause, which may quote the line.
        raise DeviceError(
            f"The key file {path} is no list of tag keys.",
            "It holds tables [[tag]] with name, file_read and meta_read, a key being 32 hexadecimal digits.",
            permanent=True,
        ) from None
    return tuple(TagKeys(pair.name, _bytes(pair.meta_read), bytes.fromhex(pair.file_read)) for pair in pairs)


def _bytes(key: str | None) -> bytes | None:
    return None if key is None else bytes.fromhex(key)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except OSError as error:
        raise DeviceError(
            f"The key file {path} cannot be read: {error.strerror}.",
            "Put it there, owned by the user the lane runs as, or correct `keys` in the settings.",
            permanent=True,
        ) from error
    if mode & _OTHERS:
        raise DeviceError(
            f"The key file {path} can be read by others (mode {mode & 0o777:03o}).",
            f"Run `chmod 600 {path}`; if others use this machine, give the tags new keys.",
            permanent=True,
        )
    return content
