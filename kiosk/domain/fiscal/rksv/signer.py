"""Certificates and public keys of signature units: P-256, ES256 (RFC 7518, section 3.4)."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kiosk.domain.fiscal.rksv.compact import SIGNATURE_BYTES

_HALF = SIGNATURE_BYTES // 2


def key_from_certificate(der: bytes) -> EllipticCurvePublicKey | None:
    """The public key of a certificate; None where it is none, or for another curve than P-256."""
    try:
        return _p256(x509.load_der_x509_certificate(der).public_key())
    except (ValueError, UnsupportedAlgorithm):
        return None


def key_from_public(der: bytes) -> EllipticCurvePublicKey | None:
    """A public key as SubjectPublicKeyInfo in DER; None where it is none, or for another curve than P-256."""
    try:
        return _p256(load_der_public_key(der))
    except (ValueError, UnsupportedAlgorithm):
        return None


def serial_of(certificate: bytes) -> str | None:
    """The serial number of a certificate in DER, as in a receipt: hexadecimal digits, no leading zero."""
    try:
        return f"{x509.load_der_x509_certificate(certificate).serial_number:x}"
    except ValueError:
        return None


def is_signed(key: EllipticCurvePublicKey, data: bytes, signature: bytes) -> bool:
    """Whether `signature`, r and s of 32 bytes each, is that of `data`."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
    try:
        key.verify(encode_dss_signature(r, s), data, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _p256(key: object) -> EllipticCurvePublicKey | None:
    return key if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None
