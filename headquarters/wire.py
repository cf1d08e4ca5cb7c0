"""Bytes from the network into records: capped, and with every wrong thing as a value instead of an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from kiosk.messages.compression import CompressionError, decompress
from kiosk.messages.envelope import JSON_ZSTD

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken from a device at once. A batch as devices make it is 64 KiB or 100 entries, so this is generous.

    `epochs` is per device, `kept` the number of refused
    messages kept per device as evidence, `kept_in_all` over all devices.
    """

    payload_bytes: int = 1 << 20
    decompressed_bytes: int = 4 << 20
    entries: int = 1000
    epochs: int = 1000
    kept: int = 50
    kept_in_all: int = 5000
    kept_bytes: int = 4096


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing of a message is taken: a reason in one word and what a person should know."""

    reason: str
    detail: str
    evidence: bytes = b""


def decode(payload: bytes, content_type: str, record: type[T], limits: Limits) -> T | Refusal:
    """Decode JSON or zstd-compressed JSON into `record`."""
    if len(payload) > limits.payload_bytes:
        return Refusal("too_big", f"{len(payload)} bytes; at most {limits.payload_bytes} are taken", payload)
    plain = _decompressed(payload, limits) if content_type == JSON_ZSTD else payload
    if isinstance(plain, Refusal):
        return plain
    try:
        return msgspec.json.decode(plain, type=record)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Refusal("not_json", f"no {record.__name__}: {error}", payload)


def _decompressed(payload: bytes, limits: Limits) -> bytes | Refusal:
    try:
        return decompress(payload, limits.decompressed_bytes)
    except CompressionError as error:
        return Refusal("not_zstd", error.message, payload)
