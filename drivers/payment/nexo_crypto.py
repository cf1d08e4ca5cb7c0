"""Adyen's protection of nexo messages on the local network: keys, encryption and authentication. Pure.

Source: Adyen, "Protect with your own code" (docs.adyen.com, point-of-sale, local integration) and its published
libraries: PBKDF2-HMAC-SHA1 over the passphrase, AES-256-CBC with PKCS #7 padding under the key's IV xor the message's
nonce, HMAC-SHA256 over the plain text.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

CRYPTO_VERSION: Final = 1
NONCE_BYTES: Final = 16
_SALT: Final = b"AdyenNexoV1Salt"
_ROUNDS: Final = 4000
_HMAC_BYTES: Final = 32
_BLOCK_BITS: Final = 128


@dataclass(frozen=True, slots=True)
class NexoKey:
    """A shared key: its name and version as set at the terminal, and what is derived from its passphrase.

    Its `repr` holds nothing secret.
    """

    identifier: str
    version: int
    hmac_key: bytes = field(repr=False)
    cipher_key: bytes = field(repr=False)
    iv: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Protected:
    """An encrypted message as it stands in JSON: `NexoBlob` and the fields of `SecurityTrailer`, texts in base64."""

    blob: str
    nonce: str
    hmac: str
    key_identifier: str
    key_version: int
    crypto_version: int = CRYPTO_VERSION


class Refusal(enum.StrEnum):
    """Why a message is not believed. A wrong padding and a wrong HMAC are one and the same, told apart by nobody."""

    NO_BASE64 = "it is no base64"
    WRONG_SIZE = "its sizes are wrong"
    OTHER_VERSION = "it is protected in another way"
    OTHER_KEY = "it is protected with another key"
    NOT_AUTHENTIC = "its authentication failed"


def derive(passphrase: str, identifier: str, version: int) -> NexoKey:
    """Return the key of a passphrase; takes some milliseconds by design."""
    material = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), _SALT, _ROUNDS, 80)
    return NexoKey(identifier, version, material[:32], material[32:64], material[64:])


def protect(plain: bytes, key: NexoKey, nonce: bytes) -> Protected:
    """Encrypt and authenticate. `nonce`: 16 random bytes, never used twice with a key."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError("A nonce has 16 bytes.")
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = _cipher(key, nonce).encryptor()
    blob = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    return Protected(
        blob=base64.b64encode(blob).decode(),
        nonce=base64.b64encode(nonce).decode(),
        hmac=base64.b64encode(_mac(plain, key)).decode(),
        key_identifier=key.identifier,
        key_version=key.version,
    )


def unprotect(message: Protected, key: NexoKey) -> bytes | Refusal:
    """Return the plain text of an authentic message, or why it is not believed. Never raises on what was received."""
    if message.crypto_version != CRYPTO_VERSION:
        return Refusal.OTHER_VERSION
    if (message.key_identifier, message.key_version) != (key.identifier, key.version):
        return Refusal.OTHER_KEY
    parts = [_from_base64(text) for text in (message.blob, message.nonce, message.hmac)]
    blob, nonce, mac = (part or b"" for part in parts)
    if None in parts:
        return Refusal.NO_BASE64
    if not blob or len(blob) % NONCE_BYTES or len(nonce) != NONCE_BYTES or len(mac) != _HMAC_BYTES:
        return Refusal.WRONG_SIZE
    return _open(blob, nonce, mac, key)


def _open(blob: bytes, nonce: bytes, mac: bytes, key: NexoKey) -> bytes | Refusal:
    decryptor = _cipher(key, nonce).decryptor()
    padded = decryptor.update(blob) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    try:
        plain, well_padded = unpadder.update(padded) + unpadder.finalize(), True
    except ValueError:
        # Authenticated all the same, so that both failures take as long and look alike.
        plain, well_padded = padded, False
    authentic = hmac.compare_digest(_mac(plain, key), mac)
    return plain if authentic and well_padded else Refusal.NOT_AUTHENTIC


def _cipher(key: NexoKey, nonce: bytes) -> Cipher[modes.CBC]:
    iv = bytes(ours ^ theirs for ours, theirs in zip(key.iv, nonce, strict=True))
    return Cipher(algorithms.AES256(key.cipher_key), modes.CBC(iv))


def _mac(plain: bytes, key: NexoKey) -> bytes:
    return hmac.digest(key.hmac_key, plain, "sha256")


def _from_base64(text: str) -> bytes | None:
    """Bytes of a base64 text; None for any text but the one and only way to write them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
