"""The operators of a store as headquarters hands them out: dated, numbered, signed; no network is needed to check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from kiosk.domain.operator.credentials import Credential, Credentials
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Role
from kiosk.domain.signing import Signer, digest, key_id, verify

_PURPOSE = "checklane operator snapshot v1"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operators and roles of one store from `issued_s` to `valid_until_s` (seconds since 1970 UTC).

    `sequence` only grows: an older snapshot never replaces a newer one, or whoever has left would be back.
    """

    version: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    store_id: str
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    issued_s: Annotated[int, msgspec.Meta(ge=0)]
    valid_until_s: Annotated[int, msgspec.Meta(ge=0)]
    operators: tuple[Credential, ...]
    roles: tuple[Role, ...] = ()

    def credentials(self) -> Credentials:
        """The same, as the sign-on takes it."""
        return Credentials(self.operators, self.issued_s, self.valid_until_s, self.sequence)


class SignedSnapshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`body` is the text that was signed; nobody writes it again before verifying. `signature` is 128 hex digits."""

    body: str
    key_id: str
    signature: str


def sign(snapshot: Snapshot, signer: Signer, public_hex: str) -> SignedSnapshot:
    """Sign a snapshot, as headquarters does."""
    body = msgspec.json.encode(snapshot, order="sorted").decode()
    return SignedSnapshot(body=body, key_id=key_id(public_hex), signature=signer(digest(_PURPOSE, body.encode())))


def opened(
    signed: SignedSnapshot, keys: Mapping[str, str], store_id: str, now_s: int, last_sequence: int = 0
) -> Snapshot | Refused:
    """The snapshot inside, or why it is not taken. `keys`: key id -> public key, 64 hex digits.

    A snapshot that has run out is taken as well: who signed on here lately may go on for a while (see `sign_on`).
    """
    if signed.key_id not in keys:
        return _refused("unknown_key", "The list of operators is signed by a key this device does not know.")
    if not verify(keys[signed.key_id], digest(_PURPOSE, signed.body.encode()), signed.signature):
        return _refused("bad_signature", "The list of operators was changed after it was signed.")
    try:
        snapshot = msgspec.json.decode(signed.body, type=Snapshot)
    except msgspec.DecodeError as error:
        return _refused("unreadable", f"The list of operators cannot be read: {error}.")
    if snapshot.store_id != store_id:
        return _refused("other_place", f"The list of operators is for store {snapshot.store_id}.")
    if snapshot.sequence < last_sequence:
        return _refused("older", "The list of operators is older than the one in force.")
    if snapshot.valid_until_s <= snapshot.issued_s or snapshot.issued_s > now_s + _CLOCK_TOLERANCE_S:
        return _refused("not_yet", "The list of operators is dated ahead of this device's clock.")
    return snapshot


# A device that was switched off for a while may be minutes behind until it has asked for the time.
_CLOCK_TOLERANCE_S = 900


def _refused(reason: str, sentence: str) -> Refused:
    return Refused(reason, sentence, "The list in force stays; have headquarters send a new one.")
