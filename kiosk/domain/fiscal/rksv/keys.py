"""What a verifier needs beside the receipts: the AES key and the units' certificates, as the ministry's tool reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from kiosk.domain.fiscal.interface import FiscalEntry, FiscalError
from kiosk.domain.fiscal.rksv.counter import AES_KEY_BYTES
from kiosk.domain.fiscal.rksv.signer import key_from_certificate, key_from_public, serial_of
from kiosk.domain.fiscal.rksv.texts import from_base64, to_base64

_REMEDY = "Give the cryptographicMaterialContainer.json of this cash box."


@dataclass(frozen=True, slots=True)
class Keys:
    """`units` by the serial that receipts name. The AES key stays out of every text."""

    aes_key: bytes = field(repr=False)
    units: Mapping[str, EllipticCurvePublicKey]
    certificates: Mapping[str, bytes]


class _Unit(msgspec.Struct):
    id: str
    kind: str = msgspec.field(name="signatureDeviceType")
    material: str = msgspec.field(name="signatureCertificateOrPublicKey")


class _Container(msgspec.Struct):
    aes_key: str = msgspec.field(name="base64AESKey")
    units: dict[str, _Unit] = msgspec.field(name="certificateOrPublicKeyMap")


def keys_from(content: bytes) -> Keys:
    """Read a cryptographicMaterialContainer.json; `FiscalError` where it is none."""
    try:
        container = msgspec.json.decode(content, type=_Container)
    except msgspec.DecodeError:
        # What the library says may quote the file, and the key is in there.
        raise FiscalError("This is no container of keys.", _REMEDY) from None
    aes_key = from_base64(container.aes_key)
    if aes_key is None or len(aes_key) != AES_KEY_BYTES:
        raise FiscalError("The container holds no AES key of 32 bytes in base64.", _REMEDY)
    units: dict[str, EllipticCurvePublicKey] = {}
    certificates: dict[str, bytes] = {}
    for serial, unit in container.units.items():
        der = from_base64(unit.material) or b""
        key = key_from_certificate(der) if unit.kind == "CERTIFICATE" else key_from_public(der)
        if key is None:
            raise FiscalError(f"The container holds no usable P-256 key for the unit {serial}.", _REMEDY)
        units[serial] = key
        if unit.kind == "CERTIFICATE":
            certificates[serial] = der
    return Keys(aes_key, units, certificates)


def aes_key_from(text: str) -> bytes:
    """The AES key from its base64; `FiscalError` where it is none. What is wrong is never quoted."""
    key = from_base64(text.strip())
    if key is None or len(key) != AES_KEY_BYTES:
        raise FiscalError(
            "This is no AES key of 32 bytes in base64.", "Give the key that was reported to FinanzOnline."
        )
    return key


def certificates_in(entries: Iterable[FiscalEntry], signer_id: str = "") -> dict[str, bytes]:
    """The certificates (DER) that entries state, by what receipts name; `signer_id` as in the settings.

    Raises `FiscalError` where one cannot be read.
    """
    found: dict[str, bytes] = {}
    for entry in entries:
        if entry.certificate:
            der = from_base64(entry.certificate) or b""
            serial = serial_of(der)
            if serial is None:
                raise FiscalError(
                    f"The fiscal receipt {entry.number} holds a certificate that cannot be read.",
                    "Run `python -m kiosk ledger verify` on this ledger, and restore it from headquarters.",
                )
            found[signer_id or serial] = der
    return found


def container(aes_key: bytes, certificates: Mapping[str, bytes]) -> dict[str, object]:
    """The container for a cash box, with its units' certificates (DER) by the serial that receipts name."""
    units = {
        serial: {
            "id": serial,
            "signatureDeviceType": "CERTIFICATE",
            "signatureCertificateOrPublicKey": to_base64(der),
        }
        for serial, der in certificates.items()
    }
    return {"base64AESKey": to_base64(aes_key), "certificateOrPublicKeyMap": units}
