"""Whether a policy may be taken: every way to refuse one, in the order in which they are asked."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from kiosk.domain.policy.envelope import (
    PURPOSE,
    Place,
    PolicyDocument,
    SignedPolicy,
    TrustedKey,
    canonical,
    moment,
)
from kiosk.domain.signing import digest, verifies

_SIGN = "Sign it with a key that this device trusts, and send it again."
_PUBLISH = "Publish a new policy with a higher sequence number."

# The record of each section this version knows; every field of such a record has a default.
Sections = Mapping[str, type[msgspec.Struct]]


class PolicyReason(enum.StrEnum):
    """Why a policy was refused."""

    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    NOT_CANONICAL = "not_canonical"
    UNREADABLE = "unreadable"
    KEY_OUT_OF_SCOPE = "key_out_of_scope"
    OTHER_PLACE = "other_place"
    OLDER = "older"
    SAME_NUMBER = "same_number"
    UNKNOWN_SECTION = "unknown_section"
    BAD_SECTION = "bad_section"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class PolicyRefused:
    """The policy changes nothing; what was in force stays in force."""

    reason: PolicyReason
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """The newest policy of a scope that was ever taken: its number, and the hash of its text."""

    sequence: int
    hash_hex: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """A policy that is right in every way; whether it is in force is a question of time."""

    document: PolicyDocument
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Known:
    """What a device knows when a policy comes: whom it trusts, where it is, which sections it can read.

    `newest` holds the stamp of the newest policy taken of each scope, by the scope's name; it outlives the policy.
    """

    keys: Mapping[str, TrustedKey]
    place: Place
    sections: Sections
    newest: Mapping[str, Stamp]


def verify(envelope: SignedPolicy, known: Known, now: datetime) -> Admitted | PolicyRefused:
    """The policy where it is right and in force at `now` (aware); else the reason why not."""
    admitted = admit(envelope, known, now)
    if isinstance(admitted, Admitted) and not admitted.document.in_force(now):
        since = admitted.document.valid_from
        return _no(PolicyReason.NOT_YET, f"This policy is in force from {since} on.", "Keep it until then.")
    return admitted


def admit(envelope: SignedPolicy, known: Known, now: datetime) -> Admitted | PolicyRefused:
    """As `verify`, but a policy of the future is right: it is kept, and switches to the second (`layers.Shelf`)."""
    key = _signed(envelope, known)
    if isinstance(key, PolicyRefused):
        return key
    document = _read(envelope.body)
    if isinstance(document, PolicyRefused):
        return document
    if not key.scope.covers(document.scope):
        name = document.scope.name
        return _no(PolicyReason.KEY_OUT_OF_SCOPE, f"This key may not sign a policy for {name}.", _SIGN)
    if not document.scope.holds(known.place):
        return _no(
            PolicyReason.OTHER_PLACE, f"This policy is for {document.scope.name}.", "Send it to the devices there."
        )
    stamp = Stamp(document.sequence, digest(PURPOSE, envelope.body.encode()))
    return (
        _stale(document, stamp, known)
        or _lapsed(document, now)
        or _misread(document, known.sections)
        or Admitted(document, stamp)
    )


def _signed(envelope: SignedPolicy, known: Known) -> TrustedKey | PolicyRefused:
    if not envelope.signature:
        return _no(PolicyReason.UNSIGNED, "This policy is not signed.", _SIGN)
    key = known.keys.get(envelope.key)
    if key is None:
        return _no(PolicyReason.UNKNOWN_KEY, "This policy is signed by a key that is not trusted here.", _SIGN)
    hash_hex = digest(PURPOSE, envelope.body.encode())
    try:
        signature = bytes.fromhex(envelope.signature)
    except ValueError:
        signature = b""
    if signature.hex() != envelope.signature or not verifies(key.public_hex, hash_hex, signature):
        return _no(PolicyReason.BAD_SIGNATURE, "The signature does not fit this policy: it was changed.", _SIGN)
    return key


def _read(body: str) -> PolicyDocument | PolicyRefused:
    try:
        document = msgspec.json.decode(body, type=PolicyDocument)
        same = canonical(document) == body
    except (msgspec.DecodeError, TypeError) as error:
        return _no(PolicyReason.UNREADABLE, f"This is no policy this version can read: {error}.", "Update the device.")
    if not same:
        return _no(PolicyReason.NOT_CANONICAL, "The text of this policy is not canonical JSON.", _SIGN)
    return document


def _stale(document: PolicyDocument, stamp: Stamp, known: Known) -> PolicyRefused | None:
    newest = known.newest.get(document.scope.name)
    if newest is None or newest.sequence < stamp.sequence or newest == stamp:
        return None
    if newest.sequence > stamp.sequence:
        sentence = f"Policy {stamp.sequence} is older than {newest.sequence}, which was taken before."
        return _no(PolicyReason.OLDER, sentence, _PUBLISH)
    return _no(PolicyReason.SAME_NUMBER, f"There are two different policies {stamp.sequence}.", _PUBLISH)


def _lapsed(document: PolicyDocument, now: datetime) -> PolicyRefused | None:
    if now < moment(document.valid_until):
        return None
    return _no(PolicyReason.EXPIRED, f"This policy ended at {document.valid_until}.", _PUBLISH)


def _misread(document: PolicyDocument, sections: Sections) -> PolicyRefused | None:
    """A section or key that this version does not know: ignoring it could allow what it forbids."""
    for name, raw in document.sections.items():
        record = sections.get(name)
        if record is None:
            return _no(PolicyReason.UNKNOWN_SECTION, f"Section `{name}` is not known here.", "Update the device first.")
        try:
            msgspec.convert(raw, type=record)
        except msgspec.ValidationError as error:
            return _no(PolicyReason.BAD_SECTION, f"Section `{name}`: {error}.", "Correct that key and sign it again.")
    return None


def _no(reason: PolicyReason, sentence: str, remedy: str) -> PolicyRefused:
    return PolicyRefused(reason, sentence, remedy)
