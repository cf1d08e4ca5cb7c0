"""Binary values as RKSV writes them in text: base64, base64url without padding, base32; one text for each value."""

from __future__ import annotations

import base64
from collections.abc import Callable


def to_base64(raw: bytes) -> str:
    """Base64 with padding, as in a QR code."""
    return base64.b64encode(raw).decode()


def from_base64(text: str) -> bytes | None:
    """The bytes, None for what `to_base64` would not have written."""
    return _only(text, lambda: base64.b64decode(text, validate=True), to_base64)


def to_base64url(raw: bytes) -> str:
    """Base64url without padding, as in a JWS (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes | None:
    """The bytes, None for what `to_base64url` would not have written."""
    return _only(text, lambda: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), to_base64url)


def to_base32(raw: bytes) -> str:
    """Base32 with padding, as in an OCR text: capitals that no font makes ambiguous."""
    return base64.b32encode(raw).decode()


def from_base32(text: str) -> bytes | None:
    """The bytes, None for what `to_base32` would not have written."""
    return _only(text, lambda: base64.b32decode(text), to_base32)


def _only(text: str, decode: Callable[[], bytes], encode: Callable[[bytes], str]) -> bytes | None:
    """Decoders overlook stray characters and unused bits: a text that was changed there would still be read."""
    try:
        raw = decode()
    except ValueError:
        return None
    return raw if encode(raw) == text else None
