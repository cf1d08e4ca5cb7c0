"""Account numbers: only a keyed hash of one is ever kept, and at most its last four signs are shown."""

from __future__ import annotations

import hashlib
import hmac

from kiosk.domain.tender.kinds import Instrument

SHOWN = 4
KEY_BYTES = 32
# Crockford's alphabet: no I, L, O and U, so that a number read aloud or keyed in is not mistaken.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("ILOU", "110V")
_NUMBER_SIGNS = 16


class AccountKey:
    """The key of the hash: 32 bytes, the same for all devices of a tenant. It stays out of every text.

    Card numbers are short: without a key, whoever has the hashes could try all numbers.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"an account key has {KEY_BYTES} bytes")
        self._secret = secret

    def account_of(self, instrument: Instrument, number: str) -> str:
        """The account of a number as scanned or keyed in: HMAC-SHA256, 64 hexadecimal digits.

        Spaces, dashes and small letters make no other account; another instrument does.
        """
        text = f"{instrument}\0{plain(number)}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "AccountKey(...)"


def plain(number: str) -> str:
    """A number without what people put in to read it."""
    return "".join(number.split()).replace("-", "").upper()


def shown(number: str) -> str:
    """What may be shown of a number: its last four signs, and never more than a quarter of a short one."""
    text = plain(number)
    return text[len(text) - min(SHOWN, len(text) // 4) :]


def credit_number(entropy: bytes) -> str:
    """The number of a new store credit, from 10 random bytes: 16 signs and a check sign, not to be guessed."""
    if len(entropy) != 10:
        raise ValueError("the number of a store credit is made of 10 random bytes")
    value = int.from_bytes(entropy, "big")
    signs = "".join(_ALPHABET[value >> shift & 31] for shift in range(75, -1, -5))
    return signs + _check_sign(signs)


def read_number(text: str) -> str | None:
    """A number of a store credit as keyed in by hand; None where a sign is wrong or two are exchanged."""
    signs = plain(text).translate(_ALIKE)
    if len(signs) != _NUMBER_SIGNS + 1 or not set(signs) <= set(_ALPHABET):
        return None
    return signs if _check_sign(signs[:-1]) == signs[-1] else None


def _check_sign(signs: str) -> str:
    """Weights 1 to 16 modulo 31, a prime: finds any one wrong sign but 0 for Z, and any two exchanged."""
    total = sum(place * _ALPHABET.index(sign) for place, sign in enumerate(signs, start=1))
    return _ALPHABET[total % 31]
