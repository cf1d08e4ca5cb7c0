"""Ed25519 signatures over a text with a purpose: what was signed as one thing is never taken for another.

The hash that is signed begins with the purpose, so that a signature of a store credit cannot be one of a policy or of a
ledger entry, although the same device key makes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# A signer takes a SHA-256 as 64 hexadecimal digits and answers 128 of them: `kiosk.store.signing.DeviceKey.sign`.
Signer = Callable[[str], str]

KEY_ID_DIGITS = 16


def key_id(public_hex: str) -> str:
    """The name of a public key: the first 8 bytes of its SHA-256, as 16 hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(public_hex)).hexdigest()[:KEY_ID_DIGITS]


def digest(purpose: str, data: bytes) -> str:
    """The hash to sign: SHA-256 over the purpose, a zero byte, and the data."""
    return hashlib.sha256(purpose.encode() + b"\0" + data).hexdigest()


def verifies(public_hex: str, hash_hex: str, signature: bytes) -> bool:
    """Whether that key made that signature over that hash; False for anything that is no key or hash."""
    try:
        public = Ed25519PublicKey.from_public_bytes(_unhex(public_hex))
        public.verify(signature, _unhex(hash_hex))
    except (InvalidSignature, ValueError):
        return False
    return True


def verify(public_hex: str, hash_hex: str, signature_hex: str) -> bool:
    """The same for a signature as text: 128 lower-case hexadecimal digits, and nothing else that means as much."""
    try:
        signature = _unhex(signature_hex)
    except ValueError:
        return False
    return verifies(public_hex, hash_hex, signature)


def _unhex(text: str) -> bytes:
    """One text per value: `fromhex` alone would let capitals and spaces pass, so that a changed text still verified."""
    raw = bytes.fromhex(text)
    if raw.hex() != text:
        raise ValueError("not in lower-case hexadecimal digits")
    return raw
