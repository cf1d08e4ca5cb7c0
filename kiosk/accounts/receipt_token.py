"""The receipt as a signed text in a QR code: any of our devices knows from it, without a network, what was paid.

`CL1R:` and base45 (RFC 9285, the alphanumeric mode of a QR code) of: name of the key (8 bytes), Ed25519 signature (64),
and the deflated record (RFC 1951, `receipt_record`). What is signed is key and deflated record, byte for byte as they
travel. How long it gets, and what happens to long receipts: see kiosk/domain/returning/README.md.
"""

from __future__ import annotations

import enum
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from kiosk.accounts.receipt_record import pack, unpack
from kiosk.accounts.return_keys import ReceiptKey
from kiosk.domain.returning.origin import Origin
from kiosk.domain.signing import Signer, digest, key_id, verifies
from kiosk.domain.tender import base45

PREFIX = "CL1R:"
PURPOSE = "checklane receipt 1"
# A QR code of version 25 at error level M (ISO/IEC 18004, table 7): 117 modules, 500 dots of 4 on 80 mm paper.
SIGNS_MAX = 1451

_KEY_BYTES = 8
_SIGNATURE_BYTES = 64
_RECORD_MAX = 64 * 1024
_DEFLATE_RAW = -15
_DIGEST_BYTES = 16


class TokenReason(enum.StrEnum):
    """Why a text is no receipt of ours."""

    NO_RECEIPT = "no_receipt"
    UNKNOWN_KEY = "unknown_key"
    KEY_WITHDRAWN = "key_withdrawn"
    OTHER_DEVICE = "other_device"
    BAD_SIGNATURE = "bad_signature"
    NEWER_VERSION = "newer_version"
    OTHER_LINES = "other_lines"


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """Not taken. `sentence` and `remedy` are for the shopper or the attendant."""

    reason: TokenReason
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Token:
    """A genuine receipt. Where `origin.lines` are None they were too many: `with_lines` takes them from elsewhere."""

    origin: Origin
    key: str
    lines_digest: str

    @property
    def says(self) -> str:
        """What to tell an attendant about a receipt without its lines, else ""."""
        if self.origin.lines is not None:
            return ""
        return "This receipt is too long for its code: its lines need headquarters or the printed list."


def issue(origin: Origin, sign: Signer, public_hex: str, signs_max: int = SIGNS_MAX) -> str:
    """The text to print as a QR code, signed by the device's key.

    Where it would have more than `signs_max` signs it holds key, totals, tenders and a hash of the lines instead.
    Raises `ValueError` for an origin without lines.
    """
    if origin.lines is None:
        raise ValueError("a receipt is issued from a sale whose lines are known")
    text = _text(origin, sign, public_hex)
    if len(text) <= signs_max:
        return text
    return _text(origin, sign, public_hex, _digest_of(origin))


def verify(text: str, keys: Mapping[str, ReceiptKey]) -> Token | TokenRefused:
    """The receipt in a text that one of `keys` (by name) signed, for the workstation whose key it is.

    Nothing of the record is read before its signature holds. Whether the goods may still come back is another question.
    """
    raw = base45.decode(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    if raw is None or len(raw) <= _KEY_BYTES + _SIGNATURE_BYTES:
        return _no(TokenReason.NO_RECEIPT, "This is no receipt that can be read.", "Scan it again, or type its number.")
    name = raw[:_KEY_BYTES].hex()
    signature, record = raw[_KEY_BYTES : _KEY_BYTES + _SIGNATURE_BYTES], raw[_KEY_BYTES + _SIGNATURE_BYTES :]
    key = keys.get(name)
    if key is None:
        return _no(TokenReason.UNKNOWN_KEY, "This receipt is from a device that is not known here.", _ASK)
    if not verifies(key.public_hex, _hash(name, record), signature):
        return _no(TokenReason.BAD_SIGNATURE, "This receipt is not genuine.", "Call a supervisor.")
    if key.withdrawn:
        return _no(TokenReason.KEY_WITHDRAWN, "This receipt's device has been withdrawn.", _ASK)
    return _read(record, name, key)


def with_lines(token: Token, found: Origin) -> Token | TokenRefused:
    """The token with the lines of `found`, told by headquarters or another device, if they are those it was signed for.

    Until when they may come back, the token says; what was sold for good, `found` does.
    """
    if found.lines is None or found.key != token.origin.key or _digest_of(found).hex() != token.lines_digest:
        return _no(TokenReason.OTHER_LINES, "These are not the lines of this receipt.", _ASK)
    return replace(token, origin=replace(token.origin, lines=found.lines))


_ASK = "Look the receipt up at headquarters by its number."


def _read(record: bytes, name: str, key: ReceiptKey) -> Token | TokenRefused:
    try:
        inflater = zlib.decompressobj(_DEFLATE_RAW)
        packed = inflater.decompress(record, _RECORD_MAX)
        whole = inflater.eof and not inflater.unused_data
        unpacked = unpack(packed) if whole else None
    except (zlib.error, msgspec.DecodeError, ValueError, IndexError, OverflowError):
        unpacked = None
    if unpacked is None:
        return _no(TokenReason.NEWER_VERSION, "This receipt needs a newer version of this device.", _ASK)
    origin, lines_digest = unpacked
    if not key.is_for(origin.key.store_id, origin.key.workstation_id, origin.business_day):
        return _no(TokenReason.OTHER_DEVICE, "This receipt was not signed by the device that it names.", _ASK)
    known = lines_digest if origin.lines is None else _digest_of(origin)
    return Token(origin, name, known.hex())


def _text(origin: Origin, sign: Signer, public_hex: str, lines_digest: bytes = b"") -> str:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, _DEFLATE_RAW)
    record = squeezer.compress(pack(origin, lines_digest)) + squeezer.flush()
    name = key_id(public_hex)
    signature = bytes.fromhex(sign(_hash(name, record)))
    return PREFIX + base45.encode(bytes.fromhex(name) + signature + record)


def _hash(name: str, record: bytes) -> str:
    return digest(PURPOSE, bytes.fromhex(name) + record)


def _digest_of(origin: Origin) -> bytes:
    """A hash of what was sold and how it was paid, as the record says it: what any copy of the sale can tell."""
    lines = tuple(replace(line, returnable=True) for line in origin.lines or ())
    return hashlib.sha256(pack(replace(origin, lines=lines, valid_until=""), b"")).digest()[:_DIGEST_BYTES]


def _no(reason: TokenReason, sentence: str, remedy: str) -> TokenRefused:
    return TokenRefused(reason, sentence, remedy)
