"""A store credit as a signed text in a QR code: any of our devices can tell, without a network, that it is ours.

`CL1C:` and base45 (RFC 9285) of, in this order: version (1 byte), key (8), amount in minor units (8), currency (3),
last day it is good on (4, as YYYYMMDD; 0: for ever), issuer and number (a length byte and ASCII each), and an Ed25519
signature (64). All numbers are big-endian. With an issuer of 12 signs that is 119 bytes or 184 signs: a QR code of
version 8 at error level M, in alphanumeric mode. It is too long for Code 128 (some 2,060 modules): a credit that is
read by a hand scanner for bars only is keyed in by its number, which needs headquarters.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kiosk.domain.signing import Signer, digest, key_id, verifies
from kiosk.domain.tender import base45

PREFIX = "CL1C:"
PURPOSE = "checklane store credit 1"
AMOUNT_MAX = 10**12

_VERSION = 1
_HEAD = struct.Struct(">B8sQ3sI")
_SIGNATURE_BYTES = 64
_PART_MAX = 40


class TokenReason(enum.StrEnum):
    """Why a text is no store credit of ours."""

    NO_CREDIT = "no_credit"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StoreCredit:
    """What a store credit says. Whoever holds its `number` can spend it: it stays out of every text of this record.

    `valid_until` is the last ISO date it is good on, "" for ever. `issuer` names store and workstation.
    """

    amount_minor: int
    currency: str
    issuer: str
    valid_until: str = ""
    number: str = field(repr=False, default="")

    def __post_init__(self) -> None:
        """Refuse what the text could not say."""
        if not 0 < self.amount_minor <= AMOUNT_MAX:
            raise ValueError("a store credit is worth one minor unit or more")
        if len(self.currency) != 3 or not _ascii(self.currency):
            raise ValueError("a currency has three letters")
        for part in (self.issuer, self.number):
            if not 0 < len(part) <= _PART_MAX or not _ascii(part):
                raise ValueError(f"issuer and number have 1 to {_PART_MAX} ASCII signs")
        if self.valid_until:
            date.fromisoformat(self.valid_until)


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """Not taken."""

    reason: TokenReason
    sentence: str
    remedy: str


def issue(credit: StoreCredit, sign: Signer, public_hex: str) -> str:
    """The text to print as a QR code, signed by the device's key."""
    payload = _pack(credit, bytes.fromhex(key_id(public_hex)))
    signature = bytes.fromhex(sign(digest(PURPOSE, payload)))
    return PREFIX + base45.encode(payload + signature)


def verify(text: str, keys: Mapping[str, str], today: str) -> StoreCredit | TokenRefused:
    """The credit in a text that one of `keys` (name -> public key) signed and that is good on `today` (ISO date).

    Whether it has been spent is another question: `kiosk/accounts/stored_value.py`.
    """
    raw = base45.decode(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    payload, signature = (raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]) if raw else (b"", b"")
    unpacked = _unpack(payload)
    if unpacked is None:
        return _no(TokenReason.NO_CREDIT, "This is no store credit that can be read.")
    key, credit = unpacked
    public_hex = keys.get(key)
    if public_hex is None:
        return _no(TokenReason.UNKNOWN_KEY, "This store credit is from a device that is not known here.")
    if not verifies(public_hex, digest(PURPOSE, payload), signature):
        return _no(TokenReason.BAD_SIGNATURE, "This store credit is not genuine.")
    if credit.valid_until and credit.valid_until < today:
        return _no(TokenReason.EXPIRED, "This store credit has expired.")
    return credit


def _pack(credit: StoreCredit, key: bytes) -> bytes:
    day = int(credit.valid_until.replace("-", "") or "0")
    head = _HEAD.pack(_VERSION, key, credit.amount_minor, credit.currency.encode("ascii"), day)
    parts = (part.encode("ascii") for part in (credit.issuer, credit.number))
    return head + b"".join(bytes([len(part)]) + part for part in parts)


def _unpack(payload: bytes) -> tuple[str, StoreCredit] | None:
    """(name of the key, credit); None for what `_pack` would not have written."""
    try:
        version, key, amount, currency, day = _HEAD.unpack_from(payload)
        issuer, rest = _part(payload[_HEAD.size :])
        number, rest = _part(rest)
        figures = f"{day:08}" if day else ""
        until = f"{figures[:4]}-{figures[4:6]}-{figures[6:]}" if day else ""
        credit = StoreCredit(amount, currency.decode("ascii"), issuer, until, number)
    except (struct.error, ValueError, IndexError):
        return None
    same = version == _VERSION and not rest and _pack(credit, key) == payload
    return (key.hex(), credit) if same else None


def _part(raw: bytes) -> tuple[str, bytes]:
    size = raw[0] + 1
    return raw[1:size].decode("ascii"), raw[size:]


def _ascii(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _no(reason: TokenReason, sentence: str) -> TokenRefused:
    return TokenRefused(reason, sentence, "Call for help, or pay another way.")
