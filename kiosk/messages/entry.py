"""A ledger entry: who, where in the chain, when, what; hashed over its canonical JSON and signed by the device key."""

from __future__ import annotations

import msgspec

from kiosk.messages.canonical import canonical, digest
from kiosk.messages.contents import Content

# The hash before the first entry of an epoch.
NO_HASH = "0" * 64


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The hashed part of an entry. Its key is (store_id, workstation_id, epoch, position); positions count from 1.

    `at` is RFC 3339 UTC with milliseconds; `previous` the hash of the entry before it in the same epoch, or `NO_HASH`.
    """

    v: int = 1
    store_id: str
    workstation_id: str
    epoch: str
    position: int
    at: str
    previous: str
    content: Content


class SealedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as stored and sent: the exact text that was hashed, its SHA-256, and the Ed25519 signature of the hash.

    `signature` is 128 hexadecimal digits over the 32 bytes of `hash`. Nobody re-serialises `body` before verifying it.
    """

    position: int
    body: str
    hash: str
    signature: str


class EntryHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an entry that every version and kind has; what a reader that does not know the kind can rely on."""

    v: int
    store_id: str
    workstation_id: str
    epoch: str
    position: int
    at: str
    previous: str
    content: msgspec.Raw


def body_of(entry: Entry) -> str:
    """The canonical JSON text of an entry."""
    return canonical(entry).decode()


def hash_of(body: str) -> str:
    """The hash of an entry's text."""
    return digest(body.encode())


def entry_from(body: str) -> Entry:
    """Read an entry back; `msgspec.ValidationError` for an unknown kind or a broken record."""
    return msgspec.json.decode(body.encode(), type=Entry)


def header_from(body: str) -> EntryHeader:
    """Read what is common to entries of every kind; `msgspec.DecodeError` where it is no entry at all."""
    return msgspec.json.decode(body.encode(), type=EntryHeader)


def kind_in(body: str) -> str:
    """The kind named in an entry's text, known or not."""
    content = msgspec.json.decode(header_from(body).content, type=dict[str, object])
    return str(content.get("type", ""))
