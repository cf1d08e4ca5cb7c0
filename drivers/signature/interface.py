"""The signature-unit category: sign a text in time, or say why not; a sale never waits for longer than that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """`reference` is ours and unique for ever (a receipt number); `data` is signed as it is, never a hash of it."""

    reference: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """`signature` is ES256 over the data of `reference`: 64 bytes, r then s, big endian (RFC 7518, section 3.4).

    `certificate` is the unit's, in DER; `serial` its serial number in hexadecimal digits, without leading zeros.
    """

    device: str
    reference: str
    signature: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    serial: str


@dataclass(frozen=True, slots=True)
class SignatureFailed:
    """There is no signature for `reference`, and none will come."""

    device: str
    reference: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class UnitIdentified:
    """Which unit answers at `device`: told before READY, each time it is opened. See `Signed` for the fields."""

    device: str
    serial: str
    certificate: bytes = field(repr=False)


class SignatureUnit(Protocol):
    """A signature unit. Called on the device's thread, except `give_up`."""

    def sign(self, request: SigningRequest, timeout_s: float) -> Signed | SignatureFailed:
        """Sign within `timeout_s`. Never raises: a unit that fails or stays silent is LOST right after."""
        ...

    def give_up(self) -> None:
        """End a running `sign` early with `SignatureFailed`. The one call that is made from another thread."""
        ...
