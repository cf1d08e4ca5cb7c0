"""ES256 keys with their certificate, as a PEM file holds them: made, read, and signed with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from drivers.signature.interface import SIGNATURE_BYTES

_HALF = SIGNATURE_BYTES // 2
_VALID = timedelta(days=5 * 365)


class NoKeyError(Exception):
    """What is wrong with a key file; never quotes it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the certificate of its public key, in DER."""

    private: EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)

    @property
    def serial(self) -> str:
        """The certificate's serial number: hexadecimal digits without leading zeros."""
        return serial_of(self.certificate)

    def sign(self, data: bytes) -> bytes:
        """The ES256 signature: r and s, 32 bytes each, instead of the DER that libraries make."""
        r, s = decode_dss_signature(self.private.sign(data, ECDSA(SHA256())))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def serial_of(certificate: bytes) -> str:
    """The serial number of a certificate in DER; `ValueError` where it is none."""
    return f"{x509.load_der_x509_certificate(certificate).serial_number:x}"


def read_pem(pem: bytes) -> SigningKey:
    """Read a PEM with a private key (PKCS #8, no password) and its certificate; `NoKeyError` says what is missing."""
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's text may quote the file.
        raise NoKeyError("holds no readable private key") from None
    if not isinstance(private, EllipticCurvePrivateKey) or not isinstance(private.curve, SECP256R1):
        raise NoKeyError("holds a key, but none of the curve P-256")
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise NoKeyError("holds no certificate") from None
    if certificate.public_key() != private.public_key():
        raise NoKeyError("holds a certificate of another key")
    return SigningKey(private, certificate.public_bytes(Encoding.DER))


def make_pem(name: str, now: datetime) -> bytes:
    """Make a key and a certificate that it signs itself, as one PEM: for closed systems, tests and demonstrations."""
    private = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(secrets.randbits(63) | 1)
        .not_valid_before(now)
        .not_valid_after(now + _VALID)
        .sign(private, SHA256())
    )
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + certificate.public_bytes(Encoding.PEM)
