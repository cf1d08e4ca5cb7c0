"""What travels over MQTT between a device and headquarters, as JSON; unknown fields are ignored on both sides."""

from __future__ import annotations

import msgspec

from kiosk.messages.entry import SealedEntry

JSON = "application/json"
JSON_ZSTD = "application/json+zstd"


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Device -> headquarters on every connect and after a silence: where I stand. `hello` is echoed in the answer."""

    v: int = 1
    hello: str
    epoch: str
    head: int
    head_hash: str
    acknowledged: int
    catalog_version: int = 0
    software: str = ""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Device -> headquarters: consecutive entries of one epoch, the first at position `first`."""

    v: int = 1
    epoch: str
    first: int
    entries: tuple[SealedEntry, ...]


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Headquarters -> device, only after its commit: everything up to `high_water` of `epoch` is booked.

    `hash` is the hash of the entry at `high_water` ("" for 0). `generation` rises when headquarters was restored from
    a backup: then, or in the answer to one's own `hello`, a lower mark is to be believed. `fork` says that a known
    position came with another hash: the device opens a new epoch. `refused` says why nothing of a batch was taken.
    """

    v: int = 1
    epoch: str
    generation: int
    high_water: int
    hash: str
    hello: str = ""
    fork: bool = False
    refused: str = ""


class CatalogHead(msgspec.Struct, frozen=True, kw_only=True):
    """Headquarters -> devices, retained: the catalog in force, as zstd chunks named by their SHA-256.

    `digest` is the SHA-256 over the chunk names in order, so a device can tell that it holds exactly this version.
    A chunk, decompressed, is JSON lines: each one `CatalogRow`.
    """

    v: int = 1
    version: int
    currency: str
    items: int
    chunks: tuple[str, ...]
    digest: str


class ChunkRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Device -> headquarters: send me this catalog chunk. Answered raw (zstd) on the device's response topic."""

    v: int = 1
    chunk: str


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """Device -> headquarters, retained, and as the will: whether the device is connected."""

    v: int = 1
    online: bool
    at: str = ""
    unsent: int = 0
