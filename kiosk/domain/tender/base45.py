"""Base45 (RFC 9285): bytes as text that a QR code holds in its compact alphanumeric mode; one text for each value."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_PLACE = {sign: place for place, sign in enumerate(ALPHABET)}


def encode(raw: bytes) -> str:
    """Three signs for two bytes, two for a last one; the lowest digit comes first."""
    signs: list[str] = []
    for at in range(0, len(raw), 2):
        pair = raw[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            signs.append(ALPHABET[digit])
    return "".join(signs)


def decode(text: str) -> bytes | None:
    """The bytes; None for what `encode` would not have written."""
    if len(text) % 3 == 1 or not all(sign in _PLACE for sign in text):
        return None
    raw = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        value = sum(_PLACE[sign] * 45**place for place, sign in enumerate(group))
        size = len(group) - 1
        if value >= 256**size:
            return None
        raw += value.to_bytes(size, "big")
    return bytes(raw)
