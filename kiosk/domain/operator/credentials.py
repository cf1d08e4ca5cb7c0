"""What a device keeps of its operators to check a badge or a PIN without a network: hashes only, nothing in clear."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

Sha256 = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]

# RFC 7914: 128 * n * r bytes of memory, here 16 MiB, some 50 ms on a Raspberry Pi 4.
COST = 2**14
_BLOCK, _LANES, _BYTES, _SALT = 8, 1, 32, 16
_MOST = 2**17
_VERIFIER = re.compile(r"scrypt\$(?P<n>[0-9]{1,6})\$(?P<salt>[A-Za-z0-9+/=]+)\$(?P<hash>[A-Za-z0-9+/=]+)")


class Credential(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One operator. `badge_sha256` is of the badge's bar-code text, `nfc_sha256` of its id as `nfc_id` writes it.

    `pin` is what `pin_verifier` made, "" where the operator has none. `pin_wanted`: badge and PIN together.
    """

    operator: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    roles: tuple[str, ...]
    badge_sha256: Sha256 = ""
    nfc_sha256: Sha256 = ""
    pin: Annotated[str, msgspec.Meta(max_length=200)] = ""
    pin_wanted: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """The operators of a place. `valid_until_s` in seconds since 1970 UTC, None: they do not run out."""

    operators: tuple[Credential, ...]
    issued_s: int = 0
    valid_until_s: int | None = None
    sequence: int = 0

    def with_badge(self, text: str) -> Credential | None:
        """Whose badge reads `text`."""
        return _first(self.operators, badge_hash(text), lambda one: one.badge_sha256)

    def with_nfc(self, uid: bytes) -> Credential | None:
        """Whose NFC badge has this id."""
        return _first(self.operators, nfc_hash(uid), lambda one: one.nfc_sha256)

    def of(self, operator: str) -> Credential | None:
        """The credential of an operator by name."""
        return next((one for one in self.operators if one.operator == operator), None)


def badge_hash(text: str) -> str:
    """SHA-256 of a badge's bar-code text, 64 hexadecimal digits, as in the settings file."""
    return hashlib.sha256(text.encode()).hexdigest()


def nfc_hash(uid: bytes) -> str:
    """SHA-256 of the text `nfc_id` gives. An id of 4 bytes can be guessed from it: such badges want a PIN as well."""
    return hashlib.sha256(nfc_id(uid).encode()).hexdigest()


def nfc_id(uid: bytes) -> str:
    """The id of an NFC badge as text: capital hexadecimal digits, nothing between them."""
    return uid.hex().upper()


def pin_verifier(pin: str, salt: bytes, cost: int = COST) -> str:
    """`scrypt$N$SALT$HASH`, base64, r = 8, p = 1 (RFC 7914). `salt` is 16 random bytes, new every time."""
    if len(salt) != _SALT:
        raise ValueError(f"the salt of a PIN is {_SALT} bytes")
    digest = _scrypt(salt, cost).derive(pin.encode())
    return f"scrypt${cost}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def pin_fits(pin: str, verifier: str) -> bool:
    """Whether a PIN is the right one, in the same time for every wrong one; False for what is no verifier."""
    found = _VERIFIER.fullmatch(verifier)
    if found is None:
        return False
    cost = int(found["n"])
    try:
        salt = base64.b64decode(found["salt"], validate=True)
        digest = base64.b64decode(found["hash"], validate=True)
        if not 2 <= cost <= _MOST or len(digest) != _BYTES:
            return False
        _scrypt(salt, cost).verify(pin.encode(), digest)
    except (InvalidKey, ValueError, binascii.Error):
        return False
    return True


def burn(pin: str, cost: int = COST) -> None:
    """As much work as a real check, so that nobody can time which operators exist."""
    _scrypt(b"\0" * _SALT, cost).derive(pin.encode())


def cost_of(verifier: str) -> int:
    """The cost a verifier was made with, the usual one where it cannot be told."""
    found = _VERIFIER.fullmatch(verifier)
    return int(found["n"]) if found else COST


def _scrypt(salt: bytes, cost: int) -> Scrypt:
    return Scrypt(salt=salt, length=_BYTES, n=cost, r=_BLOCK, p=_LANES)


def _first(operators: Iterable[Credential], digest: str, field: Callable[[Credential], str]) -> Credential | None:
    """Look at all of them, so that the time taken says nothing about which one it was."""
    found = None
    for one in operators:
        if hmac.compare_digest(field(one), digest):
            found = one
    return found
