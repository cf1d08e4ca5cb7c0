"""The two values that tie a receipt to all before it: the encrypted turnover counter and the chaining value."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from kiosk.domain.fiscal.rksv.record import CHAIN_BYTES
from kiosk.domain.fiscal.rksv.texts import to_base64

AES_KEY_BYTES = 32
_IV_BYTES = 16
_CHECK_BYTES = 3


def encrypt_turnover(key: bytes, cash_box_id: str, number: str, turnover_minor: int, width: int) -> bytes:
    """The counter of a receipt: cents as `width` bytes, big endian, two's complement, under AES-256 in ICM (CTR).

    The initial value is the first half of the SHA-256 of cash box id and receipt number (RKSV annex Z 8 and 9).
    Raises `OverflowError` where the cents do not fit.
    """
    return _under(key, cash_box_id, number, turnover_minor.to_bytes(width, "big", signed=True))


def decrypt_turnover(key: bytes, cash_box_id: str, number: str, counter: bytes) -> int:
    """The cents of the counter of a receipt; some number or other where the key is wrong."""
    return int.from_bytes(_under(key, cash_box_id, number, counter), "big", signed=True)


def chain_value(before: str) -> bytes:
    """The chaining value after a receipt in its compact form; for a start receipt `before` is the cash box id."""
    return hashlib.sha256(before.encode()).digest()[:CHAIN_BYTES]


def key_check(key: bytes) -> str:
    """The check value of an AES key, which FinanzOnline wants typed in beside it (Detailspezifikation, n = 3)."""
    return to_base64(hashlib.sha256(to_base64(key).encode()).digest()[:_CHECK_BYTES]).rstrip("=")


def _under(key: bytes, cash_box_id: str, number: str, data: bytes) -> bytes:
    """Counter mode is its own inverse."""
    start = hashlib.sha256(f"{cash_box_id}{number}".encode()).digest()[:_IV_BYTES]
    stream = Cipher(AES(key), CTR(start)).encryptor()
    return stream.update(data) + stream.finalize()
