"""The signed envelope of a policy: for which place, from when until when, how new, and sections of raw JSON."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from kiosk.domain.signing import Signer, digest, key_id

PURPOSE = "checklane policy 1"

Part = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
OptionalPart = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]
# UTC to the second: one text per moment, and the moment of a switch.
Moment = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class Place(_Record, frozen=True, kw_only=True):
    """Where a device stands."""

    tenant: str
    region: str = ""
    store_id: str = ""
    workstation_id: str = ""


class Level(enum.IntEnum):
    """How specific a policy is; the higher one wins."""

    TENANT = 0
    REGION = 1
    STORE = 2
    DEVICE = 3


class PolicyScope(_Record, frozen=True, kw_only=True):
    """The places a policy is for: a whole tenant, or one region, store or device of it. Empty: any."""

    tenant: Part
    region: OptionalPart = ""
    store_id: OptionalPart = ""
    workstation_id: OptionalPart = ""

    def __post_init__(self) -> None:
        """Refuse a device without its store: workstation ids are unique in a store only."""
        if self.workstation_id and not self.store_id:
            raise ValueError("a policy for a device names its store too")

    @property
    def level(self) -> Level:
        """How specific it is."""
        if self.workstation_id:
            return Level.DEVICE
        if self.store_id:
            return Level.STORE
        return Level.REGION if self.region else Level.TENANT

    @property
    def name(self) -> str:
        """Its name, unique: newer policies of the same name replace older ones."""
        return f"{self.tenant}/{self.region}/{self.store_id}/{self.workstation_id}"

    def holds(self, place: Place) -> bool:
        """Whether a place lies within."""
        return self.tenant == place.tenant and all(
            mine in ("", theirs)
            for mine, theirs in (
                (self.region, place.region),
                (self.store_id, place.store_id),
                (self.workstation_id, place.workstation_id),
            )
        )

    def covers(self, other: PolicyScope) -> bool:
        """Whether every place of another scope lies within."""
        return self.holds(
            Place(
                tenant=other.tenant,
                region=other.region,
                store_id=other.store_id,
                workstation_id=other.workstation_id,
            )
        )


class PolicyDocument(_Record, frozen=True, kw_only=True):
    """What is signed. In force from `valid_from` until before `valid_until`, both UTC to the second.

    `sequence` counts the policies of a scope: a lower one is never taken after a higher one. `sections` are the
    settings of one domain each, e.g. `tenders`, `stored_value`; their records refuse keys they do not know.
    """

    version: Literal[1] = 1
    scope: PolicyScope
    valid_from: Moment
    valid_until: Moment
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    sections: dict[str, dict[str, object]]

    def __post_init__(self) -> None:
        """Refuse days that there are not, and a policy that is never in force."""
        if moment(self.valid_from) >= moment(self.valid_until):
            raise ValueError("`valid_until` must come after `valid_from`")

    def in_force(self, now: datetime) -> bool:
        """Whether it is in force at a moment."""
        return moment(self.valid_from) <= now < moment(self.valid_until)


class SignedPolicy(_Record, frozen=True, kw_only=True):
    """A policy as stored and sent: the exact text that was signed, and by which key.

    `body` is canonical JSON of a `PolicyDocument`, `signature` 128 hexadecimal digits by the key that `key` names.
    Nobody re-serialises `body` before verifying it.
    """

    body: str
    key: str
    signature: str


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that may sign policies for `scope` and all within it, and nowhere else."""

    public_hex: str
    scope: PolicyScope


def trusted(*keys: TrustedKey) -> Mapping[str, TrustedKey]:
    """Keys by their names."""
    return {key_id(key.public_hex): key for key in keys}


def moment(text: str) -> datetime:
    """The moment of a text such as 2026-11-22T06:00:00Z; `ValueError` where there is none."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def canonical(value: object) -> str:
    """Canonical JSON: sorted keys, no white space; `TypeError` for a float, which has no one text."""
    plain = msgspec.to_builtins(value, str_keys=True)
    _refuse_floats(plain)
    return msgspec.json.encode(plain, order="sorted").decode()


def sign_policy(document: PolicyDocument, sign: Signer, public_hex: str) -> SignedPolicy:
    """A policy signed by an operator's key."""
    body = canonical(document)
    return SignedPolicy(body=body, key=key_id(public_hex), signature=sign(digest(PURPOSE, body.encode())))


def _refuse_floats(value: object) -> None:
    match value:
        case float():
            raise TypeError("a policy holds whole numbers only: money and weight are integers")
        case dict():
            for inner in value.values():
                _refuse_floats(inner)
        case list() | tuple():
            for inner in value:
                _refuse_floats(inner)
