"""The NFC category: a card or tag is held to the reader, and what it says of itself comes out as one record."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class TagKind(enum.StrEnum):
    """What kind of tag it is, by the NFC Forum's types; OTHER has an id only (a door badge, a bank card)."""

    TYPE_2 = "type_2"
    TYPE_3 = "type_3"
    TYPE_4 = "type_4"
    OTHER = "other"


class TagProblem(enum.StrEnum):
    """Why there is an id and not more.

    Taken away too soon, no NDEF on it, NDEF that cannot be read, or a signed message that does not hold (a wrong
    signature, or a counter that was seen before: a copy).
    """

    REMOVED_TOO_SOON = "removed_too_soon"
    NOT_FORMATTED = "not_formatted"
    UNREADABLE = "unreadable"
    BAD_SIGNATURE = "bad_signature"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class NdefRecord:
    """One record of a tag: its type name ("urn:nfc:wkt:U"), and what it holds as text where it is text or a URI."""

    type: str
    text: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message of an NTAG 424 DNA that was verified: the tag's `uid` and its read counter, higher than all before."""

    uid: str
    counter: int
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class TagPresent:
    """A tag is at the reader. `uid` in upper-case hexadecimal. Never logged: it may be a badge.

    A random id (first byte 08, four bytes: phones and bank cards) is no identity; `random_id` says so.
    """

    device: str
    uid: str
    kind: TagKind
    records: tuple[NdefRecord, ...] = ()
    signed: SignedMessage | None = None
    problem: TagProblem | None = None
    random_id: bool = False


@dataclass(frozen=True, slots=True)
class TagRemoved:
    """The tag was taken away."""

    device: str
