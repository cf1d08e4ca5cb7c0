"""Whose receipts are genuine: the signed list of the fleet's public keys, which every device holds without a network.

A list, and no chain of certificates: a chain would be in every receipt's code (some 100 bytes more of 900), and could
not take a stolen device's key back. One key is some 100 bytes of the list, so 4,000 devices are less than half a
megabyte, sent once and kept. It is signed as policies are, by an operator's key that the device trusts.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from kiosk.domain.signing import Signer, digest, key_id, verifies
from kiosk.messages.canonical import canonical

PURPOSE = "checklane receipt keys 1"

PublicHex = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_IsoDate = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d\d-\d\d)?$")]


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class ReceiptKey(_Record, frozen=True, kw_only=True):
    """The key of one workstation. `until` is the last business day it signed ("" still does).

    `withdrawn`: it may be in other hands; whoever has it can write any day on a receipt, so none of them counts.
    """

    public_hex: PublicHex
    store_id: str
    workstation_id: str
    until: _IsoDate = ""
    withdrawn: bool = False

    def is_for(self, store_id: str, workstation_id: str, business_day: str) -> bool:
        """Whether it may sign receipts of that workstation and day."""
        here = (store_id, workstation_id) == (self.store_id, self.workstation_id)
        return here and (not self.until or business_day <= self.until)


class KeyList(_Record, frozen=True, kw_only=True):
    """All keys of a tenant; a list with a lower `sequence` is never taken after one with a higher."""

    version: Literal[1] = 1
    tenant: str
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    keys: tuple[ReceiptKey, ...]


class SignedKeyList(_Record, frozen=True, kw_only=True):
    """A list as stored and sent: the exact text that was signed, the name of the key that signed it, 128 hex digits."""

    body: str
    key: str
    signature: str


class KeysReason(enum.StrEnum):
    """Why a list was refused."""

    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    UNREADABLE = "unreadable"
    OTHER_TENANT = "other_tenant"
    OLDER = "older"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class KeysRefused:
    """The list changes nothing; the one that was taken before stays."""

    reason: KeysReason
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReceiptKeys:
    """A list that holds, by the names of its keys, as `receipt_token.verify` takes them."""

    sequence: int
    keys: Mapping[str, ReceiptKey]


def sign_keys(keys: KeyList, sign: Signer, public_hex: str) -> SignedKeyList:
    """A list signed by an operator's key."""
    body = canonical(keys).decode()
    return SignedKeyList(body=body, key=key_id(public_hex), signature=sign(digest(PURPOSE, body.encode())))


def verify_keys(
    signed: SignedKeyList, trusted: Mapping[str, str], tenant: str, last_sequence: int = 0
) -> ReceiptKeys | KeysRefused:
    """The list, if one of `trusted` (name -> public key) signed it for `tenant`, and it is no older than the last."""
    public_hex = trusted.get(signed.key)
    if public_hex is None:
        return _no(KeysReason.UNKNOWN_KEY, "This list of keys is signed by a key that is not trusted here.")
    try:
        signature = bytes.fromhex(signed.signature)
    except ValueError:
        signature = b""
    same = signature.hex() == signed.signature
    if not same or not verifies(public_hex, digest(PURPOSE, signed.body.encode()), signature):
        return _no(KeysReason.BAD_SIGNATURE, "The signature does not fit this list of keys: it was changed.")
    try:
        found = msgspec.json.decode(signed.body, type=KeyList)
    except msgspec.DecodeError as error:
        return _no(KeysReason.UNREADABLE, f"This is no list of keys that this version can read: {error}.")
    return _checked(found, tenant, last_sequence)


def _checked(found: KeyList, tenant: str, last_sequence: int) -> ReceiptKeys | KeysRefused:
    if found.tenant != tenant:
        return _no(KeysReason.OTHER_TENANT, "This list of keys is another company's.")
    if found.sequence < last_sequence:
        return _no(KeysReason.OLDER, f"List {found.sequence} is older than {last_sequence}, which was taken before.")
    keys = {key_id(key.public_hex): key for key in found.keys}
    if len(keys) != len(found.keys):
        return _no(KeysReason.TWICE, "The same key is in this list twice.")
    return ReceiptKeys(found.sequence, keys)


def _no(reason: KeysReason, sentence: str) -> KeysRefused:
    return KeysRefused(reason, sentence, "Publish a new list, signed by a key that this device trusts.")
